//! Claims, what is next, and progress.

use mainstay_plugin::Context;
use serde_json::json;

use super::arguments;
use crate::testing::subtask;
use crate::tools::{claims, complete, execute, plan};

/// Claims in every way, then asks with something ready, with nothing ready, and with everything finished.
pub(super) fn exercise(cx: &Context<'_>) {
    let claim = |value| drop(claims::claim_task(cx, &arguments(value)));
    let ask = |value| drop(claims::what_next(cx, &arguments(value)));
    let deliver = |id: &str, action: &str| {
        let delivery =
            json!({"task_id": id, "summary": "s", "detailed_work": "w", "next_action": action, "agent": "ada"});
        drop(complete::run(cx, &arguments(delivery)));
    };
    let parts = [subtask("c1", "coder", &[]), subtask("c2", "coder", &["c1"]), subtask("c3", "coder", &[])];
    drop(plan::run(cx, arguments(json!({"task_id": "claims", "description": "d", "subtasks": parts}))));
    for value in [json!({}), json!({"plan_id": "claims"}), json!({"specialist_type": "coder"})] {
        ask(value);
    }
    claim(json!({"agent": "ada", "plan_id": "claims"}));
    claim(json!({"agent": "ada"}));
    claim(json!({"agent": "ada", "action": "renew"}));
    drop(execute::run(cx, &arguments(json!({"task_id": "c1", "agent": "ada"}))));
    claim(json!({"task_id": "c3", "agent": "bob"}));
    claim(json!({"task_id": "c3", "agent": "bob", "action": "release"}));
    claim(json!({"task_id": "c1", "agent": "bob"}));
    deliver("c3", "blocked");
    ask(json!({"plan_id": "claims"}));
    ask(json!({"agent": "ada"}));
    for id in ["c1", "c2"] {
        drop(execute::run(cx, &arguments(json!({"task_id": id, "agent": "ada"}))));
        deliver(id, "complete");
    }
    ask(json!({"plan_id": "claims"}));
}
