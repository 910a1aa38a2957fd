//! Wherever a restart is stuck, the tools answer and say where that is.

use anyhow::ensure;
use mainstay_tests::relay::{append, rows};
use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, until};

/// The steps at which a restart of the same version can be held, the phase of the swap, and that of the reference.
const HELD: [(&str, &str, &str); 9] = [
    ("shadow", "staging", "preparing"),
    ("self-test", "staging", "preparing"),
    ("quiesce", "quiescing", "suspending_tasks"),
    ("export", "transferring", "serializing_state"),
    ("import", "transferring", "serializing_state"),
    ("migrate", "committing", "finalizing"),
    ("start", "committing", "finalizing"),
    ("record", "committing", "finalizing"),
    ("commit", "committing", "finalizing"),
];
/// Limits that a test does not come to, and checks that give up soon.
const SETTINGS: &str =
    "[reboot]\nrestarts_per_minute = 0\nstatus_per_minute = 0\nreconnect_tests_per_minute = 0\ncheck_ms = 500\n";

#[test]
fn every_tool_answers_while_a_restart_is_held() -> TestResult {
    let host = PROGRAM.host(guests::RELAY)?.with_settings(SETTINGS)?;
    let mut client = host.client()?;
    append(&mut client, "a", 0)?;
    for (number, (step, phase, told)) in (1..).zip(HELD) {
        host.hold(step)?;
        let restart = client.begin_reboot("restart_server", &json!({ "timeout": 300 }))?;
        until("it is held", || Ok(host.status("guest")?["phase"] == phase))?;
        looks(&mut client, phase, told).map_err(|error| error.context(step))?;
        client.reboot_fails("restart_server", json!({ "preserve_state": false }), "SHUTDOWN_IN_PROGRESS")?;
        let queued = client.begin_call("append", json!({ "client": "a", "number": number }))?;
        host.release(step)?;
        let restarted = client.rebooted("restart_server", restart)?;
        ensure!(restarted["success"] == true && restarted["generation"] == number + 1, "{step}: {restarted}");
        client.answer(queued)?.structured()?;
        ensure!(client.reboot("health_check", json!({}))?["healthy"] == true, "{step}");
    }
    assert_eq!(rows(&mut client)?.len(), HELD.len() + 1, "what queued was done once");
    Ok(())
}

/// What each of them says of a restart that is held.
fn looks(client: &mut Client, phase: &str, told: &str) -> TestResult {
    let status = client.reboot("restart_status", json!({ "include_history": true }))?;
    let current = &status["current_status"];
    ensure!(current["phase"] == told, "{told}: {current}");
    ensure!(
        current["maintenance_mode"] == (phase != "staging"),
        "calls queue from the moment it comes to rest: {current}"
    );
    let health = client.reboot("health_check", json!({}))?;
    let slot = &health["checks"]["slots"][0];
    ensure!(slot["phase"] == phase, "{slot}");
    // Beside the version that serves, a restart is in nobody's way.
    ensure!(health["healthy"] == (phase == "staging"), "{phase}: {health}");
    ensure!(phase == "staging" || health["issues"].to_string().contains("is being exchanged"), "{health}");
    let prepared = client.reboot("shutdown_prepare", json!({}))?;
    ensure!(prepared["ready_for_shutdown"] == false, "another cannot begin: {prepared}");
    let tested = client.begin_reboot("reconnect_test", &json!({}))?;
    let ping = client.hear("ping")?;
    client.reply(&ping, &json!({}))?;
    let tested: Value = client.rebooted("reconnect_test", tested)?;
    ensure!(tested["overall_status"] == "pass", "{tested}");
    Ok(())
}
