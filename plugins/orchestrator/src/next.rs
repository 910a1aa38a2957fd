//! What can be done next.

use mainstay_plugin::prelude::*;

use crate::task::TaskLine;

/// Tasks of a plan that are ready to be executed, in the order of the plan.
pub(crate) fn ready_in_plan(cx: &Context<'_>, plan: i64, most: u32) -> Result<Vec<TaskLine>, Failure> {
    let sql = "SELECT id, title, status, specialist FROM task WHERE parent = ?1 AND ready = 1
        ORDER BY position LIMIT ?2";
    Ok(cx.db().query(sql, params![plan, most])?)
}

/// Tasks of a workspace that are ready to be executed, oldest first.
pub(crate) fn ready(cx: &Context<'_>, workspace: i64, most: u32) -> Result<Vec<TaskLine>, Failure> {
    let sql = "SELECT id, title, status, specialist FROM task WHERE workspace_id = ?1 AND ready = 1
        ORDER BY seq LIMIT ?2";
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
