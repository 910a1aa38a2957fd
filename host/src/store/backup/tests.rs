use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use super::{Backup, BackupError, backup_host, backup_slot, backups, named, prune_backups};
use crate::config::Settings;
use crate::model::{Digest, Generation, SlotName};
use crate::store::{Activation, DataDir, HostDb, PluginDb, StoreError};

/// 2026-11-21 09:05:24.123 UTC.
const NOW: u64 = 1_795_251_924_123;

fn data() -> (tempfile::TempDir, DataDir) {
    let root = tempfile::tempdir().unwrap();
    let dir = DataDir::open(Some(root.path().join("data"))).unwrap();
    (root, dir)
}

fn slot(name: &str) -> SlotName {
    name.parse().unwrap()
}

fn open(dir: &DataDir, slot: &SlotName) -> PluginDb {
    let sealer = Arc::new(DataDir::slot_sealer(&dir.keyring().unwrap(), slot));
    PluginDb::open(&dir.slot_database(slot), &Settings::default().database, 1 << 20, sealer).unwrap()
}

/// A slot's file, with one activation and a table of the plugin's.
fn begin(dir: &DataDir, slot: &SlotName) -> PluginDb {
    let db = open(dir, slot);
    db.begin_activation(None).unwrap();
    let first = Activation {
        generation: Generation(1),
        plugin: "p".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(b"p"),
        schema: 0,
        activated_at: 0,
        swap: "s".to_owned(),
        carried: None,
    };
    db.activate(&first).unwrap();
    db.commit_activation(Generation(1)).unwrap();
    db.host("CREATE TABLE t (a INTEGER, b BLOB)").unwrap();
    db
}

fn counted(path: &std::path::Path, select: &str) -> u64 {
    Connection::open(path).unwrap().query_row(select, [], |row| row.get(0)).unwrap()
}

/// What is in the folder of backups.
fn listing(dir: &DataDir) -> Vec<String> {
    let entries = fs::read_dir(dir.backups_folder()).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_has_the_data_and_says_of_what_and_when_it_is() {
    let (_root, dir) = data();
    let a = slot("a-g5");
    let db = begin(&dir, &a);
    db.host("INSERT INTO t VALUES (1, NULL)").unwrap();
    let made = backup_slot(&dir, &a, NOW, "a test").unwrap();
    db.host("INSERT INTO t VALUES (2, NULL)").unwrap();
    assert_eq!(listing(&dir), ["a-g5-20261121T090524123Z-g1.sqlite"]);
    assert_eq!((made.slot.as_ref(), made.generation, made.taken_at), (Some(&a), Some(Generation(1)), NOW));
    assert_eq!(made.bytes, fs::metadata(&made.path).unwrap().len());
    assert_eq!(backups(&dir).unwrap(), std::slice::from_ref(&made));
    assert_eq!(counted(&made.path, "SELECT count(*) FROM t"), 1);
    // Put back, it serves as the file of a slot, and nothing has to be put beside it.
    let (_other, restored) = data();
    fs::copy(&made.path, restored.slot_database(&a)).unwrap();
    let db = open(&restored, &a);
    assert_eq!(db.activation().unwrap().unwrap().generation, Generation(1));
}

#[test]
fn a_copy_is_of_one_moment_while_a_writer_writes() {
    let (_root, dir) = data();
    let a = slot("a");
    let db = begin(&dir, &a);
    let (done, begun) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut rows = 0_u64;
            while !done.load(Ordering::Relaxed) {
                // Two rows a commit: an odd number would be half a commit.
                db.host("BEGIN IMMEDIATE; INSERT INTO t VALUES (1, randomblob(9000)), (2, randomblob(9000)); COMMIT")
                    .unwrap();
                rows += 2;
                begun.store(rows > 50, Ordering::Relaxed);
            }
            (db, rows)
        });
        while !begun.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        let mut before = 0;
        for at in 0..5 {
            let made = backup_slot(&dir, &a, NOW + at, "a test").unwrap();
            let rows = counted(&made.path, "SELECT count(*) FROM t");
            assert!(rows > before && rows.is_multiple_of(2), "{rows} after {before}");
            before = rows;
        }
        done.store(true, Ordering::Relaxed);
        let (_db, rows) = writer.join().unwrap();
        assert!(before <= rows);
    });
    assert_eq!(listing(&dir).len(), 5);
}

#[test]
fn the_hosts_own_file_is_copied_too() {
    let (_root, dir) = data();
    let db = HostDb::open(&dir).unwrap();
    db.publish(&slot("a"), Digest::of(b"p"), &[], "1", 0).unwrap();
    let made = backup_host(&dir, NOW, "a test").unwrap();
    assert_eq!(listing(&dir), ["_host-20261121T090524123Z.sqlite"]);
    assert_eq!((made.slot.clone(), made.generation), (None, None));
    assert_eq!(counted(&made.path, "SELECT count(*) FROM surface"), 1);
    assert_eq!(backups(&dir).unwrap(), [made]);
}

#[test]
fn of_each_the_newest_are_kept() {
    let (_root, dir) = data();
    drop(HostDb::open(&dir).unwrap());
    let (a, b) = (slot("a"), slot("b"));
    let (_a, _b) = (begin(&dir, &a), begin(&dir, &b));
    for at in [3, 1, 2] {
        backup_slot(&dir, &a, NOW + at, "a test").unwrap();
    }
    backup_slot(&dir, &b, NOW, "a test").unwrap();
    backup_host(&dir, NOW, "a test").unwrap();
    // Somebody else's.
    fs::write(dir.backups_folder().join("a-yesterday.sqlite"), b"").unwrap();
    let times = |backups: &[Backup]| backups.iter().map(|backup| backup.taken_at - NOW).collect::<Vec<_>>();
    assert_eq!(times(&backups(&dir).unwrap())[..3], [3, 2, 1]);
    assert_eq!(times(&prune_backups(&dir, 2).unwrap()), [1]);
    assert_eq!(times(&prune_backups(&dir, 0).unwrap()), [2]);
    assert!(prune_backups(&dir, 1).unwrap().is_empty());
    let left = ["_host-20261121T090524123Z", "a-20261121T090524126Z-g1", "a-yesterday", "b-20261121T090524123Z-g1"];
    assert_eq!(listing(&dir), left.map(|name| format!("{name}.sqlite")));
}

#[test]
fn where_there_is_no_data_there_is_no_copy() {
    let (_root, dir) = data();
    assert!(backups(&dir).unwrap().is_empty());
    assert!(matches!(backup_slot(&dir, &slot("a"), NOW, ""), Err(BackupError::Nothing { .. })));
    assert!(matches!(backup_host(&dir, NOW, ""), Err(BackupError::Nothing { .. })));
    assert!(!dir.backups_folder().exists() && !dir.slot_database(&slot("a")).exists());
}

#[test]
fn what_cannot_be_copied_whole_leaves_nothing() {
    let (_root, dir) = data();
    let a = slot("a");
    let db = begin(&dir, &a);
    // Not ours.
    Connection::open(dir.slot_database(&slot("b"))).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let error = backup_slot(&dir, &slot("b"), NOW, "").unwrap_err();
    assert!(matches!(error, BackupError::Store(StoreError::NotOurs)), "{error:?}");
    // No place for the finished file.
    let taken = dir.backups_folder().join("a-20261121T090524123Z-g1.sqlite");
    fs::create_dir_all(taken.join("in the way")).unwrap();
    let error = backup_slot(&dir, &a, NOW, "").unwrap_err();
    assert!(matches!(error, BackupError::Folder { .. }), "{error:?}");
    fs::remove_dir_all(&taken).unwrap();
    // A page that is none.
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 't'";
    drop(db);
    let page = counted(&dir.slot_database(&a), root);
    let mut file = fs::OpenOptions::new().write(true).open(dir.slot_database(&a)).unwrap();
    file.seek(SeekFrom::Start((page - 1) * 4096)).unwrap();
    file.write_all(&[0xff; 4096]).unwrap();
    let error = backup_slot(&dir, &a, NOW, "").unwrap_err();
    assert!(matches!(error, BackupError::Damaged { .. }), "{error:?}");
    // No database at all.
    fs::write(dir.slot_database(&a), [b'x'; 5000]).unwrap();
    let error = backup_slot(&dir, &a, NOW, "").unwrap_err();
    assert!(matches!(error, BackupError::Damaged { .. }), "{error:?}");
    assert!(listing(&dir).is_empty(), "{:?}", listing(&dir));
}

#[test]
fn names_of_other_files_are_none_of_ours() {
    let (_root, dir) = data();
    fs::create_dir(dir.backups_folder()).unwrap();
    for other in ["a.sqlite", "a-20261121T090524123Z-g1.db", "A-20261121T090524123Z-g1.sqlite", "a-20261121-g1.sqlite"]
    {
        let path = dir.backups_folder().join(other);
        fs::write(&path, b"").unwrap();
        assert_eq!(named(&path), None, "{other}");
    }
}

#[test]
fn what_a_dead_process_left_is_removed_in_time() {
    let (_root, dir) = data();
    let left = ["old", "new"].map(|name| dir.backups_folder().join(format!(".new-{name}")));
    for folder in &left {
        fs::create_dir_all(folder).unwrap();
    }
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    fs::File::open(&left[0]).unwrap().set_modified(long_ago).unwrap();
    prune_backups(&dir, 1).unwrap();
    assert_eq!(left.map(|folder| folder.exists()), [false, true]);
}

#[cfg(unix)]
#[test]
fn copies_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_root, dir) = data();
    let _db = begin(&dir, &slot("a"));
    let made = backup_slot(&dir, &slot("a"), NOW, "a test").unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir.backups_folder()), mode(&made.path)), (0o700, 0o600));
}
