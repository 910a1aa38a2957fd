//! A restart that is carried out: one slot after the other, and whoever waits is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::answer::{Answer, Code, Problem};
use super::chosen::Target;
use super::desk::Asker;
use super::outcome;
use super::progress::{PHASES, Progress};
use super::underway::{Over, OverProblem};
use crate::model::restart::RestartReason;
use crate::model::swap::SwapReport;
use crate::model::{SlotName, chain};
use crate::plugin::now;
use crate::server::session::Session;
use crate::server::shared::Shared;
use crate::swap::RestartRequest;

/// The swap itself gives up in time; this long it is waited for it to say so.
pub(super) const GRACE: Duration = Duration::from_millis(250);

/// What is to begin anew, and how.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) target: Target,
    pub(super) graceful: bool,
    pub(super) preserve_state: bool,
    pub(super) force: bool,
    pub(super) reason: RestartReason,
    /// For all slots together.
    pub(super) timeout: Duration,
    /// Who need not be told, because it gets the answer.
    pub(super) knows: Option<Session>,
}

impl Order {
    /// Goes through with it. The time counts from `began`.
    pub(super) async fn carry_out(&self, shared: &Arc<Shared>, from: &Asker, began: Instant) -> Answer {
        let applied = match self.reason {
            RestartReason::ConfigurationUpdate => Some(reload(shared, self.timeout).await?),
            _ => None,
        };
        let count = self.target.slots.len();
        let mut answers = Vec::new();
        for (number, slot) in self.target.slots.iter().enumerate() {
            answers.push((slot, self.restart(shared, from, slot, (number, count), began).await));
        }
        let mut answer = match answers.pop() {
            Some((_, only)) if !self.target.all => only,
            last => together(answers.into_iter().chain(last)),
        };
        if let Some(applied) = applied {
            let fields = match &mut answer {
                Ok(object) => object,
                Err(problem) => &mut problem.more,
            };
            fields.insert("applied".to_owned(), applied);
        }
        answer
    }

    async fn restart(
        &self,
        shared: &Arc<Shared>,
        from: &Asker,
        slot: &SlotName,
        part: (usize, usize),
        began: Instant,
    ) -> Answer {
        let left = self.timeout.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(self.late(slot, 0));
        }
        let (started_at, restarts) = (now(), &shared.reboot.restarts);
        let underway = restarts.begin(slot, self.reason.as_str());
        let mut progress = Progress::new(Arc::clone(&from.reporter), slot.clone(), part, underway);
        let request = RestartRequest {
            slot: slot.clone(),
            origin: from.origin(),
            reason: self.reason,
            graceful: self.graceful,
            preserve_state: self.preserve_state,
            force: self.force,
            timeout: left,
        };
        let slots = Arc::clone(&shared.slots);
        // Whatever becomes of whoever waits, it is gone through with.
        let restart = tokio::spawn(async move { slots.restart(request).await });
        let done = tokio::time::timeout(left + GRACE, progress.during(&shared.slots, restart)).await;
        let (answer, report) = match done {
            Ok(Ok(report)) => {
                progress.came_to(&report);
                (outcome::answer(&report, "Restart", self.preserve_state), Some(report))
            }
            Ok(Err(_)) => (Err(died()), None),
            Err(_) => (Err(self.late(slot, progress.told())), None),
        };
        let answer = match answer {
            Err(problem) => Err(problem.with(reached(slot, progress.told()))),
            done => done,
        };
        drop(progress);
        self.over(shared, from, slot, started_at, &answer, report.as_deref());
        answer
    }

    /// Remembers what came of it, and tells the others; once, however many asked for it.
    fn over(
        &self,
        shared: &Shared,
        from: &Asker,
        slot: &SlotName,
        started_at: u64,
        answer: &Answer,
        report: Option<&SwapReport>,
    ) {
        let swap = report.map(|report| report.id.clone());
        let restarts = &shared.reboot.restarts;
        if swap.is_some() && restarts.last().is_some_and(|last| last.swap == swap) {
            return;
        }
        let reason = self.reason.as_str();
        let who = if from.client_name.is_empty() { "a client without a name" } else { &from.client_name };
        let (message, problem) = match answer {
            Ok(_) => (report.map(outcome::summary).unwrap_or_default(), None),
            Err(problem) => {
                let code = problem.code.as_str();
                let message = format!("The restart of {slot} failed with {code}");
                (message, Some(OverProblem { code, message: problem.message.clone() }))
            }
        };
        let said = problem.as_ref().map(|problem| format!(": {}", problem.message)).unwrap_or_default();
        shared.announce(self.knows.as_ref(), &format!("Restart: {message} ({reason}, asked for by {who}){said}"));
        restarts.over(Over {
            slot: slot.clone(),
            reason: reason.to_owned(),
            started_at,
            success: problem.is_none(),
            message,
            problem,
            swap,
        });
    }

    /// It was not done in time, having told so many phases.
    fn late(&self, slot: &SlotName, told: usize) -> Problem {
        let phase = match told {
            0 | 1 => "preparation_failed",
            2 | 3 => "initiation_failed",
            _ => "failed",
        };
        let message = format!(
            "Slot {slot} was not restarted within {} s. What is not committed yet is abandoned, and the version that served goes on; if it was committed after all, orchestrator_restart_status with include_history says so. Give it a longer timeout, or see with orchestrator_health_check what is in the way.",
            self.timeout.as_secs()
        );
        let mut problem = Problem::new(Code::TimeoutExceeded, phase, message);
        problem.more.insert("plugin".to_owned(), json!(slot));
        problem
    }
}

pub(super) fn died() -> Problem {
    let message = "A thread of the host died, so it is not known what came of it: see its log.";
    Problem::new(Code::ProcessFailed, "failed", message)
}

/// How far it came.
pub(super) fn reached(slot: &SlotName, told: usize) -> Map<String, Value> {
    let progress = told.checked_sub(1).map_or(0, |last| PHASES[last].1);
    Map::from_iter([("plugin".to_owned(), json!(slot)), ("progress".to_owned(), json!(progress))])
}

/// One answer for several slots: it went well if all did.
fn together<'a>(answers: impl Iterator<Item = (&'a SlotName, Answer)>) -> Answer {
    let (mut restarts, mut first, mut errors, mut words) = (Vec::new(), None, Vec::new(), Vec::new());
    for (slot, answer) in answers {
        if let Err(problem) = &answer {
            errors.push(format!("{slot}: {}", problem.message));
            first.get_or_insert((problem.code, problem.phase));
        } else if let Ok(object) = &answer {
            words.extend(object.get("message").and_then(Value::as_str).map(str::to_owned));
        }
        let (mut object, _) = super::answer::object(answer, &super::time::timestamp(now()));
        object.insert("plugin".to_owned(), json!(slot));
        restarts.push(Value::Object(object));
    }
    let count = restarts.len();
    let mut more = Map::from_iter([("restarts".to_owned(), Value::Array(restarts))]);
    let Some((code, phase)) = first else {
        let time = super::time::timestamp(now());
        let done = json!({
            "success": true, "phase": "complete", "progress": 100, "errors": [], "completed_at": time,
            "message": format!("Restart completed successfully: {count} slots. {}", words.join(". ")),
        });
        more.extend(done.as_object().cloned().unwrap_or_default());
        return Ok(more);
    };
    let message = format!("{} of {count} slots were not restarted: {}", errors.len(), errors.join(" "));
    more.insert("errors".to_owned(), json!(errors));
    Err(Problem { more, ..Problem::new(code, phase, message) })
}

/// Reads the settings again, and says what changed.
///
/// # Errors
/// If they are invalid: those of before apply.
async fn reload(shared: &Shared, timeout: Duration) -> Result<Value, Problem> {
    let reloader = shared.reloader.clone();
    let failed = |problem: String| {
        let message = format!(
            "The settings are invalid, so nothing was restarted, and those of before apply: {problem}. Mend them and ask again; `mainstay config` shows them all."
        );
        Problem::new(Code::SystemNotReady, "preparation_failed", message)
    };
    let read = tokio::task::spawn_blocking(move || reloader.reload());
    match tokio::time::timeout(timeout, read).await {
        Ok(Ok(Ok(applied))) => Ok(json!(applied)),
        Ok(Ok(Err(error))) => Err(failed(chain(&error))),
        Ok(Err(_)) => Err(failed("a thread of the host died".to_owned())),
        Err(_) => {
            let message = "The settings could not be read in time, so nothing was restarted: see what their file is.";
            Err(Problem::new(Code::TimeoutExceeded, "preparation_failed", message))
        }
    }
}

#[cfg(test)]
mod tests;
