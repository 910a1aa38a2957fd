//! Everything out and in again.

use serde_json::{Value, json};

use crate::testing::Recorder;

/// Exports what there is, takes it in again, and takes in rows of the Python program.
pub(super) fn exercise(host: &mut Recorder) {
    let here = "/home/user/project";
    for markdown in [true, false] {
        host.done("export", json!({ "workspace": here, "markdown": markdown }));
        host.done("export", json!({ "markdown": markdown }));
    }
    let page = host.host().read(|_, cx| crate::transfer::export::page(cx, None, None)).expect("a page");
    let records: Vec<Value> = page.lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for into in [here, "/x"] {
        host.done("import", json!({ "source": "mainstay", "into": into, "records": &records }));
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
        host.done("import", json!({ "source": "python", "into": here, "records": &rows, "links": links }));
    }
}
