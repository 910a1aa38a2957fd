//! Data goes to standard output, everything else to standard error, and exit codes tell scripts which.

use std::fs;
use std::process::Output;

use anyhow::Context as _;
use mainstay_tests::guests;
use mainstay_tests::reboot::OWN;
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving};

#[test]
fn a_call_prints_what_the_tool_says() -> TestResult {
    let host = serving(guests::ECHO)?;
    said(&host.run(&["call", "echo", r#"{"message":"hello"}"#])?, 0, "hello\n", "")?;
    let json = host.run(&["call", "echo", r#"{"message":"hello"}"#, "--json"])?;
    assert_eq!(serde_json::from_slice::<Value>(&json.stdout)?["structuredContent"]["message"], "hello");
    Ok(())
}

#[test]
fn what_a_call_did_is_there_for_the_next() -> TestResult {
    let host = serving(guests::COUNTER)?;
    for number in 1..=3 {
        let arguments = format!(r#"{{"client":"a","number":{number}}}"#);
        assert_eq!(host.run(&["call", "append", &arguments])?.status.code(), Some(0));
    }
    said(&host.run(&["call", "list"])?, 0, r#"[["a",1],["a",2],["a",3]]"#, "")
}

#[test]
fn an_error_of_the_tool_has_an_exit_code_of_its_own() -> TestResult {
    let host = serving(guests::TRAPS)?;
    said(&host.run(&["call", "fail"])?, 3, "This cannot be done.", "")?;
    said(&host.run(&["call", "panic"])?, 3, "out of the blue", "")?;
    said(&host.run(&["call", "mark", r#"{"text":7}"#])?, 3, "/text", "")
}

#[test]
fn a_call_that_cannot_be_made_says_why() -> TestResult {
    let host = serving(guests::ECHO)?;
    said(&host.run(&["call", "ecoh"])?, 2, "", "Did you mean echo?")?;
    said(&host.run(&["call", "echo", "not json"])?, 2, "", "no valid JSON")?;
    said(&host.run(&["call", "echo", "[]"])?, 2, "", "no JSON object")?;
    said(&host.run(&["call"])?, 2, "", "Usage")?;
    said(&host.run(&["clal"])?, 2, "", "call")
}

#[test]
fn a_plugin_that_cannot_be_run_has_an_exit_code_of_its_own() -> TestResult {
    let host = PROGRAM.cold_host(guests::ANOTHER_WORLD)?;
    for subcommand in [&["call", "any"][..], &["tools"], &["check", guests::ANOTHER_WORLD]] {
        said(&host.run(subcommand)?, 4, "", "mainstay:plugin/lifecycle")?;
    }
    Ok(())
}

#[test]
fn settings_that_are_wrong_are_named_with_file_and_key() -> TestResult {
    for (settings, words) in [
        (
            "[entry]\ndeadline = 5\n",
            "mainstay.toml:2: there is no setting \"entry.deadline\": did you mean entry.deadline_ms?",
        ),
        ("[entry]\ndeadline_ms = \"soon\"\n", "deadline_ms"),
        ("[entry\n", "mainstay.toml"),
    ] {
        let host = serving(guests::ECHO)?.with_settings(settings)?;
        for subcommand in [&["call", "echo"][..], &["tools"], &["serve"]] {
            let ended = host.run(subcommand)?;
            said(&ended, 6, "", words)?;
            said(&ended, 6, "", "mainstay.toml")?;
        }
    }
    Ok(())
}

#[test]
fn tools_are_listed_for_people_and_for_programs() -> TestResult {
    let host = serving(guests::COUNTER)?;
    said(&host.run(&["tools"])?, 0, "client*, number*", "")?;
    let json: Value = serde_json::from_slice(&host.run(&["tools", "--json"])?.stdout)?;
    assert_eq!(json["tools"][OWN.len()]["name"], "append");
    assert!(!host.database().exists(), "listing opens no data");
    Ok(())
}

#[test]
fn a_slot_and_its_file_are_named_together() -> TestResult {
    let host = serving(guests::ECHO)?;
    for (plugin, words) in [("echo.wasm", "SLOT=FILE"), ("../up=echo.wasm", "slot name"), ("=x", "slot name")] {
        said(&host.run(&["tools", "--plugin", plugin])?, 2, "", words)?;
    }
    Ok(())
}

#[test]
fn the_demo_tells_its_story_to_the_end() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let demo = host.run(&["demo"])?;
    assert_eq!(demo.status.code(), Some(0), "{}", String::from_utf8_lossy(&demo.stderr));
    assert!(!demo.stdout.is_empty());
    Ok(())
}

#[test]
fn a_swap_is_told_for_people() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    client.done("append", json!({ "client": "a", "number": 1 }))?;
    let swap = host.run(&["swap", "guest", guests::RELAY_NEXT])?;
    for words in ["committed", "1.0.0", "2.0.0, generation 2", "identical", "ms, 0 calls waited", "commit"] {
        said(&swap, 0, words, "")?;
    }
    // The one answer that differs says which version gave it.
    said(&swap, 0, "the answer of append differs", "")?;
    said(&host.run(&["swap", "guest", guests::RELAY_NEXT])?, 0, "unchanged", "")?;
    said(&host.run(&["swap", "guest", guests::RELAY_NEXT, "--force", "--append"])?, 2, "", "cannot be used with")?;
    let status = host.run(&["status"])?;
    for words in ["guest", "2.0.0 (2)", "probation", "1.0.0 (1)"] {
        said(&status, 0, words, "")?;
    }
    said(&host.run(&["rollback", "guest"])?, 0, "1.0.0, generation 3", "")?;
    client.close()?;
    for words in ["1.0.0 (1)", "2.0.0 (2)", "1.0.0 (3)", "command line", "start", "committed", "rolled back"] {
        said(&host.run(&["history"])?, 0, words, "")?;
    }
    Ok(())
}

#[test]
fn what_needs_a_host_says_so_if_none_is_running() -> TestResult {
    let host = serving(guests::RELAY)?;
    said(&host.run(&["swap", "guest", guests::RELAY])?, 8, "", "plugins/guest.wasm")?;
    said(&host.run(&["rollback", "guest"])?, 8, "", "no host is running")?;
    said(&host.run(&["status"])?, 0, "no host is running", "")?;
    said(&host.run(&["history"])?, 0, "nothing was swapped", "")?;
    assert!(!host.dir().join("host.sqlite").exists(), "looking makes nothing");
    Ok(())
}

#[test]
fn a_reader_that_stops_reading_is_no_error() -> TestResult {
    let host = serving(guests::HANDS_OVER_TOO_MUCH)?;
    let mut command = host.command();
    command.args(["call", "answer", r#"{"bytes":1000000}"#]).stdout(std::process::Stdio::piped());
    let mut child = command.spawn()?;
    drop(child.stdout.take());
    assert_eq!(child.wait()?.code(), Some(0));
    assert!(fs::exists(host.database())?);
    Ok(())
}

/// Ended with this code and said this; nothing on standard output that is not data.
fn said(ended: &Output, code: i32, out: &str, err: &str) -> TestResult {
    let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(code), "{stdout}{stderr}");
    assert!(stdout.contains(out) && stderr.contains(err), "{out:?} and {err:?} in {stdout:?} and {stderr:?}");
    assert!(!out.is_empty() || stdout.is_empty(), "standard output is for data: {stdout}");
    Ok(())
}

/// What is not timed is not known to be quick.
#[test]
fn the_benchmark_times_every_tool_of_the_orchestrator() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let run = host.run(&["bench", "tasks", "--tasks", "1", "--calls", "1", "--json"])?;
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let results: Value = serde_json::from_slice(&run.stdout)?;
    let rows = results["rows"].as_array().context("rows")?;
    let untimed: Vec<_> = rows.iter().filter(|row| row["timed"][0]["in"].is_null()).collect();
    assert!(untimed.is_empty(), "{untimed:?}");
    let listed = host.client()?.request("tools/list", json!({}))?.result()?["tools"].clone();
    let names = listed.as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str());
    let is_timed = |name: &str| {
        let name = name.trim_start_matches("orchestrator_");
        rows.iter().any(|row| row["call"].as_str().is_some_and(|call| call.split(", ").next() == Some(name)))
    };
    let older = ["orchestrator_execute_subtask", "orchestrator_complete_subtask", "template_uninstall"];
    let forgotten: Vec<_> =
        names.filter(|name| !OWN.contains(name) && !older.contains(name) && !is_timed(name)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    Ok(())
}

#[test]
fn the_benchmark_over_http_compares_two_servers_and_loses_no_call() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let run = host.run(&["bench", "http", "--clients", "1,3", "--calls", "4", "--swaps", "1", "--json"])?;
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let results: Value = serde_json::from_slice(&run.stdout)?;
    let settings = results["settings"].as_array().context("settings")?;
    let measured: Vec<_> = settings.iter().map(|one| (one["clients"].as_u64(), one["protocol"].as_str())).collect();
    let expected = [1, 3].map(|clients| ["2025-11-25", "2026-07-28"].map(|protocol| (Some(clients), Some(protocol))));
    assert_eq!(measured, expected.concat());
    for one in settings {
        // Every client calls at least once, and as often as any other.
        let calls = if one["clients"] == 1 { 4 } else { 6 };
        assert_eq!([&one["host"], &one["native"]].map(|server| &server["latency"]["count"]), [calls, calls], "{one}");
    }
    let swapping = &results["swapping"];
    assert_eq!([&swapping["swaps"], &swapping["lost"], &swapping["doubled"], &swapping["failed"]], [1, 0, 0, 0]);
    assert!(swapping["writes"].as_u64() > Some(0), "{swapping}");
    Ok(())
}

#[test]
fn a_soak_over_http_swaps_and_has_clients_come_and_go() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let run = host.run(&["bench", "http", "--soak", "1", "--json"])?;
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let soak: Value = serde_json::from_slice(&run.stdout)?;
    assert!(soak["calls"].as_u64() >= Some(100), "{soak}");
    assert_eq!([&soak["swaps"], &soak["guests"]], [4, 4], "{soak}");
    // So few calls tell nothing of growth.
    assert!(soak["grown"].is_null(), "{soak}");
    assert_eq!(soak["samples"].as_array().map(Vec::len), Some(4), "{soak}");
    Ok(())
}
