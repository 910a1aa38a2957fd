//! What is left lying about: stale and orphaned tasks, dependencies on what never comes, plans nobody finishes, claims
//! whose time is over.

use std::collections::HashMap;

use mainstay_plugin::prelude::*;

use super::scope::Seen;
use super::{Level, Outcome, Run, counters, tidy};
use crate::moment::{HOUR, MINUTE};
use crate::next::{execute_call, synthesize_call};
use crate::status::Status;

/// Hours after which work that nobody touches is abandoned.
pub(super) const ABANDONED: i64 = 168;

/// Claims that are looked at.
const CLAIMS: u32 = 1_000;

/// Hours after which a task of that specialist is stale.
pub(super) fn stale_after(specialist: &str) -> i64 {
    match specialist {
        "reviewer" => 6,
        "documenter" => 8,
        "researcher" => 12,
        "tester" => 16,
        "implementer" => 48,
        "architect" => 72,
        _ => 24,
    }
}

/// Why a task is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Stale,
    Orphaned,
}

pub(super) fn run(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let (seen, stopped_at) = run.scope.walk(cx, run.workspace, run.begin(cx)?)?;
    outcome.looked_at = seen.len();
    outcome.stopped_at = stopped_at;
    let mut activity = Activity::default();
    let mut abandoned = Vec::new();
    for task in seen.iter().filter(|task| !task.status.is_settled()) {
        let hours = (cx.now().cast_signed() - task.updated_at) / HOUR;
        let given_up = hours >= ABANDONED && activity.hours_since(cx, task)? >= ABANDONED;
        let why = look(task, hours, given_up, outcome);
        if given_up {
            abandoned.push((task, why.unwrap_or(Why::Stale)));
        }
    }
    expired_claims(cx, run, outcome)?;
    if run.level != Level::Basic {
        tidy::archive(cx, run, &abandoned, outcome)?;
        tidy::remove(cx, run, outcome)?;
        tidy::release(cx, run, outcome)?;
    }
    if run.level == Level::FullAudit {
        counters::recompute(cx, run, &seen, outcome)?;
    }
    Ok(())
}

fn look(task: &Seen, hours: i64, given_up: bool, outcome: &mut Outcome) -> Option<Why> {
    let id = &task.id;
    if let Some(lost) = &task.lost {
        let problem = format!("waits for what will never be completed: {lost}");
        let first = lost.split(' ').next().unwrap_or_default();
        let repair = format!(
            "orchestrator_update_task {{\"task_id\": \"{id}\", \"waive_dependencies\": [{{\"task_id\": \"{first}\", \
             \"reason\": …}}]}} or orchestrator_cancel_task"
        );
        outcome.find("broken_dependencies", id, problem, Some(repair));
    }
    if task.children > 0 {
        plan(task, hours, given_up, outcome);
        return None;
    }
    let orphaned =
        task.status == Status::Pending && ((task.needs > 0 && task.dead == task.needs) || task.parent_settled);
    if orphaned {
        let problem = if task.parent_settled { "its plan is over" } else { "all it waits for was given up or failed" };
        outcome.find("orphaned_tasks", id, problem, Some(cancel_call(id)));
        return Some(Why::Orphaned);
    }
    let could_go_on = task.status != Status::Failed && (task.status != Status::Pending || task.waits_for == 0);
    if could_go_on && hours >= stale_after(task.specialist.as_str()) {
        let problem = format!("{}, untouched for {hours} h ({})", task.status, task.specialist);
        let repair = format!("{} or {}", execute_call(id), cancel_call(id));
        outcome.find("stale_tasks", id, problem, Some(repair));
        return Some(Why::Stale);
    }
    None
}

fn plan(task: &Seen, hours: i64, given_up: bool, outcome: &mut Outcome) {
    let id = &task.id;
    if task.open_children == 0 {
        outcome.find(
            "incomplete_plans",
            id,
            "all parts are finished, only synthesis is missing",
            Some(synthesize_call(id)),
        );
    } else if given_up {
        let problem = format!("abandoned: {} open parts, nothing happened for {hours} h", task.open_children);
        outcome.find("incomplete_plans", id, problem, Some(cancel_call(id)));
    }
}

fn cancel_call(id: &str) -> String {
    format!("orchestrator_cancel_task {{\"task_id\": \"{id}\"}}")
}

/// When something last happened in a topmost plan; each is asked about once.
#[derive(Default)]
struct Activity(HashMap<String, i64>);

impl Activity {
    fn hours_since(&mut self, cx: &Context<'_>, task: &Seen) -> Result<i64, Failure> {
        let root = task.path.get(..8).unwrap_or(&task.path);
        let last = match self.0.get(root) {
            Some(last) => *last,
            None => {
                // What was put away a moment ago was not worked on.
                let sql = "SELECT coalesce(max(updated_at), 0) FROM task
                    WHERE path >= ?1 AND path < ?1 || 'g' AND status <> 'archived'";
                let mut last = cx.db().query_one::<(i64,)>(sql, params![root])?.map_or(0, |(last,)| last);
                if is_held(cx, root)? {
                    last = cx.now().cast_signed();
                }
                self.0.insert(root.to_owned(), last);
                last
            }
        };
        Ok((cx.now().cast_signed() - last) / HOUR)
    }
}

/// Whether anyone works on anything in a topmost plan: who renews a claim changes no task.
fn is_held(cx: &Context<'_>, root: &str) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM claim AS c JOIN task AS t ON t.seq = c.task
        WHERE t.path >= ?1 AND t.path < ?1 || 'g' AND c.until > ?2 LIMIT 1";
    Ok(cx.db().query_one::<(i64,)>(sql, params![root, cx.now().cast_signed()])?.is_some())
}

fn expired_claims(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let sql = "SELECT t.id, t.path, c.agent, c.until FROM claim AS c JOIN task AS t ON t.seq = c.task
        WHERE c.workspace_id = ?1 AND c.until <= ?2 ORDER BY c.until LIMIT ?3";
    let now = cx.now().cast_signed();
    for (id, path, agent, until) in
        cx.db().query::<(String, String, String, i64)>(sql, params![run.workspace.id, now, CLAIMS])?
    {
        if run.scope.has(&path) {
            let problem = format!("held by {agent}, whose time was over {} min ago", (now - until) / MINUTE);
            outcome.find("expired_claims", &id, problem, Some(execute_call(&id)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
