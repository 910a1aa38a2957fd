//! Writing a plan.

use mainstay_plugin::prelude::*;
use serde_json::{Value, json};

use super::resolve::{Placed, Prerequisite, Resolved};
use crate::batch;
use crate::effort;
use crate::event;
use crate::rank;
use crate::status::Status;
use crate::task;
use crate::words::Priority;
use crate::workspace::Workspace;

/// Stores every task and returns the `seq` of the first; the others follow it.
pub(super) fn store(cx: &Context<'_>, workspace: &Workspace, resolved: &Resolved) -> Result<i64, Failure> {
    let last = cx.db().query_one::<(i64,)>("SELECT coalesce(max(seq), 0) FROM task", params![])?;
    let first = last.map_or(0, |row| row.0) + 1;
    let stored: Vec<_> = (first..).zip(&resolved.tasks).collect();
    insert_tasks(cx, workspace, resolved, first)?;
    event::record_created(cx, first)?;
    insert_figures(cx, &stored)?;
    // A prerequisite may come after the task that needs it, so all tasks come first.
    insert_dependencies(cx, first, &stored)?;
    let stored: Vec<_> = stored.into_iter().map(|(seq, _)| seq).collect();
    rank::changed(cx, workspace.id, &stored)?;
    Ok(first)
}

fn insert_tasks(cx: &Context<'_>, workspace: &Workspace, resolved: &Resolved, first: i64) -> Result<(), Failure> {
    let above = resolved.parent.as_ref();
    let place = above.map(|parent| next_position(cx, parent.seq)).transpose()?.unwrap_or(0);
    let top = task::path(above.map(|parent| parent.path.as_str()), first);
    let rows = (0_i64..).zip(&resolved.tasks).map(|(index, Placed { id, task, .. })| {
        let seq = first + index;
        let (parent, path, position) = match index {
            0 => (above.map(|parent| parent.seq), top.clone(), place),
            _ => (Some(first), task::path(Some(&top), seq), index - 1),
        };
        json!({ "seq": seq, "id": id, "parent": parent, "path": path, "position": position, "title": task.title,
            "type": task.task_type, "complexity": task.complexity, "specialist": task.specialist.as_str(),
            "effort": task.effort, "due_at": task.due_at, "context": task.context, "description": task.description,
            "workspace": workspace.id, "status": Status::Pending, "now": cx.now() })
    });
    batch::rows(
        cx,
        "INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
            specialist, effort, due_at, created_at, updated_at, context, description)
         SELECT value ->> 'seq', value ->> 'workspace', value ->> 'id', value ->> 'parent', value ->> 'path',
            length(value ->> 'path') / 8, value ->> 'position', value ->> 'title', value ->> 'type',
            value ->> 'status', value ->> 'complexity', value ->> 'specialist', value ->> 'effort',
            value ->> 'due_at', value ->> 'now', value ->> 'now', value ->> 'context', value ->> 'description'
         FROM json_each(?1)",
        rows,
    )
}

/// Behind the last part of `parent`.
fn next_position(cx: &Context<'_>, parent: i64) -> Result<i64, Failure> {
    let sql = "SELECT coalesce(max(position) + 1, 0) FROM task WHERE parent = ?1";
    Ok(cx.db().query_one::<(i64,)>(sql, params![parent])?.map_or(0, |row| row.0))
}

/// Of the tasks that are not as most are.
fn insert_figures(cx: &Context<'_>, stored: &[(i64, &Placed)]) -> Result<(), Failure> {
    let rows = stored.iter().filter_map(|(seq, Placed { task, .. })| {
        let minutes = task.effort.as_deref().and_then(effort::minutes);
        (minutes.is_some() || task.priority != Priority::Normal).then(|| json!([seq, task.priority.rank(), minutes]))
    });
    batch::rows(
        cx,
        "UPDATE work SET priority = fresh.value ->> 1, minutes = fresh.value ->> 2
         FROM json_each(?1) AS fresh WHERE task = fresh.value ->> 0",
        rows,
    )
}

fn insert_dependencies(cx: &Context<'_>, first: i64, stored: &[(i64, &Placed)]) -> Result<(), Failure> {
    let rows = stored.iter().flat_map(|(seq, placed)| {
        placed.prerequisites.iter().map(move |need| -> Value {
            let prerequisite = match need.on {
                Prerequisite::New(index) => first + i64::try_from(index).unwrap_or(i64::MAX),
                Prerequisite::Existing(seq) => seq,
            };
            json!([seq, prerequisite, need.dependency.kind, need.dependency.input])
        })
    });
    batch::rows(
        cx,
        "INSERT INTO dependency (task, prerequisite, type, input)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)",
        rows,
    )
}
