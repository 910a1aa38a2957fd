//! What the specification of restarts claims, as far as no other chapter tells it: tasks go on as if nothing had
//! happened, and soon.

use std::time::{Duration, Instant};

use anyhow::ensure;
use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, mark, marks, serving};

/// The specification's, for all of it.
const CYCLE: Duration = Duration::from_secs(5);

#[test]
fn claim_0_2_and_1_2_tasks_and_their_progress_are_the_same_after_a_restart() -> TestResult {
    let mut client = PROGRAM.orchestrator()?.client()?;
    half_done(&mut client)?;
    let before = told(&mut client)?;
    let answer = client.reboot("restart_server", json!({}))?;
    assert_eq!((&answer["from"]["generation"], &answer["to"]["generation"]), (&json!(1), &json!(2)));
    assert_eq!(told(&mut client)?, before);
    finish(&mut client)
}

#[test]
fn claim_0_20_tasks_and_their_progress_are_the_same_after_a_kill() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let mut client = host.client()?;
    half_done(&mut client)?;
    let before = told(&mut client)?;
    client.kill()?;
    let mut client = host.client()?;
    begin(&mut client)?;
    assert_eq!(told(&mut client)?, before);
    finish(&mut client)
}

#[test]
fn claim_0_10_and_1_4_what_runs_comes_to_its_end_and_what_is_behind_it_is_served() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings("[entry]\ndeadline_ms = 1000\n")?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let spinning = client.begin_watched_call("loop", json!({}), "spin")?;
    client.hear("notifications/progress")?;
    let restart = client.begin_reboot("restart_server", &json!({ "graceful": true }))?;
    let behind = client.begin_call("mark", json!({ "text": "behind" }))?;
    assert_eq!(client.answer(spinning)?.tool_error()?.code, "deadline", "its own end, and not the restart");
    let answer = client.rebooted("restart_server", restart)?;
    assert_eq!(answer["restored"], json!({ "tables": true, "state": true, "lost": [] }));
    client.answer(behind)?.structured()?;
    assert_eq!(marks(&mut client)?, ["before", "behind"]);
    Ok(())
}

#[test]
fn claim_0_30_and_1_24_a_restart_is_over_in_less_than_five_seconds() -> TestResult {
    let mut client = PROGRAM.orchestrator()?.client()?;
    half_done(&mut client)?;
    let began = Instant::now();
    let answer = client.reboot("restart_server", json!({}))?;
    client.done("orchestrator_get_status", json!({}))?;
    let took = began.elapsed();
    ensure!(took < CYCLE, "it took {took:?}");
    let paused = answer["pause_ms"].as_f64().unwrap_or(f64::MAX);
    ensure!(0.0 < paused && paused <= took.as_secs_f64() * 1e3, "{answer}, in {took:?}");
    Ok(())
}

fn begin(client: &mut Client) -> TestResult {
    client.done("orchestrator_initialize_session", json!({ "working_directory": "/workspace" })).map(drop)
}

/// A plan of two tasks: one is done and has left an artifact, on the other somebody works.
fn half_done(client: &mut Client) -> TestResult {
    begin(client)?;
    let subtasks = json!([
        { "task_id": "build", "title": "Build", "description": "Build it.", "specialist_type": "implementer" },
        { "task_id": "test", "title": "Test", "description": "Test it.", "specialist_type": "tester",
          "dependencies": ["build"] },
    ]);
    let plan = json!({ "task_id": "release", "title": "Release", "description": "Ship it.", "subtasks": subtasks });
    client.done("orchestrator_plan_task", plan)?;
    client.done("orchestrator_execute_task", json!({ "task_id": "build" }))?;
    hand_in(client, "build")?;
    client.done("orchestrator_execute_task", json!({ "task_id": "test" })).map(drop)
}

fn hand_in(client: &mut Client, task: &str) -> TestResult {
    let work =
        json!({ "task_id": task, "summary": "It is done.", "detailed_work": "All of it.", "next_action": "complete" });
    client.done("orchestrator_complete_task", work).map(drop)
}

/// What is left to do of the plan can be done.
fn finish(client: &mut Client) -> TestResult {
    hand_in(client, "test")?;
    client.done("orchestrator_synthesize_results", json!({ "parent_task_id": "release" }))?;
    let status = client.done("orchestrator_get_status", json!({}))?;
    ensure!(status["counts"]["completed"] == 3, "{status}");
    Ok(())
}

/// All that a client can be told of the tasks and of what came of them.
fn told(client: &mut Client) -> anyhow::Result<Vec<Value>> {
    let status = client.done("orchestrator_get_status", json!({}))?;
    let listed = client.request("resources/list", json!({}))?.result()?.clone();
    let mut told = vec![status];
    for resource in listed["resources"].as_array().into_iter().flatten() {
        told.push(client.request("resources/read", json!({ "uri": resource["uri"] }))?.result()?.clone());
    }
    ensure!(told.len() == 2, "one task has left an artifact: {listed}");
    Ok(told)
}
