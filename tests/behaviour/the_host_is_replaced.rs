//! The host itself begins anew in its place: connections, sessions and what was acknowledged stay.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, ensure};
use mainstay_tests::conformance::{UPDATED, WATCHED, update};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, mark, marks, serving, until};

fn replace(host: &Host) -> anyhow::Result<Value> {
    let replaced = host.run(&["restart", "--host", "--json"])?;
    let words = String::from_utf8_lossy(&replaced.stderr).into_owned();
    ensure!(replaced.status.success(), "{}: {words}", replaced.status);
    serde_json::from_slice(&replaced.stdout).context(words)
}

#[test]
fn a_client_keeps_its_connection_and_its_session() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let session = |client: &mut mainstay_tests::Client| {
        let health = client.done("orchestrator_health_check", json!({ "include_connection_status": true }))?;
        anyhow::Ok(health["checks"]["connections"]["sessions"][0]["session_id"].clone())
    };
    let before = session(&mut client)?;
    ensure!(before.is_string(), "{before}");
    for _ in 0..2 {
        let replaced = replace(&host)?;
        assert_eq!(replaced["process"], client.process());
        mark(&mut client, "after")?;
    }
    assert_eq!(session(&mut client)?, before);
    assert_eq!(marks(&mut client)?, ["before", "after", "after"]);
    Ok(())
}

#[test]
fn what_is_asked_meanwhile_is_answered_once() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = host.client()?;
    client.done("append", json!({ "client": "a", "number": 0 }))?;
    let restart = client.begin_call("orchestrator_restart_server", json!({ "scope": "host" }))?;
    let calls: Vec<_> = (1..=50)
        .map(|number| client.begin_call("append", json!({ "client": "a", "number": number })))
        .collect::<Result<_, _>>()?;
    let restarted = client.answer(restart)?.structured()?;
    assert_eq!(restarted["success"], true, "{restarted}");
    for call in calls {
        client.answer(call)?.structured()?;
    }
    let rows = client.done("list", json!({}))?;
    assert_eq!(rows["rows"].as_array().map(Vec::len), Some(51), "{rows}");
    Ok(())
}

#[test]
fn a_client_hears_of_what_it_subscribed_to_and_that_it_may_have_missed_something() -> TestResult {
    let host = serving(guests::CONFORMANCE)?;
    let mut client = host.client()?;
    let watched = json!({ "uri": WATCHED });
    client.request("resources/subscribe", watched.clone())?.result()?;
    update(&mut client, "changed", false)?;
    assert_eq!(client.hear(UPDATED)?["params"], watched);
    replace(&host)?;
    assert_eq!(client.hear(UPDATED)?["params"], watched);
    update(&mut client, "changed", false)?;
    assert_eq!(client.hear(UPDATED)?["params"], watched);
    client.request("resources/unsubscribe", watched)?.result()?;
    replace(&host)?;
    update(&mut client, "changed", false)?;
    let told = client.unread()?.into_iter().filter(|message| message["method"] == UPDATED);
    assert_eq!(told.count(), 0);
    Ok(())
}

#[test]
fn what_a_plugin_has_in_memory_goes_on_in_the_next_process() -> TestResult {
    let host = serving(guests::RELAY)?;
    let asked = |client: &mut Client| anyhow::Ok(client.done("version", json!({}))?["asked"].clone());
    let mut client = host.client()?;
    assert_eq!(asked(&mut client)?, 1);
    replace(&host)?;
    assert_eq!(asked(&mut client)?, 2);
    client.close()?;
    let mut client = host.client()?;
    assert_eq!(asked(&mut client)?, 3);
    // A process that is killed hands nothing over: the next one begins with what this one began with.
    client.kill()?;
    assert_eq!(asked(&mut host.client()?)?, 3);
    Ok(())
}

#[test]
fn whoever_joined_stays_too() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut first = host.client()?;
    mark(&mut first, "first")?;
    let mut second = host.client()?;
    mark(&mut second, "second")?;
    replace(&host)?;
    mark(&mut second, "third")?;
    assert_eq!(marks(&mut first)?, ["first", "second", "third"]);
    Ok(())
}

#[test]
fn a_call_that_waits_is_told_to_try_again() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let call = client.begin_call("ask", json!({ "question": "Go on?" }))?;
    client.hear("elicitation/create")?;
    replace(&host)?;
    let error = client.answer(call)?.tool_error()?;
    assert_eq!((error.code.as_str(), error.retryable), ("interrupted", true), "{}", error.text);
    mark(&mut client, "after")?;
    Ok(())
}

#[test]
fn of_a_call_that_was_told_to_try_again_nothing_is_left() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    let asked = client.call("ask", json!({ "question": "Who?" }))?.result()?.clone();
    ensure!(asked["resultType"] == "input_required", "{asked}");
    let call = client.begin_call("sleep", json!({ "milliseconds": 3_600_000 }))?;
    until("both wait", || Ok(host.status("guest")?["waiting"] == 2))?;
    replace(&host)?;
    let error = client.answer(call)?.tool_error()?;
    assert_eq!(error.code, "interrupted", "{}", error.text);
    mark(&mut client, "after")?;
    // The client that has been asked has the key to its call, and may come back.
    assert_eq!(host.status("guest")?["waiting"], 1);
    Ok(())
}

#[test]
fn a_program_that_cannot_take_over_changes_nothing() -> TestResult {
    let programs = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let copy = programs.path().join("mainstay");
    fs::copy(PROGRAM.path, &copy)?;
    let host = serving(guests::TRAPS)?.with_program(copy.clone());
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let broken = programs.path().join("broken");
    fs::write(&broken, "#!/bin/sh\necho no such library >&2\nexit 127\n")?;
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755))?;
    // In place of the one that runs, as an upgrade puts it there.
    fs::rename(&broken, &copy)?;
    let refused = client.call("orchestrator_restart_server", json!({ "scope": "host" }))?.tool_error()?;
    ensure!(refused.code == "PROCESS_FAILED" && refused.text.contains("no such library"), "{refused:?}");
    mark(&mut client, "after")?;
    assert_eq!(marks(&mut client)?, ["before", "after"]);
    Ok(())
}

#[test]
fn what_is_said_of_plugins_is_not_said_of_the_host() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    for field in [json!({ "plugin": "guest" }), json!({ "force": true }), json!({ "preserve_state": false })] {
        let mut arguments = field.clone();
        arguments["scope"] = json!("host");
        let refused = client.call("orchestrator_restart_server", arguments)?.tool_error()?;
        assert_eq!(refused.code, "INVALID_PARAMETERS", "{field}: {}", refused.text);
    }
    Ok(())
}
