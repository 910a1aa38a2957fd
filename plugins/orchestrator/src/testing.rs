//! What the tests of this crate share: a host with the plugin in it, and short ways to call it.

mod recorder;

use mainstay_plugin::bindings::exports::mainstay::plugin::tools::Unavailable;
use mainstay_plugin::testing::{Answered, Harness};
use mainstay_plugin::{Answer, Failure, Request};
use serde_json::{Value, json};

pub(crate) use self::recorder::Recorder;
use crate::Orchestrator;
use crate::tools::ROOTS;

pub(crate) type Host = Harness<Orchestrator>;

/// A host that has just started, whose answers have structured content as well.
pub(crate) fn host() -> Host {
    Harness::with_config(json!({ "answers": "both" }))
}

/// What becomes of a call by a client that has no roots, as most.
pub(crate) fn call(host: &mut Host, tool: &str, arguments: Value) -> Answered {
    match host.call(tool, arguments) {
        Answered::Waiting(waiting) if waiting.requests().all(|(_, request)| matches!(request, Request::Roots)) => {
            host.resume(waiting, vec![(ROOTS, Answer::Unavailable(Unavailable::Unsupported))])
        }
        answered => answered,
    }
}

/// The call's structured answer.
pub(crate) fn done(host: &mut Host, tool: &str, arguments: Value) -> Value {
    call(host, &format!("orchestrator_{tool}"), arguments).expect_done()
}

/// The call's text.
pub(crate) fn text(host: &mut Host, tool: &str, arguments: Value) -> String {
    call(host, &format!("orchestrator_{tool}"), arguments).expect_text()
}

/// Why the call failed.
pub(crate) fn refused(host: &mut Host, tool: &str, arguments: Value) -> Failure {
    call(host, &format!("orchestrator_{tool}"), arguments).expect_failure()
}

/// The hint of a failure.
pub(crate) fn hint(failure: &Failure) -> String {
    let Failure::Failed { hint, .. } = failure else { return String::new() };
    hint.clone().unwrap_or_default()
}

/// A subtask called after its id.
pub(crate) fn subtask(id: &str, specialist: &str, dependencies: &[&str]) -> Value {
    json!({
        "task_id": id,
        "title": format!("Title of {id}"),
        "description": format!("Description of {id}"),
        "specialist_type": specialist,
        "dependencies": dependencies,
    })
}

/// The plan `shop`: `design`, then `build`, then `check`.
pub(crate) fn shop(host: &mut Host) -> Value {
    let subtasks = [
        subtask("design", "architect", &[]),
        subtask("build", "implementer", &["design"]),
        subtask("check", "tester", &["build"]),
    ];
    let plan = json!({
        "task_id": "shop",
        "description": "Build a shop\nwith everything in it",
        "context": "for bicycles",
        "subtasks": subtasks,
    });
    done(host, "plan_task", plan)
}

/// One task without anything around it.
pub(crate) fn task(host: &mut Host, id: &str) -> Value {
    done(host, "plan_task", json!({"task_id": id, "title": format!("Title of {id}"), "description": "To be done"}))
}

/// `t1`, and a chain of as many tasks that wait for it, each for the one before; beside it `done`, which is, and `held`,
/// which waits for `free`. The workspace must be empty.
pub(crate) fn chain(host: &mut Host, behind: usize) {
    task(host, "t1");
    let sql = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ?1)
        INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity, specialist,
            created_at, updated_at, description)
        SELECT i, 1, 't' || i, printf('%08x', i), 1, 0, 'Task ' || i, 'standard', 'pending', 'moderate', 'coder', i, i,
            'd' FROM n";
    host.host().connection().execute(sql, [behind]).expect("tasks");
    let links = "INSERT INTO dependency (task, prerequisite) SELECT seq, seq - 1 FROM task WHERE seq > 1";
    host.host().connection().execute(links, []).expect("a chain");
    task(host, "free");
    task(host, "done");
    complete(host, "done");
    let held = json!({"task_id": "held", "title": "t", "description": "d", "dependencies": ["free"]});
    done(host, "plan_task", held);
}

/// Arguments that complete `id`.
pub(crate) fn delivery(id: &str) -> Value {
    json!({
        "task_id": id,
        "summary": format!("Summary of {id}"),
        "detailed_work": format!("Work of {id}"),
        "next_action": "complete",
    })
}

/// Completes `id`.
pub(crate) fn complete(host: &mut Host, id: &str) -> Value {
    done(host, "complete_task", delivery(id))
}

/// The status of `id`, as the table has it.
pub(crate) fn status(host: &Host, id: &str) -> String {
    let sql = "SELECT status FROM task WHERE id = ?1";
    host.host().connection().query_row(sql, [id], |row| row.get(0)).expect("there is one task of that id")
}

/// How many rows a table has.
pub(crate) fn rows(host: &Host, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    host.host().connection().query_row(&sql, [], |row| row.get(0)).expect("the table is there")
}

/// The values of one field of a list.
pub(crate) fn each(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().expect("a list");
    items.iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}
