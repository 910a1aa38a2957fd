//! What all slots of a host have in common.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{OnceCell, broadcast, watch};
use tokio::task::spawn_blocking;

use super::catalogue::Catalogue;
use super::changes::Changes;
use super::lazy::OpenError;
use super::pulse::Pulse;
use super::slot::SlotSettings;
use super::snapshots::SnapshotDesk;
use crate::config::Live;
use crate::model::swap::SwapReport;
use crate::model::{Digest, SlotName};
use crate::plugin::{Compiler, Loader};
use crate::seal::{Keyring, Sealer};
use crate::store::{DataDir, DataDirError, HostDb, Lock, RECORDED, SNAPSHOT_PURPOSE};

/// Reports that wait for whoever follows them. Nobody makes as many swaps in the time that it takes to read one; who is
/// later than that misses some.
const REPORTS: usize = 64;

/// Settings, the data directory, the loader, the host's own file.
pub(crate) struct Shared {
    pub(crate) live: Live,
    pub(crate) dir: DataDir,
    pub(crate) catalogue: Catalogue,
    pub(crate) changes: Changes,
    compiler: Compiler,
    loader: Mutex<Option<Arc<Loader>>>,
    keyring: Mutex<Option<Arc<Keyring>>>,
    hosting: OnceCell<Arc<Hosting>>,
    /// What the image of this process before this one held.
    inherited: Mutex<Option<Lock>>,
    /// Becomes true when this process becomes the host of the data directory.
    is_host: watch::Sender<bool>,
    /// The slots that are served, in order.
    served: RwLock<Vec<SlotName>>,
    /// Components that each open slot may go back to. Held while files are kept or removed.
    kept: Mutex<HashMap<SlotName, Vec<Digest>>>,
    /// Slots whose start has been counted.
    started: Mutex<HashSet<SlotName>>,
    /// What each slot does, in numbers that outlive its being opened.
    pulses: Mutex<HashMap<SlotName, Arc<Pulse>>>,
    /// Attempts to exchange versions that are over.
    reports: broadcast::Sender<Arc<SwapReport>>,
    /// Held while the list of tools is written, read back and shown.
    pub(crate) publishing: Mutex<()>,
    /// Held while a slot is added.
    pub(crate) adding: tokio::sync::Mutex<()>,
}

/// Only the one host of a data directory has this.
pub(crate) struct Hosting {
    pub(crate) db: HostDb,
    /// For recorded calls.
    pub(crate) recordings: Sealer,
    pub(crate) snapshots: SnapshotDesk,
    pub(crate) lock: Lock,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(compiler: Compiler, live: Live, dir: DataDir) -> Self {
        Self {
            live,
            dir,
            catalogue: Catalogue::new(),
            changes: Changes::default(),
            compiler,
            loader: Mutex::new(None),
            keyring: Mutex::new(None),
            hosting: OnceCell::new(),
            inherited: Mutex::default(),
            is_host: watch::Sender::new(false),
            served: RwLock::default(),
            kept: Mutex::default(),
            started: Mutex::default(),
            pulses: Mutex::default(),
            reports: broadcast::Sender::new(REPORTS),
            publishing: Mutex::default(),
            adding: tokio::sync::Mutex::default(),
        }
    }

    /// Whether a slot is opened for the first time in this process.
    pub(crate) fn first_time(&self, slot: &SlotName) -> bool {
        self.started.lock().insert(slot.clone())
    }

    /// The numbers of a slot.
    pub(crate) fn pulse(&self, slot: &SlotName) -> Arc<Pulse> {
        Arc::clone(self.pulses.lock().entry(slot.clone()).or_default())
    }

    /// An attempt to exchange versions is over: it counts, and whoever follows hears of it.
    pub(crate) fn swapped(&self, report: &SwapReport) {
        self.pulse(&report.slot).swapped(report);
        if self.reports.receiver_count() > 0 {
            drop(self.reports.send(Arc::new(report.clone())));
        }
    }

    pub(crate) fn reports(&self) -> broadcast::Receiver<Arc<SwapReport>> {
        self.reports.subscribe()
    }

    pub(crate) fn served(&self) -> Vec<SlotName> {
        self.served.read().clone()
    }

    pub(crate) fn serve(&self, slots: Vec<SlotName>) {
        *self.served.write() = slots;
    }

    /// Keeps a component's file while nobody removes any. Blocks.
    pub(crate) fn keep(&self, keep: impl FnOnce(&DataDir) -> Result<(), DataDirError>) -> Result<(), OpenError> {
        let _kept = self.kept.lock();
        Ok(keep(&self.dir)?)
    }

    /// Says what a slot may go back to, and removes what no slot may. Blocks.
    pub(crate) fn tidy(&self, slot: &SlotName, digests: Vec<Digest>) {
        let mut kept = self.kept.lock();
        kept.insert(slot.clone(), digests);
        // As long as one slot has not said, it may be any.
        if self.served().iter().all(|slot| kept.contains_key(slot)) {
            let keep: Vec<Digest> = kept.values().flatten().copied().collect();
            self.dir.drop_components_except(&keep);
        }
    }

    /// A candidate that is about to take its place is not to be removed.
    pub(crate) fn spare(&self, slot: &SlotName, digest: Digest) {
        if let Some(kept) = self.kept.lock().get_mut(slot) {
            kept.push(digest);
        }
    }

    /// The keys of the installation. Blocks, the first time.
    pub(crate) fn keyring(&self) -> Result<Arc<Keyring>, DataDirError> {
        let mut keyring = self.keyring.lock();
        if let Some(keyring) = &*keyring {
            return Ok(Arc::clone(keyring));
        }
        let read = Arc::new(self.dir.keyring()?);
        *keyring = Some(Arc::clone(&read));
        Ok(read)
    }

    /// What a slot is opened with. Blocks, the first time.
    pub(crate) fn slot_settings(&self, slot: &SlotName) -> Result<SlotSettings, DataDirError> {
        let keyring = self.keyring()?;
        Ok(SlotSettings {
            slot: slot.clone(),
            database: self.dir.slot_database(slot),
            sealer: Arc::new(DataDir::slot_sealer(&keyring, slot)),
            live: self.live.clone(),
            pulse: self.pulse(slot),
            changes: self.changes.clone(),
        })
    }

    /// The loader, with the one engine of the process. Blocks.
    pub(crate) fn loader(&self) -> Result<Arc<Loader>, OpenError> {
        let mut loader = self.loader.lock();
        if let Some(loader) = &*loader {
            return Ok(Arc::clone(loader));
        }
        let keyring = self.keyring()?;
        let made = Loader::new(self.compiler.clone(), self.live.clone(), Some((self.dir.clone(), &keyring)));
        let made = Arc::new(made.map_err(|error| OpenError::Engine(error.into()))?);
        *loader = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Makes this process the host of the data directory, if it is not already.
    pub(crate) async fn host(&self) -> Result<Arc<Hosting>, OpenError> {
        let hosting = self.hosting.get_or_try_init(async || {
            let (dir, inherited) = (self.dir.clone(), self.inherited.lock().take());
            // Read again: while another process was the host, it may have changed them.
            let begin = spawn_blocking(move || {
                let lock = inherited.map_or_else(|| dir.lock(), Ok)?;
                dir.remove_trials();
                let keyring = Arc::new(dir.keyring()?);
                let db = HostDb::open(&dir).map_err(|error| OpenError::Slot(error.into()))?;
                let recordings = Sealer::new(&keyring, RECORDED);
                let snapshots = SnapshotDesk::new(Sealer::new(&keyring, SNAPSHOT_PURPOSE));
                Ok::<_, OpenError>((Arc::new(Hosting { db, recordings, snapshots, lock }), keyring))
            });
            let (hosting, keyring) = begin.await.map_err(|_| OpenError::Thread)??;
            *self.keyring.lock() = Some(keyring);
            Ok::<_, OpenError>(hosting)
        });
        let hosting = Arc::clone(hosting.await?);
        self.is_host.send_if_modified(|is| !std::mem::replace(is, true));
        Ok(hosting)
    }

    /// This process is the host by that lock, as soon as it needs to be.
    pub(crate) fn inherit(&self, lock: Lock) {
        *self.inherited.lock() = Some(lock);
    }

    /// The host's things, if this process is the host.
    pub(crate) fn hosting(&self) -> Option<Arc<Hosting>> {
        self.hosting.get().cloned()
    }

    pub(crate) fn is_host(&self) -> watch::Receiver<bool> {
        self.is_host.subscribe()
    }
}
