//! Whether everything fits together: the tree, dependencies, statuses and times, pieces of artifacts, the search index.

use std::collections::HashMap;

use mainstay_plugin::prelude::*;

use super::scope::Seen;
use super::{Level, Outcome, Run, counters};
use crate::graph::cycle;
use crate::limits;
use crate::status::Status;
use crate::task;

/// Tasks that one statement is about.
const AT_ONCE: usize = 500;

/// What puts counters and the search index right.
pub(crate) const AUDIT: &str = "orchestrator_maintenance_coordinator {\"action\": \"validate_structure\", \"validation_level\": \
                     \"full_audit\", \"scope\": \"full_project\"}";

pub(super) fn run(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let (seen, stopped_at) = run.scope.walk(cx, run.workspace, run.begin(cx)?)?;
    outcome.looked_at = seen.len();
    outcome.stopped_at = stopped_at;
    seen.iter().for_each(|task| tree(task, outcome));
    cycles(cx, &seen, outcome)?;
    if run.level == Level::Basic {
        return Ok(());
    }
    seen.iter().for_each(|task| times(task, outcome));
    for tasks in seen.chunks(AT_ONCE) {
        let tasks = serde_json::to_string(&tasks.iter().map(|task| task.seq).collect::<Vec<_>>())?;
        artifacts(cx, &tasks, outcome)?;
        index(cx, run, &tasks, outcome)?;
    }
    if run.level == Level::FullAudit {
        counters::recompute(cx, run, &seen, outcome)?;
    }
    Ok(())
}

/// Where a task says it is and where it is.
fn tree(task: &Seen, outcome: &mut Outcome) {
    let expected = task::path(task.parent_path.as_deref(), task.seq);
    if task.parent.is_some() && task.parent_path.is_none() {
        outcome.find("tree", &task.id, "the plan it is part of is not there", None);
    } else if task.path != expected || task.depth * 8 != task.path.len() {
        outcome.find("tree", &task.id, "its place in the tree does not fit its plan", None);
    }
    if task.depth > limits::DEPTH {
        outcome.find("tree", &task.id, format!("is on level {}; {} are allowed", task.depth, limits::DEPTH), None);
    }
    if task.status.is_settled() && task.open_children > 0 {
        let problem = format!("is {} and has {} open parts", task.status, task.open_children);
        let repair = format!("orchestrator_cancel_task or orchestrator_delete_task for each part of \"{}\"", task.id);
        outcome.find("tree", &task.id, problem, Some(repair));
    }
}

/// A plan begins before its parts and is finished after them; a task begins after what it waits for is finished.
fn cycles(cx: &Context<'_>, seen: &[Seen], outcome: &mut Outcome) -> Result<(), Failure> {
    let open: Vec<_> = seen.iter().filter(|task| !task.status.is_settled()).collect();
    let place: HashMap<i64, usize> = open.iter().enumerate().map(|(index, task)| (task.seq, index)).collect();
    // The beginning of a task is twice its place, its end one more.
    let mut edges = vec![Vec::new(); open.len() * 2];
    for (index, task) in open.iter().enumerate() {
        edges[index * 2 + 1].push(index * 2);
        if let Some(&plan) = task.parent.and_then(|plan| place.get(&plan)) {
            edges[index * 2].push(plan * 2);
            edges[plan * 2 + 1].push(index * 2 + 1);
        }
    }
    for tasks in open.chunks(AT_ONCE) {
        let tasks = serde_json::to_string(&tasks.iter().map(|task| task.seq).collect::<Vec<_>>())?;
        let sql = "SELECT d.task, d.prerequisite FROM json_each(?1) AS j JOIN dependency AS d ON d.task = j.value
            WHERE d.binds";
        for (task, prerequisite) in cx.db().query::<(i64, i64)>(sql, params![tasks])? {
            if let (Some(task), Some(prerequisite)) = (place.get(&task), place.get(&prerequisite)) {
                edges[task * 2].push(prerequisite * 2 + 1);
            }
        }
    }
    let Some(found) = cycle(&edges) else { return Ok(()) };
    let mut ids: Vec<&str> = found.iter().map(|node| open[node / 2].id.as_str()).collect();
    ids.dedup();
    let problem = format!("these wait for each other: {}", ids.join(" -> "));
    let repair = format!(
        "orchestrator_update_task {{\"task_id\": \"{}\", \"remove_dependencies\": [\"{}\"]}}",
        ids[0],
        ids.get(1).unwrap_or(&ids[0])
    );
    outcome.find("cycles", ids[0], problem, Some(repair));
    Ok(())
}

/// Whether the times of a task are possible with its status.
fn times(task: &Seen, outcome: &mut Outcome) {
    let Seen { id, status, created_at, updated_at, started_at, completed_at, .. } = task;
    let mut find = |problem: &str| outcome.find("times", id, problem, None);
    match status {
        Status::Completed if completed_at.is_none() => find("is completed and has no time of completion"),
        Status::Active | Status::InProgress if started_at.is_none() => {
            find("is under way and has no time of beginning");
        }
        Status::Completed | Status::Archived => {}
        _ if completed_at.is_some() => find("has a time of completion and is not completed"),
        _ => {}
    }
    if updated_at < created_at || started_at.is_some_and(|at| at < *created_at) {
        find("changed before it was made");
    }
    if let (Some(started), Some(completed)) = (started_at, completed_at)
        && completed < started
    {
        find("was completed before it was begun");
    }
}

/// Whether every piece is there, and follows the one before.
fn artifacts(cx: &Context<'_>, tasks: &str, outcome: &mut Outcome) -> Result<(), Failure> {
    let sql = "SELECT a.id FROM json_each(?1) AS j JOIN artifact AS a ON a.task = j.value
        WHERE a.bytes IS NOT NULL AND (
            a.chunks <> (SELECT count(*) FROM artifact_chunk AS c WHERE c.artifact = a.seq)
            OR a.bytes <> octet_length(a.content) + (
                SELECT coalesce(sum(octet_length(c.content)), 0) FROM artifact_chunk AS c WHERE c.artifact = a.seq)
            OR EXISTS (
                SELECT 1 FROM artifact_chunk AS c
                LEFT JOIN artifact_chunk AS b ON b.artifact = c.artifact AND b.position = c.position - 1
                WHERE c.artifact = a.seq AND c.begins_at IS NOT CASE c.position WHEN 1 THEN octet_length(a.content)
                    ELSE b.begins_at + octet_length(b.content) END))";
    for (id,) in cx.db().query::<(String,)>(sql, params![tasks])? {
        let repair = "orchestrator_artifacts {\"action\": \"write\", …} with the whole text makes a new version";
        outcome.find("artifacts", &id, "pieces of it are missing or do not fit", Some(repair.to_owned()));
    }
    Ok(())
}

/// Whether every task can be searched for; a full audit adds those that cannot.
fn index(cx: &Context<'_>, run: &Run<'_>, tasks: &str, outcome: &mut Outcome) -> Result<(), Failure> {
    let missing = "SELECT t.id FROM json_each(?1) AS j JOIN task AS t ON t.seq = j.value
        WHERE NOT EXISTS (SELECT 1 FROM task_text AS x WHERE x.rowid = t.seq)";
    let missing = cx.db().query::<(String,)>(missing, params![tasks])?;
    if missing.is_empty() {
        return Ok(());
    }
    let repairs = run.level == Level::FullAudit;
    for (id,) in missing {
        let problem = if repairs { "could not be searched for, and now can" } else { "cannot be searched for" };
        outcome.find("search", &id, problem, (!repairs).then(|| AUDIT.to_owned()));
    }
    if repairs {
        let add = "INSERT INTO task_text (rowid, place, words)
            SELECT t.seq, 'w' || t.workspace_id, concat_ws(' ', t.id, t.title, t.description, t.summary)
            FROM json_each(?1) AS j JOIN task AS t ON t.seq = j.value
            WHERE NOT EXISTS (SELECT 1 FROM task_text AS x WHERE x.rowid = t.seq)";
        cx.db().execute(add, params![tasks])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
