//! From a component's bytes to a [`Plugin`] that can be instantiated.

use std::path::Path;
use std::sync::Arc;

use wasmtime::component::{Component, InstancePre, Linker};

use super::cache::Cache;
use super::compiler::{CompileError, Compiler};
use super::contract::{asking_prompts, completion, lifecycle, prompts, resources, tools};
use super::engine::Engine;
use super::entry::{Cause, EntryContext, EntryError, KillSwitch, Watch};
use super::imports::{self, NoServices, StoreData};
use super::instance::Instance;
use super::outline::{ContractError, Outline, outline};
use super::surface::{Surface, SurfaceError};
use crate::config::{Live, Settings};
use crate::model::{Digest, chain};
use crate::seal::Keyring;
use crate::store::DataDir;

/// Loads plugins: checks, compiles or takes from the cache, links, and asks what they are.
pub struct Loader {
    engine: Engine,
    linker: Linker<StoreData>,
    compiler: Compiler,
    cache: Option<Cache>,
    live: Live,
}

/// A linked component and what it said of itself. Instances of it are cheap.
pub struct Plugin {
    digest: Digest,
    engine: Engine,
    pre: InstancePre<StoreData>,
    exports: ExportIndices,
    surface: Surface,
    live: Live,
}

pub(crate) struct ExportIndices {
    pub(crate) lifecycle: lifecycle::GuestIndices,
    pub(crate) tools: tools::GuestIndices,
    pub(crate) resources: Option<resources::GuestIndices>,
    pub(crate) prompts: Option<prompts::GuestIndices>,
    pub(crate) asking_prompts: Option<asking_prompts::GuestIndices>,
    pub(crate) completion: Option<completion::GuestIndices>,
}

/// Why a plugin could not be loaded. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the file does not fit the contract")]
    Contract(#[from] ContractError),
    #[error("the component could not be compiled")]
    Compile(#[from] CompileError),
    #[error("the component does not fit this host")]
    Link(#[source] Cause),
    #[error("the plugin could not say what it is")]
    Entry(#[from] EntryError),
    #[error("the plugin's description is not in order")]
    Surface(#[from] SurfaceError),
}

fn link_error(error: wasmtime::Error) -> LoadError {
    LoadError::Link(error.into())
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Loader {
    /// With a cache in `dir`, or none.
    ///
    /// # Errors
    /// If wasmtime does not run on this machine.
    pub fn new(compiler: Compiler, live: Live, dir: Option<(DataDir, &Keyring)>) -> wasmtime::Result<Self> {
        let engine = Engine::new()?;
        let linker = imports::link(engine.wasmtime())?;
        let cache = dir.map(|(dir, keyring)| Cache::new(dir, keyring.newest(), &engine));
        Ok(Self { engine, linker, compiler, cache, live })
    }

    /// Loads the plugin in `bytes`. Blocks: for a second or so if it has to be compiled.
    ///
    /// # Errors
    /// If the bytes are not a plugin that this host can run.
    pub fn load(&self, bytes: &[u8], digest: Digest) -> Result<Arc<Plugin>, LoadError> {
        if let Some((component, surface)) = self.cached(digest) {
            return self.link(digest, &component, surface);
        }
        let outline = outline(bytes)?;
        let compiled = self.compiler.compile(bytes)?;
        let component = self.deserialize(&compiled).map_err(link_error)?;
        let surface = self.ask(digest, &component, &outline)?;
        if let Some(cache) = &self.cache
            && let Err(error) = cache.save(digest, &compiled, &surface)
        {
            tracing::warn!(error = chain(&error), "could not cache a compiled component");
        }
        drop(compiled);
        // Mapped it takes less memory.
        let mapped = self.cached(digest).map(|(mapped, _)| mapped);
        self.link(digest, &mapped.unwrap_or(component), surface)
    }

    /// From the cache: mapped, or read if nothing may be mapped from there.
    fn cached(&self, digest: Digest) -> Option<(Component, Surface)> {
        let cache = self.cache.as_ref()?;
        let cached = cache.load(digest)?;
        let component = self.map(&cached.path).or_else(|| self.deserialize(&cache.read(digest)?).ok())?;
        Some((component, cached.surface))
    }

    #[expect(unsafe_code, reason = "compiled code becomes runnable")]
    fn deserialize(&self, compiled: &[u8]) -> wasmtime::Result<Component> {
        // SAFETY: the bytes came a moment ago through a pipe from our own compiler, a child process of this program, or
        // from the cache, which gives none whose MAC under the key of this installation is not right.
        unsafe { Component::deserialize(self.engine.wasmtime(), compiled) }
    }

    #[expect(unsafe_code, reason = "compiled code becomes runnable")]
    /// None if it is not there any more, because a second process made room, or is where nothing may be run from.
    fn map(&self, compiled: &Path) -> Option<Component> {
        // SAFETY: the path comes from the cache, which gives none whose MAC under the key of this installation is not
        // right, and whose files are put in place whole, in a folder of this user alone, and never changed.
        let mapped = unsafe { Component::deserialize_file(self.engine.wasmtime(), compiled) };
        mapped
            .inspect_err(|error| tracing::debug!(error = format!("{error:#}"), "could not map a compiled component"))
            .ok()
    }

    fn link(&self, digest: Digest, component: &Component, surface: Surface) -> Result<Arc<Plugin>, LoadError> {
        let pre = self.linker.instantiate_pre(component).map_err(link_error)?;
        let exports = ExportIndices::find(&pre).map_err(link_error)?;
        let (engine, live) = (self.engine.clone(), self.live.clone());
        Ok(Arc::new(Plugin { digest, engine, pre, exports, surface, live }))
    }

    /// Asks a component that was never loaded before what it is.
    fn ask(&self, digest: Digest, component: &Component, outline: &Outline) -> Result<Surface, LoadError> {
        let nameless = Surface::unknown();
        let plugin = self.link(digest, component, nameless)?;
        let context = EntryContext::new(self.live.get().entry.deadline(), KillSwitch::default());
        let instance = Instance::new(&plugin, Box::new(NoServices), Watch::new())?;
        let (instance, description) = instance.describe(&context)?;
        let (instance, tools) = instance.list_tools(&context)?;
        let (_, templates) = instance.list_resource_templates(&context)?;
        Ok(Surface::new(description, tools, templates, outline)?)
    }
}

impl ExportIndices {
    fn find(pre: &InstancePre<StoreData>) -> wasmtime::Result<Self> {
        Ok(Self {
            lifecycle: lifecycle::GuestIndices::new(pre)?,
            tools: tools::GuestIndices::new(pre)?,
            // Optional exports: a component either has the whole interface or does without.
            resources: resources::GuestIndices::new(pre).ok(),
            prompts: prompts::GuestIndices::new(pre).ok(),
            asking_prompts: asking_prompts::GuestIndices::new(pre).ok(),
            completion: completion::GuestIndices::new(pre).ok(),
        })
    }
}

impl Plugin {
    pub fn digest(&self) -> Digest {
        self.digest
    }

    pub fn surface(&self) -> &Surface {
        &self.surface
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn pre(&self) -> &InstancePre<StoreData> {
        &self.pre
    }

    pub(crate) fn exports(&self) -> &ExportIndices {
        &self.exports
    }

    /// Whether its prompts may ask the person something first.
    pub fn has_asking_prompts(&self) -> bool {
        self.exports.asking_prompts.is_some()
    }

    /// What an instance that is made now is bounded by.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.live.get()
    }
}
