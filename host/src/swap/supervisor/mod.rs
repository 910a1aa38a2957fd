//! Sees to it that one version after the other serves in a slot: one swap at a time, watched afterwards.
//!
//! [`attempt`] goes through with a swap, [`settle`] is what follows its commit, [`recovery`] what happens to a version
//! that does not do well.

mod attempt;
mod mode;
mod recovery;
mod request;
mod restart;
mod settle;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared as SharedFuture};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use self::mode::{Candidate, Mode, died, refusal};
pub use self::request::{RestartRequest, RollbackRequest, SwapRequest};
use super::carried::Kept;
use super::health::Verdict;
use super::report::{self, Draft};
use super::shared::{Hosting, Shared};
use super::slot::{Slot, SlotSettings};
use crate::model::drift::Policy;
use crate::model::restart::RestartReason;
use crate::model::swap::{Attempts, Origin, SlotStatus, SwapPhase, SwapReport};
use crate::model::{Digest, Generation, SlotName, chain};
use crate::plugin::{Plugin, now};
use crate::store::{Activation, PluginDb, StoreError};

/// How long a look at the data may take that is only for people.
const GLANCE: Duration = Duration::from_millis(250);

/// Of one open slot.
pub(crate) struct Supervisor {
    name: SlotName,
    shared: Arc<Shared>,
    hosting: Arc<Hosting>,
    slot: Arc<Slot>,
    settings: SlotSettings,
    phase: watch::Sender<SwapPhase>,
    active: Mutex<Activation>,
    /// One swap at a time.
    turn: tokio::sync::Mutex<Turn>,
    /// Swaps that have not ended, so that whoever asks for the same gets the same.
    pending: Mutex<HashMap<Key, Pending>>,
    /// The restart that has not ended, and what it was asked for.
    restarting: Mutex<Option<(RestartKey, Pending)>>,
    /// What of the working state was lost, if any was.
    restored: Mutex<Option<String>>,
    /// What is to take the place of state that does not open.
    kept: Mutex<Option<Kept>>,
}

/// Restarts that ask for the same are the same.
type RestartKey = (RestartReason, bool, bool, bool);
type Key = (Digest, Option<Policy>, bool, bool, bool);
type Pending = SharedFuture<BoxFuture<'static, Arc<SwapReport>>>;

/// Held by the swap that is under way.
#[derive(Debug, Default)]
struct Turn {
    /// The version before, ready to take over again.
    previous: Option<Arc<Plugin>>,
    /// The version that serves is there because the one after it did not do well.
    recovered: bool,
    /// How often in a row it was taken out of service with nobody to take over.
    stalls: u32,
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Supervisor {
    pub(crate) fn new(
        shared: Arc<Shared>,
        hosting: Arc<Hosting>,
        slot: Arc<Slot>,
        settings: SlotSettings,
        opened: (SlotName, Activation, watch::Sender<SwapPhase>),
        judge: mpsc::Receiver<Verdict>,
    ) -> Arc<Self> {
        let (name, active, phase) = opened;
        let supervisor = Arc::new(Self {
            name,
            shared,
            hosting,
            slot,
            settings,
            phase,
            active: Mutex::new(active),
            turn: tokio::sync::Mutex::default(),
            pending: Mutex::default(),
            restarting: Mutex::default(),
            restored: Mutex::default(),
            kept: Mutex::default(),
        });
        let restoring = Arc::clone(&supervisor);
        drop(spawn_blocking(move || restoring.restore_recording()));
        tokio::spawn(recovery::carry_out_verdicts(Arc::downgrade(&supervisor), judge));
        tokio::spawn(recovery::look_after(Arc::downgrade(&supervisor)));
        supervisor
    }

    pub(crate) fn phase(&self) -> watch::Receiver<SwapPhase> {
        self.phase.subscribe()
    }

    pub(crate) fn was_restored(&self, told: Option<String>) {
        if told.is_some() {
            *self.restored.lock() = told;
        }
    }

    pub(crate) fn active(&self) -> Activation {
        self.active.lock().clone()
    }

    /// Goes through with a swap even if whoever asked has gone. The same request, while one is under way, joins it.
    pub(crate) async fn swap(self: &Arc<Self>, request: SwapRequest) -> Arc<SwapReport> {
        let component = request.component.clone();
        let read = spawn_blocking(move || component.read().map(|(bytes, digest)| (bytes.into_owned(), digest))).await;
        let (bytes, digest) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Arc::new(self.unread(request, &chain(&error))),
            Err(_) => return Arc::new(self.unread(request, "a thread of the host died")),
        };
        let source = matches!(request.origin, Origin::File | Origin::Start);
        let key = (digest, request.policy, request.force, request.dry_run, source);
        let pending = {
            let mut pending = self.pending.lock();
            if pending.contains_key(&key) {
                tracing::info!(slot = %self.name, "the same swap is under way already");
            }
            let join = pending.entry(key).or_insert_with(|| {
                let this = Arc::clone(self);
                let swap = tokio::spawn(async move {
                    let policy = request.policy.unwrap_or(this.settings.live.get().swap.policy);
                    let policy = if request.force { Policy::Force } else { policy };
                    let (force, dry_run) = (request.force, request.dry_run);
                    let mode = Mode::Upgrade { policy, force, dry_run, source };
                    let draft = Draft::new(&this.name, request.origin, request.reason);
                    let _over = Over { of: &this, key };
                    Arc::new(this.perform(Candidate::Bytes(bytes, digest), mode, draft).await)
                });
                let name = self.name.clone();
                async move { swap.await.unwrap_or_else(|error| Arc::new(died(&name, &error))) }.boxed().shared()
            });
            join.clone()
        };
        pending.await
    }

    fn unread(&self, request: SwapRequest, problem: &str) -> SwapReport {
        let mut draft = Draft::new(&self.name, request.origin, request.reason);
        draft.refused(refusal("file", problem.to_owned(), SwapPhase::Staging));
        draft.finish()
    }

    /// Back to a version that served before.
    pub(crate) async fn rollback(self: &Arc<Self>, request: RollbackRequest) -> Arc<SwapReport> {
        let draft = Draft::new(&self.name, request.origin, request.reason);
        let this = Arc::clone(self);
        let rolled = tokio::spawn(async move {
            let mode = Mode::Rollback { force: request.force };
            this.perform(Candidate::Earlier(request.to), mode, draft).await
        });
        Arc::new(rolled.await.unwrap_or_else(|error| died(&self.name, &error)))
    }

    /// The plugin of an earlier generation: of the last one before what serves that is not known to fail, if none is
    /// named.
    async fn earlier(self: &Arc<Self>, to: Option<Generation>, turn: &Turn) -> Result<Arc<Plugin>, String> {
        let serving = self.slot.serving().plugin.digest();
        let known = self.slot.readers().look(|db| db.activations()).await.map_err(|error| chain(&error))?;
        let found = match to {
            Some(to) => known.into_iter().find(|earlier| earlier.generation == to),
            None => {
                let find = move |this: &Self| {
                    let fails = |digest| matches!(this.hosting.db.quarantined(&this.name, digest), Ok(Some(_)));
                    known.into_iter().find(|earlier| earlier.digest != serving && !fails(earlier.digest))
                };
                self.aside(find).await.flatten()
            }
        };
        let Some(found) = found else {
            return Err(to.map_or_else(
                || "there is no version before this one".to_owned(),
                |to| format!("there is no generation {to} on record: see `mainstay history {}`", self.name),
            ));
        };
        if let Some(warm) = turn.previous.clone().filter(|warm| warm.digest() == found.digest) {
            return Ok(warm);
        }
        let (shared, digest) = (Arc::clone(&self.shared), found.digest);
        let load = spawn_blocking(move || {
            let kept = shared.dir.read_component(digest).map_err(|error| chain(&error))?;
            let kept = kept.ok_or_else(|| format!("the component {digest} of that generation is not kept any more"))?;
            shared.loader().and_then(|loader| Ok(loader.load(&kept, digest)?)).map_err(|error| chain(&error))
        });
        load.await.unwrap_or_else(|_| Err("a thread of the host died".to_owned()))
    }

    pub(crate) async fn status(&self) -> SlotStatus {
        let active = self.active();
        let waiting = self.glance(|db| db.count_waits(now())).await;
        let known = self.glance(PluginDb::activations).await;
        let starts = self.glance(PluginDb::starts).await;
        let previous = known.iter().find(|earlier| earlier.digest != active.digest);
        SlotStatus {
            slot: self.name.clone(),
            phase: *self.phase.borrow(),
            stalled: self.slot.current().stalled(),
            previous: previous.map(report::version_of_activation),
            activated_at: active.activated_at,
            calls: self.slot.health().calls(),
            traps: self.slot.health().traps(),
            queued: u64::try_from(self.slot.queued()).unwrap_or(u64::MAX),
            waiting,
            attempts: Attempts { starts, ..self.slot.health().attempts() },
            restored: self.restored.lock().clone(),
            problem: None,
            serving: Some(report::version_of_activation(&active)),
        }
    }

    /// Looks at the data if that takes no time. While all readers are stuck, whoever asks how things are wants to hear
    /// the rest.
    async fn glance<T: Default + Send + 'static>(
        &self,
        look: impl FnOnce(&PluginDb) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let looked = timeout(GLANCE, self.slot.readers().look(look)).await;
        looked.ok().and_then(Result::ok).unwrap_or_default()
    }

    fn restore_recording(&self) {
        let sealed = self.hosting.db.recording(&self.name).ok().flatten();
        let Some(sealed) = sealed.filter(|_| self.slot.recorder().is_on()) else { return };
        match self.hosting.recordings.open(&sealed, self.name.as_str().as_bytes()) {
            Ok(json) => self.slot.recorder().restore(&json),
            Err(error) => tracing::warn!(error = chain(&error), "recorded calls cannot be opened: beginning anew"),
        }
    }

    pub(super) fn save_recording(&self) {
        let Some(json) = self.slot.recorder().unsaved() else { return };
        let sealed = self.hosting.recordings.seal(&json, self.name.as_str().as_bytes());
        let saved = sealed
            .map_err(|error| chain(&error))
            .and_then(|sealed| self.hosting.db.save_recording(&self.name, &sealed).map_err(|error| chain(&error)));
        if let Err(error) = saved {
            tracing::warn!(error, "recorded calls could not be kept");
        }
    }
}

/// Whatever becomes of a swap, the next one like it begins anew.
struct Over<'a> {
    of: &'a Supervisor,
    key: Key,
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.of.pending.lock().remove(&self.key);
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.save_recording();
    }
}
