//! A slot that opens when it is first needed.
//!
//! Some clients start a process only to ask what it offers, beside one that works. So what a plugin
//! publishes is answered from the cache, lists are read without the directory's lock, and only the first
//! call makes this process the host of its data.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use super::error::SlotError;
use super::reader::{ReadFrom, Readers};
use super::slot::{Slot, SlotSettings};
use crate::config::Settings;
use crate::model::{Digest, SlotName};
use crate::plugin::{Compiler, LoadError, Loader, Plugin};
use crate::store::{DataDir, DataDirError, Lock};

/// Where a slot's component comes from.
#[derive(Debug, Clone)]
pub enum Component {
    /// Built into this program.
    Embedded {
        bytes: &'static [u8],
        digest: Digest,
    },
    File(PathBuf),
}

/// Why a slot could not be opened. Nothing has changed; the next attempt may succeed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("could not read the component {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the plugin cannot be loaded")]
    Load(#[from] LoadError),
    #[error("the data directory cannot be used")]
    DataDir(#[from] DataDirError),
    #[error("the plugin's data cannot be used")]
    Slot(#[from] SlotError),
    #[error("WebAssembly does not run here")]
    Engine(#[source] crate::plugin::Cause),
    #[error("a thread of the host died")]
    Thread,
}

/// A slot, open or not.
#[derive(Debug)]
pub struct LazySlot {
    name: SlotName,
    component: Component,
    compiler: Compiler,
    settings: Settings,
    dir: DataDir,
    plugin: OnceCell<Arc<Plugin>>,
    preview: OnceCell<Readers>,
    open: OnceCell<Open>,
}

/// The slot first: its writer ends before the lock is given up.
#[derive(Debug)]
struct Open {
    slot: Slot,
    _lock: Lock,
}

impl LazySlot {
    pub fn new(name: SlotName, component: Component, compiler: Compiler, settings: Settings, dir: DataDir) -> Self {
        Self {
            name,
            component,
            compiler,
            settings,
            dir,
            plugin: OnceCell::new(),
            preview: OnceCell::new(),
            open: OnceCell::new(),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The key of the installation.
    ///
    /// # Errors
    /// If the data directory cannot be written.
    pub fn key(&self) -> Result<[u8; 32], OpenError> {
        Ok(self.dir.key()?)
    }

    /// The plugin, if it has been loaded already.
    pub fn plugin_now(&self) -> Option<&Arc<Plugin>> {
        self.plugin.get()
    }

    /// The plugin, loaded: in a few milliseconds if its compiled form is cached.
    ///
    /// # Errors
    /// If it cannot be.
    pub async fn plugin(&self) -> Result<&Arc<Plugin>, OpenError> {
        let plugin = self.plugin.get_or_try_init(async || {
            let (component, compiler) = (self.component.clone(), self.compiler.clone());
            let (settings, dir) = (self.settings.clone(), self.dir.clone());
            let load = spawn_blocking(move || {
                let key = dir.key()?;
                let loader = Loader::new(compiler, &settings, Some((dir, key)));
                let loader = loader.map_err(|error| OpenError::Engine(error.into()))?;
                let (bytes, digest) = component.read()?;
                Ok::<_, OpenError>(loader.load(&bytes, digest)?)
            });
            load.await.map_err(|_| OpenError::Thread)?
        });
        plugin.await
    }

    /// The slot, open: this process is the host of the data directory from then on.
    ///
    /// # Errors
    /// If another process is, or the data cannot be used.
    pub async fn slot(&self) -> Result<&Slot, OpenError> {
        let open = self.open.get_or_try_init(async || {
            let plugin = Arc::clone(self.plugin().await?);
            let (dir, settings) = (self.dir.clone(), self.slot_settings());
            let open = spawn_blocking(move || {
                let lock = dir.lock()?;
                let slot = Slot::open(plugin, &settings)?;
                Ok::<_, OpenError>(Open { slot, _lock: lock })
            });
            open.await.map_err(|_| OpenError::Thread)?
        });
        Ok(&open.await?.slot)
    }

    /// Readers, of the open slot if it is open, else of what is on disk: nothing is locked or made.
    ///
    /// # Errors
    /// If the plugin cannot be loaded, or the file cannot be read.
    pub async fn readers(&self) -> Result<Readers, OpenError> {
        if let Some(open) = self.open.get() {
            return Ok(open.slot.readers().clone());
        }
        let readers = self.preview.get_or_try_init(async || {
            let plugin = Arc::clone(self.plugin().await?);
            let settings = self.slot_settings();
            let open = spawn_blocking(move || {
                let from = if settings.database.exists() {
                    ReadFrom::File(settings.database.clone())
                } else {
                    ReadFrom::Nothing
                };
                Readers::open(&plugin, &from, &settings.readers(1))
            });
            Ok::<_, OpenError>(open.await.map_err(|_| OpenError::Thread)??)
        });
        readers.await.cloned()
    }

    fn slot_settings(&self) -> SlotSettings {
        SlotSettings {
            database: self.dir.slot_database(&self.name),
            settings: self.settings.clone(),
            config: "{}".to_owned(),
        }
    }
}

impl Component {
    /// The bytes and their digest.
    ///
    /// # Errors
    /// If they are in a file that cannot be read.
    pub fn read(&self) -> Result<(Cow<'static, [u8]>, Digest), OpenError> {
        match self {
            Self::Embedded { bytes, digest } => Ok(((*bytes).into(), *digest)),
            Self::File(path) => {
                let read = std::fs::read(path);
                let bytes = read.map_err(|source| OpenError::Read { path: path.clone(), source })?;
                let digest = Digest::of(&bytes);
                Ok((bytes.into(), digest))
            }
        }
    }
}
