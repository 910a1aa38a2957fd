//! The command line asks a running host what its clients can ask it, and exit codes tell scripts what came of it.

use std::process::{Child, Output, Stdio};

use anyhow::{Context as _, ensure};
use mainstay_tests::relay::version;
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving, until};

/// What is held is not waited for.
const SOON: &str = "[reboot]\ncheck_ms = 100\n";

#[test]
fn a_restart_is_told_for_people_and_for_scripts() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = running(&host, "version")?;
    let told = host.run(&["restart"])?;
    for words in
        ["guest 1.0.0 began anew, generation 2", "1.0.0 (1), digest", "1.0.0 (2), digest", "0 calls waited", "nothing"]
    {
        said(&told, 0, words, "")?;
    }
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 2), "what was in memory is there still");
    let answer =
        printed(&host.run(&["restart", "guest", "--reason", "error_recovery", "--timeout", "20", "--json"])?, 0)?;
    client.fits("restart_server", &answer)?;
    assert_eq!((&answer["generation"], &answer["timeout"]), (&json!(3), &json!(20)));
    assert_eq!(answer["restart_reason"], "error_recovery");
    // A session may ask once a minute; whoever owns the data is not counted.
    let answer = printed(&host.run(&["restart", "--no-graceful", "--no-preserve-state", "--json"])?, 0)?;
    assert_eq!((&answer["graceful"], &answer["preserve_state"]), (&json!(false), &json!(false)));
    assert_eq!(version(&mut client)?.1, 1, "it began without what was in memory");
    client.close()?;
    Ok(())
}

#[test]
fn all_slots_are_restarted_one_after_the_other() -> TestResult {
    let host = PROGRAM.host_of(&[("a", guests::ECHO), ("b", guests::RELAY)])?;
    let client = running(&host, "version")?;
    // There are several, and none of them is the usual one.
    said(&host.run(&["restart"])?, 2, "", "There are several slots")?;
    let told = host.run(&["restart", "--all"])?;
    for words in ["restarted", " a ", " b ", "(2)"] {
        said(&told, 0, words, "")?;
    }
    let answer = printed(&host.run(&["restart", "--all", "--json"])?, 0)?;
    client.fits("restart_server", &answer)?;
    let restarts = answer["restarts"].as_array().context("several")?;
    assert_eq!(restarts.iter().map(|one| &one["generation"]).collect::<Vec<_>>(), [&json!(3), &json!(3)]);
    said(&host.run(&["restart", "a", "--all"])?, 2, "", "cannot be used with")?;
    client.close()?;
    Ok(())
}

#[test]
fn a_restart_that_is_refused_says_what_to_do_here() -> TestResult {
    let host = serving(guests::RELAY_NEVER_RESTS)?.with_settings("[swap]\nquiesce_ms = 50\n")?;
    let client = running(&host, "version")?;
    let refused = host.run(&["restart"])?;
    said(&refused, 7, "", "thought is not finished")?;
    said(&refused, 7, "", "--force")?;
    ensure!(!String::from_utf8_lossy(&refused.stderr).contains("this tool"), "{refused:?}");
    let answer = printed(&host.run(&["restart", "--json"])?, 7)?;
    assert_eq!((&answer["success"], &answer["error_code"]), (&json!(false), &json!("SYSTEM_NOT_READY")));
    said(&host.run(&["restart", "--force"])?, 0, "generation 2", "")?;
    for (arguments, words) in [
        (&["restart", "nowhere"][..], "there is guest"),
        (&["restart", "--when", "soon"], "has to be now, idle, or a time"),
        (&["restart", "--timeout", "5"], "10..=300"),
        (&["restart", "--reason", "boredom"], "boredom"),
    ] {
        said(&host.run(arguments)?, 2, "", words)?;
    }
    client.close()?;
    Ok(())
}

#[test]
fn a_restart_may_wait_for_rest_or_for_a_time() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = running(&host, "version")?;
    said(&host.run(&["restart", "--when", "idle"])?, 0, "generation 2", "")?;
    let tomorrow = (chrono::Utc::now() + chrono::TimeDelta::days(1)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    said(&host.run(&["restart", "--when", &tomorrow])?, 0, "scheduled for", "")?;
    let status = host.run(&["status"])?;
    said(&status, 0, "scheduled: a restart of guest at", "")?;
    said(&status, 0, "(manual_request)", "")?;
    assert_eq!(host.status("guest")?["serving"]["generation"], 2, "it is not tomorrow yet");
    assert_eq!(version(&mut client)?.0, "1.0.0");
    client.close()?;
    Ok(())
}

#[test]
fn status_says_how_far_a_restart_is_and_what_came_of_it() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings(SOON)?;
    let client = running(&host, "version")?;
    let idle = host.run(&["status"])?;
    said(&idle, 0, "0/5 0/20", "")?;
    ensure!(!String::from_utf8_lossy(&idle.stdout).contains("restart:"), "nothing was restarted: {idle:?}");
    host.hold("commit")?;
    let restart = begin(&host, &["restart", "--json"])?;
    until("it is held", || Ok(phase(&host)? == "finalizing"))?;
    said(&host.run(&["status"])?, 0, "restart: finalizing, 90 %", "")?;
    let not_ready = host.run(&["prepare"])?;
    said(&not_ready, 10, "the host is not ready", "")?;
    said(&not_ready, 10, "in the way: slot guest is", "")?;
    host.release("commit")?;
    assert_eq!(printed(&restart.wait_with_output()?, 0)?["generation"], 2);
    assert_eq!(phase(&host)?, "complete");
    said(&host.run(&["status"])?, 0, "restart: complete, 100 %", "")?;
    client.close()?;
    Ok(())
}

#[test]
fn a_host_that_is_well_is_told_to_be_healthy_and_ready() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let client = running(&host, "list")?;
    let health = host.run(&["health"])?;
    for words in
        ["is healthy", "slot guest", "host.sqlite", "slots/guest.sqlite", "free", "behaviour", "as they are written"]
    {
        said(&health, 0, words, "")?;
    }
    let answer = printed(&host.run(&["health", "--json"])?, 0)?;
    client.fits("health_check", &answer)?;
    assert_eq!(answer["healthy"], true);
    let ready = host.run(&["prepare"])?;
    for words in ["is ready for a restart", "0 calls under way", "1 connected, all can be told"] {
        said(&ready, 0, words, "")?;
    }
    let answer = printed(&host.run(&["prepare", "--json"])?, 0)?;
    client.fits("shutdown_prepare", &answer)?;
    assert_eq!(answer["ready_for_shutdown"], true);
    client.close()?;
    Ok(())
}

#[test]
fn a_host_with_a_plugin_that_cannot_run_is_not_healthy_and_not_ready() -> TestResult {
    let host = serving(guests::COUNTER)?.with_slot("bad", guests::ANOTHER_WORLD);
    let client = running(&host, "list")?;
    let health = host.run(&["health"])?;
    said(&health, 9, "is not healthy", "")?;
    said(&health, 9, "problem: slot bad cannot be opened", "")?;
    assert_eq!(printed(&host.run(&["health", "--json"])?, 9)?["healthy"], false);
    said(&host.run(&["prepare"])?, 10, "in the way: slot bad", "")?;
    assert_eq!(printed(&host.run(&["prepare", "--json"])?, 10)?["ready_for_shutdown"], false);
    // It is no plugin for this host, whoever asks.
    said(&host.run(&["restart", "bad"])?, 4, "", "mainstay:plugin/lifecycle")?;
    client.close()?;
    Ok(())
}

#[test]
fn calls_that_are_under_way_are_listed() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings(SOON)?;
    let mut client = running(&host, "version")?;
    host.hold("commit")?;
    let restart = begin(&host, &["restart", "--json"])?;
    until("it is held", || Ok(phase(&host)? == "finalizing"))?;
    let call = client.begin_call("append", json!({ "client": "a", "number": 1 }))?;
    until("it is told of", || {
        let told = host.run(&["prepare"])?;
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        Ok(text.contains("1 call under way") && text.contains("append") && text.contains("queued"))
    })?;
    host.release("commit")?;
    client.answer(call)?.result()?;
    // So did the questions of `prepare`, which are asked of the plugin.
    ensure!(printed(&restart.wait_with_output()?, 0)?["waited_calls"].as_u64() >= Some(1), "it waited");
    client.close()?;
    Ok(())
}

#[test]
fn what_was_done_and_who_did_it_is_told_without_a_host() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    let client = running(&host, "version")?;
    for _ in 0..3 {
        said(&host.run(&["restart"])?, 0, "restarted", "")?;
    }
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    said(&host.run(&["rollback", "guest", "--to", "1", "--reason", "a change of mind"])?, 0, "generation 6", "")?;
    said(&host.run(&["restart", "nowhere"])?, 2, "", "no slot")?;
    client.close()?;
    let history = host.run(&["history"])?;
    for words in ["restarted", "manual_request", "a change of mind", "3 restarts in all, 3 went well", "p50", "p99"] {
        said(&history, 0, words, "")?;
    }
    let audit = host.run(&["history", "--audit"])?;
    for words in ["mainstay", "socket", "restart_server", "rollback", "done", "denied: INVALID_PARAMETERS", "to=1"] {
        said(&audit, 0, words, "")?;
    }
    let attempts = printed(&host.run(&["history", "--audit", "--json", "--limit", "2"])?, 0)?;
    let attempts = attempts.as_array().context("no list")?;
    let newest: Vec<_> = attempts.iter().map(|attempt| (&attempt["action"], &attempt["outcome"])).collect();
    let (restart, rollback) = (json!("orchestrator_restart_server"), json!("orchestrator_rollback"));
    assert_eq!(newest, [(&restart, &json!("denied")), (&rollback, &json!("done"))]);
    assert_eq!(attempts[1]["swaps"][0], host.history("guest")?[0].id(), "the swap that came of it");
    Ok(())
}

#[test]
fn what_is_overruled_is_in_the_audit_log_too() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_ADDS_TOOL])?;
    let client = running(&host, "version")?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &[])?.refused("drift")?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--force"])?.committed()?;
    client.close()?;
    let attempts = printed(&host.run(&["history", "--audit", "--json"])?, 0)?;
    let attempts = attempts.as_array().context("no list")?;
    assert_eq!(attempts.len(), 1, "what is not overruled is in the history: {attempts:?}");
    assert_eq!((&attempts[0]["action"], &attempts[0]["arguments"]["force"]), (&json!("swap"), &json!(true)));
    Ok(())
}

#[test]
fn what_asks_a_host_says_so_if_none_is_running() -> TestResult {
    let host = serving(guests::RELAY)?;
    for command in ["restart", "health", "prepare"] {
        said(&host.run(&[command])?, 8, "", "no host is running")?;
        said(&host.run(&[command, "--json"])?, 8, "", "no host is running")?;
    }
    said(&host.run(&["history", "--audit"])?, 0, "nobody tried anything", "")?;
    assert_eq!(printed(&host.run(&["history", "--audit", "--json"])?, 0)?, json!([]));
    assert_eq!(printed(&host.run(&["status", "--json"])?, 0)?["restart"], Value::Null);
    Ok(())
}

#[test]
fn every_exit_code_is_in_the_help() -> TestResult {
    let host = serving(guests::RELAY)?;
    for command in [&["--help"][..], &["restart", "--help"], &["health", "--help"], &["prepare", "--help"]] {
        let help = host.run(command)?;
        for code in 0..=11 {
            said(&help, 0, &format!("\n  {code:>2}  "), "")?;
        }
    }
    Ok(())
}

/// A client whose first call, of that tool, has come: from then on the command line reaches the host.
fn running(host: &Host, tool: &str) -> anyhow::Result<Client> {
    let mut client = host.client()?;
    client.done(tool, json!({}))?;
    host.control()?;
    Ok(client)
}

fn begin(host: &Host, arguments: &[&str]) -> anyhow::Result<Child> {
    let mut command = host.command();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().context("the program does not start")
}

/// How far the last restart is, as a script sees it.
fn phase(host: &Host) -> anyhow::Result<String> {
    let status = printed(&host.run(&["status", "--json"])?, 0)?;
    Ok(status["restart"]["phase"].as_str().context("no phase")?.to_owned())
}

/// Ended with this code and printed one JSON value.
fn printed(ended: &Output, code: i32) -> anyhow::Result<Value> {
    let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    ensure!(ended.status.code() == Some(code), "{:?}, {stdout}{stderr}", ended.status);
    serde_json::from_slice(&ended.stdout).with_context(|| format!("no JSON: {stdout}{stderr}"))
}

/// Ended with this code and said this; nothing on standard output that is not data.
fn said(ended: &Output, code: i32, out: &str, err: &str) -> TestResult {
    let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    ensure!(ended.status.code() == Some(code), "{:?}, {stdout}{stderr}", ended.status);
    ensure!(stdout.contains(out) && stderr.contains(err), "{out:?} and {err:?} in {stdout:?} and {stderr:?}");
    ensure!(!out.is_empty() || stdout.is_empty(), "standard output is for data: {stdout}");
    Ok(())
}
