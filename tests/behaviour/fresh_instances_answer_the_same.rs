//! A plugin that is given a fresh instance for every entry answers as with one that lasts. What differs would be state
//! that hides in its memory, and that a trap, a restart or a swap would lose.

use std::process::Command;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Client, FRESH_INSTANCES};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult};

/// What the second run of the suite leaves out, each by a part of its name, and why.
const LEFT_OUT: [(&str, &[&str]); 5] = [
    ("it is this very run", &["fresh_instances_answer_the_same::"]),
    (
        "it is about the source or about files, and would say the same",
        &["tidy::", "claims::", "stored_formats_are_still_read::"],
    ),
    (
        "it takes long, and is about the moments between instances",
        &["a_thousand_swaps::", "killed_at_every_step::", "a_full_disk_fails_no_half_swap::", "the_model::"],
    ),
    (
        "it is about the settings, of which this run adds one",
        &["settings_apply_while_it_runs::", "settings_that_are_wrong_are_named_with_file_and_key"],
    ),
    (
        "it looks at what an instance has in memory: how often it was asked, or which attempt this is",
        &[
            "a_new_connection_finds_the_next_version",
            "the_same_connection_goes_on_under_the_next_version",
            "two_requests_for_different_files_are_two_swaps_in_turn",
            "a_start_that_answered_a_call_is_not_counted",
            "a_version_that_ends_the_host_at_each_start_is_rolled_back",
            "a_version_that_fails_at_its_calls_is_rolled_back",
            "a_version_that_loses_an_instance_now_and_then_goes_on",
            "a_bad_version_is_refused_and_the_old_one_goes_on",
            "a_step_that_fails_leaves_everything_as_it_was",
            "an_old_version_that_fails_in_its_last_moment_is_replaced_all_the_same",
            "a_second_attempt_sees_the_same_moment_and_the_same_random_bytes",
            "a_migration_with_a_way_back_is_gone_back_by_it",
            "it_is_remembered_by_the_next_process",
            "the_same_version_begins_anew_with_what_was_in_memory",
            "a_restart_tells_what_it_did",
            "a_restart_is_told_for_people_and_for_scripts",
            "what_a_plugin_read_at_its_start_is_given_up_too",
            "what_a_plugin_has_in_memory_goes_on_in_the_next_process",
            "a_connection_that_is_kept_goes_on",
            "the_version_before_serves_again_under_the_same_connection",
        ],
    ),
];

/// Far fewer than there are: otherwise the names above leave out too much.
const AT_LEAST: usize = 150;

#[test]
fn the_whole_suite_says_the_same() -> TestResult {
    let mut suite = Command::new(std::env::current_exe()?);
    suite.env(FRESH_INSTANCES, "1");
    for name in LEFT_OUT.iter().flat_map(|(_, names)| *names) {
        suite.args(["--skip", name]);
    }
    let output = suite.output()?;
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let failures = said.split_once("\nfailures:\n").map_or("", |(_, failures)| failures);
    let hint = "If one is meant to see what an instance has in memory, name it in LEFT_OUT.";
    ensure!(output.status.success(), "with a fresh instance for every entry:\n{failures}\n{errors}\n{hint}");
    let passed = said.split("test result: ok. ").nth(1).and_then(|rest| rest.split_once(" passed"));
    let passed: usize = passed.with_context(|| format!("no result: {said}"))?.0.parse()?;
    ensure!(passed >= AT_LEAST, "only {passed} tests ran");
    Ok(())
}

#[test]
fn the_orchestrator_says_the_same_to_the_letter() -> TestResult {
    let lasting = answers("")?;
    let fresh = answers("[entry]\nfresh_instances = true\n")?;
    for (lasting, fresh) in lasting.iter().zip(&fresh) {
        ensure!(lasting == fresh, "with an instance that lasts:\n{lasting}\nwith fresh ones:\n{fresh}");
    }
    ensure!(lasting.len() == fresh.len() && lasting.len() > 20, "{} answers, {}", lasting.len(), fresh.len());
    Ok(())
}

/// What the orchestrator answers when a plan is made and carried out, with detours.
fn answers(settings: &str) -> anyhow::Result<Vec<String>> {
    let mut client = PROGRAM.orchestrator()?.with_settings(settings)?.client()?;
    let mut artifacts = Vec::new();
    let mut said = Vec::new();
    for (method, params) in script() {
        let params = serde_json::from_str(&with_artifacts(&params, &artifacts))?;
        let answer = ask(&mut client, method, params)?;
        let found = answer.pointer("/result/structuredContent/artifact_id").and_then(Value::as_str);
        artifacts.extend(found.map(ToOwned::to_owned));
        said.push(masked(&answer.to_string(), &artifacts));
    }
    ensure!(artifacts.len() == 3, "{artifacts:?}");
    Ok(said)
}

/// Without the eight random digits of names of sessions.
fn without_sessions(text: &str) -> String {
    const SESSION: &str = "session_";
    let is_name = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut parts = text.split(SESSION);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = if part.get(..8).as_ref().is_some_and(is_name) { &part[8..] } else { part };
        format!("{text}{SESSION}{rest}")
    })
}

/// Without what cannot be the same twice: the names of artifacts and sessions, which are random, and when something was
/// delivered.
fn masked(answer: &str, artifacts: &[String]) -> String {
    const WHEN: &str = "Delivered: ";
    let text = artifacts
        .iter()
        .zip(1..)
        .fold(answer.to_owned(), |text, (name, number)| text.replace(name.as_str(), &format!("artifact {number}")));
    let text = without_sessions(&text);
    match text.split_once(WHEN) {
        Some((before, after)) => format!("{before}{WHEN}{}", after.trim_start_matches(|c| c != 'Z')),
        None => text,
    }
}

fn ask(client: &mut Client, method: &str, params: Value) -> anyhow::Result<Value> {
    Ok(client.request(method, params)?.0)
}

fn script() -> Vec<(&'static str, Value)> {
    let call = |tool: &str, arguments: Value| {
        ("tools/call", json!({ "name": format!("orchestrator_{tool}"), "arguments": arguments }))
    };
    let subtasks = json!([
        { "task_id": "build", "title": "Build", "description": "Build it.", "specialist_type": "implementer" },
        { "task_id": "test", "title": "Test", "description": "Test it.", "specialist_type": "tester",
          "dependencies": ["build"] },
    ]);
    let plan = json!({ "task_id": "release", "title": "Release", "description": "Ship it.", "subtasks": subtasks });
    let one = |task: &str| json!({ "task_id": task });
    let hand_in = |task: &str, next: &str| json!({ "task_id": task, "summary": format!("{task} is done."), "detailed_work": "All of it.", "next_action": next });
    vec![
        ("tools/list", json!({})),
        call("initialize_session", json!({ "working_directory": "/workspace" })),
        call("plan_task", plan.clone()),
        call("plan_task", plan),
        call("get_status", json!({})),
        call("execute_task", one("test")),
        call("execute_task", one("biuld")),
        call("execute_task", one("build")),
        call("execute_task", one("build")),
        call("complete_task", hand_in("build", "needs_revision")),
        call("get_status", json!({})),
        call("execute_task", one("build")),
        call("complete_task", hand_in("build", "complete")),
        call("synthesize_results", json!({ "parent_task_id": "release" })),
        call("execute_task", one("test")),
        ("prompts/get", json!({ "name": "tester", "arguments": { "task_id": "test" } })),
        call("complete_task", json!({ "task_id": "test" })),
        call("complete_task", hand_in("test", "complete")),
        ("resources/list", json!({})),
        ("resources/read", json!({ "uri": "orchestrator://artifacts/ARTIFACT" })),
        ("resources/read", json!({ "uri": "orchestrator://artifacts/artifact_none" })),
        call("get_status", json!({})),
        ("prompts/list", json!({})),
        ("resources/templates/list", json!({})),
    ]
}

/// The name of the last artifact where the script asks for one.
fn with_artifacts(params: &Value, artifacts: &[String]) -> String {
    let last = artifacts.last().map_or("", String::as_str);
    params.to_string().replace("ARTIFACT", last)
}
