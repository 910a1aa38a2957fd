//! Ids: those that callers chose must be new, the others are made.

use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;

use super::super::draft::NewTask;
use crate::limits::Problems;
use crate::workspace::Workspace;

/// The id of every task, in order.
pub(super) fn assign(cx: &Context<'_>, workspace: &Workspace, tasks: &[NewTask]) -> Result<Vec<String>, Failure> {
    refuse_duplicates(cx, workspace, tasks)?;
    let chosen: HashSet<&str> = tasks.iter().filter_map(|task| task.id.as_deref()).collect();
    let wanted = tasks.len() - chosen.len();
    let mut made: Vec<String> = Vec::with_capacity(wanted);
    while made.len() < wanted {
        let fresh = || format!("task_{:08x}", u32::from_be_bytes(cx.random()));
        let candidates: HashSet<String> = (made.len()..wanted).map(|_| fresh()).collect();
        let taken = existing(cx, workspace, candidates.iter().map(String::as_str))?;
        let free = candidates.into_iter().filter(|id| !taken.contains(id) && !chosen.contains(id.as_str()));
        made.extend(free);
        made.sort_unstable();
        made.dedup();
    }
    let mut made = made.into_iter();
    Ok(tasks.iter().filter_map(|task| task.id.clone().or_else(|| made.next())).collect())
}

fn refuse_duplicates(cx: &Context<'_>, workspace: &Workspace, tasks: &[NewTask]) -> Result<(), Failure> {
    let mut problems = Problems::default();
    let mut seen = HashMap::new();
    for task in tasks {
        let Some(id) = task.id.as_deref() else { continue };
        if let Some(first) = seen.insert(id, &task.field) {
            let first = if first.is_empty() { "the plan" } else { first };
            problems.add(format!("{}/task_id", task.field), format!("`{id}` is already that of {first}"));
        }
    }
    let taken = existing(cx, workspace, seen.keys().copied())?;
    for task in tasks {
        if let Some(id) = task.id.as_ref().filter(|id| taken.contains(*id)) {
            let problem = format!("`{id}` is already a task of this workspace; choose another id or leave it out");
            problems.add(format!("{}/task_id", task.field), problem);
        }
    }
    problems.into_result()
}

/// Those of `ids` that are taken.
fn existing<'a>(
    cx: &Context<'_>,
    workspace: &Workspace,
    ids: impl Iterator<Item = &'a str>,
) -> Result<HashSet<String>, Failure> {
    let ids: Vec<_> = ids.collect();
    if ids.is_empty() || workspace.id == 0 {
        return Ok(HashSet::new());
    }
    let sql = "SELECT id FROM task WHERE workspace_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
    let taken = cx.db().query::<(String,)>(sql, params![workspace.id, serde_json::to_string(&ids)?])?;
    Ok(taken.into_iter().map(|row| row.0).collect())
}
