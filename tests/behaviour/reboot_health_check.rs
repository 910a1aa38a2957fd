//! The health check measures what it tells, and answers whatever state a plugin is in.

use std::fs;

use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, mark, serving, until};

/// An entry that is stuck stays so, and is found out soon.
const STUCK: &str = "[entry]\ndeadline_ms = 600000\n[reboot]\ncheck_ms = 300\n";

#[test]
fn claim_1_18_health_reports_real_counters() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut client = host.client()?;
    let health = client.reboot("health_check", json!({}))?;
    assert_eq!((&health["healthy"], &health["issues"]), (&json!(true), &json!([])), "{health}");
    let checks = &health["checks"];
    let connections = &checks["connections"];
    assert_eq!(connections["active_connections"], 1);
    assert_eq!(
        (&connections["sessions"][0]["client"], &connections["sessions"][0]["transport"]),
        (&json!("behaviour"), &json!("stdio"))
    );
    let databases = checks["database"]["databases"].as_array().cloned().unwrap_or_default();
    let names: Vec<_> = databases.iter().map(|database| database["name"].clone()).collect();
    assert_eq!(names, ["host.sqlite", "slots/guest.sqlite"]);
    for database in databases {
        assert!(database["write_read_us"].as_u64() > Some(0) && database["bytes"].as_u64() > Some(0), "{database}");
    }
    assert_eq!(checks["slots"][0]["generation"], 1);
    assert!(checks["slots"][0]["probe_us"].is_u64(), "the plugin was asked to test itself: {checks}");
    assert!(checks["disk"]["free_bytes"].as_u64() > Some(0) && checks["event_loop"]["lag_us"].is_u64(), "{checks}");
    Ok(())
}

#[test]
fn claim_0_7_each_database_is_written_and_read_for_each_answer() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut client = host.client()?;
    let mut before = (0, 0);
    for _ in 0..2 {
        // Its time is in milliseconds: another is of another.
        until("both have been written anew", || {
            client.reboot("health_check", json!({}))?;
            let own = checked_at(&host.dir().join("host.sqlite"), "meta")?;
            let slots = checked_at(&host.database(), "_mainstay_meta")?;
            Ok(own > before.0 && slots > before.1)
        })?;
        before =
            (checked_at(&host.dir().join("host.sqlite"), "meta")?, checked_at(&host.database(), "_mainstay_meta")?);
    }
    Ok(())
}

#[test]
fn claim_2_6_parts_that_are_not_wanted_are_left_out() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut client = host.client()?;
    let parts = [
        ("include_reboot_readiness", "reboot_readiness"),
        ("include_connection_status", "connections"),
        ("include_database_status", "database"),
    ];
    for (argument, left_out) in parts {
        let health = client.reboot("health_check", json!({ argument: false }))?;
        for (_, part) in parts {
            assert_eq!(health["checks"].get(part).is_some(), part != left_out, "{argument}: {health}");
        }
    }
    assert_eq!(client.reboot("health_check", json!({}))?["checks"]["reboot_readiness"]["ready"], true);
    Ok(())
}

#[test]
fn claim_2_20_the_version_is_that_of_the_server() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut client = host.connect()?;
    let agreed = client.initialize("2025-11-25", &json!({}))?;
    let health = client.reboot("health_check", json!({}))?;
    assert_eq!(health["server_version"], agreed["serverInfo"]["version"]);
    assert!(health["checks"]["slots"][0]["digest"].as_str().is_some_and(|digest| digest.len() >= 64), "{health}");
    Ok(())
}

#[test]
fn a_stuck_plugin_is_told_of_and_not_waited_for() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(STUCK)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let stuck = begin_stuck(&mut client)?;
    let health = client.reboot("health_check", json!({}))?;
    assert_eq!((&health["healthy"], &health["checks"]["slots"][0]["status"]), (&json!(false), &json!("stuck")));
    let issues = health["issues"].to_string();
    assert!(issues.contains("slot guest is stuck") && issues.contains("graceful=false"), "{issues}");
    assert_eq!(health["checks"]["reboot_readiness"]["ready"], false);
    assert_eq!(health["checks"]["database"]["databases"][0]["status"], "operational", "the host's own still works");
    client.cancel(stuck)?;
    until("the slot is well again", || Ok(client.reboot("health_check", json!({}))?["healthy"] == true))
}

#[test]
fn a_stuck_reader_keeps_nobody_from_the_figures() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(&format!("{STUCK}[mailbox]\nreaders = 1\n"))?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let stuck = client.begin_watched_call("loop_reading", json!({}), "reader")?;
    client.hear("notifications/progress")?;
    let health = client.reboot("health_check", json!({}))?;
    assert_eq!(health["checks"]["connections"]["sessions"][0]["calls_under_way"], 1);
    client.cancel(stuck)?;
    Ok(())
}

#[test]
fn a_plugin_that_cannot_be_started_leaves_the_tools_and_a_clear_report() -> TestResult {
    let host = broken()?;
    let mut client = host.client()?;
    let tools = client.all_tools()?;
    assert!(tools.iter().any(|tool| tool == "orchestrator_health_check") && tools.len() == 6, "{tools:?}");
    let health = client.reboot("health_check", json!({}))?;
    assert_eq!((&health["healthy"], &health["checks"]["slots"][0]["status"]), (&json!(false), &json!("failed")));
    let issues = health["issues"].to_string();
    assert!(issues.contains("slot guest cannot be opened") && issues.contains("no WebAssembly at all"), "{issues}");
    for tool in ["shutdown_prepare", "restart_status", "reconnect_test"] {
        let call = client.begin_reboot(tool, &json!({}))?;
        if tool == "reconnect_test" {
            pong(&mut client)?;
        }
        client.rebooted(tool, call)?;
    }
    Ok(())
}

#[test]
fn a_process_that_is_not_the_host_says_who_is() -> TestResult {
    let host = serving(guests::WAITS)?;
    let (mut first, mut second) = (host.client()?, host.client()?);
    mark(&mut first, "first")?;
    // It began before there was a host, and has called nothing that only the host can answer.
    let health = second.reboot("health_check", json!({}))?;
    let issues = health["issues"].to_string();
    assert!(health["healthy"] == false && issues.contains(&format!("process {}", first.process())), "{issues}");
    assert_eq!(first.reboot("health_check", json!({}))?["healthy"], true);
    Ok(())
}

#[test]
fn claim_1_25_and_2_16_health_is_green_after_a_restart_that_went_well() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut client = host.client()?;
    assert_eq!(client.reboot("shutdown_prepare", json!({}))?["ready_for_shutdown"], true);
    assert_eq!(client.reboot("restart_server", json!({}))?["success"], true);
    // Claim 2.16: whoever asks until it is healthy need not ask twice.
    assert_eq!(client.reboot("health_check", json!({}))?["healthy"], true);
    Ok(())
}

#[test]
fn settings_that_cannot_be_read_are_told_of_and_break_nothing() -> TestResult {
    let host = serving(guests::COUNTER)?.with_settings("[reboot]\nhealth_per_minute = 0\n")?;
    let mut client = host.client()?;
    client.reboot("health_check", json!({}))?;
    fs::write(host.dir().join("mainstay.toml"), "[reboot]\nno_such_setting = 1\n")?;
    until("the health check names it", || {
        let health = client.reboot("health_check", json!({}))?;
        assert_eq!(health["healthy"], true, "the settings before these apply");
        let problem = health["checks"]["settings"]["problem"].as_str().unwrap_or_default().to_owned();
        Ok(problem.contains("no_such_setting"))
    })
}

#[test]
fn every_answer_says_how_often_a_version_may_fail() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    let attempts =
        |client: &mut Client| Ok::<_, anyhow::Error>(client.reboot("health_check", json!({}))?["attempts"].clone());
    assert_eq!(attempts(&mut client)?["guest"]["burst"], 0);
    client.call("panic", json!({}))?.tool_error()?;
    let after = attempts(&mut client)?;
    assert_eq!((&after["guest"]["burst"], &after["guest"]["burst_limit"]), (&json!(1), &json!(5)), "{after}");
    Ok(())
}

/// A host whose plugin is no plugin.
fn broken() -> anyhow::Result<Host> {
    let host = PROGRAM.cold_host("/dev/null")?;
    let file = host.dir().join("words.wasm");
    fs::write(&file, "This is not a plugin.")?;
    Ok(host.with_slot("guest", file))
}

/// When a file was last written for a check, in milliseconds since the epoch.
fn checked_at(file: &std::path::Path, table: &str) -> anyhow::Result<u64> {
    let database = rusqlite::Connection::open(file)?;
    let select = format!("SELECT value FROM {table} WHERE key = 'checked_at'");
    let value: String = database.query_row(&select, [], |row| row.get(0))?;
    Ok(value.parse()?)
}

/// Returns when the guest is stuck.
fn begin_stuck(client: &mut Client) -> anyhow::Result<i64> {
    let id = client.begin_watched_call("loop", json!({}), "stuck")?;
    client.receive("progress", |message| message["params"]["progressToken"] == "stuck")?;
    Ok(id)
}

/// Answers a ping of the server's.
fn pong(client: &mut Client) -> TestResult {
    let ping: Value = client.hear("ping")?;
    client.reply(&ping, &json!({}))
}
