use std::sync::Arc;

use super::restore::restore;
use super::{TakeError, take};
use crate::config::{Live, Settings};
use crate::model::snapshot::{Snapshot, SnapshotCause};
use crate::model::{Digest, Generation, SlotName, chain};
use crate::plugin::Compiler;
use crate::store::{Activation, Carried, DataDir, SnapshotError, StoreError};
use crate::swap::shared::{Hosting, Shared};
use crate::swap::slot::SlotSettings;

fn slot() -> SlotName {
    "a".parse().unwrap()
}

/// A host, and a slot in which nothing was ever active.
struct Host {
    _dir: tempfile::TempDir,
    live: Live,
    hosting: Arc<Hosting>,
    settings: SlotSettings,
}

impl Host {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(Some(dir.path().to_owned())).unwrap();
        let live = Live::new(Settings::default());
        let compiler = Compiler::new("nobody compiles".into(), live.get().compile.clone());
        let shared = Shared::new(compiler, live.clone(), data);
        let hosting = shared.host().await.unwrap();
        let settings = shared.slot_settings(&slot()).unwrap();
        drop(settings.open().unwrap());
        Self { _dir: dir, live, hosting, settings }
    }

    /// Another generation is active, into which that was carried.
    fn activate(&self, schema: u32, carried: Option<&[u8]>) -> Generation {
        let db = self.settings.open().unwrap();
        let active = db.activation().unwrap().map(|active| active.generation);
        let generation = active.map_or(Generation(1), Generation::next);
        let seal = |data: &[u8]| self.settings.sealer.seal(data, &Carried::place(generation, schema)).unwrap();
        db.begin_activation(active).unwrap();
        let activation = Activation {
            generation,
            plugin: "p".to_owned(),
            version: format!("{generation}.0.0"),
            digest: Digest::of(b"p"),
            schema,
            activated_at: 5,
            swap: "s".to_owned(),
            carried: carried.map(|data| Carried { schema, sealed: seal(data) }),
        };
        db.activate(&activation).unwrap();
        db.commit_activation(generation).unwrap();
        generation
    }

    fn put(&self, key: &str, value: &str) {
        let db = self.settings.open().unwrap();
        let generation = db.activation().unwrap().unwrap().generation;
        db.begin(generation).unwrap();
        db.state_put(&[(key.to_owned(), value.into())]).unwrap();
        db.commit().unwrap();
    }

    fn take(&self) -> Result<super::Taken, SnapshotError> {
        take(&self.hosting, &self.settings, SnapshotCause::Command)
    }

    /// One that differs from the last.
    fn taken(&self) -> Snapshot {
        let taken = self.take().unwrap();
        assert!(!taken.unchanged);
        taken.snapshot
    }

    fn restore(&self, id: &str) -> Result<super::Restored, TakeError> {
        restore(&self.hosting, &self.settings, id)
    }

    /// The keys with their values, and what was carried.
    fn state(&self) -> (Vec<(String, String)>, Option<Vec<u8>>) {
        let state = self.settings.open().unwrap().working_state(u64::MAX).unwrap().unwrap();
        let carried = super::unseal(&self.settings.sealer, &state.activation).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let entries = state.entries.into_iter().map(|entry| (entry.key, text(entry.value)));
        (entries.collect(), carried.map(|carried| carried.data))
    }
}

#[tokio::test]
async fn the_same_state_has_one_snapshot_a_generation() {
    let host = Host::new().await;
    assert!(matches!(host.take(), Err(SnapshotError::Nothing { .. })));
    host.activate(1, None);
    let empty = host.taken();
    assert_eq!((empty.entries, empty.bytes, empty.generation), (0, 0, Generation(1)));
    assert_eq!(host.take().unwrap(), super::Taken { snapshot: empty, unchanged: true });
    host.put("k", "value");
    let one = host.taken();
    assert_eq!((one.entries, one.bytes), (1, 6));
    assert!(host.take().unwrap().unchanged);
    host.activate(1, Some(b"carried"));
    let next = host.taken();
    assert_eq!((next.generation, next.bytes, &*next.version), (Generation(2), 13, "2.0.0"));
}

#[tokio::test]
async fn a_snapshot_brings_back_the_keys_and_what_was_carried_into_the_same_generation() {
    let host = Host::new().await;
    host.activate(1, Some(b"into one"));
    host.put("k", "one");
    let one = host.taken();
    host.put("k", "more");
    host.put("l", "more");
    let restored = host.restore(&one.id).unwrap();
    assert_eq!(host.state(), (vec![("k".to_owned(), "one".to_owned())], Some(b"into one".to_vec())));
    assert!(restored.lost.contains(&one.id) && restored.lost.contains("keys written since"), "{}", restored.lost);
    assert!(!restored.lost.contains("handed over"), "{}", restored.lost);
    let before = restored.before.unwrap();
    assert_eq!((before.entries, before.why), (2, SnapshotCause::Restore));

    // What was carried into another generation is not what this one was given.
    host.activate(1, Some(b"into two"));
    let restored = host.restore(&before.id).unwrap();
    assert_eq!(host.state().0.len(), 2);
    assert_eq!(host.state().1, None);
    assert!(restored.lost.contains("handed over"), "{}", restored.lost);
}

#[tokio::test]
async fn what_does_not_fit_is_not_put_back() {
    let host = Host::new().await;
    host.activate(1, None);
    host.put("k", "one");
    let one = host.taken();
    host.activate(2, None);
    host.put("k", "two");
    let error = host.restore(&one.id).unwrap_err();
    assert!(matches!(error, TakeError::DoesNotFit { schema: 1, active_schema: 2, .. }), "{error:?}");
    let elsewhere = SlotSettings { slot: "b".parse().unwrap(), ..host.settings.clone() };
    let error = restore(&host.hosting, &elsewhere, &one.id).unwrap_err();
    assert!(matches!(error, TakeError::OtherSlot { .. }), "{error:?}");
    let error = host.restore("nothing").unwrap_err();
    assert!(matches!(error, TakeError::Snapshot(SnapshotError::Unknown { .. })), "{error:?}");
    assert_eq!(host.state().0, [("k".to_owned(), "two".to_owned())]);
}

#[tokio::test]
async fn what_does_not_open_has_no_snapshot_but_can_be_replaced_by_one() {
    let host = Host::new().await;
    host.activate(1, Some(b"carried"));
    host.put("k", "one");
    let one = host.taken();
    for sql in ["UPDATE _mainstay_state SET value = x'00'", "UPDATE _mainstay_generations SET carried = x'00'"] {
        rusqlite::Connection::open(&host.settings.database).unwrap().execute(sql, []).unwrap();
        let error = host.take().unwrap_err();
        assert!(matches!(error, SnapshotError::Store(StoreError::Corrupt(_))), "{error:?}");
        let restored = host.restore(&one.id).unwrap();
        assert_eq!(restored.before, None);
        assert_eq!(host.state(), (vec![("k".to_owned(), "one".to_owned())], Some(b"carried".to_vec())));
    }
}

#[tokio::test]
async fn the_settings_say_how_many_and_how_large() {
    let host = Host::new().await;
    host.activate(1, None);
    let mut settings = Settings::default();
    (settings.snapshot.keep, settings.snapshot.bytes) = (2, 100);
    host.live.set(settings);
    for value in ["1", "2", "3"] {
        host.put("k", value);
        host.taken();
    }
    assert_eq!(host.hosting.snapshots().list(None).unwrap().len(), 2);
    host.put("k", &"x".repeat(100));
    let error = host.take().unwrap_err();
    assert!(matches!(error, SnapshotError::TooLarge { bytes: 101, limit: 100 }), "{error:?}");
    assert!(chain(&error).contains("snapshot.bytes"));
}

#[tokio::test]
async fn one_that_does_not_open_is_no_reason_not_to_take_another() {
    let host = Host::new().await;
    host.activate(1, None);
    let damaged = host.taken();
    let file = host.settings.database.parent().unwrap().with_file_name("host.sqlite");
    rusqlite::Connection::open(file).unwrap().execute("UPDATE snapshot SET sealed = x'00'", []).unwrap();
    let whole = host.taken();
    assert_ne!(whole.id, damaged.id);
    assert_eq!(host.hosting.snapshots().newest(&slot()).unwrap().unwrap().0, whole);
}
