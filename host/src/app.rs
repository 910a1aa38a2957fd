//! Puts the parts together; the only file that names every one of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::config::{Live, Settings};
use crate::model::swap::{Origin, SwapOutcome};
use crate::model::{Digest, SlotName, chain};
use crate::plugin::{Compiler, ContractError, outline};
use crate::server::Shared;
use crate::server::control::ControlSocket;
use crate::store::DataDir;
use crate::swap::{Component, LazySlot, Slots, SwapRequest};
use crate::watch::{Change, Targets, Watcher, What};

/// The orchestrator of this version, as a component.
pub const ORCHESTRATOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator.wasm"));

/// Its digest.
pub const ORCHESTRATOR_DIGEST: Digest =
    Digest::from_bytes(*include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator.sha256")));

/// The same under the version after this one, for the demo and the benchmarks to swap with.
pub const ORCHESTRATOR_NEXT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator-next.wasm"));

/// After this a file is taken up again that could not be for a reason that passes.
const AGAIN: Duration = Duration::from_secs(10);

/// What a person chose; the rest is defaults.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub data_dir: Option<PathBuf>,
    pub config: Option<PathBuf>,
    /// Serves these, and what is in the folder of plugins; the built-in orchestrator only if none is named.
    pub plugins: Vec<(SlotName, PathBuf)>,
}

/// The parts, not yet at work: nothing is locked, compiled or served.
#[derive(Debug)]
pub struct App {
    pub live: Live,
    pub slots: Arc<Slots>,
    /// What its clients have in common.
    pub shared: Arc<Shared>,
    /// Files named by a person, each in place of the one in the folder of plugins.
    named: BTreeMap<SlotName, PathBuf>,
}

impl App {
    /// # Errors
    /// If the settings are invalid or the data directory cannot be used.
    pub fn build(options: &Options) -> anyhow::Result<Self> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let own = dir.settings_file();
        let file = options.config.clone().or_else(|| own.exists().then_some(own));
        let settings = Settings::load(file.as_deref())?;
        let compiler = compiler(&settings)?;
        let components = components(&options.plugins, &dir);
        let live = Live::new(settings);
        let slots = Arc::new(Slots::new(components, compiler, live.clone(), dir));
        let shared = Shared::new(Arc::clone(&slots));
        Ok(Self { live, slots, shared, named: options.plugins.iter().cloned().collect() })
    }

    /// What a host does besides answering its clients, from the moment on that this process is the host: listens to
    /// the command line, and takes up plugins whose files change. Does not end.
    pub async fn attend(&self) {
        let mut is_host = self.slots.is_host();
        if is_host.wait_for(|is| *is).await.is_err() {
            return;
        }
        tokio::join!(self.listen(), self.follow_files());
    }

    async fn listen(&self) {
        match ControlSocket::bind(self.slots.dir()) {
            Ok(socket) => socket.serve(Arc::clone(&self.slots)).await,
            Err(error) => tracing::warn!(error = chain(&error), "the command line cannot reach this host"),
        }
    }

    async fn follow_files(&self) {
        let slots = self.slots.all();
        let in_place = |slot: Arc<LazySlot>| Some((slot.name().clone(), slot.file_in_place()?));
        let known = spawn_blocking(move || slots.into_iter().filter_map(in_place).collect());
        let targets = Targets {
            folder: self.slots.dir().plugins_folder(),
            files: self.named.clone(),
            known: known.await.unwrap_or_default(),
            longest: self.live.get().compile.component_bytes,
        };
        // What can never become a plugin by growing need not be waited for.
        let piece = |error| {
            matches!(error, ContractError::NotWasm | ContractError::Damaged(_) | ContractError::MissingExport { .. })
        };
        let looks_whole = Box::new(move |bytes: &[u8]| !outline(bytes).is_err_and(piece));
        let (_watcher, mut changes) = match Watcher::start(targets, self.live.get().watch.clone(), looks_whole) {
            Ok(started) => started,
            Err(error) => {
                tracing::warn!(error = chain(&error), "files of plugins are not watched");
                return;
            }
        };
        // No slot waits for another; of one slot, the changes come in order.
        let mut slots: HashMap<SlotName, mpsc::Sender<Change>> = HashMap::new();
        while let Some(change) = changes.recv().await {
            let slot = slots.entry(change.slot.clone()).or_insert_with(|| {
                let (queue, changes) = mpsc::channel(1);
                tokio::spawn(follow(Arc::clone(&self.slots), changes));
                queue
            });
            drop(slot.send(change).await);
        }
    }
}

/// Takes up the changes of one slot's file, one after the other.
async fn follow(slots: Arc<Slots>, mut changes: mpsc::Receiver<Change>) {
    let mut next = changes.recv().await.map(component_of);
    while let Some((slot, component)) = next {
        let again = match &component {
            Some(component) => take_up(&slots, &slot, component).await,
            None => false,
        };
        next = tokio::select! {
            newer = changes.recv() => newer.map(component_of),
            () = tokio::time::sleep(AGAIN), if again => Some((slot, component)),
        };
    }
}

/// What a slot is to go over to; none if it stays with what it has.
fn component_of(change: Change) -> (SlotName, Option<Component>) {
    let Change { slot, path, what } = change;
    let component = match what {
        What::Settled { bytes, digest } => Some(Component::Read { path, bytes: bytes.into(), digest }),
        What::Gone if slot == SlotName::orchestrator() => Some(embedded()),
        What::Gone => {
            tracing::warn!(%slot, path = %path.display(), "the file of a plugin is gone: its last version goes on");
            None
        }
    };
    (slot, component)
}

/// A file changed and is at rest: the slot goes over to it, or says why not. Returns whether to try again.
async fn take_up(slots: &Slots, slot: &SlotName, component: &Component) -> bool {
    let (slot, component, origin) = (slot.clone(), component.clone(), Origin::File);
    let request = SwapRequest { slot, component, origin, reason: None, policy: None, force: false, dry_run: false };
    let report = slots.swap(request).await;
    let SwapOutcome::Refused(refusal) = &report.outcome else { return false };
    let (slot, code, why) = (&report.slot, &refusal.code, &refusal.message);
    tracing::warn!(%slot, code, why, "a new version was refused");
    ["busy", "disk-full", "storage"].contains(&code.as_str())
}

/// Which component each slot begins with: named by a person, else in the folder of plugins, else built in.
fn components(named: &[(SlotName, PathBuf)], dir: &DataDir) -> Vec<(SlotName, Component)> {
    let mut components: Vec<_> =
        named.iter().map(|(name, path)| (name.clone(), Component::File(path.clone()))).collect();
    let mut in_folder = in_folder(dir);
    in_folder.retain(|slot| named.iter().all(|(name, _)| name != slot));
    if named.is_empty() && !in_folder.contains(&SlotName::orchestrator()) {
        components.push((SlotName::orchestrator(), embedded()));
    }
    components.extend(in_folder.into_iter().map(|slot| {
        let file = dir.plugin_file(&slot);
        (slot, Component::File(file))
    }));
    // The orchestrator's tools come first, whatever else there is.
    components.sort_by_key(|(name, _)| *name != SlotName::orchestrator());
    components
}

fn in_folder(dir: &DataDir) -> BTreeSet<SlotName> {
    let files = std::fs::read_dir(dir.plugins_folder()).into_iter().flatten().flatten();
    files.filter_map(|file| file.file_name().to_str()?.strip_suffix(".wasm")?.parse().ok()).collect()
}

fn embedded() -> Component {
    Component::Embedded { bytes: ORCHESTRATOR, digest: ORCHESTRATOR_DIGEST }
}

/// Compiles in child processes of this very program.
///
/// # Errors
/// If the system does not say where that is.
pub fn compiler(settings: &Settings) -> anyhow::Result<Compiler> {
    let program = std::env::current_exe().context("could not find this program")?;
    Ok(Compiler::new(program, settings.compile.clone()))
}
