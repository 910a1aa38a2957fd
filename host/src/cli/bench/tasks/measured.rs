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
    call("orchestrator_update_task", "a dependency", |workspace, number| {
        let id = format!("one-{}-{number}", workspace.tasks());
        json!({ "task_id": id, "add_dependencies": [workspace.ready(number + 1)] })
    }),
    call(
        "orchestrator_query_tasks",
        "what waits for one",
        |workspace, number| json!({ "depends_on": workspace.ready(number + 1) }),
    ),
    call("orchestrator_query_tasks", "last changed", |_, _| json!({ "updated_after": "2020-01-01" })),
    call("orchestrator_query_tasks", "created long ago", |_, _| json!({ "created_before": "2020-01-01" })),
    call("orchestrator_what_next", "", |_, _| json!({})),
    call("orchestrator_what_next", "in a plan", |workspace, number| json!({ "plan_id": workspace.plan(number) })),
    call("orchestrator_what_next", "for a role", |_, _| json!({ "specialist_type": "tester" })),
    call("orchestrator_claim_task", "", |_, number| json!({ "agent": format!("agent-{number}") })),
    call(
        "orchestrator_claim_task",
        "renewed",
        |_, number| json!({ "agent": format!("agent-{number}"), "action": "renew" }),
    ),
    call(
        "orchestrator_claim_task",
        "released",
        |_, number| json!({ "agent": format!("agent-{number}"), "action": "release" }),
    ),
    call("orchestrator_show_board", "", |_, _| json!({})),
    call("orchestrator_show_board", "of a plan", |workspace, number| json!({ "plan_id": workspace.plan(number) })),
    call("orchestrator_artifacts", "of a task", |workspace, number| json!({ "task_id": workspace.ready(number) })),
    call("orchestrator_artifacts", "written", |workspace, number| {
        json!({ "action": "write", "task_id": workspace.ready(number), "name": "notes",
            "content": format!("What was seen in look {number}. ").repeat(40) })
    }),
    call("orchestrator_list_sessions", "", |_, _| json!({})),
    call("orchestrator_session_status", "", |_, _| json!({})),
    call("orchestrator_resume_session", "", |workspace, _| json!({ "session_id": workspace.session() })),
    call("orchestrator_cleanup_sessions", "", |_, _| json!({})),
    call(
        "orchestrator_cancel_task",
        "",
        |workspace, number| json!({ "task_id": format!("one-{}-{number}", workspace.tasks()) }),
    ),
    call(
        "orchestrator_delete_task",
        "archived",
        |workspace, number| json!({ "task_id": format!("part-{}-{number}", workspace.tasks()) }),
    ),
    call("orchestrator_delete_task", "a plan of 20, for good", |workspace, number| {
        let id = format!("few-{}-{number}", workspace.tasks());
        json!({ "task_id": id, "archive_instead": false, "force": true })
    }),
    call("template_list", "", |_, _| json!({})),
    call("template_info", "", |_, _| json!({ "template_id": "bug_fix" })),
    call("template_load", "", |_, _| json!({ "template_id": "bug_fix" })),
    call("template_instantiate", "", |_, number| {
        json!({ "template_id": "bug_fix", "parameters": {
            "bug": format!("Number {number} fails"), "observed": "It answers 400 and should answer 200." } })
    }),
    call("template_validate", "", |_, _| json!({ "template_content": TEMPLATE })),
    call(
        "template_create",
        "",
        |_, number| json!({ "template_id": format!("bench_{number}"), "template_content": TEMPLATE }),
    ),
    call("template_delete", "", |_, number| json!({ "template_id": format!("bench_{number}") })),
    call("template_install_default_library", "", |_, _| json!({})),
    call("template_install_examples", "", |_, _| json!({})),
    call("template_get_installation_status", "", |_, _| json!({})),
    call("template_validate_all", "", |_, _| json!({})),
    maintenance("scan_cleanup", |_, _| everywhere("scan_cleanup")),
    maintenance("validate_structure", |_, _| everywhere("validate_structure")),
    maintenance("update_documentation", |_, _| everywhere("update_documentation")),
    maintenance("prepare_handover", |_, _| everywhere("prepare_handover")),
];

const fn maintenance(action: &'static str, arguments: fn(&Workspace, u32) -> Value) -> Measured {
    call("orchestrator_maintenance_coordinator", action, arguments)
}

fn everywhere(action: &str) -> Value {
    json!({ "action": action, "scope": "full_project" })
}

const TEMPLATE: &str = r#"{
  metadata: { name: "Check a page", version: "1.0.0", description: "Look at one page." },
  parameters: { page: { type: "string", description: "Which page" } },
  plan: { title: "Check {{page}}", description: "See whether {{page}} is as it should be." },
  tasks: { look: { title: "Look", description: "Open {{page}} and read it." },
           tell: { title: "Tell", description: "Say what is wrong.", dependencies: ["look"] } },
}"#;
