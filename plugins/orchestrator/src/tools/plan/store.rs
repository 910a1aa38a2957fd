//! Writing a plan.

use mainstay_plugin::prelude::*;

use super::draft::NewTask;
use super::resolve::{Need, Placed, Prerequisite, Resolved};
use crate::batch;
use crate::effort;
use crate::event;
use crate::rank;
use crate::status::Status;
use crate::task;
use crate::words::{Priority, Word};
use crate::workspace::Workspace;

/// Stores every task and returns the `seq` of the first; the others follow it.
pub(super) fn store(cx: &Context<'_>, workspace: &Workspace, resolved: &Resolved) -> Result<i64, Failure> {
    let last = cx.db().query_one::<(i64,)>("SELECT coalesce(max(seq), 0) FROM task", params![])?;
    let first = last.map_or(0, |row| row.0) + 1;
    let mut statements = Vec::new();
    for (index, placed) in (0_i64..).zip(&resolved.tasks) {
        statements.push(insert_task(cx, workspace, resolved, placed, first, index));
        let status = Some(Status::Pending.as_str());
        statements.push(event::record(cx, workspace.id, &placed.id, event::Kind::Created, None, status));
        statements.extend(figures(&placed.task, first + index));
    }
    // A prerequisite may come after the task that needs it, so all tasks come first.
    for (seq, placed) in (first..).zip(&resolved.tasks) {
        statements.extend(placed.prerequisites.iter().map(|need| insert_dependency(seq, first, need)));
    }
    batch::run(cx, statements)?;
    let stored: Vec<_> = (first..).take(resolved.tasks.len()).collect();
    rank::changed(cx, workspace.id, &stored)?;
    Ok(first)
}

/// What is not as it is of every task.
fn figures(task: &NewTask, seq: i64) -> Option<Statement> {
    let minutes = task.effort.as_deref().and_then(effort::minutes);
    let update = "UPDATE work SET priority = ?2, minutes = ?3 WHERE task = ?1";
    (minutes.is_some() || task.priority != Priority::Normal)
        .then(|| Statement::new(update, params![seq, task.priority.rank(), minutes]))
}

fn insert_task(
    cx: &Context<'_>,
    workspace: &Workspace,
    resolved: &Resolved,
    placed: &Placed,
    first: i64,
    index: i64,
) -> Statement {
    let above = resolved.parent.as_ref();
    let top = task::path(above.map(|parent| parent.path.as_str()), first);
    let (seq, parent, path, position) = match index {
        0 => (first, above.map(|parent| parent.seq), top, None),
        index => (first + index, Some(first), task::path(Some(&top), first + index), Some(index - 1)),
    };
    let Placed { id, task, .. } = placed;
    Statement::new(
        "INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
            specialist, effort, due_at, created_at, updated_at, context, description)
         VALUES (?1, ?2, ?3, ?4, ?5, length(?5) / 8,
            coalesce(?6, (SELECT max(position) + 1 FROM task WHERE parent = ?4), 0), ?7, ?8, 'pending', ?9, ?10, ?11,
            ?12, ?13, ?13, ?14, ?15)",
        params![
            seq,
            workspace.id,
            id,
            parent,
            path,
            position,
            &task.title,
            task.task_type,
            task.complexity,
            &task.specialist,
            task.effort.clone(),
            task.due_at,
            cx.now().cast_signed(),
            task.context.clone(),
            &task.description
        ],
    )
}

fn insert_dependency(task: i64, first: i64, need: &Need) -> Statement {
    let prerequisite = match need.on {
        Prerequisite::New(index) => first + i64::try_from(index).unwrap_or(i64::MAX),
        Prerequisite::Existing(seq) => seq,
    };
    need.dependency.insert(task, prerequisite)
}
