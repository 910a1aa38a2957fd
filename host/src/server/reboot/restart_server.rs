//! `orchestrator_restart_server`

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::time::timeout_at;

use super::answer::{Answer, Code, Problem};
use super::audit::Attempt;
use super::chosen::Target;
use super::desk::Call;
use super::host;
use super::limits::Kind;
use super::restarting::Order;
use super::time::{parse, timestamp};
use crate::model::restart::RestartReason;
use crate::plugin::now;

/// As in the schema, in seconds.
const TIMEOUT: u64 = 30;
/// A time that has passed is now, if it has not been for longer; in milliseconds.
const LATE: u64 = 60 * 1_000;
/// Whoever plans further ahead than this wants a schedule in the settings; in milliseconds.
const AHEAD: u64 = 7 * 24 * 60 * 60 * 1_000;

/// When it is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Now,
    /// When no call is under way.
    Idle,
    /// Milliseconds since the epoch.
    At(u64),
}

/// What every answer repeats of the arguments, whether they are valid or not.
pub(super) fn frame(arguments: &Map<String, Value>) -> Map<String, Value> {
    let flag = |name: &str| arguments.get(name).and_then(Value::as_bool).unwrap_or(true);
    let reason = reason(arguments);
    let graceful = flag("graceful") && reason != RestartReason::EmergencyShutdown;
    let frame = json!({
        "graceful": graceful,
        "preserve_state": flag("preserve_state"),
        "timeout": timeout(arguments).as_secs(),
        "restart_reason": reason,
        "progress": 0,
    });
    if let Value::Object(frame) = frame { frame } else { Map::new() }
}

/// In seconds, as JSON Schema counts: 30.0 is an integer.
pub(super) fn timeout(arguments: &Map<String, Value>) -> Duration {
    let seconds = arguments.get("timeout").and_then(|given| given.as_u64().or_else(|| whole(given.as_f64()?)));
    Duration::from_secs(seconds.unwrap_or(TIMEOUT))
}

/// A number that is whole and that a schema has found to be small.
pub(super) fn whole(number: f64) -> Option<u64> {
    format!("{number:.0}").parse().ok()
}

fn reason(arguments: &Map<String, Value>) -> RestartReason {
    arguments.get("reason").and_then(|reason| serde_json::from_value(reason.clone()).ok()).unwrap_or_default()
}

pub(super) async fn answer(call: Call<'_>, attempt: &Attempt) -> Answer {
    let (shared, from) = (call.shared, call.from);
    let frame = frame(&call.arguments);
    if call.arguments.get("scope").and_then(Value::as_str) == Some("host") {
        return host::answer(call, attempt).await.map(|answer| with(answer, frame));
    }
    let order = Order {
        target: Target::of(shared, &call.arguments)?,
        graceful: frame["graceful"] == true,
        preserve_state: frame["preserve_state"] == true,
        force: call.arguments.get("force").and_then(Value::as_bool).unwrap_or(false),
        reason: reason(&call.arguments),
        timeout: timeout(&call.arguments),
        knows: from.session.clone(),
    };
    let when = when(call.arguments.get("when").and_then(Value::as_str), now())?;
    let emergency = order.reason == RestartReason::EmergencyShutdown;
    call.token(if emergency { Kind::Emergency } else { Kind::Restart })?;
    if let When::At(at) = when {
        return shared
            .reboot
            .scheduled
            .add(shared, from, order, &call.arguments, at)
            .map(|scheduled| with(scheduled, frame));
    }
    attempt.begun().await;
    let mut began = call.began;
    if when == When::Idle {
        idle(&call, order.timeout).await?;
        // What was waited for is not the restart's time.
        began = Instant::now();
    }
    Ok(with(order.carry_out(shared, from, began).await?, frame))
}

/// # Errors
/// If calls are under way for as long as this is waited for.
async fn idle(call: &Call<'_>, timeout: Duration) -> Result<(), Problem> {
    let until = (call.began + timeout).into();
    let sessions = &call.shared.sessions;
    while sessions.calls() > 0 {
        for connected in sessions.all() {
            if timeout_at(until, connected.session.idle()).await.is_err() {
                let running = connected.session.running();
                let tools: Vec<_> = running.iter().take(5).map(|call| call.tool.as_str()).collect();
                let message = format!(
                    "Calls were under way for {} s, so nothing was restarted: {}. Ask again with a longer timeout, or without \"when\": calls queue meanwhile and none is lost.",
                    timeout.as_secs(),
                    tools.join(", ")
                );
                return Err(Problem::new(Code::TimeoutExceeded, "preparation_failed", message));
            }
        }
    }
    Ok(())
}

/// # Errors
/// If it says no moment, or one that is too far away.
fn when(text: Option<&str>, now: u64) -> Result<When, Problem> {
    let invalid = |message: String| Problem::new(Code::InvalidParameters, "preparation_failed", message);
    let at = match text {
        None | Some("now") => return Ok(When::Now),
        Some("idle") => return Ok(When::Idle),
        Some(text) => parse(text).ok_or_else(|| {
            invalid(format!(
                "\"when\" is {text:?}: it has to be now, idle, or a time such as {}. Nothing was done.",
                timestamp(now)
            ))
        })?,
    };
    if at + LATE < now {
        return Err(invalid(format!("{} is in the past; it is {}. Nothing was done.", timestamp(at), timestamp(now))));
    }
    if at > now + AHEAD {
        let message =
            format!("{} is more than 7 days ahead: put a schedule into the settings. Nothing was done.", timestamp(at));
        return Err(invalid(message));
    }
    Ok(if at <= now { When::Now } else { When::At(at) })
}

/// The fields of `answer`, and those of `frame` that it has not.
pub(super) fn with(mut answer: Map<String, Value>, frame: Map<String, Value>) -> Map<String, Value> {
    for (field, value) in frame {
        answer.entry(field).or_insert(value);
    }
    answer
}

#[cfg(test)]
mod tests;
