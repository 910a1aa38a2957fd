//! A call that is a task goes on without the request it came with: through a kill, a swap, and until somebody answers.

use anyhow::{Context as _, ensure};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, until};

fn able() -> Value {
    json!({ "elicitation": { "form": {} }, "extensions": { "io.modelcontextprotocol/tasks": {} } })
}

#[test]
fn a_task_is_there_before_its_client_hears_of_it_and_keeps_its_result() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&able())?;
    let task = create(&mut client, "slow_compute", json!({ "seconds": 0, "label": "it" }))?;
    let ended = ended(&mut client, &task)?;
    assert_eq!(ended["status"], "completed");
    assert_eq!(ended["result"]["content"][0]["text"], "it took 0 s");
    ensure!(ended["ttlMs"].as_u64().is_some_and(|ttl| ttl > 3_600_000), "{ended}");
    Ok(())
}

#[test]
fn a_task_that_waits_for_a_person_survives_a_kill_and_a_swap() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&able())?;
    let task = create(&mut client, "multi_input", json!({}))?;
    asked(&mut client, &task, &["first", "second"])?;
    update(&mut client, &task, &json!({ "first": { "action": "accept", "content": { "name": "Ada" } } }))?;
    asked(&mut client, &task, &["second"])?;
    client.kill()?;
    let mut client = host.modern_client(&able())?;
    asked(&mut client, &task, &["second"])?;
    let next = host.dir().join("next.wasm");
    guests::with_a_remark(guests::CONFORMANCE, "next", &next)?;
    host.swap("guest", next.to_str().context("a path")?, &[])?.committed()?;
    asked(&mut client, &task, &["second"])?;
    update(&mut client, &task, &json!({ "second": { "action": "decline" }, "unknown": 1 }))?;
    assert_eq!(ended(&mut client, &task)?["result"]["content"][0]["text"], "Both are answered.");
    Ok(())
}

#[test]
fn a_task_that_waits_for_nobody_goes_on_in_the_next_process() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&able())?;
    let task = create(&mut client, "slow_compute", json!({ "seconds": 1 }))?;
    client.kill()?;
    let mut client = host.modern_client(&able())?;
    assert_eq!(ended(&mut client, &task)?["status"], "completed");
    Ok(())
}

#[test]
fn a_task_that_is_cancelled_stays_so() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&able())?;
    let task = create(&mut client, "slow_compute", json!({ "seconds": 600 }))?;
    for _ in 0..2 {
        client.request("tasks/cancel", json!({ "taskId": task }))?.result()?;
        assert_eq!(get(&mut client, &task)?["status"], "cancelled");
    }
    assert_eq!(waits(&host)?, 0);
    Ok(())
}

#[test]
fn what_comes_to_nothing_ends_the_task_with_what_a_caller_would_have_got() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&able())?;
    let failing = create(&mut client, "failing_job", json!({}))?;
    let failed = ended(&mut client, &failing)?;
    assert_eq!((&failed["status"], &failed["result"]["isError"]), (&json!("completed"), &json!(true)));
    let broken = create(&mut client, "protocol_error_job", json!({}))?;
    let failed = ended(&mut client, &broken)?;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!(-32602)));
    Ok(())
}

#[test]
fn questions_come_first_where_the_tool_says_so() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&able())?;
    let asked = client.call("test_tool_with_task", json!({}))?.result()?.clone();
    assert_eq!(asked["resultType"], "input_required");
    let name = json!({ "user_name": { "action": "accept", "content": { "name": "Ada" } } });
    let back = json!({ "name": "test_tool_with_task", "inputResponses": name, "requestState": asked["requestState"] });
    let created = client.request("tools/call", back)?.result()?.clone();
    assert_eq!(created["resultType"], "task");
    let task = created["taskId"].as_str().context("no task")?;
    assert_eq!(ended(&mut client, task)?["result"]["content"][0]["text"], "It is done, Ada.");
    Ok(())
}

#[test]
fn clients_that_know_no_tasks_get_none() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&json!({}))?;
    let plain = client.call("slow_compute", json!({ "seconds": 0 }))?.result()?.clone();
    assert_eq!(plain["resultType"], "complete");
    assert_eq!(client.call("failing_job", json!({}))?.error()?.0, -32021);
    assert_eq!(client.request("tasks/get", json!({ "taskId": "guest-0" }))?.error()?.0, -32021);
    let mut able = host.modern_client(&able())?;
    assert_eq!(able.request("tasks/get", json!({ "taskId": "guest-0" }))?.error()?.0, -32602);
    let mut older = host.client()?;
    assert_eq!(older.call("failing_job", json!({}))?.tool_error()?.code, "client-capability");
    Ok(())
}

fn create(client: &mut Client, tool: &str, arguments: Value) -> anyhow::Result<String> {
    let created = client.call(tool, arguments)?.result()?.clone();
    ensure!(created["resultType"] == "task", "no task: {created}");
    let task = created["taskId"].as_str().context("no id")?.to_owned();
    assert_eq!(get(client, &task)?["taskId"], task.as_str(), "at once");
    Ok(task)
}

fn get(client: &mut Client, task: &str) -> anyhow::Result<Value> {
    Ok(client.request("tasks/get", json!({ "taskId": task }))?.result()?.clone())
}

fn update(client: &mut Client, task: &str, responses: &Value) -> TestResult {
    client.request("tasks/update", json!({ "taskId": task, "inputResponses": responses }))?.result()?;
    Ok(())
}

fn ended(client: &mut Client, task: &str) -> anyhow::Result<Value> {
    until("the task ended", || {
        Ok(!["working", "input_required"].contains(&get(client, task)?["status"].as_str().unwrap_or("")))
    })?;
    get(client, task)
}

fn asked(client: &mut Client, task: &str, keys: &[&str]) -> TestResult {
    until("the task asks", || {
        let requests = get(client, task)?["inputRequests"].as_object().cloned().unwrap_or_default();
        Ok(requests.keys().map(String::as_str).eq(keys.iter().copied()))
    })
}

fn waits(host: &Host) -> anyhow::Result<i64> {
    let database = rusqlite::Connection::open(host.database())?;
    Ok(database.query_row("SELECT count(*) FROM _mainstay_waits", [], |row| row.get(0))?)
}
