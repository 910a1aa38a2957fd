//! `orchestrator_restart_server`: a client's model restarts the logic it is talking to, and hears what came of it.

use std::fs;

use anyhow::ensure;
use mainstay_tests::relay::{append, rows, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving, until};

/// As many restarts as a test likes.
const UNLIMITED: &str = "[reboot]\nrestarts_per_minute = 0\nstatus_per_minute = 0\n";
/// A file that changed is not taken up before a restart does it.
const UNWATCHED: &str = "[watch]\nsettle_ms = 60000\n";

#[test]
fn claim_1_17_a_restart_tells_what_it_did() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    append(&mut client, "a", 1)?;
    assert_eq!(version(&mut client)?.1, 1);
    let answer = client.reboot("restart_server", json!({}))?;
    let expected = [
        ("success", json!(true)),
        ("graceful", json!(true)),
        ("preserve_state", json!(true)),
        ("timeout", json!(30)),
        ("phase", json!("complete")),
        ("progress", json!(100)),
        ("restart_reason", json!("manual_request")),
        ("errors", json!([])),
        ("plugin", json!("guest")),
        ("generation", json!(2)),
    ];
    for (field, expected) in expected {
        assert_eq!(answer[field], expected, "{field}");
    }
    assert!(text(&answer, "message").starts_with("Restart completed successfully"), "{answer}");
    assert_eq!((&answer["from"]["generation"], &answer["to"]["generation"]), (&json!(1), &json!(2)));
    assert_eq!(answer["attempts"]["guest"]["burst_limit"], 5, "{answer}");
    assert_eq!(answer["restored"], json!({ "tables": true, "state": true, "lost": [] }));
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 2), "what was in memory is there still");
    assert_eq!(rows(&mut client)?.len(), 1);
    assert_eq!(host.history("guest")?[0].id(), text(&answer, "swap_id"), "its row in the history");
    Ok(())
}

#[test]
fn a_newer_file_in_place_is_taken_up() -> TestResult {
    let (host, mut client, file) = with_copy(UNWATCHED)?;
    append(&mut client, "a", 1)?;
    fs::copy(guests::RELAY_NEXT, &file)?;
    let answer = client.reboot("restart_server", json!({ "reason": "manual_request" }))?;
    assert_eq!((&answer["from"]["version"], &answer["to"]["version"]), (&json!("1.0.0"), &json!("2.0.0")));
    assert_eq!(answer["drift"]["kind"], "identical");
    assert_eq!(version(&mut client)?.0, "2.0.0");
    assert!(host.serves("guest", "2.0.0")?);
    Ok(())
}

#[test]
fn claim_1_15_and_3_12_an_emergency_restart_stops_what_runs() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings("[entry]\ndeadline_ms = 60000\n")?;
    let mut client = host.client()?;
    let spinning = client.begin_watched_call("loop", json!({}), "spin")?;
    client.hear("notifications/progress")?;
    let arguments = json!({ "graceful": true, "preserve_state": false, "reason": "emergency_shutdown", "timeout": 15 });
    let answer = client.reboot("restart_server", arguments)?;
    assert_eq!(
        (&answer["graceful"], &answer["preserve_state"], &answer["timeout"]),
        (&json!(false), &json!(false), &json!(15))
    );
    assert_eq!(answer["restored"]["state"], false);
    assert_eq!(client.answer(spinning)?.tool_error()?.code, "interrupted");
    assert!(crate::marks(&mut client)?.is_empty(), "nothing of what was stopped remains");
    Ok(())
}

#[test]
fn claim_1_16_without_state_the_tables_stay() -> TestResult {
    let (_host, mut client) = relay(UNLIMITED)?;
    append(&mut client, "a", 1)?;
    assert_eq!(version(&mut client)?.1, 1);
    let answer = client.reboot("restart_server", json!({ "preserve_state": false }))?;
    assert_eq!((&answer["restored"]["tables"], &answer["restored"]["state"]), (&json!(true), &json!(false)));
    assert_eq!(answer["restored"]["lost"].as_array().map(Vec::len), Some(1));
    assert_eq!(version(&mut client)?.1, 1, "it counts anew");
    assert_eq!(rows(&mut client)?.len(), 1);
    Ok(())
}

#[test]
fn claim_0_12_and_1_5_and_3_9_every_phase_is_told_in_order() -> TestResult {
    let (_host, mut client) = relay(UNLIMITED)?;
    let call = client.begin_watched_call("orchestrator_restart_server", json!({}), "restart")?;
    client.rebooted("restart_server", call)?;
    let told: Vec<Value> = client.unread()?;
    let told: Vec<_> = told.iter().filter(|message| message["method"] == "notifications/progress").collect();
    let percentages: Vec<_> = told.iter().filter_map(|report| report["params"]["progress"].as_f64()).collect();
    assert_eq!(percentages, [10.0, 40.0, 50.0, 65.0, 80.0, 90.0, 100.0]);
    let phases = told.iter().filter_map(|report| report["params"]["message"].as_str()?.split(':').next());
    let expected = [
        "preparing",
        "maintenance_mode",
        "suspending_tasks",
        "serializing_state",
        "closing_connections",
        "finalizing",
        "complete",
    ];
    assert!(phases.eq(expected), "{told:?}");
    assert!(
        told.iter().all(|report| report["params"]["total"] == 100.0 && report["params"]["progressToken"] == "restart")
    );
    Ok(())
}

#[test]
fn who_asks_for_the_same_at_the_same_time_gets_the_same() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    host.hold("self-test")?;
    let calls =
        [client.begin_reboot("restart_server", &json!({}))?, client.begin_reboot("restart_server", &json!({}))?];
    until("both are under way", || Ok(running(&mut client)? == "preparing"))?;
    // It is answered after both were read, for it comes after them on the same line.
    client.reboot("health_check", json!({}))?;
    host.release("self-test")?;
    let ids = [client.rebooted("restart_server", calls[0])?, client.rebooted("restart_server", calls[1])?];
    assert_eq!(ids[0]["swap_id"], ids[1]["swap_id"]);
    assert_eq!(host.history("guest")?.len(), 2, "the start, and this");
    Ok(())
}

#[test]
fn all_slots_are_restarted_one_after_the_other() -> TestResult {
    let host = PROGRAM.host_of(&[("one", guests::RELAY), ("two", guests::ECHO)])?.with_settings(UNLIMITED)?;
    let mut client = host.client()?;
    client.reboot_fails("restart_server", json!({}), "INVALID_PARAMETERS")?;
    let call = client.begin_watched_call("orchestrator_restart_server", json!({ "plugin": "*" }), "all")?;
    let answer = client.rebooted("restart_server", call)?;
    let told = client.unread()?;
    let progress: Vec<_> = told.iter().filter_map(|report| report["params"]["progress"].as_f64()).collect();
    assert!(
        progress.len() == 14 && progress.is_sorted() && progress[6] == 50.0 && progress[13] == 100.0,
        "{progress:?}"
    );
    let plugins =
        answer["restarts"].as_array().map(|all| all.iter().map(|one| one["plugin"].clone()).collect::<Vec<_>>());
    assert_eq!(plugins, Some(vec![json!("one"), json!("two")]));
    host.fail("self-test")?;
    let failed = client.reboot_fails("restart_server", json!({ "plugin": "*" }), "PROCESS_FAILED")?;
    assert_eq!(failed["restarts"].as_array().map(Vec::len), Some(2), "{failed}");
    Ok(())
}

#[test]
fn when_idle_it_waits_for_calls_that_are_under_way() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings(UNLIMITED)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let waits = client.begin_call("wait_for_word", json!({ "number": 1 }))?;
    let question = client.hear("elicitation/create")?;
    let restart = client.begin_reboot("restart_server", &json!({ "when": "idle" }))?;
    client.reboot("restart_status", json!({}))?;
    let answered = client.unread()?.iter().any(|message| message["id"] == restart);
    assert!(!answered, "a call is under way");
    client.reply(&question, &json!({ "action": "accept", "content": { "word": "go" } }))?;
    client.answer(waits)?.structured()?;
    client.rebooted("restart_server", restart)?;
    Ok(())
}

#[test]
fn a_restart_may_be_for_later() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    let far = json!({ "when": in_seconds(3_600), "preserve_state": false });
    let answer = client.reboot("restart_server", far.clone())?;
    assert_eq!(
        (&answer["success"], &answer["phase"], &answer["progress"]),
        (&json!(true), &json!("maintenance_mode"), &json!(0))
    );
    let status = client.reboot("restart_status", json!({}))?;
    let scheduled = &status["current_status"]["scheduled"][0];
    assert_eq!(
        (&scheduled["schedule_id"], &scheduled["scheduled_for"]),
        (&answer["schedule_id"], &answer["scheduled_for"])
    );
    assert_eq!(status["current_status"]["phase"], "idle", "nothing has begun");
    let soon = client.reboot("restart_server", json!({ "when": in_seconds(2) }))?;
    let done = |host: &Host| Ok(host.history("guest")?.len() == 2);
    until("the one that is due is done", || done(&host))?;
    let left = client.reboot("restart_status", json!({}))?["current_status"]["scheduled"].clone();
    assert!(
        left.as_array().is_some_and(|left| left.len() == 1 && left[0]["schedule_id"] != soon["schedule_id"]),
        "{left}"
    );
    for _ in 1..8 {
        client.reboot("restart_server", far.clone())?;
    }
    client.reboot_fails("restart_server", far, "SYSTEM_NOT_READY")?;
    Ok(())
}

#[test]
fn claim_1_27_a_configuration_update_reads_the_settings_first() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    let host = host.with_settings(&format!("{UNLIMITED}check_ms = 1500\n"))?;
    let answer = client.reboot("restart_server", json!({ "reason": "configuration_update", "timeout": 60 }))?;
    let changed: Vec<_> =
        answer["applied"].as_object().into_iter().flatten().filter_map(|(_, list)| list.as_array()).flatten().collect();
    // The watcher may have been faster, and then there is nothing that is news.
    assert!(changed.is_empty() || changed[0]["key"] == "reboot.check_ms", "{answer}");
    let _host = host.with_settings("[reboot]\ncheck = 1\n")?;
    let failed =
        client.reboot_fails("restart_server", json!({ "reason": "configuration_update" }), "SYSTEM_NOT_READY")?;
    assert_eq!(failed["phase"], "preparation_failed");
    assert!(text(&failed, "error").contains("reboot.check"), "{failed}");
    client.reboot("restart_server", json!({}))?;
    Ok(())
}

#[test]
fn a_schema_migration_backs_up_first() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    append(&mut client, "a", 1)?;
    let answer = client.reboot("restart_server", json!({ "reason": "schema_migration" }))?;
    assert!(host.dir().join(text(&answer, "backup")).exists(), "{answer}");
    Ok(())
}

#[test]
fn code_initialization_failed_says_that_the_data_is_anothers() -> TestResult {
    let (host, mut first) = relay(UNLIMITED)?;
    let mut second = host.client()?;
    // Both began before there was a host, and a restart, unlike a call, is not asked of whoever became it.
    append(&mut first, "a", 1)?;
    let failed = second.reboot_fails("restart_server", json!({}), "INITIALIZATION_FAILED")?;
    assert_eq!((&failed["phase"], &failed["graceful"]), (&json!("initiation_failed"), &json!(true)));
    Ok(())
}

#[test]
fn code_shutdown_in_progress_is_for_a_restart_that_is_asked_for_otherwise() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    append(&mut client, "a", 1)?;
    host.hold("self-test")?;
    let held = client.begin_reboot("restart_server", &json!({}))?;
    until("it is under way", || Ok(running(&mut client)? == "preparing"))?;
    client.reboot_fails("restart_server", json!({ "preserve_state": false }), "SHUTDOWN_IN_PROGRESS")?;
    host.release("self-test")?;
    client.rebooted("restart_server", held)?;
    Ok(())
}

#[test]
fn code_invalid_parameters_says_what_is_wrong_and_does_nothing() -> TestResult {
    let (_host, mut client) = relay("")?;
    let wrong = [
        (json!({ "timeout": 9 }), "timeout"),
        (json!({ "timeout": 301 }), "timeout"),
        (json!({ "reason": "boredom" }), "boredom"),
        (json!({ "graceful": "yes" }), "graceful"),
        (json!({ "gracefull": true }), "gracefull"),
        (json!({ "plugin": "nobody" }), "guest"),
        (json!({ "when": "2001-01-01T00:00:00Z" }), "past"),
        (json!({ "when": in_seconds(8 * 24 * 3_600) }), "7 days"),
        (json!({ "when": "later" }), "later"),
    ];
    for (arguments, said) in wrong {
        let failed = client.reboot_fails("restart_server", arguments, "INVALID_PARAMETERS")?;
        assert!(text(&failed, "error").contains(said), "{said}: {failed}");
        assert_eq!(failed["phase"], "preparation_failed");
    }
    // None of them used up the one token there is.
    client.reboot("restart_server", json!({}))?;
    Ok(())
}

#[test]
fn code_system_not_ready_says_how_to_go_on() -> TestResult {
    let host = serving(guests::RELAY_NEVER_RESTS)?.with_settings(&format!("{UNLIMITED}[swap]\nquiesce_ms = 50\n"))?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let failed = client.reboot_fails("restart_server", json!({}), "SYSTEM_NOT_READY")?;
    assert_eq!((&failed["refusal"], &failed["phase"]), (&json!("busy"), &json!("initiation_failed")));
    assert!(text(&failed, "error").contains("thought is not finished"), "{failed}");
    assert!(text(&failed, "hint").contains("\"force\": true"), "{failed}");
    client.reboot("restart_server", json!({ "force": true }))?;
    Ok(())
}

#[test]
fn code_system_not_ready_when_the_tools_would_change() -> TestResult {
    let (_host, mut client, file) = with_copy(UNWATCHED)?;
    append(&mut client, "a", 1)?;
    fs::copy(guests::RELAY_ADDS_TOOL, &file)?;
    let failed = client.reboot_fails("restart_server", json!({}), "SYSTEM_NOT_READY")?;
    assert_eq!(failed["refusal"], "drift", "{failed}");
    assert_eq!(failed["drift"]["kind"], "append");
    let answer = client.reboot("restart_server", json!({ "force": true, "reason": "emergency_shutdown" }))?;
    assert_eq!(answer["drift"]["kind"], "append");
    Ok(())
}

#[test]
fn code_system_not_ready_when_the_protocol_forbids_that_the_tools_change() -> TestResult {
    let (host, first, file) = with_copy(&format!("{UNLIMITED}{UNWATCHED}"))?;
    drop(first);
    let mut client = host.modern_client(&json!({}))?;
    append(&mut client, "a", 1)?;
    client.reboot("restart_server", json!({}))?;
    fs::copy(guests::RELAY_ADDS_TOOL, &file)?;
    let failed = client.reboot_fails("restart_server", json!({ "force": true }), "SYSTEM_NOT_READY")?;
    assert_eq!(failed["refusal"], "fixed-list", "{failed}");
    assert!(text(&failed, "hint").contains("mainstay swap"), "{failed}");
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn claim_1_30_code_timeout_exceeded_comes_in_time_and_nothing_is_changed() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    append(&mut client, "a", 1)?;
    host.hold("self-test")?;
    let began = std::time::Instant::now();
    let held = client.begin_reboot("restart_server", &json!({ "timeout": 10 }))?;
    append(&mut client, "a", 2)?;
    let failed = client.reboot_failed("restart_server", held, "TIMEOUT_EXCEEDED")?;
    let took = began.elapsed();
    ensure!((10.0..11.5).contains(&took.as_secs_f64()), "it took {took:?}");
    assert_eq!((&failed["phase"], &failed["progress"]), (&json!("preparation_failed"), &json!(10)));
    host.release("self-test")?;
    append(&mut client, "a", 3)?;
    until("it is abandoned", || Ok(host.history("guest")?[0].outcome() == "refused"))?;
    assert_eq!(host.status("guest")?["serving"]["generation"], 1);
    Ok(())
}

#[test]
fn code_state_corruption_says_what_is_missing_and_how_to_begin_without() -> TestResult {
    let host = serving(guests::KEEPER)?.with_settings(UNLIMITED)?;
    let mut client = host.client()?;
    client.done("keep", json!({ "key": "k", "word": "secret" }))?;
    client.close()?;
    fs::write(host.dir().join("key"), [200; 32])?;
    let mut client = host.client()?;
    let failed = client.reboot_fails("restart_server", json!({}), "STATE_CORRUPTION")?;
    assert!(text(&failed, "hint").contains("preserve_state"), "{failed}");
    let answer = client.reboot("restart_server", json!({ "preserve_state": false }))?;
    assert_eq!(answer["restored"]["state"], false);
    assert_eq!(client.done("kept", json!({}))?["words"], json!({}));
    Ok(())
}

#[test]
fn claim_3_14_code_process_failed_leaves_the_version_before() -> TestResult {
    let (_host, mut client, file) = with_copy(UNWATCHED)?;
    append(&mut client, "a", 1)?;
    fs::copy(guests::RELAY_FAILS_SELF_TEST, &file)?;
    let failed = client.reboot_fails("restart_server", json!({}), "PROCESS_FAILED")?;
    assert_eq!((&failed["refusal"], &failed["phase"]), (&json!("self-test"), &json!("preparation_failed")));
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn a_plugin_that_never_started_is_repaired_by_it() -> TestResult {
    let host = serving(guests::RELAY)?;
    let file = host.dir().join("guest.wasm");
    fs::write(&file, "no component")?;
    let host = host.with_slot("guest", &file).with_settings(&format!("{UNLIMITED}{UNWATCHED}"))?;
    let mut client = host.client()?;
    let failed = client.reboot_fails("restart_server", json!({}), "PROCESS_FAILED")?;
    assert_eq!(failed["refusal"], "load", "{failed}");
    let status = client.reboot("restart_status", json!({ "include_history": true }))?;
    assert_eq!(status["current_status"]["phase"], "failed", "{status}");
    fs::copy(guests::RELAY, &file)?;
    client.reboot("restart_server", json!({}))?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn claim_0_13_other_sessions_are_told_in_a_line() -> TestResult {
    let (host, mut client) = relay(UNLIMITED)?;
    append(&mut client, "a", 1)?;
    let asked = json!({ "v": 1, "command": "tool", "tool": "orchestrator_restart_server", "arguments": {} });
    let answer = host.control()?.ask(&asked)?;
    ensure!(answer["error"] == false, "{answer}");
    let told = client.hear("notifications/message")?;
    assert_eq!((&told["params"]["level"], &told["params"]["logger"]), (&json!("notice"), &json!("mainstay")));
    let line = text(&told["params"], "data");
    assert!(line.contains("guest 1.0.0") && line.contains("manual_request"), "{line}");
    client.reboot("restart_server", json!({}))?;
    assert!(!client.unread()?.iter().any(|message| message["method"] == "notifications/message"), "it knows already");
    Ok(())
}

/// A host of `relay` with these settings, and a client of it.
fn relay(settings: &str) -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.with_settings(settings)?;
    let client = host.client()?;
    Ok((host, client))
}

/// The same, of a file that may be replaced.
fn with_copy(settings: &str) -> anyhow::Result<(Host, Client, std::path::PathBuf)> {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT, guests::RELAY_ADDS_TOOL])?;
    let file = host.dir().join("guest.wasm");
    fs::copy(guests::RELAY, &file)?;
    let host = host.with_slot("guest", &file).with_settings(settings)?;
    let client = host.client()?;
    Ok((host, client, file))
}

/// The phase that the status tells.
fn running(client: &mut Client) -> anyhow::Result<String> {
    let status = client.reboot("restart_status", json!({}))?;
    Ok(text(&status["current_status"], "phase").to_owned())
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap_or_default()
}

/// RFC 3339, so many seconds from now.
fn in_seconds(seconds: i64) -> String {
    (chrono::Utc::now() + chrono::Duration::seconds(seconds)).to_rfc3339()
}
