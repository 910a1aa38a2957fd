//! What agents do all day costs the same in a workspace of ten thousand tasks as in one of three
//! thousand, which is enough for every list to be full. A plan costs no more for what is settled in it.

use mainstay_plugin::Plugin;
use serde_json::{Value, json};

use crate::testing::{Host, complete, delivery, done, host, refused, subtask};

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

/// A plan whose first parts are settled, half of them by being given up, and whose last three are open.
fn wide(host: &mut Host, settled: i64) {
    let parts = [subtask("w1", "coder", &[]), subtask("w2", "coder", &["w1"]), subtask("w3", "coder", &[])];
    done(host, "plan_task", json!({"task_id": "wide", "description": "d", "subtasks": parts}));
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
            specialist, created_at, updated_at, started_at, completed_at, description)
        SELECT 1000 + i, 1, 's' || i, p.seq, p.path || printf('%08x', 1000 + i), 2, 0, 'Task ' || i, 'standard',
            iif(i % 2, 'completed', 'cancelled'), 'moderate', 'coder', i, i, i, iif(i % 2, i, NULL), 'd'
        FROM n JOIN task AS p ON p.id = 'wide'";
    host.host().connection().execute(sql, [settled]).expect("parts");
    host.host()
        .connection()
        .execute("UPDATE task SET position = 200000 WHERE id IN ('w1', 'w2', 'w3')", [])
        .expect("last");
}

/// Steps of what is asked about such a plan, and of giving it up at the end.
fn ask(settled: i64) -> Vec<(String, u64)> {
    let mut host = host();
    wide(&mut host, settled);
    let mut spent = Vec::new();
    for (tool, arguments) in [
        ("synthesize_results", json!({"parent_task_id": "wide"})),
        ("execute_task", json!({"task_id": "w1"})),
        ("show_board", json!({})),
        ("show_board", json!({"plan_id": "wide"})),
        ("get_status", json!({"include_completed": true})),
        ("query_tasks", json!({"parent_task_id": "wide", "status": ["pending", "active"]})),
        ("query_tasks", json!({"parent_task_id": "wide", "include_children": true, "ready": true})),
        ("query_tasks", json!({"task_id": "wide"})),
        ("what_next", json!({"plan_id": "wide"})),
        ("plan_task", json!({"title": "One more", "description": "d", "parent_task_id": "wide"})),
    ] {
        let name = format!("{tool} {arguments}");
        spent.push((name, steps(&mut host, tool, arguments).0));
    }
    let before = host.host().steps();
    let failure = refused(&mut host, "complete_task", delivery("wide"));
    assert_eq!(failure.code(), "open-parts");
    spent.push(("complete_task".to_owned(), host.host().steps() - before));
    for uri in ["graph/wide.mmd", "graph/wide.svg", "board/wide.json", "tasks/wide"] {
        let before = host.host().steps();
        let read = host.read(|plugin, cx| plugin.read_resource(cx, &format!("orchestrator://{uri}")));
        assert!(read.is_ok(), "{uri}: {read:?}");
        spent.push((uri.to_owned(), host.host().steps() - before));
    }
    let (steps, answer) = steps(&mut host, "cancel_task", json!({"task_id": "wide"}));
    assert_eq!((&answer["cancelled"], &answer["status"]), (&json!(5), &json!("cancelled")));
    spent.push(("cancel_task".to_owned(), steps));
    spent
}

#[test]
fn settled_parts_of_a_plan_cost_nothing_that_does_not_show_them() {
    // Enough for every list to be full.
    for ((call, few), (_, many)) in ask(3_000).iter().zip(&ask(12_000)) {
        assert!(*many < few * 5 / 4 + 100, "{call}: {few} steps, with twelve thousand settled parts {many}");
    }
}

#[test]
fn each_call_that_goes_on_with_a_large_plan_costs_the_same() {
    let mut host = host();
    wide(&mut host, 3_000);
    host.host().connection().execute("UPDATE task SET status = 'pending' WHERE id LIKE 's%'", []).expect("open again");
    for (tool, left) in [("cancel_task", "open_parts_left"), ("delete_task", "more_left")] {
        let mut spent = Vec::new();
        loop {
            let (steps, answer) = steps(&mut host, tool, json!({"task_id": "wide"}));
            if answer[left] != true {
                break;
            }
            spent.push(steps);
        }
        assert_eq!(spent.len(), 6, "{tool}: {spent:?}");
        assert!(spent[5] < spent[0] * 21 / 20, "{tool}: {spent:?}");
    }
}

#[test]
fn plans_under_way_are_not_looked_for_among_tasks_under_way() {
    let spent = |tasks: i64| {
        let mut host = host();
        wide(&mut host, tasks);
        let active = "UPDATE task SET status = 'active' WHERE id LIKE 's%' OR id = 'wide'";
        host.host().connection().execute(active, []).expect("under way");
        steps(&mut host, "show_board", json!({})).0
    };
    let (few, many) = (spent(2_000), spent(8_000));
    assert!(many < few * 5 / 4 + 100, "{few} steps, with eight thousand tasks under way {many}");
}
