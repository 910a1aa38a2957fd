//! Claims, what is next, and progress.

use serde_json::json;

use crate::testing::{Recorder, subtask};

/// Claims in every way, then asks with something ready, with nothing ready, and with everything finished.
pub(super) fn exercise(host: &mut Recorder) {
    let delivery = |id: &str, action: &str| {
        let work = "w";
        json!({"task_id": id, "summary": "s", "detailed_work": work, "next_action": action, "agent": "ada"})
    };
    let parts = [subtask("c1", "coder", &[]), subtask("c2", "coder", &["c1"]), subtask("c3", "coder", &[])];
    host.done("plan_task", json!({"task_id": "claims", "description": "d", "subtasks": parts}));
    for value in [json!({}), json!({"plan_id": "claims"}), json!({"specialist_type": "coder"})] {
        host.done("what_next", value);
    }
    host.done("claim_task", json!({"agent": "ada", "plan_id": "claims"}));
    host.done("claim_task", json!({"agent": "ada"}));
    host.done("claim_task", json!({"agent": "ada", "action": "renew"}));
    host.done("execute_task", json!({"task_id": "c1", "agent": "ada"}));
    host.done("claim_task", json!({"task_id": "c3", "agent": "bob"}));
    host.done("claim_task", json!({"task_id": "c3", "agent": "bob", "action": "release"}));
    host.refused("claim_task", json!({"task_id": "c1", "agent": "bob"}), "claimed");
    host.done("complete_task", delivery("c3", "blocked"));
    host.done("what_next", json!({"plan_id": "claims"}));
    host.done("what_next", json!({"agent": "ada"}));
    for id in ["c1", "c2"] {
        host.done("execute_task", json!({"task_id": id, "agent": "ada"}));
        host.done("complete_task", delivery(id, "complete"));
    }
    host.done("what_next", json!({"plan_id": "claims"}));
}
