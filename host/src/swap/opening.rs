//! A slot's first moments in a process: which version serves, and what if it cannot.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::aborted::Aborted;
use super::carried::Predecessor;
use super::error::SlotError;
use super::exchange::{Committed, Staged};
use super::health::{Health, Verdict};
use super::held;
use super::lazy::{Component, OpenError};
use super::report::{self, Draft};
use super::serving::Serving;
use super::shared::{Hosting, Shared};
use super::slot::{Parts, Slot, SlotSettings};
use crate::model::swap::{Origin, Refusal, SwapPhase};
use crate::model::{Digest, Generation, SlotName, chain};
use crate::plugin::contract::lifecycle::ExportedState;
use crate::plugin::{Plugin, now};
use crate::store::{Activation, MigrationPlan, PluginDb, StoreError, memory_place};

/// A slot at work.
pub(crate) struct Opened {
    pub(crate) slot: Slot,
    pub(crate) active: Activation,
    /// What was in place, taken up or not.
    pub(crate) in_place: Digest,
    pub(crate) phase: watch::Sender<SwapPhase>,
    pub(crate) judge: mpsc::Receiver<Verdict>,
    /// What of its working state was lost, if any was.
    pub(crate) told: Option<String>,
}

/// What is needed to open one.
pub(crate) struct Opening<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) hosting: &'a Hosting,
    pub(crate) name: &'a SlotName,
    pub(crate) component: &'a Component,
    /// What has been loaded to be listed, which may be what is to serve.
    pub(crate) loaded: Option<Arc<Plugin>>,
    pub(crate) settings: SlotSettings,
    /// Working state that does not open is done without, because somebody said so.
    pub(crate) give_up_state: bool,
}

/// What is to take its place before anybody can call.
struct Change<'a> {
    plugin: Arc<Plugin>,
    active: Option<&'a Activation>,
    newer: Option<&'a MigrationPlan>,
    source: Option<Digest>,
    predecessor: Predecessor,
    /// Names it in records.
    swap: &'a str,
}

/// Which component is to serve when the host starts: what is in place, unless it is what was in place before and
/// something else has been chosen since, or it is known not to work.
pub(crate) fn choose(active: Option<&Activation>, source: Option<Digest>, in_place: Digest, fails: bool) -> Digest {
    match active {
        Some(active) if source == Some(in_place) || fails => active.digest,
        _ => in_place,
    }
}

impl Opening<'_> {
    /// Blocks. The caller holds the lock of the data directory.
    pub(crate) fn open(self) -> Result<Opened, OpenError> {
        let db = self.settings.open()?;
        let (active, source) = (db.activation()?, db.source()?);
        let Some(active) = active else {
            let in_place = self.component.digest()?;
            let plugin = self.load(in_place)?;
            return self.switch(db, plugin, None, None, in_place, Origin::Start);
        };
        let in_place = match self.component.digest() {
            Ok(in_place) => in_place,
            Err(error) => {
                tracing::warn!(error = chain(&error), version = active.version, "nothing is in place: it goes on");
                let active_digest = active.digest;
                return self.go_on(db, active, active_digest);
            }
        };
        let quarantined = self.hosting.db.quarantined(self.name, in_place)?.is_some();
        let mut wanted = choose(Some(&active), source, in_place, quarantined);
        if wanted != active.digest && self.ends_the_host(&db, wanted)? {
            wanted = active.digest;
        }
        if wanted == active.digest {
            return self.go_on(db, active, in_place);
        }
        let switched =
            self.load(wanted).and_then(|plugin| self.switch(db, plugin, Some(&active), None, in_place, Origin::Start));
        let db = self.settings.open()?;
        // The host lives, whatever came of it.
        db.forget_attempts()?;
        switched.or_else(|error| {
            // What served before may serve still.
            let problem = chain(&error);
            let Some(active) = db.activation()? else { return Err(error) };
            let version = active.version.clone();
            let Ok(opened) = self.go_on(db, active, in_place) else { return Err(error) };
            tracing::warn!(problem, version, "what is in place cannot serve: the version on record goes on");
            Ok(opened)
        })
    }

    /// Whether the host has ended each time it tried this component. Counts this time.
    fn ends_the_host(&self, db: &PluginDb, wanted: Digest) -> Result<bool, OpenError> {
        let limit = self.settings.live.get().restart.boots;
        if db.count_attempt(wanted)? <= limit {
            return Ok(false);
        }
        let message = format!("the host ended {limit} times while it tried this component");
        tracing::error!(digest = %wanted, message);
        let (code, phase) = ("boots".to_owned(), SwapPhase::Staging);
        let refusal = Refusal { code, message, phase, hint: None };
        self.hosting.db.quarantine(self.name, wanted, &refusal, now())?;
        db.forget_attempts()?;
        Ok(true)
    }

    /// The version on record serves, if it does not end the host each time.
    fn go_on(&self, db: PluginDb, active: Activation, in_place: Digest) -> Result<Opened, OpenError> {
        let plugin = self.load(active.digest)?;
        // Before the start is counted: that state or a key is missing is not this version's fault.
        let held = held::at_start(self.hosting, &self.settings, &db, Some(&active), self.give_up_state)?;
        let holder = uuid::Uuid::now_v7().simple().to_string();
        let boot = db.boot(&holder, now(), self.shared.first_time(self.name))?;
        if boot.interrupted > 0 {
            tracing::info!(calls = boot.interrupted, "calls that waited when the host last ended were interrupted");
        }
        let starts = self.settings.live.get().restart.boots;
        let mut stalled = None;
        if boot.starts > starts {
            let newer = plugin.surface().migration_plan();
            match self.give_up(&active, &newer, in_place, starts) {
                Ok(opened) => return Ok(opened),
                Err(why) => stalled = Some(why),
            }
        }
        let (Predecessor::Gone(carried), None) = held else {
            let opened = self.switch(db, plugin, Some(&active), None, in_place, Origin::Recovery)?;
            if let Some(why) = stalled {
                opened.slot.current().stall(why, None);
            }
            return Ok(opened);
        };
        let source = db.source()?;
        if source.is_none() || (in_place == active.digest && source != Some(in_place)) {
            db.set_source(in_place)?;
        }
        self.complete_history(&active);
        let (health, judge) = self.health(active.generation);
        let kept = self.kept(&db, active.generation);
        let config = self.settings.config();
        let serving = Serving { plugin, generation: Some(active.generation), carried, kept, config };
        let parts = Parts::new(serving, db, &self.settings, holder, health)?;
        if let Some(why) = stalled {
            parts.current.stall(why, None);
        }
        let slot = parts.start(&self.settings)?;
        Ok(Opened { slot, active, in_place, phase: watch::Sender::default(), judge, told: None })
    }

    /// What the active version had in memory itself when the host last ended. What does not open is done without: there is what
    /// its predecessor handed over.
    fn kept(&self, db: &PluginDb, generation: Generation) -> Option<ExportedState> {
        let kept = db.memory(generation).unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "what was in memory when the host ended cannot be read");
            None
        })?;
        match self.settings.sealer.open(&kept.sealed, &memory_place(generation, kept.schema)) {
            Ok(data) => Some(ExportedState { schema: kept.schema, data }),
            Err(error) => {
                tracing::warn!(error = chain(&error), "what was in memory when the host ended does not open");
                None
            }
        }
    }

    /// The host did not live long with this version, again and again: the one before takes its place, or none does.
    fn give_up(
        &self,
        active: &Activation,
        newer: &MigrationPlan,
        in_place: Digest,
        starts: u32,
    ) -> Result<Opened, String> {
        let why = format!("the host ended {starts} times soon after it started with version {}", active.version);
        tracing::error!(why, "rolling back");
        let rolled_back = self.go_back(active, newer, in_place, &why);
        rolled_back.map_err(|problem| {
            let name = self.name;
            format!("{why}. The version before cannot take over: {problem}. Repair it: put a component that works in its place and call orchestrator_restart_server, go back with orchestrator_rollback, or use `mainstay swap {name} FILE`")
        })
    }

    fn go_back(
        &self,
        active: &Activation,
        newer: &MigrationPlan,
        in_place: Digest,
        why: &str,
    ) -> Result<Opened, String> {
        let db = self.settings.open();
        let db = db.map_err(|error| chain(&error))?;
        let known = db.activations().map_err(|error| chain(&error))?;
        let fit = |earlier: &Activation| {
            earlier.digest != active.digest
                && !matches!(self.hosting.db.quarantined(self.name, earlier.digest), Ok(Some(_)))
        };
        let before = known.into_iter().find(fit).ok_or("there is none")?;
        let plugin = self.load(before.digest).map_err(|error| chain(&error))?;
        let opened = self
            .switch(db, plugin, Some(active), Some(newer), in_place, Origin::Recovery)
            .map_err(|error| chain(&error))?;
        let (code, phase) = ("boots".to_owned(), SwapPhase::Probation);
        let refusal = Refusal { code, message: why.to_owned(), phase, hint: None };
        self.hosting.db.quarantine(self.name, active.digest, &refusal, now()).map_err(|error| chain(&error))?;
        report::withdraw(&self.hosting.db, &active.swap, why);
        self.settings.pulse.withdrawn();
        Ok(opened)
    }

    /// Another version takes its place before anybody can call.
    fn switch(
        &self,
        db: PluginDb,
        plugin: Arc<Plugin>,
        active: Option<&Activation>,
        newer: Option<&MigrationPlan>,
        in_place: Digest,
        origin: Origin,
    ) -> Result<Opened, OpenError> {
        let source = (origin == Origin::Start).then_some(in_place);
        let mut draft = Draft::new(self.name, origin, None);
        draft.from(active.map(report::version_of_activation));
        draft.to(report::version_of_plugin(&plugin));
        let (predecessor, told) = held::at_start(self.hosting, &self.settings, &db, active, self.give_up_state)?;
        if let Some(told) = &told {
            draft.warn(format!("STATE_CORRUPTION: {told}"));
        }
        let change = Change { plugin, active, newer, source, predecessor, swap: draft.id() };
        let done = self.exchange(db, change);
        match done {
            Ok((parts, committed, phase, judge)) => {
                let active = committed.activation.clone();
                draft.committed(&committed);
                self.record(draft);
                let slot = parts.start(&self.settings)?;
                Ok(Opened { slot, active, in_place, phase, judge, told })
            }
            Err(aborted) => {
                let refusal = report::refusal(&aborted, self.name);
                if active.is_some() {
                    draft.refused(refusal.clone());
                    self.record(draft);
                }
                Err(OpenError::Refused(refusal))
            }
        }
    }

    fn exchange(
        &self,
        db: PluginDb,
        change: Change<'_>,
    ) -> Result<(Parts, Committed, watch::Sender<SwapPhase>, mpsc::Receiver<Verdict>), Aborted> {
        let Change { plugin, active, newer, source, predecessor, swap } = change;
        let failed = |error: SlotError| Aborted::of_entry(SwapPhase::Committing, "storage", &error);
        let name = &plugin.surface().description.name;
        if let Some(active) = active
            && active.plugin != *name
        {
            let error = StoreError::OtherPlugin { found: active.plugin.clone(), wanted: name.clone() };
            return Err(Aborted::new(SwapPhase::Staging, "other-plugin", error.to_string()));
        }
        let holder = uuid::Uuid::now_v7().simple().to_string();
        db.remove_dead_waits(&holder, now()).map_err(|error| failed(error.into()))?;
        keep(self.shared, self.component, plugin.digest())
            .map_err(|error| Aborted::new(SwapPhase::Staging, "storage", chain(&error)).passing())?;
        let (health, judge) = self.health(active.map_or(Generation(1), |active| active.generation.next()));
        let phase = watch::Sender::default();
        let generation = active.map(|active| active.generation);
        let empty = Serving {
            plugin: Arc::clone(&plugin),
            generation,
            carried: None,
            kept: None,
            config: self.settings.config(),
        };
        let mut parts = Parts::new(empty, db, &self.settings, holder, health).map_err(failed)?;
        let committed = parts.exchange(Staged {
            fresh: None,
            plugin,
            swap: swap.to_owned(),
            predecessor,
            newer: newer.cloned(),
            active: generation,
            // Nobody is left who could be told.
            orphan: true,
            source,
            // One that served before, and takes over again, needs none.
            probation: active.is_some() && source.is_some(),
            config: self.settings.config(),
            until: None,
            at_once: false,
            sealer: Arc::clone(&self.settings.sealer),
            phase: phase.clone(),
        })?;
        Ok((parts, committed, phase, judge))
    }

    /// The host may have ended after a swap was committed and before it was written down.
    fn complete_history(&self, active: &Activation) {
        if let Ok(None) = self.hosting.db.swap(&active.swap)
            && !active.swap.is_empty()
        {
            report::record(&self.hosting.db, &Draft::recovered(self.name, active).finish());
        }
    }

    fn health(&self, generation: Generation) -> (Health, mpsc::Receiver<Verdict>) {
        Health::new(generation, self.settings.live.clone())
    }

    fn record(&self, draft: Draft) {
        let report = draft.finish();
        report::record(&self.hosting.db, &report);
        self.shared.swapped(&report);
    }

    /// The plugin of that digest, from what is loaded, what is in place, or what was kept.
    fn load(&self, digest: Digest) -> Result<Arc<Plugin>, OpenError> {
        if let Some(loaded) = self.loaded.as_ref().filter(|loaded| loaded.digest() == digest) {
            return Ok(Arc::clone(loaded));
        }
        load(self.shared, self.component, digest)
    }
}

/// Loads the component of that digest, from what is in place or what was kept. Blocks.
pub(crate) fn load(shared: &Shared, component: &Component, digest: Digest) -> Result<Arc<Plugin>, OpenError> {
    if let Ok((bytes, found)) = component.read()
        && found == digest
    {
        return Ok(shared.loader()?.load(&bytes, digest)?);
    }
    let kept = shared.dir.read_component(digest)?.ok_or(OpenError::NotKept { digest })?;
    Ok(shared.loader()?.load(&kept, digest)?)
}

/// Keeps what is in place, if it is of that digest, for rollback and for the next start. Durable when this returns.
fn keep(shared: &Shared, component: &Component, digest: Digest) -> Result<(), OpenError> {
    match component.read() {
        Ok((bytes, found)) if found == digest => shared.keep(|dir| dir.keep_component(&bytes, digest)),
        // What was kept before is to serve.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
