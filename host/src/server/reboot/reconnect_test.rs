//! `orchestrator_reconnect_test`

use serde_json::{Map, Value, json};

use super::answer::{Answer, Code, Problem};
use super::checks::pings::{self, Ping};
use super::checks::{buffers, object, reconnections, to_json, wanted};
use super::desk::Call;
use super::timestamp;
use crate::plugin::now;
use crate::server::sessions::{Connected, Sessions};

pub(super) async fn answer(call: Call<'_>) -> Answer {
    let (shared, arguments) = (call.shared, &call.arguments);
    let settings = shared.slots.settings();
    let limit = settings.reboot.check();
    let one = arguments.get("session_id").and_then(Value::as_str);
    let clients = match one {
        Some(id) => vec![find(&shared.sessions, id)?],
        None => shared.sessions.all(),
    };
    // Before the pings, so that what queues now is counted and not what queued meanwhile.
    let buffered = buffers::check(&clients, &settings);
    let known = reconnections::read(&shared.slots, limit).await;
    let returned = known.as_ref().map(|(_, returned)| returned.as_slice()).unwrap_or_default();
    let asking = call.from.session.as_ref().map(|session| session.id());
    let found = pings::check(&clients, &shared.sessions, asking, returned, limit).await;
    let mut results = Map::new();
    match (one, found.first()) {
        (Some(_), Some(ping)) => results.insert("session_test".to_owned(), to_json(ping)),
        _ => results.insert("all_sessions".to_owned(), all(&found)),
    };
    if wanted(arguments, "include_buffer_status") {
        results.insert("buffer_status".to_owned(), buffered);
    }
    if wanted(arguments, "include_reconnection_stats") {
        results.insert("reconnection_stats".to_owned(), reconnections::tell(&known));
    }
    Ok(object(json!({
        "test_completed": true,
        "timestamp": timestamp(now()),
        "overall_status": overall(found.len(), reachable(&found)),
        "results": results,
    })))
}

fn find(sessions: &Sessions, id: &str) -> Result<Connected, Problem> {
    sessions.get(id).ok_or_else(|| {
        let all = sessions.all();
        let there: Vec<_> = all.iter().map(|open| open.session.id()).collect();
        let there =
            if there.is_empty() { "no session is open".to_owned() } else { format!("there is {}", there.join(", ")) };
        let message = format!("There is no session {id:?}, and nobody was asked: {there}. Without session_id all are.");
        Problem::new(Code::InvalidParameters, "preparation_failed", message)
    })
}

fn all(found: &[Ping]) -> Value {
    let (total, reachable) = (found.len(), reachable(found));
    let capable = found.iter().filter(|ping| ping.reconnect_capable).count();
    let status = match (total, reachable) {
        (0, _) => "no session is open",
        (total, reachable) if total == reachable => "all are reachable",
        (_, 0) => "none is reachable",
        _ => "some are reachable",
    };
    json!({
        "total_sessions": total,
        "reachable_sessions": reachable,
        "reconnect_capable": capable,
        "status": status,
        "sessions": found,
    })
}

fn reachable(found: &[Ping]) -> usize {
    found.iter().filter(|ping| ping.reachable).count()
}

/// Nobody to ask is nobody out of reach.
fn overall(asked: usize, reachable: usize) -> &'static str {
    match reachable {
        reachable if reachable == asked => "pass",
        0 => "fail",
        _ => "partial",
    }
}

#[cfg(test)]
mod tests;
