//! Puts the parts together; the only file that names every one of them.

mod files;
mod handover;
mod log;
mod schedule;
pub mod service;
mod settings;
mod successor;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;

pub(crate) use self::handover::{FORMAT as HANDOVER_FORMAT, Handover};
pub use self::log::Log;
pub(crate) use self::service::{inherited_listeners, notify_ready, notify_reloading, notify_stopping, watchdog};
pub(crate) use self::successor::{COMMAND as SUCCESSOR_COMMAND, Successor, program, successor};
use crate::config::{Live, Reloader, Settings, Sources};
use crate::model::{Digest, SlotName, chain};
use crate::plugin::Compiler;
use crate::server::Shared;
use crate::server::control::ControlSocket;
use crate::store::{DataDir, Lock};
use crate::swap::{Component, Slots};

/// The orchestrator of this version, as a component.
pub const ORCHESTRATOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator.wasm"));

/// Its digest.
pub const ORCHESTRATOR_DIGEST: Digest =
    Digest::from_bytes(*include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator.sha256")));

/// The same under the version after this one, for the demo and the benchmarks to swap with.
pub const ORCHESTRATOR_NEXT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/orchestrator-next.wasm"));

/// What a person chose; the rest is defaults.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub data_dir: Option<PathBuf>,
    /// Settings; none is `mainstay.toml` in the data directory, if that is there.
    pub config: Option<PathBuf>,
    /// Single settings, `key=value`; they overlay the file and the environment.
    pub set: Vec<String>,
    /// What to log; the last word on it.
    pub filter: Option<String>,
    /// The log of this process, which is to follow the settings.
    pub log: Option<Log>,
    /// Serves these, and what is in the folder of plugins; the built-in orchestrator only if none is named.
    pub plugins: Vec<(SlotName, PathBuf)>,
}

impl Options {
    /// What says the same on a command line.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: OsString| arguments.extend([OsString::from(flag), value]);
        if let Some(dir) = &self.data_dir {
            add("--data-dir", dir.into());
        }
        if let Some(file) = &self.config {
            add("--config", file.into());
        }
        self.set.iter().for_each(|set| add("--set", set.into()));
        for (slot, file) in &self.plugins {
            let mut value = OsString::from(format!("{slot}="));
            value.push(file);
            add("--plugin", value);
        }
        arguments
    }

    /// Where the settings come from. Without a data directory, its file is not looked at.
    pub fn sources(&self, dir: Option<&DataDir>) -> Sources {
        let mut sources = Sources::default().with_environment(std::env::vars_os());
        if let Some(file) = &self.config {
            sources = sources.with_file(file.clone(), true);
        } else if let Some(dir) = dir {
            sources = sources.with_file(dir.settings_file(), false);
        }
        sources = self.set.iter().fold(sources, |sources, set| sources.with_set(set));
        for (slot, file) in &self.plugins {
            sources = sources.with_plugin("--plugin", slot, file);
        }
        match &self.filter {
            Some(filter) => sources.with_flag("--log", "log.filter", filter.clone()),
            None => sources,
        }
    }
}

/// The parts, not yet at work: nothing is locked, compiled or served.
#[derive(Debug)]
pub struct App {
    pub live: Live,
    pub reloader: Reloader,
    pub slots: Arc<Slots>,
    /// What its clients have in common.
    pub shared: Arc<Shared>,
    log: Option<Log>,
    control: OnceLock<ControlSocket>,
}

impl App {
    /// # Errors
    /// If the settings are invalid or the data directory cannot be used.
    pub fn build(options: &Options) -> anyhow::Result<Self> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let sources = options.sources(Some(&dir));
        let loaded = sources.load()?;
        if let Some(log) = &options.log {
            log.filter(&loaded.settings.log.filter);
        }
        let compiler = compiler(&loaded.settings)?;
        let components = components(&options.plugins, &loaded.settings, &dir);
        let reloader = Reloader::new(sources, loaded);
        let live = reloader.live().clone();
        let slots = Arc::new(Slots::new(components, compiler, live.clone(), dir));
        let shared = Shared::new(Arc::clone(&slots), reloader.clone());
        Ok(Self { live, reloader, slots, shared, log: options.log.clone(), control: OnceLock::new() })
    }

    /// Goes on as the host where the image of this process before this one was it.
    ///
    /// # Errors
    /// If what it listened on is none any more.
    pub(crate) fn inherit(&self, lock: Lock, control: Option<OwnedFd>) -> anyhow::Result<()> {
        self.slots.inherit(lock);
        if let Some(control) = control {
            let socket = ControlSocket::adopt(self.slots.dir(), control)?;
            drop(self.control.set(socket));
        }
        Ok(())
    }

    /// What makes the next image of this process the host.
    ///
    /// # Errors
    /// If the system has no room for it.
    pub(crate) fn hand_on(&self) -> std::io::Result<(Option<Lock>, Option<OwnedFd>)> {
        let control = self.control.get().map(ControlSocket::hand_on).transpose()?;
        Ok((self.slots.lock()?, control))
    }

    /// What a host does besides answering its clients, from the moment on that this process is the host: listens to
    /// the command line, takes up plugins and settings whose files change, and sees to what is scheduled. Does not
    /// end.
    pub async fn attend(&self) {
        self.shared.start_traces();
        tokio::join!(self.shared.trace_swaps(), self.attend_as_host());
    }

    async fn attend_as_host(&self) {
        let mut is_host = self.slots.is_host();
        if is_host.wait_for(|is| *is).await.is_err() {
            return;
        }
        let schedules = schedule::follow(&self.slots, &self.live, || self.shared.sessions.idle_for());
        let log = settings::log(self.log.as_ref(), &self.live);
        let told = self.shared.tell_of_settings();
        let clients = self.shared.forget_clients();
        let aside = async { tokio::join!(clients, self.shared.go_on_with_tasks()) };
        tokio::join!(self.listen(), self.shared.keep_journal(), files::follow(self), schedules, log, told, aside);
    }

    async fn listen(&self) {
        let socket = match self.control.get() {
            Some(inherited) => inherited,
            None => match ControlSocket::bind(self.slots.dir()) {
                Ok(socket) => self.control.get_or_init(|| socket),
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the command line cannot reach this host");
                    return;
                }
            },
        };
        socket.serve(Arc::clone(&self.shared)).await;
    }
}

/// Which component each slot begins with: of the settings, which know those that were `named`, else of the folder of
/// plugins, else built in.
fn components(named: &[(SlotName, PathBuf)], settings: &Settings, dir: &DataDir) -> Vec<(SlotName, Component)> {
    let place = |slot: &SlotName| named.iter().position(|(name, _)| name == slot).unwrap_or(named.len());
    let files = files(settings).into_iter();
    let mut components: Vec<_> = files.map(|(name, path)| (name, Component::File(path))).collect();
    components.sort_by_key(|(name, _)| place(name));
    let mut in_folder = in_folder(dir);
    in_folder.retain(|slot| components.iter().all(|(name, _)| name != slot));
    let orchestrator = |(name, _): &(SlotName, Component)| *name == SlotName::orchestrator();
    if named.is_empty() && !in_folder.contains(&SlotName::orchestrator()) && !components.iter().any(orchestrator) {
        components.push((SlotName::orchestrator(), embedded()));
    }
    components.extend(in_folder.into_iter().map(|slot| {
        let file = dir.plugin_file(&slot);
        (slot, Component::File(file))
    }));
    // The orchestrator's tools come first, whatever else there is.
    components.sort_by_key(|(name, _)| *name != SlotName::orchestrator());
    let is_there = |slot: &SlotName| components.iter().any(|(name, _)| name == slot);
    for slot in settings.plugins.keys().filter(|slot| !is_there(slot)) {
        tracing::warn!(%slot, "the settings configure a plugin that has no file: it is not served");
    }
    components
}

/// The files that are components of slots, besides those in the folder of plugins.
fn files(settings: &Settings) -> BTreeMap<SlotName, PathBuf> {
    let named = settings.plugins.iter().filter_map(|(slot, plugin)| Some((slot.clone(), plugin.file.clone()?)));
    named.collect()
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
