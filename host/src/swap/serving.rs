//! What serves now, exchanged as a whole.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::model::{Generation, chain};
use crate::plugin::contract::lifecycle::ExportedState;
use crate::plugin::{EntryContext, Instance, KillSwitch, Plugin, Watch, now};

use super::error::SlotError;
use super::services::Workbench;

/// A version in its place.
#[derive(Debug)]
pub struct Serving {
    pub plugin: Arc<Plugin>,
    /// None for one that only reads and does not care.
    pub generation: Option<Generation>,
    /// What the version before had in memory. Every fresh instance begins with it, unless there is something newer.
    pub(crate) carried: Option<ExportedState>,
    /// What it had in memory itself when the host last ended in good order: a fresh instance begins with that instead.
    pub(crate) kept: Option<ExportedState>,
    /// The plugin's configuration, a JSON object.
    pub(crate) config: Arc<str>,
}

/// Why no version serves, and until when.
#[derive(Debug)]
struct Stalled {
    why: String,
    /// None: until another version takes the place.
    until: Option<Instant>,
}

/// What serves, for all threads of a slot.
#[derive(Debug)]
pub(crate) struct Current {
    serving: Mutex<Arc<Serving>>,
    /// Held for writing while a version takes the place of another, which takes the disk's time.
    gate: RwLock<()>,
    stalled: Mutex<Option<Stalled>>,
    changes: watch::Sender<()>,
}

impl Current {
    pub(crate) fn new(serving: Serving) -> Self {
        let serving = Mutex::new(Arc::new(serving));
        Self { serving, gate: RwLock::new(()), stalled: Mutex::new(None), changes: watch::Sender::new(()) }
    }

    /// Never waits. In the moment of a swap it may be the version before: whoever enters it finds out.
    pub(crate) fn get(&self) -> Arc<Serving> {
        Arc::clone(&self.serving.lock())
    }

    /// Waits for the end of an exchange. For threads that enter plugins.
    pub(crate) fn settled(&self) -> Arc<Serving> {
        let _gate = self.gate.read();
        self.get()
    }

    /// Puts another version in place if `commit` succeeds. Readers that ask meanwhile wait for the outcome, so none
    /// enters the old version on the new data.
    pub(crate) fn exchange<E>(&self, next: Serving, commit: impl FnOnce() -> Result<(), E>) -> Result<Arc<Serving>, E> {
        let _gate = self.gate.write();
        commit()?;
        *self.stalled.lock() = None;
        let before = std::mem::replace(&mut *self.serving.lock(), Arc::new(next));
        self.changes.send_replace(());
        Ok(before)
    }

    /// Changes when another version takes its place.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Takes the version out of service, for that long or until another takes its place.
    pub(crate) fn stall(&self, why: String, pause: Option<Duration>) {
        *self.stalled.lock() = Some(Stalled { why, until: pause.map(|pause| Instant::now() + pause) });
    }

    /// Why no version serves, if none does.
    pub(crate) fn stalled(&self) -> Option<String> {
        let mut stalled = self.stalled.lock();
        let over = |stalled: &Stalled| stalled.until.is_some_and(|until| Instant::now() >= until);
        if stalled.as_ref().is_some_and(over) {
            *stalled = None;
        }
        stalled.as_ref().map(|stalled| stalled.why.clone())
    }
}

/// Why that is more than a version may have in memory, if it is.
pub(super) fn too_much(state: &ExportedState, allowed: usize) -> Option<String> {
    let found = state.data.len();
    (found > allowed).then(|| format!("exports {found} bytes of state, allowed are {allowed}"))
}

impl Serving {
    /// What a fresh instance begins with.
    pub(crate) fn last(&self) -> Option<&ExportedState> {
        self.kept.as_ref().or(self.carried.as_ref())
    }

    /// Makes and starts an instance. While it starts it may only read.
    pub(crate) fn fresh(&self, bench: &Workbench, watch: &Watch, deadline: Duration) -> Result<Instance, SlotError> {
        let begun = self.begin(self.last(), bench, watch, deadline);
        match begun {
            Err(error) if self.kept.is_some() => {
                let plugin = &self.plugin.surface().description.name;
                tracing::warn!(error = chain(&error), plugin, "it does not go on with what it had in memory itself");
                self.begin(self.carried.as_ref(), bench, watch, deadline)
            }
            begun => begun,
        }
    }

    fn begin(
        &self,
        with: Option<&ExportedState>,
        bench: &Workbench,
        watch: &Watch,
        deadline: Duration,
    ) -> Result<Instance, SlotError> {
        let context = || EntryContext { now: now(), seed: 0, deadline, kill: KillSwitch::default() };
        let mut instance = Instance::new(&self.plugin, Box::new(bench.clone()), watch.clone())?;
        let was = bench.lock().db.set_read_only(true);
        let started = (|| {
            if let Some(state) = with {
                let (back, imported) = instance.import_state(&context(), state)?;
                imported.map_err(SlotError::Import)?;
                instance = back;
            }
            let (instance, started) = instance.start(&context(), &self.config)?;
            started.map_err(SlotError::Start)?;
            Ok(instance)
        })();
        bench.lock().db.set_read_only(was);
        started
    }
}
