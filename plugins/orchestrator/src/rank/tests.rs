use std::fmt::Write as _;

use mainstay_plugin::Context;
use serde_json::json;

use super::changed;
use crate::testing::{Host, done, host, shop, subtask, task};

fn tails(host: &Host, ids: &[&str]) -> Vec<i64> {
    let sql = "SELECT w.tail FROM work AS w JOIN task AS t ON t.seq = w.task WHERE t.id = ?1";
    let tail = |id: &&str| host.host().connection().query_row(sql, [*id], |row| row.get(0)).expect("one task");
    ids.iter().map(tail).collect()
}

fn set(host: &Host, sql: &str) {
    host.host().connection().execute_batch(sql).expect("SQL");
}

fn say(host: &Host, tasks: &[i64]) {
    changed(&Context::new(host.host(), None, ""), 1, tasks).expect("no failure");
}

#[test]
fn planning_counts_the_longest_chain_behind_every_task() {
    let mut host = host();
    shop(&mut host);
    assert_eq!(tails(&host, &["design", "build", "check"]), [180, 120, 60]);
}

#[test]
fn of_two_chains_the_longer_counts() {
    let mut host = host();
    let parts = [
        subtask("start", "coder", &[]),
        subtask("short", "coder", &["start"]),
        subtask("long_1", "coder", &["start"]),
        subtask("long_2", "coder", &["long_1"]),
        subtask("end", "coder", &["short", "long_2"]),
    ];
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    assert_eq!(tails(&host, &["start", "short", "long_1", "long_2", "end"]), [240, 120, 180, 120, 60]);
}

#[test]
fn a_plan_that_is_added_behind_others_reaches_them() {
    let mut host = host();
    shop(&mut host);
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "ship", "title": "t", "description": "d", "complexity": "complex",
        "dependencies": ["check"]}),
    );
    assert_eq!(tails(&host, &["design", "build", "check", "ship"]), [420, 360, 300, 240]);
}

#[test]
fn minutes_and_statuses_change_what_is_upstream() {
    let mut host = host();
    shop(&mut host);
    set(&host, "UPDATE work SET minutes = 10 WHERE task = 4");
    say(&host, &[4]);
    assert_eq!(tails(&host, &["design", "build", "check"]), [130, 70, 10]);
    set(&host, "UPDATE task SET status = 'cancelled' WHERE seq = 4");
    say(&host, &[4]);
    assert_eq!(tails(&host, &["design", "build"]), [120, 60]);
    set(&host, "UPDATE dependency SET waived_at = 1 WHERE task = 3");
    say(&host, &[3, 2]);
    assert_eq!(tails(&host, &["design", "build"]), [60, 60]);
}

#[test]
fn the_queue_follows() {
    let mut host = host();
    task(&mut host, "alone");
    shop(&mut host);
    let front = "SELECT t.id FROM queue AS q JOIN task AS t ON t.seq = q.task
        ORDER BY q.workspace_id, q.priority DESC, q.tail DESC, q.task LIMIT 1";
    let front = || host.host().connection().query_row(front, [], |row| row.get::<_, String>(0)).expect("a task");
    assert_eq!(front(), "design");
    set(&host, "UPDATE work SET minutes = 4800 WHERE task = 1");
    say(&host, &[1]);
    assert_eq!(front(), "alone");
}

#[test]
fn a_chain_of_five_hundred_is_counted_in_a_few_statements() {
    let mut host = host();
    let id = |i: usize| format!("t{i}");
    let parts: Vec<_> = (0..500)
        .map(|i| if i == 0 { subtask("t0", "coder", &[]) } else { subtask(&id(i), "coder", &[&id(i - 1)]) })
        .collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    assert_eq!(tails(&host, &["t0", "t250", "t499"]), [30_000, 15_000, 60]);
    let before = host.host().steps();
    say(&host, &(1..=501).collect::<Vec<_>>());
    let steps = host.host().steps() - before;
    assert!(steps < 500 * 250, "{steps} steps to find that nothing changed");
}

#[test]
fn one_call_looks_at_ten_thousand_tasks_and_no_more() {
    let mut host = host();
    task(&mut host, "end");
    let mut sql = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
        INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity, specialist,
            created_at, updated_at, description)
        SELECT i, 1, 't' || i, format('%08x', i), 1, 0, 't', 'standard', 'pending', 'moderate', 'coder', 1, 1, 'd'
        FROM n;"
        .to_owned();
    write!(sql, "INSERT INTO dependency (task, prerequisite) SELECT 1, seq FROM task WHERE seq > 1;")
        .expect("a string");
    set(&host, &sql);
    say(&host, &[1]);
    let counted = "SELECT count(*) FROM work WHERE tail > 0";
    let counted: i64 = host.host().connection().query_row(counted, [], |row| row.get(0)).expect("a number");
    assert_eq!(counted, 10_000);
}
