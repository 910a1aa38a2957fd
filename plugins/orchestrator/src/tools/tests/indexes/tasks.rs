//! The tools for changing, removing and finding tasks.

use mainstay_plugin::Context;
use serde_json::{Value, json};

use super::arguments;
use crate::testing::subtask;
use crate::tools::plan;
use crate::tools::tasks::{cancel, delete, query, update};

pub(super) fn exercise(cx: &Context<'_>) {
    let parts = [subtask("x", "coder", &[]), subtask("y", "tester", &["x"]), subtask("z", "tester", &["y"])];
    let planned = json!({"task_id": "q", "description": "d", "subtasks": parts});
    drop(plan::run(cx, arguments(planned)).expect("a plan"));
    change(cx);
    find(cx);
    remove(cx);
}

fn change(cx: &Context<'_>) {
    let update = |value: Value| drop(update::run(cx, &arguments(value)));
    update(json!({"task_id": "x", "title": "t", "description": "new", "complexity": "simple", "priority": "high",
        "specialist_type": "tester", "estimated_effort": "1 h", "due_date": "2026-02-01", "context": {"a": 1},
        "attributes": {"a": 1, "b": "2"}, "status": "active"}));
    update(json!({"task_id": "z", "add_dependencies": ["x", {"task_id": "b", "type": "related"}, "unknown"]}));
    update(json!({"task_id": "z", "add_dependencies": ["x"], "remove_dependencies": ["y"]}));
    update(json!({"task_id": "x", "add_dependencies": ["z"]}));
    update(json!({"task_id": "z", "waive_dependencies": [{"task_id": "x", "reason": "r"}]}));
    update(json!({"task_id": "x", "attributes": {"a": null}, "due_date": null, "status": "blocked"}));
}

/// Every filter with every order, each from the beginning and with a cursor.
fn find(cx: &Context<'_>) {
    let filters = [
        json!({}),
        json!({"status": ["pending", "completed"]}),
        json!({"status": ["pending"], "specialist_type": ["tester"]}),
        json!({"task_type": ["standard"]}),
        json!({"specialist_type": ["tester", "coder"]}),
        json!({"complexity": ["moderate"]}),
        json!({"priority": ["normal", "high"]}),
        json!({"parent_task_id": "q"}),
        json!({"parent_task_id": "q", "include_children": true}),
        json!({"depends_on": "x"}),
        json!({"search_text": "title \"of y\""}),
        json!({"attributes": {"b": "2", "c": 1}}),
        json!({"created_after": "2020-01-01", "created_before": "2030-01-01", "due_before": "2030-01-01"}),
        json!({"updated_after": "2020-01-01"}),
        json!({"ready": true}),
        json!({"ready": false}),
    ];
    for filter in filters {
        for sort in [None, Some("newest"), Some("oldest"), Some("updated"), Some("due"), Some("priority"), Some("plan")]
        {
            let mut query = filter.clone();
            query["sort"] = json!(sort);
            query["limit"] = json!(1);
            query["include_artifacts"] = json!(true);
            for _ in 0..2 {
                let Ok(reply) = query::run(cx, &arguments(query.clone())) else { break };
                let Some(cursor) = reply.value().next_cursor.clone() else { break };
                query["cursor"] = json!(cursor);
            }
        }
    }
    for id in ["q", "x", "z", "unknown"] {
        drop(query::run(cx, &arguments(json!({ "task_id": id }))));
    }
}

fn remove(cx: &Context<'_>) {
    drop(cancel::run(cx, &arguments(json!({"task_id": "y", "reason": "r", "preserve_work": false}))));
    drop(delete::run(cx, &arguments(json!({"task_id": "q"}))));
    drop(delete::run(cx, &arguments(json!({"task_id": "y", "force": true}))));
    drop(delete::run(cx, &arguments(json!({"task_id": "q", "force": true, "archive_instead": false}))));
    drop(delete::run(cx, &arguments(json!({"task_id": "a", "force": true, "archive_instead": false}))));
}
