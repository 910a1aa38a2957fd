//! What the reference of the reboot tools claims, as far as no other chapter tells it: answers have one shape, nothing
//! has to be given, and whoever does what it says after an error gets on.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use mainstay_tests::relay::{append, rows};
use mainstay_tests::{Client, guests, reboot};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

/// As many as a test likes.
const UNLIMITED: &str = "[reboot]\nrestarts_per_minute = 0\nstatus_per_minute = 0\n";

/// All that an answer of a restart may say of how far it is.
const PHASES: [&str; 9] = [
    "preparation_failed",
    "initiation_failed",
    "maintenance_mode",
    "suspending_tasks",
    "serializing_state",
    "closing_connections",
    "finalizing",
    "complete",
    "failed",
];

#[test]
fn claim_2_3_and_2_4_every_answer_has_four_fields_and_a_phase_that_is_listed() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings(UNLIMITED)?;
    let mut client = host.client()?;
    let good = [
        json!({}),
        json!({ "graceful": false, "preserve_state": false, "reason": "emergency_shutdown" }),
        json!({ "plugin": "*" }),
        json!({ "when": (Utc::now() + chrono::Duration::hours(1)).to_rfc3339() }),
    ];
    for arguments in good {
        let answer = client.reboot("restart_server", arguments)?;
        has_its_fields(&answer, true)?;
    }
    let answer = client.reboot_fails("restart_server", json!({ "timeout": 9 }), "INVALID_PARAMETERS")?;
    has_its_fields(&answer, false)?;
    for (step, phase) in [("self-test", "preparation_failed"), ("migrate", "failed")] {
        host.fail(step)?;
        let answer = client.reboot_fails("restart_server", json!({}), "PROCESS_FAILED")?;
        has_its_fields(&answer, false)?;
        ensure!(answer["phase"] == phase, "failing at {step}: {answer}");
        host.release(step)?;
    }
    client.close()?;
    let host = host.with_settings("[reboot]\nstdio_role = \"user\"\n")?;
    let answer = host.client()?.reboot_fails("restart_server", json!({}), "PERMISSION_DENIED")?;
    has_its_fields(&answer, false)
}

#[test]
fn claim_2_5_it_is_completed_when_it_is_complete() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings(UNLIMITED)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    host.hold("commit")?;
    let restart = client.begin_reboot("restart_server", &json!({}))?;
    let mut current = Value::Null;
    until("it is held", || {
        current = client.reboot("restart_status", json!({}))?["current_status"].take();
        Ok(current["phase"] == "finalizing")
    })?;
    // Written in milliseconds.
    let held = Utc::now().timestamp_millis();
    ensure!(time(&current["started_at"])?.timestamp_millis() <= held, "{current}");
    host.release("commit")?;
    let answer = client.rebooted("restart_server", restart)?;
    let completed = time(&answer["completed_at"])?.timestamp_millis();
    let now = Utc::now().timestamp_millis();
    ensure!((held..=now).contains(&completed), "held at {held}, answered by {now}: {answer}");
    Ok(())
}

#[test]
fn claim_2_13_whoever_does_what_is_said_after_an_error_gets_on() -> TestResult {
    let host = serving(guests::RELAY_NEVER_RESTS)?.with_settings("[swap]\nquiesce_ms = 50\n")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    client.reboot_fails("restart_server", json!({}), "SYSTEM_NOT_READY")?;
    // It is well, nothing runs, and what came of the restart can be looked up.
    let health = client.reboot("health_check", json!({}))?;
    ensure!(health["healthy"] == true, "what served goes on: {health}");
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    ensure!(prepared["checks"]["active_tasks"]["count"] == 0, "{prepared}");
    let status = client.reboot("restart_status", json!({}))?["current_status"].take();
    ensure!(status["phase"] == "failed" && status["maintenance_mode"] == false, "{status}");
    let errors = status["errors"].to_string();
    ensure!(errors.contains("thought is not finished"), "{errors}");
    // Whoever tries again at once is told when to.
    let again = client.reboot_fails("restart_server", json!({}), "RATE_LIMITED")?;
    ensure!(again["retry_after"].as_u64() > Some(0), "{again}");
    let emergency = json!({ "graceful": false, "preserve_state": false, "reason": "emergency_shutdown" });
    client.reboot("restart_server", emergency)?;
    let status = client.reboot("restart_status", json!({}))?["current_status"].take();
    ensure!(status["phase"] == "complete" && status["errors"] == json!([]), "{status}");
    ensure!(client.reboot("health_check", json!({}))?["healthy"] == true, "it is well again");
    ensure!(rows(&mut client)?.len() == 1, "nothing that was acknowledged is lost");
    Ok(())
}

#[test]
fn claim_2_19_nothing_has_to_be_given() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    // There is one to go back to.
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    let listed = client.request("tools/list", json!({}))?.result()?["tools"].clone();
    for tool in reboot::OWN {
        let mut listed = listed.as_array().into_iter().flatten();
        let found = listed.find(|listed| listed["name"] == tool).context(tool)?;
        ensure!(found["inputSchema"]["required"] == json!([]), "{tool}: {}", found["inputSchema"]);
        let name = tool.trim_start_matches("orchestrator_");
        let call = client.begin_reboot(name, &json!({}))?;
        if name == "reconnect_test" {
            answer_ping(&mut client)?;
        }
        let answer = client.rebooted(name, call)?;
        ensure!(answer["attempts"].is_object(), "{tool}: {answer}");
    }
    Ok(())
}

fn has_its_fields(answer: &Value, success: bool) -> TestResult {
    ensure!(answer["success"] == success, "{answer}");
    ensure!(answer["graceful"].is_boolean() && answer["preserve_state"].is_boolean(), "{answer}");
    let phase = answer["phase"].as_str().context("no phase")?;
    ensure!(PHASES.contains(&phase), "{phase} is not listed: {answer}");
    Ok(())
}

fn answer_ping(client: &mut Client) -> TestResult {
    let ping = client.hear("ping")?;
    client.reply(&ping, &json!({}))
}

fn time(value: &Value) -> anyhow::Result<DateTime<Utc>> {
    let text = value.as_str().context("no time")?;
    Ok(DateTime::parse_from_rfc3339(text)?.to_utc())
}
