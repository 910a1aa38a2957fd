//! `orchestrator_rollback`

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Code, Problem};
use super::audit::Attempt;
use super::chosen::Target;
use super::desk::{Asker, Call};
use super::limits::Kind;
use super::outcome;
use super::progress::Progress;
use super::restart_server::{timeout, whole, with};
use super::restarting::{GRACE, died, reached};
use crate::model::{Generation, SlotName};
use crate::swap::RollbackRequest;

/// What every answer repeats of the arguments, whether they are valid or not.
pub(super) fn frame(arguments: &Map<String, Value>) -> Map<String, Value> {
    let reason = arguments.get("reason").and_then(Value::as_str).unwrap_or("rollback");
    let frame = json!({
        "graceful": true,
        "preserve_state": true,
        "timeout": timeout(arguments).as_secs(),
        "restart_reason": reason.chars().take(500).collect::<String>(),
        "progress": 0,
    });
    if let Value::Object(frame) = frame { frame } else { Map::new() }
}

pub(super) async fn answer(call: Call<'_>, attempt: &Attempt) -> Answer {
    let (shared, from, arguments) = (call.shared, call.from, &call.arguments);
    let slot = Target::one(shared, arguments)?;
    let request = request(slot.clone(), from, arguments);
    let named = request.to.is_some();
    call.token(Kind::Rollback)?;
    attempt.begun().await;
    let left = timeout(arguments).saturating_sub(call.began.elapsed());
    let underway = shared.reboot.restarts.begin(&slot, "rollback");
    let mut progress = Progress::new(Arc::clone(&from.reporter), slot.clone(), (0, 1), underway);
    let slots = Arc::clone(&shared.slots);
    // Whatever becomes of whoever waits, it is gone through with.
    let rollback = tokio::spawn(async move { slots.rollback(request).await });
    let done = tokio::time::timeout(left + GRACE, progress.during(&shared.slots, rollback)).await;
    let answer = match done {
        Ok(Ok(report)) => {
            progress.came_to(&report);
            let answer = outcome::answer(&report, "Rollback", true);
            let words = match &answer {
                Ok(_) => outcome::summary(&report),
                Err(problem) => format!("{slot} stays as it is: {}", problem.message),
            };
            shared.announce(from.session.as_ref(), &format!("Rollback: {words} (asked for by {})", from.client_name));
            answer
        }
        Ok(Err(_)) => Err(died()),
        Err(_) => Err(late(&slot, timeout(arguments).as_secs())),
    };
    answer.map(|object| with(object, frame(arguments))).map_err(|mut problem| {
        if named && problem.more.get("refusal").is_some_and(|code| code == "no-such-generation") {
            problem.code = Code::InvalidParameters;
        }
        problem.with(reached(&slot, progress.told()))
    })
}

fn request(slot: SlotName, from: &Asker, arguments: &Map<String, Value>) -> RollbackRequest {
    let generation = |given: &Value| given.as_u64().or_else(|| whole(given.as_f64()?)).map(Generation);
    RollbackRequest {
        slot,
        to: arguments.get("to_generation").and_then(generation),
        origin: from.origin(),
        reason: arguments.get("reason").and_then(Value::as_str).map(str::to_owned),
        force: arguments.get("force").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn late(slot: &SlotName, seconds: u64) -> Problem {
    let message = format!(
        "Slot {slot} was not rolled back within {seconds} s. It is gone on with, and what comes of it will be in the history: see orchestrator_restart_status and `mainstay history`."
    );
    Problem::new(Code::TimeoutExceeded, "failed", message)
}
