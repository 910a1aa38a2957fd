//! The calls that are timed. Each is a line; what the orchestrator does not serve is left out.

use serde_json::{Value, json};

use super::workspace::{DIRECTORY, Workspace};

/// One call, again and again.
pub(super) struct Measured {
    pub(super) tool: &'static str,
    /// What tells two calls of one tool apart.
    pub(super) how: &'static str,
    /// Makes them from the number of the call.
    pub(super) arguments: fn(&Workspace, u32) -> Value,
}

impl Measured {
    /// Such as `get_status, completed ones too`.
    pub(super) fn name(&self) -> String {
        let tool = self.tool.trim_start_matches("orchestrator_");
        if self.how.is_empty() { tool.to_owned() } else { format!("{tool}, {}", self.how) }
    }
}

const fn call(tool: &'static str, how: &'static str, arguments: fn(&Workspace, u32) -> Value) -> Measured {
    Measured { tool, how, arguments }
}

/// In the order in which they are called: a task is taken up before it is handed in.
pub(super) const MEASURED: &[Measured] = &[
    call("orchestrator_initialize_session", "", |_, _| json!({ "working_directory": DIRECTORY })),
    call("orchestrator_plan_task", "one task", |workspace, number| {
        let id = format!("one-{}-{number}", workspace.tasks());
        json!({ "task_id": id, "title": format!("Task {id}"), "description": "What is to be done." })
    }),
    call("orchestrator_plan_task", "a part of a plan", |workspace, number| {
        let id = format!("part-{}-{number}", workspace.tasks());
        json!({ "task_id": id, "title": format!("Part {id}"), "description": "What is to be done.",
            "parent_task_id": workspace.plan(number) })
    }),
    call("orchestrator_plan_task", "20 subtasks", |workspace, number| {
        workspace.small_plan(&format!("few-{}-{number}", workspace.tasks()), 20)
    }),
    call("orchestrator_execute_task", "", |workspace, number| json!({ "task_id": workspace.ready(number) })),
    call("orchestrator_complete_task", "", |workspace, number| Workspace::work(&workspace.ready(number))),
    call(
        "orchestrator_synthesize_results",
        "",
        |workspace, number| json!({ "parent_task_id": workspace.plan(number) }),
    ),
    call("orchestrator_get_status", "", |_, _| json!({})),
    call("orchestrator_get_status", "completed ones too", |_, _| json!({ "include_completed": true })),
    call("orchestrator_query_tasks", "newest", |_, _| json!({})),
    call("orchestrator_query_tasks", "by id", |workspace, number| json!({ "task_id": workspace.ready(number) })),
    call("orchestrator_query_tasks", "by status", |_, _| json!({ "status": ["completed"] })),
    call(
        "orchestrator_query_tasks",
        "by two filters",
        |_, _| json!({ "status": ["pending"], "specialist_type": ["implementer"] }),
    ),
    call(
        "orchestrator_query_tasks",
        "in a plan",
        |workspace, number| json!({ "parent_task_id": workspace.plan(number), "include_children": true }),
    ),
    call(
        "orchestrator_query_tasks",
        "a rare word",
        |workspace, number| json!({ "search_text": workspace.rare_word(number) }),
    ),
    call("orchestrator_query_tasks", "a word of every task", |_, _| json!({ "search_text": "done" })),
    call(
        "orchestrator_update_task",
        "",
        |workspace, number| json!({ "task_id": workspace.ready(number), "priority": "high" }),
    ),
    call("orchestrator_what_next", "", |_, _| json!({})),
    call("orchestrator_claim_task", "", |_, number| json!({ "agent": format!("agent-{number}") })),
    call("orchestrator_show_board", "", |_, _| json!({})),
    call("orchestrator_show_board", "of a plan", |workspace, number| json!({ "plan_id": workspace.plan(number) })),
    call("orchestrator_artifacts", "of a task", |workspace, number| json!({ "task_id": workspace.ready(number) })),
    call("orchestrator_list_sessions", "", |_, _| json!({})),
    call("orchestrator_session_status", "", |_, _| json!({})),
    call(
        "orchestrator_cancel_task",
        "",
        |workspace, number| json!({ "task_id": format!("one-{}-{number}", workspace.tasks()) }),
    ),
    call("template_list", "", |_, _| json!({})),
];
