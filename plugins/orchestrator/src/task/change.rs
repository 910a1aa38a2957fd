//! The one place where a status is written.

use mainstay_plugin::prelude::*;

use super::Task;
use crate::event;
use crate::status::Status;
use crate::words::Word;

/// Moves `task` to `to` if the state machine allows it, and records who did.
pub(crate) fn change_status(cx: &Context<'_>, task: &Task, to: Status) -> Result<(), Failure> {
    task.status.check(&task.id, to)?;
    if task.status == to {
        return Ok(());
    }
    cx.db().batch(vec![
        Statement::new(
            "UPDATE task SET status = ?2, updated_at = ?3,
                started_at = CASE WHEN ?2 IN ('active', 'in_progress') THEN coalesce(started_at, ?3)
                    ELSE started_at END,
                completed_at = CASE ?2 WHEN 'completed' THEN ?3 WHEN 'archived' THEN completed_at END
             WHERE seq = ?1",
            params![task.seq, to, cx.now().cast_signed()],
        ),
        status_event(cx, task.workspace, &task.id, task.status, to),
    ])?;
    Ok(())
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
    let event = |(id,): &(String,)| status_event(cx, task.workspace, id, Status::Pending, Status::Active);
    cx.db().batch(activated.iter().map(event).collect())?;
    Ok(())
}

fn status_event(cx: &Context<'_>, workspace: i64, id: &str, from: Status, to: Status) -> Statement {
    event::record(cx, workspace, id, event::Kind::StatusChanged, Some(from.as_str()), Some(to.as_str()))
}
