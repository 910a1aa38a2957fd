//! The status, as far as it is changed by saying so.

use mainstay_plugin::prelude::*;

use crate::graph;
use crate::status::Status;
use crate::task::{Task, activate_ancestors, change_status};

pub(super) fn change(cx: &Context<'_>, task: &Task, to: Status) -> Result<(), Failure> {
    let id = &task.id;
    let elsewhere = |message: &str, hint: String| {
        Err(Failure::new("illegal-transition", format!("`{id}` {message}")).with_hint(hint))
    };
    match to {
        Status::Completed => {
            let hint = format!("Hand its result in: orchestrator_complete_task {{\"task_id\": \"{id}\", …}}.");
            return elsewhere("is completed by its result, not by a word", hint);
        }
        Status::Archived => {
            let hint = format!("Call orchestrator_delete_task {{\"task_id\": \"{id}\"}}, which archives.");
            return elsewhere("is not archived here", hint);
        }
        Status::Cancelled if task.open_children > 0 => {
            let hint = format!("Call orchestrator_cancel_task {{\"task_id\": \"{id}\"}}, which cancels them too.");
            return elsewhere("has open parts", hint);
        }
        _ => {}
    }
    task.status.check(id, to)?;
    if to.is_under_way() {
        graph::require_no_open_prerequisites(cx, task, "taken up")?;
        activate_ancestors(cx, task)?;
    }
    change_status(cx, task, to)
}
