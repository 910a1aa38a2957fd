use rusqlite::Connection;

use super::{SnapshotError, Snapshots};
use crate::config::Settings;
use crate::model::snapshot::{Snapshot, SnapshotCarried, SnapshotCause, SnapshotContent, SnapshotEntry};
use crate::model::{Digest, Generation, SlotName, chain};
use crate::seal::{Key, Keyring, SealError, Sealer};
use crate::store::{Activation, DataDir, HostDb, PluginDb, SNAPSHOT_PURPOSE};

fn slot(name: &str) -> SlotName {
    name.parse().unwrap()
}

fn sealer(key: u8) -> Sealer {
    Sealer::new(&Keyring::of([key; 32]), SNAPSHOT_PURPOSE)
}

fn opened() -> (tempfile::TempDir, DataDir, HostDb) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().to_owned())).unwrap();
    let db = HostDb::open(&data).unwrap();
    (dir, data, db)
}

fn content(mark: &str) -> SnapshotContent {
    let entry =
        |key: &str, secret| SnapshotEntry { key: key.to_owned(), value: format!("{mark} {key}").into_bytes(), secret };
    let carried = SnapshotCarried { schema: 3, data: vec![0, 255, 7] };
    SnapshotContent::new(Some(carried), vec![entry("a", false), entry("b", true)])
}

fn snapshot(id: &str, slot_name: &str, taken_at: u64) -> Snapshot {
    Snapshot {
        id: id.to_owned(),
        slot: slot(slot_name),
        generation: Generation(4),
        plugin: "p".to_owned(),
        version: "1.0.0".to_owned(),
        schema: 3,
        taken_at,
        why: SnapshotCause::Swap,
        entries: 2,
        secret_entries: 1,
        bytes: 11,
    }
}

/// Keeps one of each name, in slot `a`, in that order.
fn kept(db: &HostDb, ids: &[&str]) {
    let sealer = sealer(1);
    for id in ids {
        Snapshots::new(db, &sealer).keep(&snapshot(id, "a", 5), &content(id), 10).unwrap();
    }
}

/// Changes the file as nobody should.
fn tamper(data: &DataDir, sql: &str) {
    Connection::open(data.host_database()).unwrap().execute_batch(sql).unwrap();
}

fn any(_: &Snapshot) -> bool {
    true
}

#[test]
fn what_is_kept_opens_again_and_cannot_be_read_in_the_file() {
    let (_dir, data, db) = opened();
    let sealer = sealer(1);
    let snapshots = Snapshots::new(&db, &sealer);
    snapshots.keep(&snapshot("one", "a", 5), &content("find-me"), 10).unwrap();
    assert_eq!(snapshots.open("one").unwrap(), (snapshot("one", "a", 5), content("find-me")));
    assert_eq!(snapshots.newest(&slot("b")).unwrap(), None);
    let error = snapshots.open("two").unwrap_err();
    assert!(matches!(&error, SnapshotError::Unknown { id } if id == "two"), "{error}");
    drop(db);
    let plain = [&b"find-me"[..], b"ZmluZC1tZ"];
    for file in std::fs::read_dir(data.root()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!plain.iter().any(|plain| bytes.windows(plain.len()).any(|found| found == *plain)), "{file:?}");
    }
}

#[test]
fn the_beginning_of_a_name_is_enough_if_it_is_nobody_elses() {
    let (_dir, _, db) = opened();
    kept(&db, &["abc1", "abc2", "b"]);
    let sealer = sealer(1);
    let snapshots = Snapshots::new(&db, &sealer);
    assert_eq!(snapshots.named("b").unwrap(), "b");
    assert_eq!(snapshots.named("abc2").unwrap(), "abc2");
    assert!(matches!(snapshots.named("ab"), Err(SnapshotError::Ambiguous { found: 2, .. })));
    assert!(matches!(snapshots.named("c"), Err(SnapshotError::Unknown { .. })));
}

#[test]
fn the_newest_is_the_one_kept_last_whatever_the_clock_said() {
    let (_dir, _, db) = opened();
    let sealer = sealer(1);
    let snapshots = Snapshots::new(&db, &sealer);
    for (id, taken_at) in [("z", 900), ("y", 500), ("x", 100)] {
        snapshots.keep(&snapshot(id, "a", taken_at), &content(id), 10).unwrap();
    }
    assert_eq!(snapshots.newest(&slot("a")).unwrap().unwrap().0.id, "x");
    assert_eq!(snapshots.newest_that_opens(&slot("a"), any).unwrap().unwrap().1, content("x"));
    let listed = snapshots.list(None).unwrap();
    assert_eq!(listed.iter().map(|listed| &*listed.id).collect::<Vec<_>>(), ["x", "y", "z"]);
    let fits = |snapshot: &Snapshot| snapshot.taken_at > 100;
    assert_eq!(snapshots.newest_that_opens(&slot("a"), fits).unwrap().unwrap().0.id, "y");
}

#[test]
fn claim_3_5_no_byte_can_be_changed_or_cut_and_the_one_before_is_found_instead() {
    let (_dir, data, db) = opened();
    kept(&db, &["before", "last"]);
    let sealer = sealer(1);
    let snapshots = Snapshots::new(&db, &sealer);
    let whole = db.snapshot("last").unwrap().unwrap().sealed;
    let file = Connection::open(data.host_database()).unwrap();
    let put = |sealed: &[u8]| {
        file.execute("UPDATE snapshot SET sealed = ?1 WHERE id = 'last'", [sealed]).unwrap();
        snapshots.open("last").map(|_| ())
    };
    for index in 0..whole.len() {
        let mut changed = whole.clone();
        changed[index] ^= 0x10;
        assert!(matches!(put(&changed), Err(SnapshotError::Sealed { .. })), "{index}");
        assert!(matches!(put(&whole[..index]), Err(SnapshotError::Sealed { .. })), "{index}");
    }
    assert_eq!(snapshots.newest_that_opens(&slot("a"), any).unwrap().unwrap().0.id, "before");
    let listed = snapshots.list(None).unwrap();
    assert_eq!(listed.iter().map(|listed| listed.opens).collect::<Vec<_>>(), [false, true]);
    assert!(listed[0].problem.as_ref().unwrap().contains("damaged"), "{:?}", listed[0]);
    // What is said of it can be read still.
    assert_eq!(listed[0].snapshot, Some(snapshot("last", "a", 5)));
    put(&whole).unwrap();
    assert_eq!(snapshots.newest_that_opens(&slot("a"), any).unwrap().unwrap().0.id, "last");
}

#[test]
fn none_can_take_the_place_of_another() {
    for (what, sql) in [
        ("sealed values", "UPDATE snapshot SET sealed = (SELECT sealed FROM snapshot WHERE id = 'one')"),
        ("slots", "UPDATE snapshot SET slot = 'b'"),
        ("names", "UPDATE snapshot SET id = id || 'x'"),
        ("what is said", "UPDATE snapshot SET meta = replace(meta, '\"schema\":3', '\"schema\":4')"),
        ("whole rows", "UPDATE snapshot SET (meta, sealed) = (SELECT meta, sealed FROM snapshot WHERE id = 'one')"),
    ] {
        let (_dir, data, db) = opened();
        kept(&db, &["one", "two"]);
        tamper(&data, sql);
        let sealer = sealer(1);
        let listed = Snapshots::new(&db, &sealer).list(None).unwrap();
        assert!(!listed[0].opens, "{what}: {listed:?}");
        // The first one is untouched by what only moves it.
        assert_eq!(listed[1].opens, what == "sealed values" || what == "whole rows", "{what}: {listed:?}");
    }
}

#[test]
fn another_key_opens_nothing_and_says_so() {
    let (_dir, _, db) = opened();
    kept(&db, &["one"]);
    let other = sealer(2);
    let snapshots = Snapshots::new(&db, &other);
    let error = snapshots.open("one").unwrap_err();
    assert!(matches!(error, SnapshotError::Sealed { source: SealError::UnknownKey { .. }, .. }), "{error:?}");
    assert_eq!(snapshots.newest_that_opens(&slot("a"), any).unwrap(), None);
    let both = Keyring::of([1; 32]).with(Key::new([2; 32])).unwrap();
    let both = Sealer::new(&both, SNAPSHOT_PURPOSE);
    assert_eq!(Snapshots::new(&db, &both).open("one").unwrap().1, content("one"));
    let elsewhere = Sealer::new(&Keyring::of([1; 32]), "recorded");
    assert!(Snapshots::new(&db, &elsewhere).open("one").is_err());
}

#[test]
fn a_newer_format_is_refused_by_its_number() {
    let (_dir, _, db) = opened();
    let sealer = sealer(1);
    let snapshots = Snapshots::new(&db, &sealer);
    let newer = SnapshotContent { format: 2, ..content("one") };
    snapshots.keep(&snapshot("one", "a", 5), &newer, 10).unwrap();
    let error = chain(&snapshots.open("one").unwrap_err());
    assert!(error.contains("format 2") && error.contains("up to 1"), "{error}");
}

fn plugin_db(dir: &std::path::Path) -> PluginDb {
    let sealer = std::sync::Arc::new(Sealer::new(&Keyring::of([1; 32]), "slot a"));
    PluginDb::open(&dir.join("a.sqlite"), &Settings::default().database, 1 << 20, sealer).unwrap()
}

fn activate(db: &PluginDb) {
    db.begin_activation(None).unwrap();
    let activation = Activation {
        generation: Generation(1),
        plugin: "p".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(b"p"),
        schema: 1,
        activated_at: 5,
        swap: "s".to_owned(),
        carried: None,
    };
    db.activate(&activation).unwrap();
    db.commit_activation(Generation(1)).unwrap();
}

#[test]
fn state_is_read_at_one_moment_and_put_back_with_its_marks() {
    let dir = tempfile::tempdir().unwrap();
    let db = plugin_db(dir.path());
    assert!(db.working_state(1_000).unwrap().is_none());
    activate(&db);
    db.begin(Generation(1)).unwrap();
    db.state_put(&[("k".to_owned(), b"old".to_vec()), ("s".to_owned(), b"secret".to_vec())]).unwrap();
    db.state_set_secret(&["s".to_owned()], true).unwrap();
    db.commit().unwrap();
    let state = db.working_state(1_000).unwrap().unwrap();
    assert_eq!(state.activation.generation, Generation(1));
    let content = SnapshotContent::new(None, state.entries.into_iter().map(Into::into).collect());
    assert_eq!((content.entries.len(), content.secret_entries(), content.bytes()), (2, 1, 11));
    let shown = content.clone().without_secrets();
    assert_eq!(shown.entries.iter().map(|entry| &*entry.key).collect::<Vec<_>>(), ["k"]);
    assert!(!format!("{content:?}").contains("old"));

    db.begin(Generation(1)).unwrap();
    db.state_put(&[("k".to_owned(), b"new".to_vec()), ("later".to_owned(), b"x".to_vec())]).unwrap();
    db.restore_entries(&content).unwrap();
    db.commit().unwrap();
    let again = db.working_state(1_000).unwrap().unwrap();
    assert_eq!(again.entries.into_iter().map(Into::into).collect::<Vec<SnapshotEntry>>(), content.entries);
}

#[test]
fn more_state_than_a_snapshot_may_have_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let db = plugin_db(dir.path());
    activate(&db);
    db.begin(Generation(1)).unwrap();
    db.state_put(&[("k".to_owned(), vec![7; 5_000])]).unwrap();
    db.commit().unwrap();
    let error = db.working_state(4_000).unwrap_err();
    assert!(matches!(error, SnapshotError::TooLarge { limit: 4_000, .. }), "{error}");
    assert!(chain(&error).contains("snapshot.bytes"));
    // Nothing is left open.
    db.begin(Generation(1)).unwrap();
    db.rollback();
    assert!(db.working_state(6_000).unwrap().is_some());
}
