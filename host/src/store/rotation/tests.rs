use std::fs;
use std::sync::Arc;

use rusqlite::Connection;

use super::{Rotation, RotationError, add, reseal, rotate};
use crate::config::Settings;
use crate::model::{Digest, Generation, SlotName};
use crate::seal::{KeyId, Keyring, Sealer};
use crate::store::keys::RECORDED;
use crate::store::memory;
use crate::store::{Activation, Carried, DataDir, HostDb, PluginDb, WaitRow, backup_slot};

const NEW: Rotation = Rotation { make: true, keep_old: false };

struct House {
    _root: tempfile::TempDir,
    dir: DataDir,
    slot: SlotName,
}

fn db(dir: &DataDir, slot: &SlotName) -> PluginDb {
    let sealer = Arc::new(DataDir::slot_sealer(&dir.keyring().unwrap(), slot));
    PluginDb::open(&dir.slot_database(slot), &Settings::default().database, 1 << 20, sealer).unwrap()
}

/// Something of everything that is sealed, and a copy of a slot's file.
fn house() -> House {
    let root = tempfile::tempdir().unwrap();
    let dir = DataDir::open(Some(root.path().join("data"))).unwrap();
    let slot: SlotName = "a".parse().unwrap();
    let (ring, db) = (dir.keyring().unwrap(), db(&dir, &slot));
    let (generation, schema) = (Generation(1), 3);
    let sealer = DataDir::slot_sealer(&ring, &slot);
    // As it was sealed before slots had a purpose of their own is as good.
    let sealed = sealer.seal(b"carried", &Carried::place(generation, schema)).unwrap();
    let first = Activation {
        generation,
        plugin: "p".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(b"p"),
        schema: 0,
        activated_at: 0,
        swap: "s".to_owned(),
        carried: Some(Carried { schema, sealed }),
    };
    db.begin_activation(None).unwrap();
    db.activate(&first).unwrap();
    db.commit_activation(generation).unwrap();
    let sealed = sealer.seal(b"in memory", &memory::place(generation, schema)).unwrap();
    db.begin(generation).unwrap();
    db.keep_memory(generation, Some(&Carried { schema, sealed })).unwrap();
    // More than are gone through at a time.
    let values: Vec<_> = (0..250).map(|key| (format!("k{key}"), vec![7; 10])).collect();
    db.state_put(&values).unwrap();
    db.state_set_secret(&["k3".to_owned()], true).unwrap();
    let wait = WaitRow {
        id: "w".to_owned(),
        round: 0,
        call: "call".to_owned(),
        continuation_version: 1,
        continuation: vec![1],
        requests: "[]".to_owned(),
        holder: None,
        created_at: 1,
        expires_at: u64::MAX >> 1,
        orphaned_by: None,
    };
    db.insert_wait(&wait).unwrap();
    db.commit().unwrap();
    let host = HostDb::open(&dir).unwrap();
    host.save_recording(&slot, &Sealer::new(&ring, RECORDED).seal(b"recorded", b"a").unwrap()).unwrap();
    backup_slot(&dir, &slot, 1, "a test").unwrap();
    House { _root: root, dir, slot }
}

impl House {
    /// Whether everything opens with the keys that are in the file now, or with `ring`.
    fn opens(&self, ring: Option<&Keyring>) {
        let ring = ring.cloned().unwrap_or_else(|| self.dir.keyring().unwrap());
        let sealer = Arc::new(DataDir::slot_sealer(&ring, &self.slot));
        let files = [self.dir.slot_database(&self.slot), crate::store::backups(&self.dir).unwrap().remove(0).path];
        for file in files {
            let db = PluginDb::open_reader(&file, &Settings::default().database, 1 << 20, Arc::clone(&sealer)).unwrap();
            let state = db.state_dump().unwrap();
            assert_eq!((state.len(), state.iter().filter(|entry| entry.secret).count()), (250, 1));
            assert_eq!(db.wait("w", 2).unwrap().unwrap().call, "call");
            let active = db.activation().unwrap().unwrap();
            let carried = active.carried.unwrap();
            let place = Carried::place(active.generation, carried.schema);
            assert_eq!(sealer.open(&carried.sealed, &place).unwrap(), b"carried");
            let kept = db.memory(active.generation).unwrap().unwrap();
            let place = memory::place(active.generation, kept.schema);
            assert_eq!(sealer.open(&kept.sealed, &place).unwrap(), b"in memory");
        }
        let recorded = HostDb::open(&self.dir).unwrap().recording(&self.slot).unwrap().unwrap();
        assert_eq!(Sealer::new(&ring, RECORDED).open(&recorded, b"a").unwrap(), b"recorded");
    }
}

#[test]
fn everything_is_sealed_with_a_new_key_and_the_old_one_goes() {
    let house = house();
    let old = house.dir.keyring().unwrap();
    let rotated = rotate(&house.dir, &house.dir.lock().unwrap(), NEW).unwrap();
    // In each of two files 250 values, one that was carried, one that was in memory and three of a call that waits; a
    // recording.
    assert_eq!((rotated.files, rotated.values), (3, 2 * 255 + 1));
    assert_eq!((rotated.removed, rotated.kept), (old.ids(), vec![]));
    let ring = house.dir.keyring().unwrap();
    assert_eq!(ring.ids(), [rotated.newest]);
    assert_ne!(ring.ids(), old.ids());
    house.opens(None);
    // Nothing is left for whoever has the old key.
    for file in [house.dir.slot_database(&house.slot), house.dir.host_database()] {
        let sealed_with = [b"MSTYSL02".as_slice(), &hex(old.ids()[0])].concat();
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(16).any(|window| window == sealed_with), "{}", file.display());
    }
}

#[test]
fn the_old_keys_stay_if_that_is_wanted() {
    let house = house();
    let old = house.dir.keyring().unwrap();
    let rotated = rotate(&house.dir, &house.dir.lock().unwrap(), Rotation { keep_old: true, ..NEW }).unwrap();
    assert_eq!((rotated.removed, rotated.kept), (vec![], old.ids()));
    assert_eq!(house.dir.keyring().unwrap().ids(), [rotated.newest, old.ids()[0]]);
    house.opens(Some(&house.dir.keyring().unwrap().without_older()));
}

#[test]
fn wherever_it_ends_everything_opens_and_it_can_be_done_again() {
    let house = house();
    let lock = house.dir.lock().unwrap();
    let (old, form) = house.dir.keys().load().unwrap();
    // After the key was added.
    let both = add(&house.dir, &old, form).unwrap();
    house.opens(None);
    // In the middle of a file.
    let mut connection = Connection::open(house.dir.slot_database(&house.slot)).unwrap();
    let transaction = connection.transaction().unwrap();
    let sealer = DataDir::slot_sealer(&both, &house.slot);
    assert_eq!(crate::store::state::reseal(&transaction, &sealer).unwrap(), 250);
    drop(transaction);
    drop(connection);
    house.opens(None);
    // Between two files.
    super::reseal_slot(&house.dir.slot_database(&house.slot), &sealer).unwrap();
    house.opens(None);
    // Before the old key went.
    assert_eq!(reseal(&house.dir, &lock, &both).unwrap(), (3, 255 + 1));
    house.opens(None);
    assert_eq!(house.dir.keyring().unwrap().ids(), both.ids());
    // And again, from the beginning.
    let rotated = rotate(&house.dir, &lock, NEW).unwrap();
    assert_eq!(rotated.removed, both.ids());
    house.opens(None);
}

#[test]
fn what_was_in_memory_and_does_not_open_is_forgotten() {
    let house = house();
    for damaged in ["1 3 AAAA", "nonsense"] {
        let update = "UPDATE _mainstay_meta SET value = ?1 WHERE key = 'memory'";
        let file = Connection::open(house.dir.slot_database(&house.slot)).unwrap();
        let insert = "INSERT OR IGNORE INTO _mainstay_meta VALUES ('memory', '')";
        file.execute(insert, []).unwrap();
        file.execute(update, [damaged]).unwrap();
        drop(file);
        rotate(&house.dir, &house.dir.lock().unwrap(), NEW).unwrap();
        assert!(db(&house.dir, &house.slot).memory(Generation(1)).unwrap().is_none());
        let file = Connection::open(house.dir.slot_database(&house.slot)).unwrap();
        let left = "SELECT count(*) FROM _mainstay_meta WHERE key = 'memory'";
        assert_eq!(file.query_row(left, [], |row| row.get::<_, u32>(0)).unwrap(), 0, "{damaged}");
    }
}

#[test]
fn what_does_not_open_keeps_all_keys() {
    let house = house();
    let path = house.dir.slot_database(&house.slot);
    Connection::open(&path)
        .unwrap()
        .execute("UPDATE _mainstay_state SET value = x'00' WHERE key = 'k249'", [])
        .unwrap();
    let old = house.dir.keyring().unwrap();
    let error = rotate(&house.dir, &house.dir.lock().unwrap(), NEW).unwrap_err();
    assert!(matches!(&error, RotationError::File { path: named, .. } if *named == path));
    assert!(crate::model::chain(&error).contains("k249"), "{}", crate::model::chain(&error));
    assert!(house.dir.keyring().unwrap().ids().contains(&old.ids()[0]));
    Connection::open(&path).unwrap().execute("DELETE FROM _mainstay_state WHERE key = 'k249'", []).unwrap();
    let left = db(&house.dir, &house.slot).state_dump().unwrap();
    assert_eq!(left.len(), 249);
}

#[test]
fn a_key_file_of_lines_stays_one_and_one_that_is_linked_is_written_where_it_is() {
    let house = house();
    let key = house.dir.keyring().unwrap();
    let (real, linked) = (house.dir.root().join("real"), house.dir.root().join("linked"));
    fs::rename(house.dir.root().join("key"), &real).unwrap();
    fs::write(&real, &*key.write(crate::seal::Form::Hex)).unwrap();
    std::os::unix::fs::symlink(&real, &linked).unwrap();
    let dir = house.dir.clone().with_key_file(linked.clone());
    let rotated = rotate(&dir, &dir.lock().unwrap(), NEW).unwrap();
    assert!(fs::symlink_metadata(&linked).unwrap().is_symlink());
    let text = fs::read_to_string(&real).unwrap();
    assert_eq!((text.len(), rotated.removed), (65, key.ids()));
    house.opens(Some(&dir.keyring().unwrap()));
    assert!(!house.dir.root().join("key").exists());
}

#[test]
fn a_key_that_was_put_there_by_hand_is_taken() {
    let house = house();
    let (old, form) = house.dir.keys().load().unwrap();
    let by_hand = old.with(Keyring::of([9; 32]).newest().clone()).unwrap();
    house.dir.keys().save(&by_hand, form).unwrap();
    let wanted = Rotation { make: false, keep_old: true };
    let rotated = rotate(&house.dir, &house.dir.lock().unwrap(), wanted).unwrap();
    assert_eq!(rotated.newest, KeyId::of(Keyring::of([9; 32]).newest()));
    house.opens(Some(&Keyring::of([9; 32])));
    assert_eq!(house.dir.keyring().unwrap().ids(), by_hand.ids(), "the file is as it was");
}

fn hex(id: KeyId) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(id.to_string().as_bytes()).unwrap()
}
