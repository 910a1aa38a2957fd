use std::path::Path;

use rusqlite::Connection;

use crate::seal::SealError;
use crate::store::tests::{activated, open, open_with};
use crate::store::{PluginDb, StateEntry, StateError, StoreError, WaitRow};

fn put(db: &PluginDb, key: &str, value: &[u8]) {
    db.state_put(&[(key.to_owned(), value.to_vec())]).unwrap();
}

fn get(db: &PluginDb, key: &str) -> Result<Option<Vec<u8>>, StateError> {
    Ok(db.state_get(&[key.to_owned()])?.remove(0))
}

/// Commits some values to a file.
fn filled(dir: &Path, values: &[(&str, &[u8])]) {
    let (db, generation) = activated(dir);
    db.begin(generation).unwrap();
    values.iter().for_each(|(key, value)| put(&db, key, value));
    db.commit().unwrap();
}

/// What somebody does to the file who has no key.
fn tamper(dir: &Path, sql: &str) {
    Connection::open(dir.join("slot.sqlite")).unwrap().execute_batch(sql).unwrap();
}

/// Begins another entry.
fn begun(dir: &Path) -> PluginDb {
    let db = open(dir);
    db.begin(db.activation().unwrap().unwrap().generation).unwrap();
    db
}

/// The one value that does not open, found in each way of looking.
fn only_damaged(db: &PluginDb, key: &str) {
    let what = format!("the value of {key:?} in the working state");
    assert!(matches!(get(db, key), Err(StateError::Corrupt(found)) if found.what == what && found.is_damage()));
    assert_eq!(db.take_corruption().unwrap().what, what);
    assert_eq!(db.take_corruption(), None, "it is told once");
    assert!(matches!(db.state_scan("", None, 10), Err(StateError::Corrupt(_))));
    assert_eq!(db.take_corruption().unwrap().what, what);
    assert!(matches!(db.state_dump(), Err(StoreError::Corrupt(_))));
    assert!(matches!(db.verify_state(), Err(StoreError::Corrupt(found)) if found.what == what));
    assert_eq!(db.take_corruption(), None, "who looks through all of it is told at once");
    assert_eq!(get(db, "whole").unwrap().as_deref(), Some(b"as it was".as_slice()), "it alone");
}

#[test]
fn nothing_of_a_value_is_to_be_found_in_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    put(&db, "one", b"never written plainly");
    put(&db, "one", b"nor what replaces it");
    let row = WaitRow {
        id: "w".to_owned(),
        round: 0,
        call: "what was called".to_owned(),
        continuation_version: 1,
        continuation: b"what it goes on with".to_vec(),
        requests: "what was asked".to_owned(),
        holder: None,
        created_at: 1,
        expires_at: 100,
        orphaned_by: None,
    };
    db.insert_wait(&row).unwrap();
    db.commit().unwrap();
    let mut found = Vec::new();
    for file in ["slot.sqlite", "slot.sqlite-wal"] {
        found.extend(std::fs::read(dir.path().join(file)).unwrap());
    }
    let is_there = |text: &str| found.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(is_there("one"), "keys are not sealed");
    for text in ["never written", "nor what", "what was called", "what it goes on", "what was asked"] {
        assert!(!is_there(text), "{text}");
    }
    assert_eq!(db.wait("w", 2).unwrap(), Some(row));
}

#[test]
fn values_that_were_exchanged_do_not_open() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), &[("whole", b"as it was"), ("z", b"another")]);
    tamper(
        dir.path(),
        "UPDATE _mainstay_state SET value = (SELECT value FROM _mainstay_state WHERE key = 'whole') WHERE key = 'z'",
    );
    only_damaged(&begun(dir.path()), "z");
}

#[test]
fn a_value_that_was_cut_or_made_up_does_not_open() {
    for change in ["substr(value, 1, length(value) - 1)", "x''", "CAST('made up' AS BLOB)"] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path(), &[("whole", b"as it was"), ("z", b"another")]);
        tamper(dir.path(), &format!("UPDATE _mainstay_state SET value = {change} WHERE key = 'z'"));
        only_damaged(&begun(dir.path()), "z");
    }
}

#[test]
fn a_mark_that_was_changed_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), &[("whole", b"as it was"), ("z", b"another")]);
    tamper(dir.path(), "UPDATE _mainstay_state SET secret = 1 WHERE key = 'z'");
    only_damaged(&begun(dir.path()), "z");
}

#[test]
fn a_value_of_another_slot_does_not_open() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    filled(dirs[0].path(), &[("k", b"of the orchestrator")]);
    let ring = crate::seal::Keyring::of([1; 32]);
    let other = std::sync::Arc::new(crate::store::DataDir::slot_sealer(&ring, &"other".parse().unwrap()));
    let (path, settings) = (dirs[0].path().join("slot.sqlite"), crate::config::Settings::default().database);
    let db = PluginDb::open(&path, &settings, 1 << 20, other).unwrap();
    assert!(matches!(db.verify_state(), Err(StoreError::Corrupt(found)) if found.is_damage()));
}

#[test]
fn without_the_key_nothing_opens_and_the_key_is_named() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), &[("k", b"value")]);
    let db = open_with(dir.path(), [2; 32]).unwrap();
    let StoreError::Corrupt(found) = db.verify_state().unwrap_err() else { panic!("another error") };
    assert!(!found.is_damage());
    let id = crate::seal::Keyring::of([1; 32]).ids()[0];
    assert!(matches!(found.problem, SealError::UnknownKey { id: wanted, .. } if wanted == id));
    drop(db);
    assert_eq!(get(&begun(dir.path()), "k").unwrap().as_deref(), Some(b"value".as_slice()), "nothing was overwritten");
}

#[test]
fn a_wait_of_another_row_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    for id in ["a", "b"] {
        let row = WaitRow {
            id: id.to_owned(),
            round: 0,
            call: format!("call {id}"),
            continuation_version: 1,
            continuation: vec![1],
            requests: "[]".to_owned(),
            holder: None,
            created_at: 1,
            expires_at: 100,
            orphaned_by: None,
        };
        db.insert_wait(&row).unwrap();
    }
    db.commit().unwrap();
    drop(db);
    let exchange = "SET call = (SELECT call FROM _mainstay_waits WHERE id = 'a') WHERE id = 'b'";
    tamper(dir.path(), &format!("UPDATE _mainstay_waits {exchange}"));
    let db = begun(dir.path());
    assert!(
        matches!(db.wait("b", 2), Err(StoreError::Corrupt(found)) if found.what.contains("call of a call that waits (b)"))
    );
    assert_eq!(db.take_corruption(), None, "whoever asked was told");
    assert_eq!(db.wait("a", 2).unwrap().unwrap().call, "call a");
    drop(db);
    tamper(dir.path(), "UPDATE _mainstay_waits SET continuation_version = 2 WHERE id = 'a'");
    assert!(matches!(begun(dir.path()).wait("a", 2), Err(StoreError::Corrupt(_))), "it would go on otherwise");
}

#[test]
fn what_is_secret_stays_so_when_it_is_written_and_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    put(&db, "token", b"one");
    put(&db, "name", b"two");
    let secret = |db: &PluginDb| -> Vec<String> {
        db.state_dump().unwrap().into_iter().filter(|entry| entry.secret).map(|entry| entry.key).collect()
    };
    assert_eq!(db.state_set_secret(&["token".to_owned(), "nothing".to_owned()], true).unwrap(), 1);
    assert_eq!(secret(&db), ["token"]);
    put(&db, "token", b"three");
    assert_eq!((secret(&db), get(&db, "token").unwrap()), (vec!["token".to_owned()], Some(b"three".to_vec())));
    assert_eq!(db.state_set_secret(&["token".to_owned()], false).unwrap(), 1);
    assert!(secret(&db).is_empty());
    db.state_set_secret(&["token".to_owned()], true).unwrap();
    db.state_delete(&["token".to_owned()]).unwrap();
    put(&db, "token", b"four");
    assert!(secret(&db).is_empty());
    db.commit().unwrap();
    let mut reader = open(dir.path());
    reader.set_read_only(true);
    assert!(matches!(reader.state_set_secret(&["token".to_owned()], true), Err(StateError::ReadOnly)));
}

#[test]
fn the_whole_state_is_taken_out_and_put_in_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    put(&db, "b", b"two");
    put(&db, "a", b"one");
    db.state_set_secret(&["b".to_owned()], true).unwrap();
    let before = db.state_dump().unwrap();
    let entry = |key: &str, value: &[u8], secret| StateEntry { key: key.to_owned(), value: value.to_vec(), secret };
    assert_eq!(before, [entry("a", b"one", false), entry("b", b"two", true)]);
    put(&db, "c", b"three");
    db.state_replace(&before).unwrap();
    assert_eq!(db.state_dump().unwrap(), before);
    db.state_clear().unwrap();
    assert!(db.state_dump().unwrap().is_empty());
    db.commit().unwrap();
    assert!(!format!("{before:?}").contains("value"), "no value is shown");
}
