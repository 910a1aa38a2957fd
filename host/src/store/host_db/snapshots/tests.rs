use rusqlite::Connection;

use super::{SnapshotRow, reseal_snapshots};
use crate::model::{Generation, SlotName};
use crate::store::{DataDir, HostDb, StoreError};

fn slot(name: &str) -> SlotName {
    name.parse().unwrap()
}

fn row(id: &str, slot: &str) -> SnapshotRow {
    let (meta, sealed) = (format!("said of {id}"), format!("sealed {id}").into_bytes());
    SnapshotRow { id: id.to_owned(), slot: slot.to_owned(), meta, sealed }
}

fn opened() -> (tempfile::TempDir, DataDir, HostDb) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().to_owned())).unwrap();
    let db = HostDb::open(&data).unwrap();
    (dir, data, db)
}

fn ids(db: &HostDb, of: Option<&str>) -> Vec<String> {
    let of = of.map(slot);
    db.snapshots(of.as_ref()).unwrap().into_iter().map(|head| head.id).collect()
}

#[test]
fn claim_3_6_only_the_newest_of_each_slot_are_kept() {
    let (_dir, _, db) = opened();
    for number in 0..5 {
        db.insert_snapshot(&row(&format!("a{number}"), "a"), Generation(1), 3).unwrap();
        db.insert_snapshot(&row(&format!("b{number}"), "b"), Generation(1), 10).unwrap();
    }
    assert_eq!(ids(&db, Some("a")), ["a4", "a3", "a2"]);
    assert_eq!(ids(&db, Some("b")), ["b4", "b3", "b2", "b1", "b0"]);
    assert_eq!(ids(&db, None).len(), 8);
    assert_eq!(db.prune_snapshots(Some(&slot("b")), 2).unwrap(), 3);
    assert_eq!(ids(&db, None), ["b4", "a4", "b3", "a3", "a2"]);
    assert_eq!(db.prune_snapshots(None, 1).unwrap(), 3);
    assert_eq!(ids(&db, None), ["b4", "a4"]);
    // The last one is never given up.
    assert_eq!(db.prune_snapshots(None, 0).unwrap(), 0);
    db.insert_snapshot(&row("a5", "a"), Generation(2), 0).unwrap();
    assert_eq!(ids(&db, Some("a")), ["a5"]);
    assert_eq!(db.snapshot("a5").unwrap(), Some(row("a5", "a")));
    assert_eq!(db.snapshot("a4").unwrap(), None);
}

#[test]
fn one_that_cannot_be_kept_costs_no_other() {
    let (_dir, _, db) = opened();
    db.insert_snapshot(&row("one", "a"), Generation(1), 2).unwrap();
    db.insert_snapshot(&row("two", "a"), Generation(1), 2).unwrap();
    db.insert_snapshot(&row("one", "a"), Generation(1), 1).unwrap_err();
    assert_eq!(ids(&db, None), ["two", "one"]);
}

#[test]
fn each_is_sealed_anew_or_none_is() {
    let (_dir, data, db) = opened();
    for id in ["one", "two", "three"] {
        db.insert_snapshot(&row(id, "a"), Generation(1), 10).unwrap();
    }
    let mut connection = Connection::open(data.host_database()).unwrap();
    let transaction = connection.transaction().unwrap();
    let anew = |meta: &[u8], sealed: &[u8]| Ok::<_, StoreError>([meta, b" / ", sealed].concat());
    assert_eq!(reseal_snapshots(&transaction, anew).unwrap(), 3);
    transaction.commit().unwrap();
    assert_eq!(db.snapshot("two").unwrap().unwrap().sealed, b"said of two / sealed two");

    let transaction = connection.transaction().unwrap();
    let fails = |meta: &[u8], sealed: &[u8]| match meta {
        b"said of three" => Err(StoreError::Full),
        _ => Ok(sealed.to_ascii_uppercase()),
    };
    assert!(matches!(reseal_snapshots(&transaction, fails), Err(StoreError::Full)));
    drop(transaction);
    assert_eq!(db.snapshot("one").unwrap().unwrap().sealed, b"said of one / sealed one");
}

#[test]
fn a_file_of_an_older_host_has_none() {
    let (_dir, data, db) = opened();
    drop(db);
    let connection = Connection::open(data.host_database()).unwrap();
    connection.execute_batch("DROP TABLE snapshot; PRAGMA user_version = 1").unwrap();
    drop(connection);
    let db = HostDb::open_reader(&data).unwrap().unwrap();
    assert_eq!(db.snapshots(None).unwrap(), []);
    assert_eq!(db.snapshot("one").unwrap(), None);
}
