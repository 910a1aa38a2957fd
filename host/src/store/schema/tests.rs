use std::path::Path;

use rusqlite::Connection;

use super::{FORMAT, FROM_FORMAT_1, RESERVED_TABLES};
use crate::store::tests::open;

/// A file as an earlier version left it: of format 1 or 2, with a value, a call that waits, and what was deleted.
fn earlier(dir: &Path, format: i64) {
    let connection = Connection::open(dir.join("slot.sqlite")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    let since_2 = if format == 2 { FROM_FORMAT_1 } else { "" };
    let orphaned_by = if format == 2 { ", NULL" } else { "" };
    connection
        .execute_batch(&format!(
            "{RESERVED_TABLES} {since_2}
             PRAGMA application_id = {}; PRAGMA user_version = {format};
             INSERT INTO _mainstay_meta VALUES ('written_by', '0.0.1');
             CREATE TABLE gone (a TEXT);
             INSERT INTO gone VALUES ('deleted ' || hex(zeroblob(20000)) || 'deleted');
             DROP TABLE gone;
             INSERT INTO _mainstay_state VALUES ('k', CAST('a plain value' AS BLOB));
             INSERT INTO _mainstay_waits VALUES
                 ('w', 2, 'a plain call', 3, CAST('a plain continuation' AS BLOB), 'plain requests', NULL, 1, 100{orphaned_by});",
            super::APPLICATION_ID
        ))
        .unwrap();
}

fn contains(dir: &Path, text: &str) -> bool {
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap_or_default();
    let bytes = [read("slot.sqlite"), read("slot.sqlite-wal")].concat();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_was_plain_is_sealed_and_nothing_of_it_is_left() {
    for format in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        earlier(dir.path(), format);
        for text in ["a plain value", "a plain call", "a plain continuation", "plain requests", "deleted"] {
            assert!(contains(dir.path(), text), "format {format}: {text}");
        }
        let db = open(dir.path());
        for text in ["a plain value", "a plain call", "a plain continuation", "plain requests", "deleted"] {
            assert!(!contains(dir.path(), text), "format {format}: {text}");
        }
        let state = db.state_dump().unwrap();
        assert_eq!((state.len(), state[0].key.as_str(), state[0].secret), (1, "k", false));
        assert_eq!(state[0].value, b"a plain value");
        let wait = db.wait("w", 2).unwrap().unwrap();
        assert_eq!((wait.call.as_str(), wait.requests.as_str(), wait.round), ("a plain call", "plain requests", 2));
        assert_eq!((wait.continuation.as_slice(), wait.continuation_version), (&b"a plain continuation"[..], 3));
        let found: i64 = db.connection().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(found, FORMAT);
    }
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    earlier(dir.path(), 2);
    let connection = Connection::open(dir.path().join("slot.sqlite")).unwrap();
    // In the way of the last step.
    let trigger = "CREATE TRIGGER no BEFORE UPDATE ON _mainstay_meta BEGIN SELECT raise(ABORT, 'no'); END";
    connection.execute_batch(trigger).unwrap();
    let sealer = crate::seal::Sealer::throwaway();
    let failed = super::upgrade(&connection, &sealer, 2);
    assert!(failed.is_err(), "the test has lost its point");
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let value: Vec<u8> = connection.query_row("SELECT value FROM _mainstay_state", [], |row| row.get(0)).unwrap();
    assert_eq!((format, value.as_slice()), (2, b"a plain value".as_slice()));
    assert!(connection.is_autocommit());
}

#[test]
fn views_and_triggers_of_what_is_not_there_are_no_obstacle() {
    let dir = tempfile::tempdir().unwrap();
    earlier(dir.path(), 2);
    let connection = Connection::open(dir.path().join("slot.sqlite")).unwrap();
    let odd = "CREATE VIEW v AS SELECT * FROM gone; CREATE TABLE t (a);
        CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO gone VALUES (1); END";
    connection.execute_batch(odd).unwrap();
    super::upgrade(&connection, &crate::seal::Sealer::throwaway(), 2).unwrap();
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(format, FORMAT);
}

#[test]
fn a_file_without_tasks_gets_room_for_them() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let connection = Connection::open(dir.path().join("slot.sqlite")).unwrap();
    connection.execute_batch("DROP TABLE _mainstay_tasks; PRAGMA user_version = 3").unwrap();
    drop(connection);
    let db = open(dir.path());
    let format: i64 = db.connection().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!((format, db.count_tasks(0).unwrap()), (FORMAT, 0));
}
