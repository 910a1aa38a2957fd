//! Before a shutdown: what runs, what waits, what would be lost, and whether a restart would succeed.

use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, serving, until};

/// An entry that is stuck stays so, and is found out soon.
const STUCK: &str = "[entry]\ndeadline_ms = 600000\n[reboot]\ncheck_ms = 300\n";

#[test]
fn claim_1_19_an_idle_server_is_ready_and_its_figures_are_its_own() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings("[mailbox]\nreaders = 3\n")?;
    let mut client = host.client()?;
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    assert_eq!(
        (&prepared["ready_for_shutdown"], &prepared["blocking_issues"]),
        (&json!(true), &json!([])),
        "{prepared}"
    );
    assert_eq!(prepared["graceful_restart_would_succeed"], true);
    let checks = &prepared["checks"];
    assert_eq!((&checks["active_tasks"]["count"], &checks["active_tasks"]["suspendable"]), (&json!(0), &json!(true)));
    // A writer and three readers, and the host's own file.
    let database = &checks["database"];
    assert_eq!((&database["transactions_pending"], &database["connections_open"]), (&json!(0), &json!(5)));
    let connections = &checks["client_connections"];
    assert_eq!((&connections["active_connections"], &connections["notifiable"]), (&json!(1), &json!(true)));
    Ok(())
}

#[test]
fn claim_3_8_calls_that_run_and_queue_are_listed_and_a_stuck_one_is_in_the_way() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(STUCK)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let stuck = begin_stuck(&mut client)?;
    let queued = client.begin_call("mark", json!({ "text": "queued" }))?;
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    assert_eq!(
        (&prepared["ready_for_shutdown"], &prepared["graceful_restart_would_succeed"]),
        (&json!(false), &json!(false))
    );
    assert!(
        prepared["blocking_issues"][0].as_str().is_some_and(|issue| issue.contains("guest is stuck")),
        "{prepared}"
    );
    let tasks = &prepared["checks"]["active_tasks"];
    assert_eq!((&tasks["count"], &tasks["suspendable"]), (&json!(2), &json!(false)));
    let seen: Vec<_> = tasks["calls"].as_array().into_iter().flatten().map(seen_of).collect();
    assert_eq!(seen, [["loop", "guest", "behaviour", "running"], ["mark", "guest", "behaviour", "queued"]], "{tasks}");
    assert!(tasks["calls"][0]["seconds"].as_f64() >= Some(0.3), "it has run for as long as the check took: {tasks}");
    assert_eq!(prepared["checks"]["database"]["transactions_pending"], 2);
    client.cancel(stuck)?;
    client.answer(queued)?.structured()?;
    until("it is ready", || Ok(client.reboot("shutdown_prepare", json!({}))?["ready_for_shutdown"] == true))
}

#[test]
fn claim_0_8_a_call_that_waits_for_a_person_would_not_survive_on_its_connection() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let waiting = client.begin_call("ask", json!({ "question": "Who?" }))?;
    let question = client.hear("elicitation/create")?;
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    let tasks = &prepared["checks"]["active_tasks"];
    let wait = &tasks["waiting"][0];
    assert_eq!(
        (&wait["tool"], &wait["slot"], &wait["asks"]),
        (&json!("ask"), &json!("guest"), &json!(["elicitation"]))
    );
    assert_eq!((&wait["survives"], &wait["survives_restart"]), (&json!(false), &json!(true)), "{wait}");
    assert_eq!((&tasks["calls"][0]["state"], &tasks["count"]), (&json!("waiting"), &json!(1)));
    assert!(
        prepared["would_not_survive"][0].as_str().is_some_and(|lost| lost.contains("ask in slot guest")),
        "{prepared}"
    );
    assert_eq!(prepared["ready_for_shutdown"], true, "a restart keeps it");
    client.reply(&question, &json!({ "action": "accept", "content": { "name": "Ada" } }))?;
    client.answer(waiting)?.structured()?;
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    assert_eq!(
        (&prepared["checks"]["active_tasks"]["waiting"], &prepared["would_not_survive"]),
        (&json!([]), &json!([]))
    );
    Ok(())
}

#[test]
fn claim_2_7_a_call_whose_client_has_the_key_survives_and_a_restart_keeps_what_waits() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({ "elicitation": {} }))?;
    let asked = client.call("ask", json!({ "question": "Who?" }))?;
    assert_eq!(asked.result()?["resultType"], "input_required", "{asked:?}");
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    let wait = &prepared["checks"]["active_tasks"]["waiting"][0];
    assert_eq!((&wait["survives"], &wait["client"]), (&json!(true), &json!("behaviour")), "{prepared}");
    assert_eq!((&prepared["checks"]["active_tasks"]["count"], &prepared["would_not_survive"]), (&json!(0), &json!([])));
    Ok(())
}

#[test]
fn parts_that_are_not_wanted_are_left_out() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    let parts = [
        ("check_active_tasks", "active_tasks"),
        ("check_database_state", "database"),
        ("check_client_connections", "client_connections"),
    ];
    for (argument, left_out) in parts {
        let prepared = client.reboot("shutdown_prepare", json!({ argument: false }))?;
        for (_, part) in parts {
            assert_eq!(prepared["checks"].get(part).is_some(), part != left_out, "{argument}: {prepared}");
        }
    }
    Ok(())
}

fn seen_of(call: &Value) -> [&str; 4] {
    ["tool", "slot", "client", "state"].map(|field| call[field].as_str().unwrap_or_default())
}

/// Returns when the guest is stuck.
fn begin_stuck(client: &mut Client) -> anyhow::Result<i64> {
    let id = client.begin_watched_call("loop", json!({}), "stuck")?;
    client.receive("progress", |message| message["params"]["progressToken"] == "stuck")?;
    Ok(id)
}
