//! No tool reads more the more tasks there are: every statement finds its rows by an index, and so does every trigger.
//! Only maintenance goes through everything, which is what it is for.

mod claims;
mod reads;
mod sessions;
mod tasks;
mod templates;
mod transfer;

use serde_json::json;

use crate::testing::{Recorder, delivery, subtask};

/// Makes the tools say every kind of thing they can.
fn exercise(host: &mut Recorder) {
    host.done("initialize_session", json!({}));
    host.done("plan_task", json!({"task_id": "first", "title": "t", "description": "d"}));
    host.done(
        "plan_task",
        json!({"task_id": "p", "description": "d", "dependencies": ["first"],
            "subtasks": [subtask("a", "coder", &[]), subtask("b", "tester", &["a"])]}),
    );
    let deadlock = json!({"title": "t", "description": "d", "parent_task_id": "first", "dependencies": ["b"]});
    host.refused("plan_task", deadlock, "invalid-arguments");
    let unknown = json!({"title": "t", "description": "d", "dependencies": ["unknown"]});
    host.refused("plan_task", unknown, "invalid-arguments");
    let many: Vec<_> = (0..201).map(|i| subtask(&format!("many{i}"), "coder", &[])).collect();
    host.done("plan_task", json!({"task_id": "many", "description": "d", "subtasks": many}));
    for (id, execute, complete) in [
        ("unknown", "unknown-task", "unknown-task"),
        ("a", "open-dependencies", "open-dependencies"),
        ("p", "open-dependencies", "open-dependencies"),
    ] {
        host.refused("execute_task", json!({ "task_id": id }), execute);
        host.refused("complete_task", delivery(id), complete);
    }
    host.done("execute_subtask", json!({ "task_id": "first" }));
    host.done("complete_subtask", delivery("first"));
    host.done("complete_task", delivery("first"));
    host.refused("complete_task", delivery("p"), "open-parts");
    host.done("execute_task", json!({ "task_id": "a" }));
    host.done("synthesize_results", json!({ "parent_task_id": "p" }));
    host.done("complete_task", delivery("a"));
    host.done("complete_task", delivery("b"));
    host.done("initialize_session", json!({}));
    host.done("get_status", json!({"include_completed": true}));
    host.done("synthesize_results", json!({ "parent_task_id": "p" }));
    host.done("show_board", json!({}));
    host.done("show_board", json!({"plan_id": "p"}));
    write_artifacts(host);
}

fn write_artifacts(host: &mut Recorder) {
    let mut id = json!(null);
    for content in ["x".repeat(200_000), "y".repeat(200_000), "y".repeat(200_000)] {
        let written =
            host.done("artifacts", json!({"action": "write", "task_id": "a", "name": "n", "content": content}));
        id = written["artifact_id"].clone();
    }
    let append = json!({"action": "append", "artifact_id": id, "content": "z".repeat(200_000)});
    host.done("artifacts", append);
    host.done("artifacts", json!({"artifact_id": id, "offset": 100_000, "length": 100_000}));
    host.refused("artifacts", json!({"artifact_id": "unknown"}), "unknown-artifact");
    host.done("artifacts", json!({"task_id": "a"}));
    host.done("artifacts", json!({"action": "list", "task_id": "a"}));
    let id = id.as_str().expect("an id");
    host.read(&format!("orchestrator://artifacts/{id}"));
    host.read(&format!("orchestrator://artifacts/{id}/10"));
}

/// Every kind of maintenance, before it counts what a statement reads; the pages it writes are read later.
fn maintain(host: &mut Recorder) {
    host.done("plan_task", json!({"task_id": "kept", "title": "t", "description": "d"}));
    for action in ["scan_cleanup", "validate_structure", "update_documentation", "prepare_handover"] {
        host.done("maintenance_coordinator", json!({"action": action, "scope": "full_project"}));
    }
    host.forget();
}

/// What a change of status gathers itself before it writes to it: the tasks that wait for the one that changed.
const HELD: &str = "SCAN held";

/// Rows of a virtual table that are looked up: what an FTS table finds by words or by number, and a list of JSON, which
/// is as long as the call says. What follows `INDEX` is how the table says that it was given something to look for.
fn looks_up(step: &str) -> bool {
    let Some((_, index)) = step.split_once(" VIRTUAL TABLE INDEX ") else { return false };
    let (number, words) = index.split_once(':').unwrap_or((index, ""));
    let json = words.is_empty() && matches!(number, "1" | "3");
    json || words.starts_with('M') || words.starts_with('=')
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let mut host = Recorder::new();
    maintain(&mut host);
    exercise(&mut host);
    claims::exercise(&mut host);
    sessions::exercise(&mut host);
    tasks::exercise(&mut host);
    reads::exercise(&mut host);
    templates::exercise(&mut host);
    transfer::exercise(&mut host);
    assert_eq!(host.missing(), [""; 0], "never tried");
    let plans = host.plans();
    assert!(plans.len() > 200, "only {} statements were heard", plans.len());
    assert!(plans.iter().any(|(_, steps)| steps.iter().any(|step| step == HELD)), "triggers are left out");
    let wrong: Vec<_> = plans.iter().filter_map(|(sql, steps)| problem(sql, steps)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is wrong with how SQLite goes about a statement.
fn problem(sql: &str, steps: &[String]) -> Option<String> {
    let reads_all = |step: &str| match step.contains("VIRTUAL TABLE") {
        true => !looks_up(step),
        false => step.starts_with("SCAN") && !["SCAN CONSTANT ROW", HELD].contains(&step),
    };
    // By its workspace alone an index finds every task of it, and then some other condition picks a few.
    // There is a row for each status, and for each of a few files.
    let few = ["status_count", "role_file"].iter().any(|table| sql.contains(table));
    let reads = sql.trim_start().starts_with("SELECT") && !sql.contains("LIMIT") && !few;
    let whole = |step: &str| reads && step.ends_with("(workspace_id=?)");
    // What a task and the plans above it wait for is a list with a limit of its own.
    let own = sql.contains("FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite");
    let sorts = |step: &str| step.contains("TEMP B-TREE") && !step.ends_with("FOR DISTINCT") && !own;
    let wrong = steps.iter().find(|step| reads_all(step) || whole(step) || sorts(step))?;
    Some(format!("{wrong}\nin {sql}\n{steps:#?}"))
}
