//! What can be done next.
//!
//! The table `queue` has what is ready, in order. That is enough for a suggestion beside another answer; [`mod@best`]
//! looks closer, and [`begun`] at what is in the way if nothing is ready.

mod begun;
mod best;
mod scope;

use mainstay_plugin::prelude::*;

pub(crate) use self::begun::{Obstacle, begun_by_nobody, obstacles};
pub(crate) use self::best::{Candidate, best};
pub(crate) use self::scope::{PLANS, Scope};
use crate::claim;
use crate::task::TaskLine;

/// Parts of a plan that are ready to be executed, most important first.
pub(crate) fn ready_in_plan(cx: &Context<'_>, plan: i64, most: u32) -> Result<Vec<TaskLine>, Failure> {
    let sql = "SELECT t.id, t.title, t.status, t.specialist FROM queue AS q JOIN task AS t ON t.seq = q.task
        WHERE q.parent = ?1 ORDER BY q.priority DESC, q.tail DESC, q.task LIMIT ?2";
    Ok(cx.db().query(sql, params![plan, most])?)
}

/// Tasks of a workspace that are ready to be executed, most important first.
pub(crate) fn ready(cx: &Context<'_>, workspace: i64, most: u32) -> Result<Vec<TaskLine>, Failure> {
    let sql = "SELECT t.id, t.title, t.status, t.specialist FROM queue AS q JOIN task AS t ON t.seq = q.task
        WHERE q.workspace_id = ?1 ORDER BY q.priority DESC, q.tail DESC, q.task LIMIT ?2";
    Ok(cx.db().query(sql, params![workspace, most])?)
}

/// Plans whose parts are all settled: only synthesis is missing.
pub(crate) fn gathered(cx: &Context<'_>, workspace: i64, most: u32) -> Result<Vec<TaskLine>, Failure> {
    let sql = "SELECT id, title, status, specialist FROM task WHERE workspace_id = ?1 AND gathered = 1
        ORDER BY seq LIMIT ?2";
    Ok(cx.db().query(sql, params![workspace, most])?)
}

/// The call that begins `task`, for a model to copy.
pub(crate) fn execute_call(task_id: &str) -> String {
    format!("orchestrator_execute_task {{\"task_id\": \"{task_id}\"}}")
}

/// The call that gathers the results of `plan`.
pub(crate) fn synthesize_call(plan: &str) -> String {
    format!("orchestrator_synthesize_results {{\"parent_task_id\": \"{plan}\"}}")
}

/// The call with which the agent called `agent` takes `task`.
pub(crate) fn claim_call(task_id: &str, agent: &str) -> String {
    format!("orchestrator_claim_task {{\"task_id\": \"{task_id}\", \"agent\": {}}}", claim::quoted(agent))
}
