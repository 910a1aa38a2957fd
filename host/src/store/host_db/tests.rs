use std::fs;

use rusqlite::Connection;
use serde_json::json;

use super::{FORMAT, HostDb, Quarantine};
use crate::model::surface::ToolText;
use crate::model::swap::{Origin, Refusal, SwapOutcome, SwapPhase, SwapReport, Version};
use crate::model::{Digest, Generation, SlotName, chain};
use crate::store::{DataDir, StoreError};

mod catalogue;

fn data() -> (tempfile::TempDir, DataDir) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().join("a folder? #1 100%"))).unwrap();
    (dir, data)
}

fn slot(name: &str) -> SlotName {
    name.parse().unwrap()
}

fn report(id: &str, slot_name: &str, outcome: SwapOutcome) -> SwapReport {
    let to = Version {
        plugin: "p".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(b"p"),
        schema: 1,
        generation: Some(Generation(7)),
    };
    SwapReport {
        id: id.to_owned(),
        slot: slot(slot_name),
        origin: Origin::CommandLine,
        reason: None,
        requested_at: 5,
        from: None,
        to: Some(to),
        outcome,
        drift: None,
        replay: None,
        migrations: Vec::new(),
        steps: Vec::new(),
        pause_us: 1,
        paused_at_us: 1,
        waited_calls: 2,
        orphaned_calls: 0,
        warnings: Vec::new(),
        restart: false,
        backup: None,
    }
}

fn refusal() -> Refusal {
    Refusal { code: "drift".to_owned(), message: "no".to_owned(), phase: SwapPhase::Staging, hint: None }
}

fn ids(reports: &[SwapReport]) -> Vec<&str> {
    reports.iter().map(|report| report.id.as_str()).collect()
}

/// What is in the data directory, and how large it is.
fn listing(data: &DataDir) -> Vec<(String, u64)> {
    let entries = fs::read_dir(data.root()).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())).collect();
    files.sort();
    files
}

#[test]
fn the_history_is_newest_first_and_a_report_can_be_corrected() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    for (id, slot) in [("1", "a"), ("2", "b"), ("3", "a")] {
        db.record_swap(&report(id, slot, SwapOutcome::Committed)).unwrap();
    }
    let corrected = report("1", "a", SwapOutcome::RolledBack { at: 9, why: "traps".to_owned() });
    db.record_swap(&corrected).unwrap();
    assert_eq!(ids(&db.history(None, 10).unwrap()), ["3", "2", "1"]);
    assert_eq!(ids(&db.history(Some(&slot("a")), 10).unwrap()), ["3", "1"]);
    assert_eq!(ids(&db.history(None, 1).unwrap()), ["3"]);
    assert_eq!(db.swap("1").unwrap().unwrap(), corrected);
    assert!(db.swap("4").unwrap().is_none());
}

#[test]
fn the_columns_say_what_the_report_says() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    let rolled_back = SwapOutcome::RolledBack { at: 9, why: String::new() };
    let outcomes = [
        SwapOutcome::Committed,
        SwapOutcome::Ready,
        SwapOutcome::Unchanged,
        SwapOutcome::Refused(refusal()),
        rolled_back,
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        db.record_swap(&report(&number.to_string(), "a", outcome)).unwrap();
    }
    let connection = db.connection.lock();
    let wrong = "SELECT count(*) FROM swap WHERE outcome <> report ->> '$.outcome.kind' OR slot <> report ->> '$.slot'
        OR generation IS NOT report ->> '$.to.generation' OR requested_at <> report ->> '$.requested_at'";
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!((count("SELECT count(*) FROM swap"), count(wrong)), (5, 0));
}

#[test]
fn the_oldest_swaps_are_forgotten() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    db.record_swap(&report("oldest", "a", SwapOutcome::Ready)).unwrap();
    db.record_swap(&report("second", "a", SwapOutcome::Ready)).unwrap();
    // As if many had come since.
    let many = "WITH RECURSIVE n (n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
        INSERT INTO swap SELECT n, 'n' || n, slot, 0, '', NULL, report FROM n, swap WHERE number = 1";
    db.connection.lock().execute(many, []).unwrap();
    db.record_swap(&report("newest", "a", SwapOutcome::Ready)).unwrap();
    assert!(db.swap("oldest").unwrap().is_none());
    assert!(db.swap("second").unwrap().is_some());
    let count: u32 = db.connection.lock().query_row("SELECT count(*) FROM swap", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 10_000);
}

#[test]
fn a_quarantine_lasts_until_it_is_released() {
    let (_dir, data) = data();
    let (a, digest) = (slot("a"), Digest::of(b"p"));
    HostDb::open(&data).unwrap().quarantine(&a, digest, &refusal(), 9).unwrap();
    let db = HostDb::open(&data).unwrap();
    assert_eq!(db.quarantined(&a, digest).unwrap().unwrap(), Quarantine { refusal: refusal(), at: 9 });
    assert!(db.quarantined(&slot("b"), digest).unwrap().is_none());
    assert!(db.quarantined(&a, Digest::of(b"q")).unwrap().is_none());
    db.release(&a, digest).unwrap();
    assert!(db.quarantined(&a, digest).unwrap().is_none());
    for number in 0..1_010_u64 {
        db.quarantine(&a, Digest::of(&number.to_le_bytes()), &refusal(), number).unwrap();
    }
    assert!(db.quarantined(&a, Digest::of(&9_u64.to_le_bytes())).unwrap().is_none());
    assert!(db.quarantined(&a, Digest::of(&10_u64.to_le_bytes())).unwrap().is_some());
}

#[test]
fn a_slot_has_one_recording() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    let a = slot("a");
    assert!(db.recording(&a).unwrap().is_none());
    db.save_recording(&a, b"one").unwrap();
    db.save_recording(&a, b"two").unwrap();
    assert_eq!(db.recording(&a).unwrap().unwrap(), b"two");
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    let (a, digest) = (slot("a"), Digest::of(b"p"));
    db.record_swap(&report("1", "a", SwapOutcome::Ready)).unwrap();
    db.quarantine(&a, digest, &refusal(), 0).unwrap();
    db.publish(&a, digest, &[], "1", 0).unwrap();
    let damage = "UPDATE swap SET report = '{'; UPDATE quarantine SET refusal = '[]'; UPDATE surface SET digest = 'x'";
    db.connection.lock().execute_batch(damage).unwrap();
    let named = |error: StoreError, name: &str| {
        let text = chain(&error);
        assert!(text.contains(name) && text.contains("cannot be read"), "{text}");
    };
    named(db.swap("1").unwrap_err(), "swap 1 of the history");
    named(db.history(None, 1).unwrap_err(), "swap 1 of the history");
    named(db.quarantined(&a, digest).unwrap_err(), &format!("the quarantine of {digest} in a"));
    named(db.published_digest(&a).unwrap_err(), "the published surface of a");
}

#[test]
fn a_reader_makes_nothing() {
    let (_dir, data) = data();
    let before = listing(&data);
    assert!(HostDb::open_reader(&data).unwrap().is_none());
    assert_eq!(listing(&data), before);
    // Made by a host that died before it wrote to it.
    fs::write(data.host_database(), b"").unwrap();
    assert!(HostDb::open_reader(&data).unwrap().is_none());
}

#[test]
fn a_reader_sees_what_is_written_and_changes_nothing() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    db.record_swap(&report("1", "a", SwapOutcome::Ready)).unwrap();
    let beside = HostDb::open_reader(&data).unwrap().unwrap();
    db.record_swap(&report("2", "a", SwapOutcome::Ready)).unwrap();
    assert_eq!(ids(&beside.history(None, 10).unwrap()), ["2", "1"]);
    assert!(beside.record_swap(&report("3", "a", SwapOutcome::Ready)).is_err());
    drop(beside);
    drop(db);
    let before = listing(&data);
    assert!(!before.iter().any(|(name, _)| name.ends_with("-wal")), "{before:?}");
    let after = HostDb::open_reader(&data).unwrap().unwrap();
    assert_eq!(ids(&after.history(None, 10).unwrap()), ["2", "1"]);
    assert!(after.record_swap(&report("3", "a", SwapOutcome::Ready)).is_err());
    assert_eq!(listing(&data), before);
    drop(after);
    assert_eq!(listing(&data), before);
}

#[test]
fn a_newer_file_and_somebody_elses_are_left_alone() {
    let (_dir, data) = data();
    drop(HostDb::open(&data).unwrap());
    let raw = Connection::open(data.host_database()).unwrap();
    raw.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    drop(raw);
    let newer = |error| matches!(error, StoreError::NewerFormat { found, .. } if found == FORMAT + 1);
    assert!(newer(HostDb::open(&data).unwrap_err()));
    assert!(newer(HostDb::open_reader(&data).unwrap_err()));
    fs::remove_file(data.host_database()).unwrap();
    Connection::open(data.host_database()).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let bytes = fs::read(data.host_database()).unwrap();
    assert!(matches!(HostDb::open(&data).unwrap_err(), StoreError::NotOurs));
    assert!(matches!(HostDb::open_reader(&data).unwrap_err(), StoreError::NotOurs));
    assert_eq!(fs::read(data.host_database()).unwrap(), bytes);
}

#[cfg(unix)]
#[test]
fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    db.record_swap(&report("1", "a", SwapOutcome::Ready)).unwrap();
    let files = listing(&data).into_iter().filter(|(name, _)| name.starts_with("host.sqlite"));
    for (name, _) in files {
        let mode = fs::metadata(data.root().join(&name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

/// It is shared by all slots' threads.
#[test]
fn it_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<HostDb>();
}

fn tool(name: &str, title: &str) -> ToolText {
    ToolText::new(name, &json!({ "name": name, "title": title }))
}
