//! All slots of a host.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::RwLock;
use tokio::sync::{broadcast, watch};

use super::catalogue::{Others, Published, compose};
use super::lazy::{Component, LazySlot, OpenError};
use super::pulse::PulseNow;
use super::report::Draft;
use super::shared::Shared;
use super::supervisor::{RestartRequest, RollbackRequest, SwapRequest};
use crate::config::{Live, Settings};
use crate::model::drift::{Drift, Policy};
use crate::model::restart::HOST_TOOLS;
use crate::model::surface::ToolText;
use crate::model::swap::{Refusal, SlotStatus, SwapPhase, SwapReport};
use crate::model::{SlotName, chain};
use crate::plugin::{Compiler, now};
use crate::seal::Keyring;
use crate::store::{DataDir, HostDb, Lock, StoreError, Tombstone};

/// The slots, in the order in which they were named, and the list of tools they share.
#[derive(Debug)]
pub struct Slots {
    slots: RwLock<Vec<Arc<LazySlot>>>,
    pub(super) shared: Arc<Shared>,
}

impl Slots {
    pub fn new(components: Vec<(SlotName, Component)>, compiler: Compiler, live: Live, dir: DataDir) -> Self {
        let shared = Arc::new(Shared::new(compiler, live, dir));
        shared.serve(components.iter().map(|(name, _)| name.clone()).collect());
        let slots = components
            .into_iter()
            .map(|(name, component)| Arc::new(LazySlot::new(name, component, Arc::clone(&shared))));
        Self { slots: RwLock::new(slots.collect()), shared }
    }

    /// As they are now.
    pub fn settings(&self) -> Arc<Settings> {
        self.shared.live.get()
    }

    pub fn dir(&self) -> &DataDir {
        &self.shared.dir
    }

    /// The keys of the installation.
    ///
    /// # Errors
    /// If they can be neither read nor made.
    pub fn keyring(&self) -> Result<Arc<Keyring>, OpenError> {
        Ok(self.shared.keyring()?)
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<LazySlot>> {
        self.slots.read().clone()
    }

    pub fn get(&self, name: &SlotName) -> Option<Arc<LazySlot>> {
        self.slots.read().iter().find(|slot| slot.name() == name).cloned()
    }

    /// Goes on as the host by that lock, which the image of this process before this one held.
    pub fn inherit(&self, lock: Lock) {
        self.shared.inherit(lock);
    }

    /// The lock by which this process is the host, once more; none if it is not.
    ///
    /// # Errors
    /// If the system has no room for it.
    pub fn lock(&self) -> std::io::Result<Option<Lock>> {
        self.shared.hosting().map(|hosting| hosting.lock.try_clone()).transpose()
    }

    /// Becomes true when this process becomes the host of the data directory.
    pub fn is_host(&self) -> watch::Receiver<bool> {
        self.shared.is_host()
    }

    /// The list of tools, if it is known already.
    pub fn published_now(&self) -> Option<Arc<Published>> {
        self.shared.catalogue.get()
    }

    /// Changes when the list does.
    pub fn subscribe(&self) -> watch::Receiver<Option<Arc<Published>>> {
        self.shared.catalogue.subscribe()
    }

    /// Changes when prompts, resources or resource templates do, or a plugin says so.
    pub fn subscribe_others(&self) -> watch::Receiver<Others> {
        self.shared.changes.lists()
    }

    /// URIs of resources that changed.
    pub fn subscribe_resources(&self) -> broadcast::Receiver<Arc<str>> {
        self.shared.changes.resources()
    }

    /// The list of tools. As long as what is stored is of the components that are to serve, nothing is compiled
    /// for it.
    ///
    /// # Errors
    /// If no plugin can be loaded and nothing is stored.
    pub async fn published(&self) -> Result<Arc<Published>, OpenError> {
        if let Some(published) = self.shared.catalogue.get() {
            return Ok(published);
        }
        let shared = Arc::clone(&self.shared);
        let names = shared.served();
        let stored = tokio::task::spawn_blocking(move || stored(&shared, &names));
        let (tools, digests) = stored.await.unwrap_or_default();
        let mut offered = Vec::new();
        let mut problem = None;
        for slot in self.all() {
            let known = digests.iter().find(|(name, _)| name == slot.name()).map(|(_, digest)| *digest);
            let component = slot.component();
            let in_place = tokio::task::spawn_blocking(move || component.digest()).await;
            if known.is_some() && matches!(in_place, Ok(Ok(digest)) if Some(digest) == known) {
                continue;
            }
            match slot.plugin().await {
                Ok(plugin) => offered.push((slot.name().clone(), plugin.surface().tool_texts())),
                Err(error) => {
                    tracing::warn!(error = chain(&error), slot = %slot.name(), "a plugin cannot be loaded");
                    problem.get_or_insert(error);
                }
            }
        }
        let tools = compose(tools, &without_clashes(offered), &self.shared.served(), now());
        match problem {
            Some(problem) if tools.is_empty() => return Err(problem),
            _ => {}
        }
        match self.shared.catalogue.get() {
            // Somebody was faster, and may know more.
            Some(published) => Ok(published),
            None => {
                self.shared.catalogue.replace(tools);
                self.shared.catalogue.get().ok_or(OpenError::Thread)
            }
        }
    }

    /// What is left of a tool that was removed, and the report of the swap that did it.
    pub async fn tombstone(&self, name: &str) -> Option<Tombstone> {
        let hosting = self.shared.hosting()?;
        let name = name.to_owned();
        tokio::task::spawn_blocking(move || hosting.db.tombstone(&name).ok().flatten()).await.ok().flatten()
    }

    /// Exchanges a version. What was in the way is in the report.
    pub async fn swap(&self, request: SwapRequest) -> Arc<SwapReport> {
        let Some(slot) = self.get(&request.slot) else { return Arc::new(self.add(request).await) };
        match slot.supervisor().await {
            Ok(supervisor) => supervisor.swap(request).await,
            Err(error) => Arc::new(self.counted(closed(&request.slot, &request.origin, &error))),
        }
    }

    /// A slot that is new: its tools join the list, if that may be.
    async fn add(&self, request: SwapRequest) -> SwapReport {
        let _adding = self.shared.adding.lock().await;
        if let Some(known) = self.get(&request.slot) {
            // Somebody was faster.
            return match known.supervisor().await {
                Ok(supervisor) => (*supervisor.swap(request).await).clone(),
                Err(error) => closed(&request.slot, &request.origin, &error),
            };
        }
        let SwapRequest { slot: name, component, origin, policy, force, dry_run, .. } = request;
        let slot = Arc::new(LazySlot::new(name.clone(), component, Arc::clone(&self.shared)));
        let plugin = match slot.plugin().await {
            Ok(plugin) => plugin,
            Err(error) => return closed(&name, &origin, &error),
        };
        if let Err(error) = slot.no_clash(&plugin) {
            return closed(&name, &origin, &error);
        }
        let drift = Drift::between(&[], &plugin.surface().tool_texts());
        let policy = if force { Policy::Force } else { policy.unwrap_or(self.settings().swap.policy) };
        if !policy.allows(&drift) {
            let summary = drift.summary();
            let message = format!("slot {name} is new ({summary}), and the policy is {policy}: use --append");
            return refused(&name, &origin, "drift", message);
        }
        if dry_run {
            let mut draft = Draft::new(&name, origin, None);
            draft.drift(drift);
            draft.ready();
            return draft.finish();
        }
        let mut names = self.shared.served();
        names.push(name.clone());
        self.shared.serve(names);
        match slot.slot().await {
            Ok(_) => {
                self.slots.write().push(slot);
                let known = self.history(Some(&name), 1).await.ok().and_then(|mut rows| rows.pop());
                known.unwrap_or_else(|| Draft::new(&name, origin, None).finish())
            }
            Err(error) => {
                self.shared.serve(self.slots.read().iter().map(|slot| slot.name().clone()).collect());
                closed(&name, &origin, &error)
            }
        }
    }

    /// Begins anew. What was in the way is in the report.
    pub async fn restart(&self, request: RestartRequest) -> Arc<SwapReport> {
        let Some(slot) = self.get(&request.slot) else { return Arc::new(self.unknown(&request.slot, &request.origin)) };
        let until = Instant::now() + request.timeout;
        let opened =
            if request.preserve_state { slot.supervisor().await } else { slot.supervisor_without_state().await };
        match opened {
            Ok(supervisor) => supervisor.restart(request, until, slot.in_place_now()).await,
            Err(error) => {
                let report = closed(&request.slot, &request.origin, &error);
                Arc::new(self.counted(SwapReport { restart: true, ..report }))
            }
        }
    }

    /// Goes back to a version that served before. What was in the way is in the report.
    pub async fn rollback(&self, request: RollbackRequest) -> Arc<SwapReport> {
        let Some(slot) = self.get(&request.slot) else { return Arc::new(self.unknown(&request.slot, &request.origin)) };
        match slot.supervisor().await {
            Ok(supervisor) => supervisor.rollback(request).await,
            Err(error) => Arc::new(self.counted(closed(&request.slot, &request.origin, &error))),
        }
    }

    /// How far a slot's swap is; none if there is no such slot, or it is not open yet.
    pub fn phase(&self, slot: &SlotName) -> Option<watch::Receiver<SwapPhase>> {
        self.get(slot)?.supervisor_now().map(|supervisor| supervisor.phase())
    }

    pub async fn status(&self) -> Vec<SlotStatus> {
        let mut status = Vec::new();
        for slot in self.all() {
            status.push(slot.status().await);
        }
        status
    }

    /// What each slot does, in numbers.
    pub fn pulses(&self) -> Vec<(SlotName, PulseNow)> {
        let slots = self.all();
        slots.iter().map(|slot| (slot.name().clone(), self.shared.pulse(slot.name()).look())).collect()
    }

    /// Hears of each attempt to exchange versions when it is over, whatever came of it. Whoever is slow misses some.
    pub fn reports(&self) -> broadcast::Receiver<Arc<SwapReport>> {
        self.shared.reports()
    }

    /// An attempt that came to nothing before it reached any slot's supervisor.
    fn counted(&self, report: SwapReport) -> SwapReport {
        // Of a slot that is not there nothing is counted: its name is whatever somebody asked for.
        if self.get(&report.slot).is_some() {
            self.shared.swapped(&report);
        }
        report
    }

    /// The latest swaps, newest first.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub async fn history(&self, slot: Option<&SlotName>, limit: u32) -> Result<Vec<SwapReport>, StoreError> {
        let (shared, slot) = (Arc::clone(&self.shared), slot.cloned());
        let read = tokio::task::spawn_blocking(move || match shared.hosting() {
            Some(hosting) => hosting.db.history(slot.as_ref(), limit),
            None => match HostDb::open_reader(&shared.dir)? {
                Some(db) => db.history(slot.as_ref(), limit),
                None => Ok(Vec::new()),
            },
        });
        read.await.unwrap_or_else(|_| Ok(Vec::new()))
    }

    /// Makes this process the host of the data directory, if it is not already.
    ///
    /// # Errors
    /// If another process is, or the data cannot be opened.
    pub async fn become_host(&self) -> Result<(), OpenError> {
        self.shared.host().await.map(drop)
    }

    /// Asks something of the host's own file, where a thread may wait. None if this process is not the host.
    pub async fn with_host_db<T: Send + 'static>(&self, ask: impl FnOnce(&HostDb) -> T + Send + 'static) -> Option<T> {
        let hosting = self.shared.hosting()?;
        tokio::task::spawn_blocking(move || ask(&hosting.db)).await.ok()
    }

    /// Looks at the host's own file, whether this process is the host or not. None if no host ever wrote one.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn look_at_host_db<T: Send + 'static>(
        &self,
        look: impl FnOnce(&HostDb) -> T + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let looked = tokio::task::spawn_blocking(move || match shared.hosting() {
            Some(hosting) => Ok(Some(look(&hosting.db))),
            None => Ok(HostDb::open_reader(&shared.dir)?.map(|db| look(&db))),
        });
        looked.await.unwrap_or(Ok(None))
    }

    fn unknown(&self, slot: &SlotName, origin: &crate::model::swap::Origin) -> SwapReport {
        let served: Vec<_> = self.shared.served().iter().map(ToString::to_string).collect();
        let message = format!("there is no slot {slot}; there is {}", served.join(", "));
        refused(slot, origin, "no-such-slot", message)
    }
}

fn closed(slot: &SlotName, origin: &crate::model::swap::Origin, error: &OpenError) -> SwapReport {
    let code = match error {
        OpenError::Read { .. } => "file",
        OpenError::Load(_) => "load",
        OpenError::Clash { .. } | OpenError::Reserved { .. } => "clash",
        OpenError::Refused(refusal) => &refusal.code,
        _ => "not-open",
    };
    refused(slot, origin, code, chain(error))
}

fn refused(slot: &SlotName, origin: &crate::model::swap::Origin, code: &str, message: String) -> SwapReport {
    let mut draft = Draft::new(slot, origin.clone(), None);
    draft.refused(Refusal { code: code.to_owned(), message, phase: SwapPhase::Staging, hint: None });
    draft.finish()
}

/// What was published when a host last worked here, and of which components. Blocks.
fn stored(
    shared: &Shared,
    names: &[SlotName],
) -> (Vec<crate::store::PublishedTool>, Vec<(SlotName, crate::model::Digest)>) {
    let Ok(Some(db)) = HostDb::open_reader(&shared.dir) else { return Default::default() };
    let digest = |name: &SlotName| Some((name.clone(), db.published_digest(name).ok().flatten()?));
    (db.tools().unwrap_or_default(), names.iter().filter_map(digest).collect())
}

/// Of two slots with a tool of the same name, the first has it.
fn without_clashes(offered: Vec<(SlotName, Vec<ToolText>)>) -> Vec<(SlotName, Vec<ToolText>)> {
    let mut taken = std::collections::HashSet::new();
    let keep = |(slot, tools): (SlotName, Vec<ToolText>)| {
        if let Some(own) = tools.iter().find(|tool| HOST_TOOLS.contains(&&*tool.name)) {
            tracing::error!(%slot, tool = own.name, "this is a tool of the host's own: the slot's tools are not offered");
            return None;
        }
        if let Some(clash) = tools.iter().find(|tool| taken.contains(&tool.name)) {
            tracing::error!(%slot, tool = clash.name, "another slot has a tool of this name: its tools are not offered");
            return None;
        }
        taken.extend(tools.iter().map(|tool| tool.name.clone()));
        Some((slot, tools))
    };
    offered.into_iter().filter_map(keep).collect()
}
