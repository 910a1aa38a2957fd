//! A swap's row in the history, as it is written.

use std::time::Instant;

use super::aborted::Aborted;
use super::exchange::Committed;
use super::steps::Steps;
use crate::model::drift::Drift;
use crate::model::swap::{Origin, Refusal, ReplayReport, SwapOutcome, SwapReport, Version};
use crate::model::{SlotName, chain};
use crate::plugin::{Plugin, now};
use crate::store::{Activation, HostDb};

/// A report that is not finished.
#[derive(Debug)]
pub(crate) struct Draft {
    report: SwapReport,
    pub(crate) steps: Steps,
}

impl Draft {
    pub(crate) fn new(slot: &SlotName, origin: Origin, reason: Option<String>) -> Self {
        let report = SwapReport {
            id: uuid::Uuid::now_v7().simple().to_string(),
            slot: slot.clone(),
            origin,
            reason,
            requested_at: now(),
            from: None,
            to: None,
            outcome: SwapOutcome::Unchanged,
            drift: None,
            replay: None,
            migrations: Vec::new(),
            steps: Vec::new(),
            pause_us: 0,
            paused_at_us: 0,
            waited_calls: 0,
            orphaned_calls: 0,
            warnings: Vec::new(),
            restart: false,
            backup: None,
        };
        Self { report, steps: Steps::default() }
    }

    /// Of a swap of which nothing is known but that it was committed.
    pub(crate) fn recovered(slot: &SlotName, activation: &Activation) -> Self {
        let mut draft = Self::new(slot, Origin::Recovery, None);
        draft.report.id.clone_from(&activation.swap);
        draft.report.requested_at = activation.activated_at;
        draft.report.to = Some(version_of_activation(activation));
        draft.report.outcome = SwapOutcome::Committed;
        draft.steps.warn("the host ended before this swap was written down".to_owned());
        draft
    }

    pub(crate) fn id(&self) -> &str {
        &self.report.id
    }

    pub(crate) fn reason(&self) -> Option<String> {
        self.report.reason.clone()
    }

    /// Whether it was asked for by a client whose list may not change as the effect of a request.
    pub(crate) fn origin_has_fixed_list(&self) -> bool {
        matches!(self.report.origin, Origin::Client { fixed_list: true, .. })
    }

    /// The version may stay the same.
    pub(crate) fn of_restart(mut self) -> Self {
        self.report.restart = true;
        self
    }

    pub(crate) fn backed_up(&mut self, path: String) {
        self.report.backup = Some(path);
    }

    pub(crate) fn from(&mut self, version: Option<Version>) {
        self.report.from = version;
    }

    pub(crate) fn to(&mut self, version: Version) {
        self.report.to = Some(version);
    }

    pub(crate) fn drift(&mut self, drift: Drift) {
        self.report.drift = Some(drift);
    }

    pub(crate) fn tried(&mut self, replay: Option<ReplayReport>, migrations: Vec<String>, orphans: u64) {
        self.report.replay = replay;
        self.report.migrations = migrations;
        self.report.orphaned_calls = orphans;
    }

    pub(crate) fn step(&mut self, step: &str, began: Instant) {
        self.steps.done(step, began);
    }

    pub(crate) fn warn(&mut self, warning: String) {
        self.steps.warn(warning);
    }

    pub(crate) fn ready(&mut self) {
        self.report.outcome = SwapOutcome::Ready;
    }

    pub(crate) fn refused(&mut self, refusal: Refusal) {
        self.report.outcome = SwapOutcome::Refused(refusal);
    }

    pub(crate) fn committed(&mut self, committed: &Committed) {
        let report = &mut self.report;
        report.outcome = SwapOutcome::Committed;
        report.to = Some(version_of_activation(&committed.activation));
        report.migrations.clone_from(&committed.migrations);
        report.orphaned_calls = committed.orphaned;
        report.pause_us = committed.pause_us;
        report.paused_at_us = committed.paused_at_us;
        report.waited_calls = committed.waited;
        self.steps.extend(&committed.steps, &committed.warnings);
    }

    pub(crate) fn finish(self) -> SwapReport {
        let (steps, warnings) = self.steps.into_parts();
        SwapReport { steps, warnings, ..self.report }
    }
}

/// In words for people: what failed, and what to do.
pub(crate) fn refusal(aborted: &Aborted, slot: &SlotName) -> Refusal {
    let hint = match aborted.code {
        "orphans" => Some("wait until they are answered, or use --force: each is then told to call again".to_owned()),
        "busy" => Some("try again later, or use --force".to_owned()),
        "schema" | "migration" => {
            Some(format!("look at the data with sqlite3 slots/{slot}.sqlite, or use another version"))
        }
        "export" | "exported-state" | "import" => {
            Some("use --force to do without what is in memory only; tables and keys are kept".to_owned())
        }
        "timeout" => Some("give it more time, or look at what is in the way with a health check".to_owned()),
        "disk-full" => Some("free some space and try again".to_owned()),
        _ => None,
    };
    let (code, message, phase) = (aborted.code.to_owned(), aborted.message.clone(), aborted.phase);
    Refusal { code, message, phase, hint }
}

pub(crate) fn version_of_plugin(plugin: &Plugin) -> Version {
    let description = &plugin.surface().description;
    Version {
        plugin: description.name.clone(),
        version: description.version.clone(),
        digest: plugin.digest(),
        schema: description.schema.writes,
        generation: None,
    }
}

pub(crate) fn version_of_activation(activation: &Activation) -> Version {
    Version {
        plugin: activation.plugin.clone(),
        version: activation.version.clone(),
        digest: activation.digest,
        schema: activation.schema,
        generation: Some(activation.generation),
    }
}

/// Writes a row. The swap itself is on record with the data; the history is for people. What calls were answered is
/// sealed wherever it is kept, so how two answers differ is told to whoever asked for the swap, and not written here.
pub(crate) fn record(db: &HostDb, report: &SwapReport) {
    let mut row = report.clone();
    for difference in row.replay.iter_mut().flat_map(|replay| &mut replay.differences) {
        difference.diff.clear();
    }
    if let Err(error) = db.record_swap(&row) {
        tracing::error!(error = chain(&error), swap = report.id, "a swap could not be written to the history");
    }
}

/// Says in the row of a swap that it did not last.
pub(crate) fn withdraw(db: &HostDb, swap: &str, why: &str) {
    match db.swap(swap) {
        Ok(Some(mut report)) => {
            report.outcome = SwapOutcome::RolledBack { at: now(), why: why.to_owned() };
            record(db, &report);
        }
        Ok(None) => {}
        Err(error) => tracing::error!(error = chain(&error), swap, "the history could not be read"),
    }
}
