//! A slot that opens when it is first needed.
//!
//! Some clients start a process only to ask what it offers, beside one that works. So what a plugin
//! publishes is answered from what is stored, lists are read without the directory's lock, and only the first
//! call makes this process the host of its data.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use super::error::SlotError;
use super::health;
use super::opening::{Opening, choose, load};
use super::reader::{ReadFrom, Readers};
use super::report;
use super::serving::{Current, Serving};
use super::shared::Shared;
use super::slot::{Slot, SlotSettings};
use super::supervisor::Supervisor;
use crate::model::restart::HOST_TOOLS;
use crate::model::snapshot::SnapshotCause;
use crate::model::swap::{Refusal, SlotStatus, SwapPhase};
use crate::model::{Digest, SlotName, chain};
use crate::plugin::{LoadError, Plugin, now};
use crate::store::{DataDirError, HostDb, PluginDb, StoreError};

/// Where a slot's component comes from.
#[derive(Debug, Clone)]
pub enum Component {
    /// Built into this program.
    Embedded {
        bytes: &'static [u8],
        digest: Digest,
    },
    File(PathBuf),
    /// Read already, from the file named.
    Read {
        path: PathBuf,
        bytes: Arc<[u8]>,
        digest: Digest,
    },
}

/// Why a slot could not be opened. Nothing has changed; the next attempt may succeed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("could not read the component {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the component {digest} that served is neither in place nor kept: put a component in place")]
    NotKept { digest: Digest },
    #[error("the plugin cannot be loaded")]
    Load(#[from] LoadError),
    #[error("the plugin cannot serve: {}", .0.message)]
    Refused(Refusal),
    #[error("the data directory cannot be used")]
    DataDir(#[from] DataDirError),
    #[error("the plugin's data cannot be used")]
    Slot(#[from] SlotError),
    #[error("its tool {tool:?} is one of the host's own: give it another name")]
    Reserved { tool: String },
    #[error("its tool {tool:?} is one of slot {other} already: tools of all slots share one list")]
    Clash { tool: String, other: SlotName },
    #[error("WebAssembly does not run here")]
    Engine(#[source] crate::plugin::Cause),
    #[error("a thread of the host died")]
    Thread,
}

impl OpenError {
    /// Whether another process is the host of the data directory.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::DataDir(DataDirError::InUse { .. }))
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Slot(error.into())
    }
}

/// A slot, open or not.
#[derive(Debug)]
pub struct LazySlot {
    name: SlotName,
    shared: Arc<Shared>,
    component: RwLock<Component>,
    preview: Preview,
    open: OnceCell<Open>,
    /// Why it could not be opened the last time.
    problem: Mutex<Option<String>>,
    /// How many ask to have it opened without the working state that is kept, if that does not open.
    give_up_state: AtomicUsize,
}

/// What there is of a slot before it is open; nothing afterwards.
#[derive(Debug, Default)]
struct Preview {
    plugin: RwLock<Option<Arc<Plugin>>>,
    readers: RwLock<Option<Readers>>,
    /// Held while one of them is made, so that it is made once.
    making: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Open {
    slot: Arc<Slot>,
    in_place: Digest,
    supervisor: Arc<Supervisor>,
}

impl LazySlot {
    pub(crate) fn new(name: SlotName, component: Component, shared: Arc<Shared>) -> Self {
        let (preview, open) = (Preview::default(), OnceCell::new());
        let give_up_state = AtomicUsize::new(0);
        Self {
            name,
            shared,
            component: RwLock::new(component),
            preview,
            open,
            problem: Mutex::default(),
            give_up_state,
        }
    }

    pub fn name(&self) -> &SlotName {
        &self.name
    }

    pub(crate) fn component(&self) -> Component {
        self.component.read().clone()
    }

    /// What is in place now: the file that the settings name, the one it came from, a file in the folder of plugins, or
    /// what is built in.
    pub(crate) fn in_place_now(&self) -> Component {
        let folder = self.shared.dir.plugin_file(&self.name);
        let settings = self.shared.live.get();
        if let Some(path) = settings.plugins.get(&self.name).and_then(|plugin| plugin.file.clone()) {
            return Component::File(path);
        }
        match self.component() {
            Component::File(path) | Component::Read { path, .. } => Component::File(path),
            Component::Embedded { .. } if folder.exists() => Component::File(folder),
            embedded @ Component::Embedded { .. } => embedded,
        }
    }

    /// The digest of the file that was in place when the slot was opened, or else is now; none if what is built in was.
    pub fn file_in_place(&self) -> Option<Digest> {
        if matches!(self.component(), Component::Embedded { .. }) {
            return None;
        }
        self.open.get().map(|open| open.in_place).or_else(|| self.component().digest().ok())
    }

    /// The plugin that serves, or is to, if it has been loaded already.
    pub fn plugin_now(&self) -> Option<Arc<Plugin>> {
        match self.open.get() {
            Some(open) => Some(Arc::clone(&open.slot.serving().plugin)),
            None => self.preview.plugin.read().clone(),
        }
    }

    /// The plugin that serves, or is to, loaded: in a few milliseconds if its compiled form is cached.
    ///
    /// # Errors
    /// If it cannot be.
    pub async fn plugin(&self) -> Result<Arc<Plugin>, OpenError> {
        if let Some(plugin) = self.plugin_now() {
            return Ok(plugin);
        }
        let _making = self.preview.making.lock().await;
        if let Some(plugin) = self.plugin_now() {
            return Ok(plugin);
        }
        let (name, component, shared) = (self.name.clone(), self.component(), Arc::clone(&self.shared));
        let settings = self.slot_settings()?;
        let load = spawn_blocking(move || preview(&shared, &name, &component, &settings));
        let plugin = load.await.map_err(|_| OpenError::Thread)??;
        if self.open.get().is_none() {
            *self.preview.plugin.write() = Some(Arc::clone(&plugin));
        }
        Ok(plugin)
    }

    /// The slot, open: this process is the host of the data directory from then on.
    ///
    /// # Errors
    /// If another process is, or the data cannot be used.
    pub async fn slot(&self) -> Result<&Arc<Slot>, OpenError> {
        Ok(&self.open().await?.slot)
    }

    /// The same, if it is open.
    pub(crate) fn slot_now(&self) -> Option<&Arc<Slot>> {
        self.open.get().map(|open| &open.slot)
    }

    /// What sees to the slot's versions.
    pub(crate) async fn supervisor(&self) -> Result<&Arc<Supervisor>, OpenError> {
        Ok(&self.open().await?.supervisor)
    }

    /// The same; if it is to be opened for that, without the working state that is kept for it.
    pub(crate) async fn supervisor_without_state(&self) -> Result<&Arc<Supervisor>, OpenError> {
        struct Asked<'a>(&'a AtomicUsize);
        impl Drop for Asked<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Release);
            }
        }
        self.give_up_state.fetch_add(1, Ordering::Release);
        let _asked = Asked(&self.give_up_state);
        self.supervisor().await
    }

    /// The same, if the slot is open.
    pub(crate) fn supervisor_now(&self) -> Option<&Arc<Supervisor>> {
        self.open.get().map(|open| &open.supervisor)
    }

    /// If the slot is open, keeps what its plugin has in memory for the process that serves it next.
    pub(crate) async fn keep(&self) {
        if let Some(open) = self.open.get() {
            open.slot.keep().await;
        }
    }

    /// If the slot is open, has what it keeps for too long removed.
    pub(crate) fn tidy_up(&self) {
        if let Some(open) = self.open.get() {
            open.slot.sweep();
            open.supervisor.tidy_up();
        }
    }

    async fn open(&self) -> Result<&Open, OpenError> {
        let open = self.open.get_or_try_init(async || {
            let hosting = self.shared.host().await?;
            // What cannot be loaded may not be what is to serve.
            let loaded = self.plugin().await.ok();
            if let Some(plugin) = &loaded {
                self.no_clash(plugin)?;
            }
            let (name, component) = (self.name.clone(), self.component());
            let (shared, settings) = (Arc::clone(&self.shared), self.slot_settings()?);
            let host = Arc::clone(&hosting);
            let give_up_state = self.give_up_state.load(Ordering::Acquire) > 0;
            let opening = spawn_blocking(move || {
                Opening {
                    shared: &shared,
                    hosting: &host,
                    name: &name,
                    component: &component,
                    loaded,
                    settings,
                    give_up_state,
                }
                .open()
            });
            let opened = opening.await.map_err(|_| OpenError::Thread)??;
            self.no_clash(&opened.slot.serving().plugin)?;
            let (slot, in_place, swap) = (Arc::new(opened.slot), opened.in_place, opened.active.swap.clone());
            let told = opened.told.map(|told| format!("STATE_CORRUPTION: {told}"));
            let named = (self.name.clone(), opened.active, opened.phase);
            let (shared, settings) = (Arc::clone(&self.shared), self.slot_settings()?);
            let supervisor = Supervisor::new(shared, hosting, Arc::clone(&slot), settings, named, opened.judge);
            let (publisher, plugin) = (Arc::clone(&supervisor), Arc::clone(&slot.serving().plugin));
            let published = spawn_blocking(move || publisher.publish(&plugin, &swap));
            published.await.map_err(|_| OpenError::Thread)?;
            supervisor.was_restored(told);
            supervisor.tidy_up();
            supervisor.take_snapshot(SnapshotCause::Start);
            // Of no more use, and a version that is replaced is to go.
            *self.preview.plugin.write() = None;
            *self.preview.readers.write() = None;
            Ok::<_, OpenError>(Open { slot, in_place, supervisor })
        });
        let opened = open.await;
        *self.problem.lock() = opened.as_ref().err().map(|error: &OpenError| chain(error));
        opened
    }

    /// # Errors
    /// If one of its tools is another slot's already.
    pub(crate) fn no_clash(&self, plugin: &Plugin) -> Result<(), OpenError> {
        if let Some(own) = plugin.surface().tools.iter().find(|tool| HOST_TOOLS.contains(&tool.name())) {
            return Err(OpenError::Reserved { tool: own.name().to_owned() });
        }
        let Some(published) = self.shared.catalogue.get() else { return Ok(()) };
        let clash = plugin
            .surface()
            .tools
            .iter()
            .find_map(|tool| published.find(tool.name()).filter(|known| known.slot != self.name));
        match clash {
            Some(known) => Err(OpenError::Clash { tool: known.tool.name.clone(), other: known.slot.clone() }),
            None => Ok(()),
        }
    }

    /// Readers, of the open slot if it is open, else of what is on disk: nothing is locked or made.
    ///
    /// # Errors
    /// If the plugin cannot be loaded, or the file cannot be read.
    pub async fn readers(&self) -> Result<Readers, OpenError> {
        if let Some(open) = self.open.get() {
            return Ok(open.slot.readers().clone());
        }
        let plugin = self.plugin().await?;
        let _making = self.preview.making.lock().await;
        if let Some(readers) = &*self.preview.readers.read() {
            return Ok(readers.clone());
        }
        let readers = async {
            let settings = self.slot_settings()?;
            let open = spawn_blocking(move || {
                let from = if settings.database.exists() {
                    ReadFrom::File(settings.database.clone())
                } else {
                    ReadFrom::Nothing
                };
                let current = Arc::new(Current::new(Serving {
                    plugin,
                    generation: None,
                    carried: None,
                    kept: None,
                    config: settings.config(),
                }));
                Readers::open(&current, &from, &settings.readers(1))
            });
            Ok::<_, OpenError>(open.await.map_err(|_| OpenError::Thread)??)
        };
        let readers = readers.await?;
        *self.preview.readers.write() = Some(readers.clone());
        Ok(readers)
    }

    /// How it is.
    pub async fn status(&self) -> SlotStatus {
        if let Some(open) = self.open.get() {
            return open.supervisor.status().await;
        }
        SlotStatus {
            slot: self.name.clone(),
            serving: self.preview.plugin.read().as_ref().map(|plugin| report::version_of_plugin(plugin)),
            phase: SwapPhase::Idle,
            stalled: None,
            previous: None,
            activated_at: 0,
            calls: 0,
            traps: 0,
            queued: 0,
            waiting: 0,
            attempts: health::unused(&self.shared.live.get().restart),
            restored: None,
            problem: self.problem.lock().clone(),
        }
    }

    /// Tasks that have not ended, as far as can be seen without opening the slot. Blocks.
    pub fn unfinished_tasks(&self) -> Vec<String> {
        let Some(db) = self.slot_settings().ok().and_then(|settings| reader(&settings)) else { return Vec::new() };
        db.unfinished_tasks(now()).unwrap_or_default()
    }

    fn slot_settings(&self) -> Result<SlotSettings, OpenError> {
        Ok(self.shared.slot_settings(&self.name)?)
    }
}

/// What would serve if the slot were opened now. Takes no lock and makes nothing. Blocks.
fn preview(
    shared: &Shared,
    name: &SlotName,
    component: &Component,
    settings: &SlotSettings,
) -> Result<Arc<Plugin>, OpenError> {
    let in_place = component.digest();
    let record = recorded(shared, name, settings, in_place.as_ref().ok().copied());
    let wanted = match (in_place, record) {
        (Ok(in_place), record) => record.unwrap_or(in_place),
        (Err(_), Some(record)) => record,
        (Err(error), None) => return Err(error),
    };
    let loaded = load(shared, component, wanted);
    let Err(error) = loaded else { return loaded };
    match fallback(settings).filter(|active| *active != wanted) {
        Some(active) => {
            tracing::warn!(error = chain(&error), "what is in place cannot be loaded: looking at the version before");
            load(shared, component, active).map_err(|_| error)
        }
        None => Err(error),
    }
}

/// What is on record to serve, if that is not what is in place. As far as can be seen without being the host.
fn recorded(shared: &Shared, name: &SlotName, settings: &SlotSettings, in_place: Option<Digest>) -> Option<Digest> {
    let db = reader(settings)?;
    let (active, source) = (db.activation().ok().flatten()?, db.source().ok().flatten());
    let Some(in_place) = in_place else { return Some(active.digest) };
    let host = HostDb::open_reader(&shared.dir).ok().flatten();
    let quarantined = host.and_then(|host| host.quarantined(name, in_place).ok().flatten()).is_some();
    Some(choose(Some(&active), source, in_place, quarantined))
}

fn fallback(settings: &SlotSettings) -> Option<Digest> {
    Some(reader(settings)?.activation().ok().flatten()?.digest)
}

fn reader(settings: &SlotSettings) -> Option<PluginDb> {
    if !settings.database.exists() {
        return None;
    }
    settings.open_reader().ok()
}

impl Component {
    /// The bytes and their digest.
    ///
    /// # Errors
    /// If they are in a file that cannot be read.
    pub fn read(&self) -> Result<(Cow<'static, [u8]>, Digest), OpenError> {
        match self {
            Self::Embedded { bytes, digest } => Ok(((*bytes).into(), *digest)),
            Self::Read { bytes, digest, .. } => Ok((bytes.to_vec().into(), *digest)),
            Self::File(path) => {
                let read = std::fs::read(path);
                let bytes = read.map_err(|source| OpenError::Read { path: path.clone(), source })?;
                let digest = Digest::of(&bytes);
                Ok((bytes.into(), digest))
            }
        }
    }

    /// The digest alone.
    ///
    /// # Errors
    /// If the bytes are in a file that cannot be read.
    pub fn digest(&self) -> Result<Digest, OpenError> {
        match self {
            Self::Embedded { digest, .. } | Self::Read { digest, .. } => Ok(*digest),
            Self::File(_) => self.read().map(|(_, digest)| digest),
        }
    }
}
