//! What agents do all day costs the same in a workspace of ten thousand tasks as in one of three
//! thousand, which is enough for every list to be full.

use serde_json::{Value, json};

use crate::testing::{Host, complete, done, host, subtask};

/// Tasks of one planning call, the plan included.
const PLAN: usize = 500;

/// A plan of chains of five.
fn plan(host: &mut Host, number: usize) {
    let id = |i: usize| format!("p{number}_{i}");
    let parts: Vec<_> = (0..PLAN - 1)
        .map(|i| if i % 5 == 0 { subtask(&id(i), "coder", &[]) } else { subtask(&id(i), "tester", &[&id(i - 1)]) })
        .collect();
    let title = format!("Plan {number}");
    let plan = json!({"task_id": format!("p{number}"), "title": title, "description": "d", "subtasks": parts});
    done(host, "plan_task", plan);
}

/// SQLite's steps for one call.
fn steps(host: &mut Host, tool: &str, arguments: Value) -> (u64, Value) {
    let before = host.host().steps();
    let answer = done(host, tool, arguments);
    (host.host().steps() - before, answer)
}

/// Steps of every kind of call, on a small plan that is made for it.
fn day(host: &mut Host, name: &str) -> Vec<(String, u64)> {
    let part = format!("{name}_1");
    let parts = [subtask(&part, "coder", &[]), subtask(&format!("{name}_2"), "coder", &[&part])];
    let mut spent = Vec::new();
    let mut call = |tool: &str, arguments: Value| {
        spent.push((format!("{tool} {}", arguments["agent"]), steps(host, tool, arguments).0));
    };
    call("plan_task", json!({"task_id": name, "description": "d", "subtasks": parts}));
    call("what_next", json!({}));
    call("what_next", json!({"agent": name, "plan_id": "p0"}));
    call("what_next", json!({"specialist_type": "reviewer"}));
    call("claim_task", json!({ "agent": name }));
    call("claim_task", json!({"agent": name, "task_id": part}));
    call("claim_task", json!({"agent": name, "action": "renew"}));
    call("execute_task", json!({"agent": name, "task_id": part}));
    call("claim_task", json!({"agent": name, "action": "release"}));
    call("execute_task", json!({ "task_id": part }));
    let before = host.host().steps();
    complete(host, &part);
    spent.push(("complete_task".to_owned(), host.host().steps() - before));
    spent
}

#[test]
fn ten_thousand_tasks_cost_no_more_than_three_thousand() {
    let mut host = host();
    (0..6).for_each(|number| plan(&mut host, number));
    let few = day(&mut host, "few");
    (6..20).for_each(|number| plan(&mut host, number));
    let many = day(&mut host, "many");
    for ((call, few), (_, many)) in few.iter().zip(&many) {
        assert!(*many < few * 5 / 4 + 100, "{call}: {few} steps, with ten thousand tasks {many}");
    }
}
