//! `orchestrator_health_check`

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::checks::slots::SlotFigures;
use super::checks::{
    Status, connections, count, databases, disk, event_loop, object, settings, slots, to_json, wanted,
};
use super::desk::Call;
use super::timestamp;
use crate::plugin::now;

pub(super) async fn answer(call: Call<'_>) -> Answer {
    let (shared, arguments) = (call.shared, &call.arguments);
    let limit = shared.slots.settings().reboot.check();
    let (figures, disk, event_loop) = tokio::join!(
        slots::check(&shared.slots, limit),
        disk::check(shared.slots.dir().root().to_owned(), limit),
        event_loop::check(),
    );
    let mut issues: Vec<String> = figures.iter().filter_map(|slot| slot.problem.clone()).collect();
    // What only needs a look is no reason to call the server broken.
    issues.extend(disk.problem.clone().filter(|_| disk.status != Status::Degraded));
    let mut checks = Map::new();
    if wanted(arguments, "include_database_status") {
        let databases = databases::check(&shared.slots, &figures, limit).await;
        // What is wrong with a slot's has been said.
        issues.extend(databases.first().and_then(|own| own.problem.clone()));
        let failed = databases.iter().find_map(|database| database.problem.clone());
        let (connected, status) = (failed.is_none(), Status::of(failed.as_ref()));
        checks
            .insert("database".to_owned(), json!({ "connected": connected, "status": status, "databases": databases }));
    }
    if wanted(arguments, "include_connection_status") {
        let open = connections::check(&shared.sessions);
        let part = json!({ "active_connections": open.len(), "status": connections::status(&open), "sessions": open });
        checks.insert("connections".to_owned(), part);
    }
    if wanted(arguments, "include_reboot_readiness") {
        checks.insert("reboot_readiness".to_owned(), readiness(&figures, count(shared.sessions.calls())));
    }
    for (name, part) in [
        ("slots", to_json(&figures)),
        ("disk", to_json(&disk)),
        ("event_loop", to_json(&event_loop)),
        ("upstreams", json!({ "count": 0 })),
        ("settings", to_json(settings::check(&shared.reloader))),
    ] {
        checks.insert(name.to_owned(), part);
    }
    let answer = json!({
        "healthy": issues.is_empty(),
        "timestamp": timestamp(now()),
        "server_version": env!("CARGO_PKG_VERSION"),
        "issues": issues,
        "checks": checks,
    });
    Ok(object(answer))
}

/// Whether a graceful restart would go well now, and what of it is known.
fn readiness(figures: &[SlotFigures], calls: u64) -> Value {
    let issues: Vec<_> = figures.iter().filter_map(|slot| slot.in_the_way.clone()).collect();
    let phases: Map<_, _> = figures.iter().map(|slot| (slot.slot.clone(), json!(slot.phase))).collect();
    json!({ "ready": issues.is_empty(), "issues": issues, "details": { "phases": phases, "calls_under_way": calls } })
}
