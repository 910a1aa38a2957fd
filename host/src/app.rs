//! Puts the parts together; the only file that names every one of them.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use crate::config::Settings;
use crate::model::{Digest, SlotName};
use crate::plugin::Compiler;
use crate::store::DataDir;
use crate::swap::{Component, LazySlot};

/// The orchestrator of this version, as a component.
pub const ORCHESTRATOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator.wasm"));

/// Its digest.
pub const ORCHESTRATOR_DIGEST: Digest =
    Digest::from_bytes(*include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator.sha256")));

/// What a person chose; the rest is defaults.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub data_dir: Option<PathBuf>,
    pub config: Option<PathBuf>,
    /// Serves this component in place of the embedded one.
    pub plugin: Option<(SlotName, PathBuf)>,
}

/// The parts, not yet at work: nothing is locked, compiled or served.
#[derive(Debug)]
pub struct App {
    pub settings: Settings,
    pub slot: Arc<LazySlot>,
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
        let (name, component) = match &options.plugin {
            Some((name, path)) => (name.clone(), Component::File(path.clone())),
            None => {
                (SlotName::orchestrator(), Component::Embedded { bytes: ORCHESTRATOR, digest: ORCHESTRATOR_DIGEST })
            }
        };
        let slot = Arc::new(LazySlot::new(name, component, compiler, settings.clone(), dir));
        Ok(Self { settings, slot })
    }
}

/// Compiles in child processes of this very program.
///
/// # Errors
/// If the system does not say where that is.
pub fn compiler(settings: &Settings) -> anyhow::Result<Compiler> {
    let program = std::env::current_exe().context("could not find this program")?;
    Ok(Compiler::new(program, settings.compile.clone()))
}
