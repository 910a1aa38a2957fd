//! `orchestrator_restart_status`: how far a restart is, and how those before it went.

use anyhow::Context as _;
use mainstay_tests::relay::append;
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

#[test]
fn nothing_was_restarted_yet() -> TestResult {
    let (host, mut client) = relay()?;
    let status = client.reboot("restart_status", json!({ "include_history": true }))?;
    let current = &status["current_status"];
    assert_eq!(
        (&current["phase"], &current["progress"], &current["maintenance_mode"]),
        (&json!("idle"), &json!(0), &json!(false))
    );
    assert_eq!((&status["history"]["total_restarts"], &status["history"]["recent_restarts"]), (&json!(0), &json!([])));
    assert!(status["history"].get("last_successful_restart").is_none(), "{status}");
    assert!(!host.dir().join("host.sqlite").exists(), "to ask costs nothing");
    Ok(())
}

#[test]
fn claim_1_6_and_1_20_and_2_14_it_follows_a_restart_to_its_end() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    client.reboot("restart_server", json!({}))?;
    host.hold("commit")?;
    let restart = client.begin_reboot("restart_server", &json!({}))?;
    let current = at(&mut client, "finalizing")?;
    assert_eq!(current["progress"], 90);
    until("calls are kept waiting", || {
        Ok(client.reboot("restart_status", json!({}))?["current_status"]["maintenance_mode"] == true)
    })?;
    assert_eq!((&current["plugin"], &current["reason"]), (&json!("guest"), &json!("manual_request")));
    let (started, estimated) = (time(&current["started_at"])?, time(&current["estimated_completion"])?);
    assert!(started <= estimated, "{current}");
    let queued = client.begin_call("append", json!({ "client": "a", "number": 2 }))?;
    until("the call queues", || {
        Ok(client.reboot("restart_status", json!({}))?["current_status"]["slots"][0]["queued_calls"] == 1)
    })?;
    host.release("commit")?;
    let restarted = client.rebooted("restart_server", restart)?;
    assert_eq!(restarted["waited_calls"], 1, "{restarted}");
    client.answer(queued)?.structured()?;
    let current = client.reboot("restart_status", json!({}))?["current_status"].clone();
    assert_eq!(
        (&current["phase"], &current["progress"], &current["errors"]),
        (&json!("complete"), &json!(100), &json!([]))
    );
    assert_eq!((&current["swap_id"], &current["maintenance_mode"]), (&restarted["swap_id"], &json!(false)));
    Ok(())
}

#[test]
fn claim_1_29_and_2_9_the_history_outlives_the_process() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    client.reboot("restart_server", json!({}))?;
    client.reboot("restart_server", json!({ "reason": "error_recovery" }))?;
    host.fail("self-test")?;
    client.reboot_fails("restart_server", json!({}), "PROCESS_FAILED")?;
    client.close()?;
    let mut client = host.client()?;
    let status = client.reboot("restart_status", json!({ "include_history": true }))?;
    assert_eq!(status["current_status"]["phase"], "failed", "the last one");
    let history = &status["history"];
    assert_eq!((&history["total_restarts"], &history["successful_restarts"]), (&json!(3), &json!(2)));
    let rate = history["success_rate"].as_f64().context("no rate")?;
    assert!((rate - 2.0 / 3.0).abs() < 1e-9, "{rate}");
    let recent = history["recent_restarts"].as_array().context("no restarts")?;
    let told: Vec<_> = recent.iter().map(|one| (&one["reason"], &one["success"])).collect();
    assert_eq!(
        told,
        [
            (&json!("manual_request"), &json!(false)),
            (&json!("error_recovery"), &json!(true)),
            (&json!("manual_request"), &json!(true)),
        ]
    );
    assert_eq!(history["last_successful_restart"], recent[1]["timestamp"]);
    let durations = &history["durations"];
    let seconds = |name: &str| durations[name].as_f64().unwrap_or(-1.0);
    assert!(
        0.0 < seconds("p50") && seconds("p50") <= seconds("p90") && seconds("p90") <= seconds("p99"),
        "{durations}"
    );
    Ok(())
}

#[test]
fn claim_2_8_errors_are_told_in_detail_or_not() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    host.fail("self-test")?;
    client.reboot_fails("restart_server", json!({}), "PROCESS_FAILED")?;
    let told = |client: &mut Client, details: bool| -> anyhow::Result<Value> {
        let arguments = json!({ "include_error_details": details, "include_history": true });
        client.reboot("restart_status", arguments)
    };
    let status = told(&mut client, true)?;
    assert!(
        status["current_status"]["errors"][0].as_str().is_some_and(|error| error.contains("self-test")),
        "{status}"
    );
    assert!(status["history"]["recent_restarts"][0]["error"].is_string(), "{status}");
    let status = told(&mut client, false)?;
    assert_eq!(status["current_status"]["errors"], json!(["PROCESS_FAILED"]));
    assert!(status["history"]["recent_restarts"][0].get("error").is_none(), "{status}");
    assert!(status["attempts"]["guest"].is_object(), "{status}");
    Ok(())
}

#[test]
fn another_swap_is_told_too() -> TestResult {
    let (host, mut client) = relay()?;
    let host = host.knowing(&[guests::RELAY_NEXT])?;
    append(&mut client, "a", 1)?;
    host.hold("shadow")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    let current = at(&mut client, "preparing")?;
    assert!(current["message"].as_str().is_some_and(|message| message.contains("another version")), "{current}");
    host.release("shadow")?;
    swap.report()?.committed()?;
    let status = client.reboot("restart_status", json!({ "include_history": true }))?;
    assert_eq!(status["history"]["total_restarts"], 0, "it was no restart");
    assert_eq!(status["current_status"]["slots"][0]["serving"]["version"], "2.0.0");
    assert_eq!(status["current_status"]["slots"][0]["previous"]["version"], "1.0.0");
    Ok(())
}

/// What the status says once it is at that phase.
fn at(client: &mut Client, phase: &str) -> anyhow::Result<Value> {
    let mut current = Value::Null;
    until(phase, || {
        current = client.reboot("restart_status", json!({}))?["current_status"].clone();
        Ok(current["phase"] == phase)
    })?;
    Ok(current)
}

fn time(value: &Value) -> anyhow::Result<chrono::DateTime<chrono::FixedOffset>> {
    let text = value.as_str().context("no time")?;
    Ok(chrono::DateTime::parse_from_rfc3339(text)?)
}

fn relay() -> anyhow::Result<(Host, Client)> {
    let unlimited = "[reboot]\nrestarts_per_minute = 0\nstatus_per_minute = 0\n";
    let host = serving(guests::RELAY)?.with_settings(unlimited)?;
    let client = host.client()?;
    Ok((host, client))
}
