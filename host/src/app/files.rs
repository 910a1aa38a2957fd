//! Follows files that change: components of plugins, and the settings.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use super::{App, embedded, files, settings};
use crate::config::{Settings, WatchSettings};
use crate::model::drift::Policy;
use crate::model::swap::{Origin, SwapOutcome};
use crate::model::{Digest, SlotName, chain};
use crate::plugin::{ContractError, outline};
use crate::swap::{Component, LazySlot, Slots, SwapRequest};
use crate::watch::{Change, Of, Targets, WatchError, Watcher, What};

/// After this a file is taken up again that could not be for a reason that passes.
const AGAIN: Duration = Duration::from_secs(10);

/// What is watched, and how.
#[derive(PartialEq)]
struct Wanted {
    files: BTreeMap<SlotName, PathBuf>,
    watch: WatchSettings,
}

/// What has been told.
struct Following<'a> {
    app: &'a App,
    /// The components that slots were told to go over to, or began with.
    known: BTreeMap<SlotName, Digest>,
    /// No slot waits for another; of one slot, the changes come in order.
    slots: HashMap<SlotName, mpsc::Sender<Taken>>,
}

/// What became of a slot's file.
struct Taken {
    path: PathBuf,
    what: What,
    /// The slot is new, and the settings ask for it.
    asked_for: bool,
}

/// Follows all files. Ends only if none can be watched.
pub(super) async fn follow(app: &App) {
    let slots = app.slots.all();
    let in_place = |slot: Arc<LazySlot>| Some((slot.name().clone(), slot.file_in_place()?));
    let known = spawn_blocking(move || slots.into_iter().filter_map(in_place).collect());
    let known = known.await.unwrap_or_default();
    let mut following = Following { app, known, slots: HashMap::new() };
    let mut changed = app.live.subscribe();
    let mut wanted = Wanted::of(&changed.borrow_and_update());
    let mut watched = match following.watch(&wanted) {
        Ok(watched) => watched,
        Err(error) => {
            tracing::warn!(error = chain(&error), "files of plugins and of settings are not watched");
            return;
        }
    };
    // What was written before anybody watched.
    settings::take_up(&app.reloader).await;
    loop {
        tokio::select! {
            change = watched.1.recv() => match change {
                Some(change) => following.take(change).await,
                None => return,
            },
            other = wanted.other(&mut changed) => {
                // What cannot be watched is left as it is until the settings change again.
                match following.watch(&other) {
                    Ok(others) => watched = others,
                    Err(error) => tracing::error!(error = chain(&error), "the files in the settings are not followed"),
                }
                wanted = other;
            }
        }
    }
}

impl Wanted {
    fn of(settings: &Settings) -> Self {
        Self { files: files(settings), watch: settings.watch.clone() }
    }

    /// Comes back when the settings want something else than this.
    async fn other(&self, changed: &mut watch::Receiver<Arc<Settings>>) -> Self {
        loop {
            let wanted = Self::of(&changed.borrow_and_update());
            if wanted != *self {
                return wanted;
            }
            if changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Following<'_> {
    fn watch(&self, wanted: &Wanted) -> Result<(Watcher, mpsc::Receiver<Change>), WatchError> {
        let longest = self.app.live.get().compile.component_bytes;
        let targets = Targets {
            folder: self.app.slots.dir().plugins_folder(),
            files: wanted.files.clone(),
            settings: self.app.reloader.sources().file().map(ToOwned::to_owned),
            known: self.known.clone(),
            longest,
        };
        // What can never become a plugin by growing need not be waited for.
        let piece = |error| {
            matches!(error, ContractError::NotWasm | ContractError::Damaged(_) | ContractError::MissingExport { .. })
        };
        let looks_whole = Box::new(move |bytes: &[u8]| !outline(bytes).is_err_and(piece));
        Watcher::start(targets, wanted.watch.clone(), looks_whole)
    }

    async fn take(&mut self, change: Change) {
        let Change { of, path, what } = change;
        let slot = match of {
            Of::Settings => return settings::take_up(&self.app.reloader).await,
            Of::Slot(slot) => slot,
        };
        match &what {
            What::Settled { digest, .. } => self.known.insert(slot.clone(), *digest),
            What::Gone => self.known.remove(&slot),
        };
        let asked_for = self.app.slots.get(&slot).is_none() && files(&self.app.live.get()).contains_key(&slot);
        let queue = self.slots.entry(slot.clone()).or_insert_with(|| {
            let (queue, taken) = mpsc::channel(1);
            tokio::spawn(follow_one(Arc::clone(&self.app.slots), slot, taken));
            queue
        });
        drop(queue.send(Taken { path, what, asked_for }).await);
    }
}

/// Takes up the changes of one slot's file, one after the other.
async fn follow_one(slots: Arc<Slots>, slot: SlotName, mut taken: mpsc::Receiver<Taken>) {
    let mut next = taken.recv().await.map(|taken| component_of(&slot, taken));
    while let Some(wanted) = next {
        let again = match &wanted {
            Some((component, asked_for)) => take_up(&slots, &slot, component, *asked_for).await,
            None => false,
        };
        next = tokio::select! {
            newer = taken.recv() => newer.map(|taken| component_of(&slot, taken)),
            () = tokio::time::sleep(AGAIN), if again => Some(wanted),
        };
    }
}

/// What a slot is to go over to; none if it stays with what it has.
fn component_of(slot: &SlotName, taken: Taken) -> Option<(Component, bool)> {
    let Taken { path, what, asked_for } = taken;
    match what {
        What::Settled { bytes, digest } => Some((Component::Read { path, bytes: bytes.into(), digest }, asked_for)),
        What::Gone if *slot == SlotName::orchestrator() => Some((embedded(), false)),
        What::Gone => {
            tracing::warn!(%slot, path = %path.display(), "the file of a plugin is gone: its last version goes on");
            None
        }
    }
}

/// A file changed and is at rest: the slot goes over to it, or says why not. Returns whether to try again.
async fn take_up(slots: &Slots, slot: &SlotName, component: &Component, asked_for: bool) -> bool {
    // Whoever adds a plugin to the settings wants its tools in the list.
    let policy = (asked_for && slots.settings().swap.policy == Policy::Strict).then_some(Policy::Append);
    let (slot, component, origin) = (slot.clone(), component.clone(), Origin::File);
    let request = SwapRequest { slot, component, origin, reason: None, policy, force: false, dry_run: false };
    let report = slots.swap(request).await;
    let SwapOutcome::Refused(refusal) = &report.outcome else { return false };
    let (slot, code, why) = (&report.slot, &refusal.code, &refusal.message);
    tracing::warn!(%slot, code, why, "a new version was refused");
    ["busy", "disk-full", "storage"].contains(&code.as_str())
}
