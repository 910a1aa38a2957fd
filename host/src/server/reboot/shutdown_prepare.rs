//! `orchestrator_shutdown_prepare`

use serde_json::{Map, json};

use super::answer::Answer;
use super::checks::calls::{self, WaitingFigures};
use super::checks::slots::SlotFigures;
use super::checks::{Status, connections, count, databases, object, slots, wanted};
use super::desk::Call;
use super::timestamp;
use crate::plugin::now;
use crate::server::places::CallState;
use crate::server::shared::Shared;
use crate::swap::SlotLook;

pub(super) async fn answer(call: Call<'_>) -> Answer {
    let (shared, arguments) = (call.shared, &call.arguments);
    let limit = shared.slots.settings().reboot.check();
    let figures = slots::check(&shared.slots, limit).await;
    // Whatever is asked for: a slot in whose way something is restarts for nobody.
    let mut blocking: Vec<String> = figures.iter().filter_map(|slot| slot.in_the_way.clone()).collect();
    let mut lost = Vec::new();
    let mut checks = Map::new();
    if wanted(arguments, "check_active_tasks") {
        let (waiting, problems) = calls::waiting(&shared.slots, limit).await;
        lost.extend(waiting.iter().filter_map(WaitingFigures::loss));
        let running = calls::under_way(&shared.sessions);
        let suspendable = problems.is_empty() && figures.iter().all(|slot| slot.status != Status::Stuck);
        let part = json!({
            "count": running.len(),
            "suspendable": suspendable,
            "status": word(suspendable),
            "calls": running,
            "waiting": waiting,
            "problems": problems,
        });
        blocking.extend(problems);
        checks.insert("active_tasks".to_owned(), part);
    }
    if wanted(arguments, "check_database_state") {
        let databases = databases::check(&shared.slots, &figures, limit).await;
        let ready = databases.iter().all(|database| database.problem.is_none());
        blocking.extend(databases.first().and_then(|own| own.problem.clone()));
        let (pending, open) = connected(shared);
        let part = json!({
            "transactions_pending": pending,
            "connections_open": open,
            "status": word(ready),
            "databases": databases,
        });
        checks.insert("database".to_owned(), part);
    }
    if wanted(arguments, "check_client_connections") {
        let notifiable = shared.sessions.all().iter().all(|open| !open.peer.is_transport_closed());
        let open = connections::check(&shared.sessions);
        let part = json!({
            "active_connections": open.len(),
            "notifiable": notifiable,
            "status": word(notifiable),
            "sessions": open,
        });
        checks.insert("client_connections".to_owned(), part);
    }
    let would_succeed = figures.iter().all(|slot| slot.in_the_way.is_none());
    Ok(object(json!({
        "ready_for_shutdown": blocking.is_empty(),
        "blocking_issues": blocking,
        "timestamp": timestamp(now()),
        "graceful_restart_would_succeed": would_succeed,
        "would_not_survive": lost,
        "slots": slots_in_brief(&figures),
        "checks": checks,
    })))
}

fn word(ready: bool) -> &'static str {
    if ready { "ready" } else { "not_ready" }
}

/// Calls that write or are to, and connections to all files.
fn connected(shared: &Shared) -> (u64, u64) {
    let looked: Vec<SlotLook> = shared.slots.all().iter().map(|slot| slot.look()).collect();
    // A mailbox has more in it than calls.
    let queued = shared.sessions.calls_that_are(CallState::Queued);
    let pending = queued + looked.iter().filter(|slot| slot.writing).count();
    let own = usize::from(*shared.slots.is_host().borrow());
    let open: usize = looked.iter().map(|slot| slot.connections).sum();
    (count(pending), count(open + own))
}

fn slots_in_brief(figures: &[SlotFigures]) -> serde_json::Value {
    let brief = figures.iter().map(|slot| {
        let would_succeed = slot.in_the_way.is_none();
        (slot.slot.clone(), json!({ "status": slot.status, "phase": slot.phase, "would_succeed": would_succeed }))
    });
    serde_json::Value::Object(brief.collect())
}
