//! The tools for changing, removing and finding tasks.

use serde_json::json;

use crate::testing::{Recorder, subtask};

pub(super) fn exercise(host: &mut Recorder) {
    let parts = [subtask("x", "coder", &[]), subtask("y", "tester", &["x"]), subtask("z", "tester", &["y"])];
    host.done("plan_task", json!({"task_id": "q", "description": "d", "subtasks": parts}));
    change(host);
    find(host);
    remove(host);
}

fn change(host: &mut Recorder) {
    host.done(
        "update_task",
        json!({"task_id": "x", "title": "t", "description": "new", "complexity": "simple", "priority": "high",
            "specialist_type": "tester", "estimated_effort": "1 h", "due_date": "2026-02-01", "context": {"a": 1},
            "attributes": {"a": 1, "b": "2"}, "status": "active"}),
    );
    let unknown = json!({"task_id": "z", "add_dependencies": ["x", {"task_id": "b", "type": "related"}, "unknown"]});
    host.refused("update_task", unknown, "invalid-arguments");
    let links = json!({"task_id": "z", "add_dependencies": ["x"], "remove_dependencies": ["y"]});
    host.done("update_task", links);
    host.refused("update_task", json!({"task_id": "x", "add_dependencies": ["z"]}), "invalid-arguments");
    let waive = json!({"task_id": "z", "waive_dependencies": [{"task_id": "x", "reason": "r"}]});
    host.done("update_task", waive);
    let more = json!({"task_id": "x", "attributes": {"a": null}, "due_date": null, "status": "blocked"});
    host.done("update_task", more);
}

/// Every filter with every order it can have, each from the beginning and with a cursor.
fn find(host: &mut Recorder) {
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
        json!({"created_before": "2030-01-01"}),
        json!({"created_after": "2020-01-01", "status": ["pending"]}),
        json!({"created_after": "2020-01-01", "created_before": "2030-01-01", "due_before": "2030-01-01"}),
        json!({"updated_after": "2020-01-01"}),
        json!({"ready": true}),
        json!({"ready": false}),
    ];
    let mut found = 0;
    for filter in filters {
        for sort in [None, Some("newest"), Some("oldest"), Some("updated"), Some("due"), Some("priority"), Some("plan")]
        {
            let mut query = filter.clone();
            query["sort"] = json!(sort);
            query["limit"] = json!(1);
            query["include_artifacts"] = json!(true);
            // Words have no other order than by age, and the order of a plan needs one.
            let words = filter.get("search_text").is_some() && !matches!(sort, None | Some("newest" | "oldest"));
            let no_plan = sort == Some("plan") && filter.get("parent_task_id").is_none();
            if words || no_plan {
                host.refused("query_tasks", query, "invalid-arguments");
                continue;
            }
            for _ in 0..2 {
                let answer = host.done("query_tasks", query.clone());
                found += answer["tasks"].as_array().map_or(0, Vec::len);
                let Some(cursor) = answer.get("next_cursor") else { break };
                query["cursor"] = cursor.clone();
            }
        }
    }
    assert!(found > 100, "{found}");
    for id in ["q", "x", "z"] {
        host.done("query_tasks", json!({ "task_id": id }));
    }
    host.refused("query_tasks", json!({ "task_id": "unknown" }), "unknown-task");
}

fn remove(host: &mut Recorder) {
    host.done("cancel_task", json!({"task_id": "y", "reason": "r", "preserve_work": false}));
    host.refused("delete_task", json!({"task_id": "q"}), "open-parts");
    host.done("delete_task", json!({"task_id": "y", "force": true}));
    host.done("delete_task", json!({"task_id": "q", "force": true, "archive_instead": false}));
    let spare = [subtask("s1", "coder", &[]), subtask("s2", "coder", &[])];
    host.done("plan_task", json!({"task_id": "s", "description": "d", "subtasks": spare}));
    host.done("cancel_task", json!({"task_id": "s"}));
    host.done("delete_task", json!({"task_id": "s"}));
}
