//! How each slot is: it is opened, written and entered for that.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde::Serialize;

use super::{Status, micros};
use crate::model::swap::{Attempts, SlotStatus, SwapPhase};
use crate::swap::{LazySlot, SlotCheck, Slots};

/// What came of looking at one slot.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct SlotFigures {
    pub(in crate::server::reboot) slot: String,
    pub(in crate::server::reboot) status: Status,
    /// How long the plugin took to test itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    probe_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    pub(in crate::server::reboot) phase: SwapPhase,
    /// Why no plugin serves, if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    stalled: Option<String>,
    /// In the mailbox.
    queued: u64,
    /// Calls that wait for somebody.
    waiting: u64,
    /// How often its version may fail, and has.
    attempts: Attempts,
    /// What is wrong, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::server::reboot) problem: Option<String>,
    /// How long it took to write, read and commit; or why it did not go well.
    #[serde(skip)]
    pub(in crate::server::reboot) database: Option<Result<Duration, String>>,
    /// Why its next graceful restart would come to nothing.
    #[serde(skip)]
    pub(in crate::server::reboot) in_the_way: Option<String>,
}

/// Looks at all of them at once.
pub(in crate::server::reboot) async fn check(slots: &Slots, limit: Duration) -> Vec<SlotFigures> {
    let all = slots.all();
    join_all(all.iter().map(|slot| look_at(slots, slot, limit))).await
}

async fn look_at(slots: &Slots, slot: &Arc<LazySlot>, limit: Duration) -> SlotFigures {
    let check = slots.check(slot, limit).await;
    figures(check, slot.status().await, limit)
}

fn figures(check: SlotCheck, status: SlotStatus, limit: Duration) -> SlotFigures {
    let name = status.slot.as_str();
    let under_way = !matches!(status.phase, SwapPhase::Idle | SwapPhase::Probation);
    let failed = |probe: &Option<Result<Duration, String>>| probe.as_ref().and_then(|probe| probe.clone().err());
    let problem = if let Err(problem) = &check.opened {
        let what = if check.stuck { "is not ready yet" } else { "cannot be opened" };
        Some((what, problem.clone()))
    } else if let Some(why) = &status.stalled {
        Some(("has no plugin that serves", why.clone()))
    } else if check.stuck && under_way {
        let hint = "orchestrator_restart_status says how far it is";
        let why = format!("phase {}, for more than {} ms; {hint}", status.phase.as_str(), limit.as_millis());
        Some(("is being exchanged, and calls wait for it", why))
    } else if check.stuck {
        let hint = "orchestrator_restart_server with graceful=false stops what runs";
        Some(("is stuck", format!("there was no answer in {} ms; {hint}", limit.as_millis())))
    } else if let Some(problem) = failed(&check.database) {
        Some(("cannot be written", problem))
    } else {
        failed(&check.probe).map(|problem| ("fails its own test", problem))
    };
    let word = match &problem {
        None => Status::Operational,
        Some(_) if check.stuck => Status::Stuck,
        Some(_) => Status::Failed,
    };
    let problem = problem.map(|(what, why)| format!("slot {name} {what}: {why}"));
    let swapping = || format!("slot {name} is being exchanged (phase {})", status.phase.as_str());
    let in_the_way = problem.clone().or_else(|| under_way.then(swapping));
    SlotFigures {
        slot: name.to_owned(),
        status: word,
        probe_us: check.probe.and_then(Result::ok).map(micros),
        plugin: status.serving.as_ref().map(|version| version.plugin.clone()),
        version: status.serving.as_ref().map(|version| version.version.clone()),
        digest: status.serving.as_ref().map(|version| version.digest.to_string()),
        generation: status.serving.as_ref().and_then(|version| version.generation).map(|generation| generation.0),
        phase: status.phase,
        stalled: status.stalled,
        queued: status.queued,
        waiting: status.waiting,
        attempts: status.attempts,
        problem,
        database: check.database,
        in_the_way,
    }
}

#[cfg(test)]
mod tests;
