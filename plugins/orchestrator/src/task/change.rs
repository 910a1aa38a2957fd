//! The one place where a status is written.

use mainstay_plugin::prelude::*;

use super::Task;
use crate::batch;
use crate::event::{self, Remark};
use crate::status::Status;
use crate::words::Word;

/// Moves `task` to `to` if the state machine allows it, and records who did.
pub(crate) fn change_status(cx: &Context<'_>, task: &Task, to: Status) -> Result<(), Failure> {
    change_status_of(cx, std::slice::from_ref(task), to, Remark::default())
}

/// Moves all of `tasks`, in order, with a remark for the record. All of them or none.
pub(crate) fn change_status_of(
    cx: &Context<'_>,
    tasks: &[Task],
    to: Status,
    remark: Remark<'_>,
) -> Result<(), Failure> {
    tasks.iter().try_for_each(|task| task.status.check(&task.id, to))?;
    let changing = tasks.iter().filter(|task| task.status != to);
    batch::run(cx, changing.flat_map(|task| statements(cx, task, to, remark)).collect())
}

fn statements(cx: &Context<'_>, task: &Task, to: Status, remark: Remark<'_>) -> Vec<Statement> {
    let update = "UPDATE task SET status = ?2, updated_at = ?3,
            started_at = CASE WHEN ?2 IN ('active', 'in_progress') THEN coalesce(started_at, ?3) ELSE started_at END,
            completed_at = CASE ?2 WHEN 'completed' THEN ?3 WHEN 'archived' THEN completed_at END
         WHERE seq = ?1";
    let values = (Some(task.status.as_str()), Some(to.as_str()));
    let mut statements = vec![
        Statement::new(update, params![task.seq, to, cx.now().cast_signed()]),
        event::record_with(cx, task.workspace, &task.id, event::Kind::StatusChanged, values, remark),
    ];
    // Whoever had it works on it no more.
    if !to.is_under_way() {
        statements.push(Statement::new("DELETE FROM claim WHERE task = ?1", params![task.seq]));
    }
    statements
}

/// Whoever works on a task works on the plans above it: those that are pending become active.
pub(crate) fn activate_ancestors(cx: &Context<'_>, task: &Task) -> Result<(), Failure> {
    let mut ancestors = task.line_of_descent();
    ancestors.pop();
    if ancestors.is_empty() {
        return Ok(());
    }
    let activated = cx.db().query::<(String,)>(
        "UPDATE task SET status = 'active', updated_at = ?2, started_at = coalesce(started_at, ?2)
         WHERE seq IN (SELECT value FROM json_each(?1)) AND status = 'pending' RETURNING id",
        params![serde_json::to_string(&ancestors)?, cx.now().cast_signed()],
    )?;
    let values = (Some(Status::Pending.as_str()), Some(Status::Active.as_str()));
    let event = |(id,): &(String,)| {
        event::record_with(cx, task.workspace, id, event::Kind::StatusChanged, values, Remark::default())
    };
    cx.db().batch(activated.iter().map(event).collect())?;
    Ok(())
}
