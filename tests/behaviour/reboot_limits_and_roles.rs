//! Who may restart, how often, and that it is written down.

use mainstay_tests::relay::append;
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

#[test]
fn claim_2_17_code_rate_limited_is_for_who_asks_too_often() -> TestResult {
    let (host, mut client) = relay("")?;
    client.reboot("restart_server", json!({}))?;
    let failed = client.reboot_fails("restart_server", json!({}), "RATE_LIMITED")?;
    assert_eq!((&failed["error"], &failed["phase"]), (&json!("Rate limit exceeded"), &json!("rate_limited")));
    let retry_after = failed["retry_after"].as_u64().unwrap_or_default();
    assert!((1..=60).contains(&retry_after), "{failed}");
    assert_eq!(host.history("guest")?.len(), 2, "nothing was done");
    for _ in 0..10 {
        client.reboot("restart_status", json!({}))?;
    }
    client.reboot_fails("restart_status", json!({}), "RATE_LIMITED")?;
    for _ in 0..5 {
        client.reboot("reconnect_test", json!({}))?;
    }
    client.reboot_fails("reconnect_test", json!({}), "RATE_LIMITED")?;
    for _ in 0..30 {
        client.reboot("health_check", json!({}))?;
    }
    Ok(())
}

#[test]
fn claim_2_15_an_emergency_may_follow_a_graceful_restart_that_failed() -> TestResult {
    let host = serving(guests::RELAY_NEVER_RESTS)?.with_settings("[swap]\nquiesce_ms = 50\n")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    client.reboot_fails("restart_server", json!({}), "SYSTEM_NOT_READY")?;
    let emergency = json!({ "graceful": false, "preserve_state": false, "reason": "emergency_shutdown" });
    client.reboot("restart_server", emergency.clone())?;
    client.reboot_fails("restart_server", emergency, "RATE_LIMITED")?;
    Ok(())
}

#[test]
fn another_session_has_tokens_of_its_own_and_the_command_line_needs_none() -> TestResult {
    let (host, mut client) = relay("")?;
    client.reboot("restart_server", json!({}))?;
    let asked = json!({ "v": 1, "command": "tool", "tool": "orchestrator_restart_server", "arguments": {} });
    for _ in 0..3 {
        let answer = host.control()?.ask(&asked)?;
        assert_eq!(answer["error"], false, "{answer}");
    }
    client.close()?;
    let mut client = host.client()?;
    client.reboot("restart_server", json!({}))?;
    Ok(())
}

#[test]
fn limits_that_are_changed_apply_at_once() -> TestResult {
    let (host, mut client) = relay("")?;
    client.reboot("restart_server", json!({}))?;
    client.reboot_fails("restart_server", json!({}), "RATE_LIMITED")?;
    let _host = host.with_settings("[reboot]\nrestarts_per_minute = 5\n")?;
    until("the new limit applies", || {
        let call = client.begin_reboot("restart_server", &json!({}))?;
        Ok(client.answer(call)?.result()?["isError"] != true)
    })?;
    let told = client.hear("notifications/message")?;
    assert_eq!(told["params"]["logger"], "mainstay");
    assert!(told["params"]["data"].as_str().is_some_and(|line| line.contains("reboot.restarts_per_minute")), "{told}");
    Ok(())
}

#[test]
fn claim_1_33_code_permission_denied_is_for_who_may_only_look() -> TestResult {
    let (_host, mut client) = relay("[reboot]\nstdio_role = \"user\"\n")?;
    for (tool, arguments) in [
        ("restart_server", json!({})),
        ("restart_server", json!({ "force": true, "reason": "emergency_shutdown" })),
        ("rollback", json!({})),
    ] {
        let failed = client.reboot_fails(tool, arguments, "PERMISSION_DENIED")?;
        assert!(failed["error"].as_str().is_some_and(|error| error.contains("operator")), "{failed}");
    }
    client.reboot("restart_status", json!({}))?;
    client.reboot("health_check", json!({}))?;
    client.reboot("shutdown_prepare", json!({}))?;
    Ok(())
}

#[test]
fn claim_1_34_every_attempt_is_a_row_in_the_audit_log() -> TestResult {
    let (host, mut client) = relay("")?;
    append(&mut client, "a", 1)?;
    client.reboot_fails("restart_server", json!({ "timeout": 1 }), "INVALID_PARAMETERS")?;
    let answer = client.reboot("restart_server", json!({ "reason": "error_recovery" }))?;
    client.reboot_fails("restart_server", json!({}), "RATE_LIMITED")?;
    client.reboot_fails("rollback", json!({ "reason": "why not" }), "SYSTEM_NOT_READY")?;
    let audit = audit(&host)?;
    let told: Vec<_> =
        audit.iter().map(|row| (&row["action"], &row["outcome"], &row["error_code"], &row["reason"])).collect();
    let (restart, rollback) = (json!("orchestrator_restart_server"), json!("orchestrator_rollback"));
    assert_eq!(
        told,
        [
            (&restart, &json!("denied"), &json!("INVALID_PARAMETERS"), &Value::Null),
            (&restart, &json!("done"), &Value::Null, &json!("error_recovery")),
            (&restart, &json!("denied"), &json!("RATE_LIMITED"), &Value::Null),
            (&rollback, &json!("failed"), &json!("SYSTEM_NOT_READY"), &json!("why not")),
        ]
    );
    assert_eq!(audit[1]["swaps"], json!([answer["swap_id"]]));
    let who = &audit[1]["who"];
    assert_eq!(
        (&who["client"], &who["version"], &who["transport"]),
        (&json!("behaviour"), &json!("1"), &json!("stdio"))
    );
    assert!(who["session"].is_string() && audit[1]["at"].is_u64(), "{}", audit[1]);
    Ok(())
}

#[test]
fn who_is_refused_does_not_make_a_host_of_the_process() -> TestResult {
    let (host, client) = relay("[reboot]\nstdio_role = \"user\"\n")?;
    let mut client = client;
    client.reboot_fails("restart_server", json!({}), "PERMISSION_DENIED")?;
    assert!(!host.dir().join("host.sqlite").exists());
    until("it is said elsewhere", || Ok(client.words().contains("audit")))
}

#[test]
fn what_was_begun_is_on_record_if_the_host_ends_on_the_way() -> TestResult {
    let (host, mut client) = relay("")?;
    append(&mut client, "a", 1)?;
    host.hold("self-test")?;
    client.begin_reboot("restart_server", &json!({}))?;
    until("it is under way", || {
        Ok(client.reboot("restart_status", json!({}))?["current_status"]["phase"] == "preparing")
    })?;
    client.kill()?;
    assert_eq!(audit(&host)?[0]["outcome"], "begun");
    Ok(())
}

/// The audit log, oldest first.
fn audit(host: &Host) -> anyhow::Result<Vec<Value>> {
    let database = rusqlite::Connection::open(host.dir().join("host.sqlite"))?;
    let mut select = database.prepare("SELECT entry FROM audit ORDER BY number")?;
    let rows = select.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|row| Ok(serde_json::from_str(&row?)?)).collect()
}

fn relay(settings: &str) -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.with_settings(settings)?;
    let client = host.client()?;
    Ok((host, client))
}
