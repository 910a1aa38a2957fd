//! Everything out and in again.

use mainstay_plugin::Context;
use serde_json::{Value, json};

use super::arguments;
use crate::tools::transfer::{export, import};

/// Exports what there is, takes it in again, and takes in rows of the Python program.
pub(super) fn exercise(cx: &Context<'_>) {
    for markdown in [true, false] {
        drop(export::run(cx, &arguments(json!({ "workspace": "/w", "markdown": markdown }))));
        drop(export::run(cx, &arguments(json!({ "markdown": markdown }))));
    }
    let lines = crate::transfer::export::page(cx, None, None).map(|page| page.lines).unwrap_or_default();
    let records: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for into in ["/w", "/x"] {
        drop(import::run(cx, &arguments(json!({ "source": "mainstay", "into": into, "records": &records }))));
    }
    let subtask = |id: &str, dependency: &str| {
        json!({ "table": "subtasks", "row": { "task_id": id, "parent_task_id": "plan", "title": id, "status": "pending",
            "specialist_type": "wizard", "results": "r".repeat(5_000), "dependencies": [dependency] } })
    };
    let rows = [
        json!({ "table": "task_breakdowns", "row": { "parent_task_id": "plan", "description": "d" } }),
        subtask("a", "b"),
        subtask("b", "c"),
        subtask("c", "a"),
        json!({ "table": "task_attributes", "row": { "task_id": "a", "attribute_name": "n", "attribute_value": "v" } }),
        json!({ "table": "task_events", "row": { "task_id": "a", "event_id": 1, "event_type": "assigned" } }),
        json!({ "table": "task_artifacts", "row": { "task_id": "a", "id": "x", "content": "c".repeat(70_000) } }),
    ];
    for links in [false, true, true] {
        let call = json!({ "source": "python", "into": "/w", "records": &rows, "links": links });
        drop(import::run(cx, &arguments(call)));
    }
}
