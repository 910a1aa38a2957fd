//! `orchestrator_restart_status`

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::codes;
use super::desk::Call;
use super::estimate::Estimate;
use super::outcome::{self, sentence, version};
use super::progress::{PHASES, reached};
use super::time::timestamp;
use super::underway::Over;
use crate::model::chain;
use crate::model::swap::{SlotStatus, SwapOutcome, SwapPhase, SwapReport};
use crate::plugin::now;
use crate::server::shared::Shared;
use crate::store::{HostDb, RestartTotals, StoreError};

/// How many restarts an answer tells of.
const RECENT: u32 = 20;
/// How long it waits for what is not in memory.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known of restarts, from whichever place.
struct Known {
    slots: Vec<SlotStatus>,
    recent: Vec<SwapReport>,
    totals: Option<RestartTotals>,
    /// Why the history cannot be read.
    problem: Option<String>,
}

pub(super) async fn answer(call: Call<'_>) -> Answer {
    let flag = |name: &str, default| call.arguments.get(name).and_then(Value::as_bool).unwrap_or(default);
    let (history, details) = (flag("include_history", false), flag("include_error_details", true));
    let known = Known::gather(call.shared, history).await;
    let mut answer = Map::new();
    answer.insert("current_status".to_owned(), known.current(call.shared, details));
    answer.insert("timestamp".to_owned(), json!(timestamp(now())));
    if history {
        answer.insert("history".to_owned(), known.history(details));
    }
    Ok(answer)
}

impl Known {
    async fn gather(shared: &Shared, totals: bool) -> Self {
        let slots = tokio::time::timeout(PATIENCE, shared.slots.status());
        let read = move |db: &HostDb| -> Result<_, StoreError> {
            let totals = if totals { Some(db.restart_totals()?) } else { None };
            Ok((db.restarts(RECENT)?, totals))
        };
        let read = tokio::time::timeout(PATIENCE, shared.slots.look_at_host_db(read));
        let (slots, read) = tokio::join!(slots, read);
        let (recent, totals, problem) = match read {
            Ok(Ok(Some(Ok((recent, totals))))) => (recent, totals, None),
            // No host ever wrote a history.
            Ok(Ok(None)) => (Vec::new(), None, None),
            Ok(Ok(Some(Err(error))) | Err(error)) => (Vec::new(), None, Some(chain(&error))),
            Err(_) => (Vec::new(), None, Some("the disk does not answer".to_owned())),
        };
        Self { slots: slots.unwrap_or_default(), recent, totals, problem }
    }

    fn current(&self, shared: &Shared, details: bool) -> Value {
        let mut current = self.running(shared).unwrap_or_else(|| self.over(shared, details));
        current.insert("maintenance_mode".to_owned(), json!(self.slots.iter().any(|slot| queues(slot.phase))));
        current.insert("slots".to_owned(), self.slots.iter().map(of_slot).collect());
        let scheduled = shared.reboot.scheduled.all();
        let scheduled = scheduled.iter().map(|pending| {
            json!({
                "schedule_id": pending.id,
                "plugin": pending.plugin,
                "scheduled_for": timestamp(pending.at),
                "reason": pending.reason,
                "asked_by": pending.asked_by,
            })
        });
        current.insert("scheduled".to_owned(), scheduled.collect());
        Value::Object(current)
    }

    /// The restart that is under way, or another swap.
    fn running(&self, shared: &Shared) -> Option<Map<String, Value>> {
        let mut current = Map::new();
        let mut insert = |field: &str, value: Value| drop(current.insert(field.to_owned(), value));
        if let Some(running) = shared.reboot.restarts.running().into_iter().next() {
            let (phase, percentage, words) = PHASES[running.phase];
            insert("phase", json!(phase));
            insert("progress", json!(percentage));
            insert("message", json!(format!("Slot {}: {words}", running.slot)));
            insert("plugin", json!(running.slot));
            insert("reason", json!(running.reason));
            insert("started_at", json!(timestamp(running.started_at)));
            if let Some(at) = Estimate::from(&self.recent).completion(running.phase, running.phase_since, now()) {
                insert("estimated_completion", json!(timestamp(at)));
            }
        } else {
            let (slot, index) = self.slots.iter().find_map(|status| Some((&status.slot, reached(status.phase)?)))?;
            let (phase, percentage, words) = PHASES[index];
            insert("phase", json!(phase));
            insert("progress", json!(percentage));
            insert("message", json!(format!("Slot {slot} goes over to another version: {words}")));
            insert("plugin", json!(slot));
        }
        insert("errors", json!([]));
        Some(current)
    }

    /// What came of the last one, if there ever was one.
    fn over(&self, shared: &Shared, details: bool) -> Map<String, Value> {
        let here = shared.reboot.restarts.last();
        let newest = self.recent.first();
        let newer = |over: &Over| {
            newest.is_none_or(|report| over.started_at > report.requested_at || over.swap.as_ref() == Some(&report.id))
        };
        let known = here.filter(newer).or_else(|| newest.map(of_report));
        let current = match known {
            None => json!({
                "phase": "idle", "progress": 0, "message": "Nothing was restarted yet", "errors": [],
            }),
            Some(over) => {
                let mut errors = Vec::new();
                if let Some(problem) = &over.problem {
                    let (code, message) = (problem.code, &problem.message);
                    errors.push(if details { format!("{code}: {message}") } else { code.to_owned() });
                }
                json!({
                    "phase": if over.success { "complete" } else { "failed" },
                    "progress": if over.success { 100 } else { 0 },
                    "message": sentence(&over.message),
                    "plugin": over.slot,
                    "reason": over.reason,
                    "swap_id": over.swap,
                    "started_at": timestamp(over.started_at),
                    "errors": errors,
                })
            }
        };
        let mut current = if let Value::Object(current) = current { current } else { Map::new() };
        current.retain(|_, value| !value.is_null());
        current
    }

    fn history(&self, details: bool) -> Value {
        let mut history = Map::new();
        let mut insert = |field: &str, value: Value| drop(history.insert(field.to_owned(), value));
        insert("recent_restarts", self.recent.iter().map(|report| row(report, details)).collect());
        let totals = self.totals.clone().unwrap_or_default();
        insert("total_restarts", json!(totals.all));
        insert("successful_restarts", json!(totals.successful));
        if totals.all > 0 {
            // Exact up to more restarts than are remembered.
            insert("success_rate", json!(totals.successful as f64 / totals.all as f64));
        }
        if let Some(at) = totals.last_success_at {
            insert("last_successful_restart", json!(timestamp(at)));
        }
        if let Some(durations) = super::estimate::percentiles(totals.durations_us) {
            insert("durations", durations);
        }
        if let Some(problem) = &self.problem {
            insert("problem", json!(problem));
        }
        Value::Object(history)
    }
}

/// Whether calls queue meanwhile.
fn queues(phase: SwapPhase) -> bool {
    matches!(phase, SwapPhase::Quiescing | SwapPhase::Transferring | SwapPhase::Committing)
}

fn of_slot(status: &SlotStatus) -> Value {
    let mut slot = json!({
        "plugin": status.slot,
        "phase": reached(status.phase).map_or("idle", |index| PHASES[index].0),
        "serving": status.serving.as_ref().map(version),
        "previous": status.previous.as_ref().map(version),
        "queued_calls": status.queued,
        "waiting_calls": status.waiting,
        "probation": status.phase == SwapPhase::Probation,
        "stalled": status.stalled,
        "problem": status.problem,
    });
    if let Some(slot) = slot.as_object_mut() {
        slot.retain(|_, value| !value.is_null());
    }
    slot
}

fn of_report(report: &SwapReport) -> Over {
    let problem = match &report.outcome {
        SwapOutcome::Refused(refusal) => Some((codes::of(refusal).as_str(), refusal.message.clone())),
        SwapOutcome::RolledBack { why, .. } => Some(("PROCESS_FAILED", why.clone())),
        _ => None,
    };
    let slot = &report.slot;
    Over {
        slot: slot.clone(),
        reason: report.reason.clone().unwrap_or_default(),
        started_at: report.requested_at,
        success: problem.is_none(),
        message: match &report.outcome {
            SwapOutcome::Refused(_) => format!("the restart of {slot} failed"),
            SwapOutcome::RolledBack { .. } => format!("the restart of {slot} did not last"),
            _ => outcome::summary(report),
        },
        problem: problem.map(|(code, message)| super::underway::OverProblem { code, message }),
        swap: Some(report.id.clone()),
    }
}

fn row(report: &SwapReport, details: bool) -> Value {
    let over = of_report(report);
    let micros: u64 = report.steps.iter().map(|step| step.micros).sum();
    let mut row = json!({
        "timestamp": timestamp(report.requested_at),
        "reason": over.reason,
        "success": over.success,
        "duration": outcome::milliseconds(micros) / 1_000.0,
        "swap_id": report.id,
        "plugin": report.slot,
        "from": report.from.as_ref().map(version),
        "to": report.to.as_ref().map(version),
        "outcome": json!(report.outcome)["kind"],
        "error_code": over.problem.as_ref().map(|problem| problem.code),
        "error": over.problem.filter(|_| details).map(|problem| problem.message),
    });
    if let Some(row) = row.as_object_mut() {
        row.retain(|_, value| !value.is_null());
    }
    row
}
