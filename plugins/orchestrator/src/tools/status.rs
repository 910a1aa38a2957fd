//! `orchestrator_get_status`: where the work of a workspace stands.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::next::{self, execute_call, synthesize_call};
use crate::plugin::Orchestrator;
use crate::status::Status;
use crate::task::TaskLine;
use crate::words::Word;
use crate::workspace::Workspace;

/// Rows that are shown.
const ROWS: usize = 50;

/// Suggestions of each kind.
const SUGGESTED: u32 = 10;

/// What is shown, what needs attention first; the second half only on request, newest first.
const OPEN: [Status; 5] = [Status::Active, Status::InProgress, Status::Blocked, Status::Failed, Status::Pending];
const SETTLED: [Status; 3] = [Status::Completed, Status::Cancelled, Status::Archived];

const DESCRIPTION: &str = "\
Shows the tasks of this workspace: how many in each status, the first of them, what is ready to be executed and which \
plans are ready to be synthesized. Use it to find your place, after a break for instance; it changes nothing.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GetStatus {
    /// Also list completed, cancelled and archived tasks. Default: false.
    pub(super) include_completed: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WorkspaceStatus {
    workspace: String,
    total: i64,
    /// Tasks in each status that has any.
    counts: BTreeMap<&'static str, i64>,
    /// At most 50, what is being worked on first.
    tasks: Vec<TaskLine>,
    /// Tasks of the listed statuses beyond those shown.
    tasks_not_shown: i64,
    ready_to_execute: Vec<TaskLine>,
    ready_to_synthesize: Vec<TaskLine>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::answering("orchestrator_get_status", DESCRIPTION, run).title("Show the work").read_only()
}

pub(super) fn run(cx: &Context<'_>, args: &GetStatus) -> Outcome<WorkspaceStatus> {
    let workspace = Workspace::of_caller(cx)?;
    let settled: &[Status] = if args.include_completed.unwrap_or(false) { &SETTLED } else { &[] };
    let counts = counts(cx, &workspace)?;
    let mut rows = rows(cx, &workspace, settled)?;
    rows.truncate(ROWS);
    let listed = OPEN.iter().chain(settled).filter_map(|status| counts.get(status)).sum::<i64>();
    let ready_to_execute = next::ready(cx, workspace.id, SUGGESTED)?;
    let ready_to_synthesize = next::gathered(cx, workspace.id, SUGGESTED)?;
    let status = WorkspaceStatus {
        workspace: workspace.path,
        total: counts.values().sum(),
        counts: counts.into_iter().map(|(status, tasks)| (status.as_str(), tasks)).collect(),
        tasks_not_shown: listed - i64::try_from(rows.len()).unwrap_or(i64::MAX),
        next: what_next(&rows, &ready_to_execute, &ready_to_synthesize),
        tasks: rows.into_iter().map(|row| row.line).collect(),
        ready_to_execute,
        ready_to_synthesize,
    };
    let text = status.to_markdown();
    Ok(Reply::from(status).with_text(text))
}

/// A task, and whether it has parts.
struct StatusRow {
    line: TaskLine,
    is_plan: bool,
}

impl FromRow for StatusRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self { line: TaskLine::from_row(row)?, is_plan: row.get::<i64>("children")? > 0 })
    }
}

fn counts(cx: &Context<'_>, workspace: &Workspace) -> Result<BTreeMap<Status, i64>, Failure> {
    let sql = "SELECT status, tasks FROM status_count WHERE workspace_id = ?1 AND tasks > 0";
    Ok(cx.db().query::<(Status, i64)>(sql, params![workspace.id])?.into_iter().collect())
}

fn rows(cx: &Context<'_>, workspace: &Workspace, settled: &[Status]) -> Result<Vec<StatusRow>, Failure> {
    let oldest_first =
        "SELECT id, title, status, specialist, children FROM task WHERE workspace_id = ?1 AND status = ?2
        ORDER BY seq LIMIT ?3";
    let newest_first =
        "SELECT id, title, status, specialist, children FROM task WHERE workspace_id = ?1 AND status = ?2
        ORDER BY seq DESC LIMIT ?3";
    let most = u32::try_from(ROWS).unwrap_or(u32::MAX);
    let statement = |sql: &str, status: Status| Statement::new(sql, params![workspace.id, status, most]);
    let open = OPEN.iter().map(|status| statement(oldest_first, *status));
    let settled = settled.iter().map(|status| statement(newest_first, *status));
    let mut found = Vec::new();
    for rows in cx.db().batch(open.chain(settled).collect())? {
        for row in rows.iter() {
            found.push(StatusRow::from_row(&row)?);
        }
    }
    Ok(found)
}

fn what_next(rows: &[StatusRow], ready: &[TaskLine], gathered: &[TaskLine]) -> String {
    if let Some(plan) = gathered.first() {
        return synthesize_call(&plan.task_id);
    }
    if let Some(task) = ready.first() {
        return execute_call(&task.task_id);
    }
    // A plan is active as long as its parts are; what matters is what holds those up.
    let mut work = rows.iter().filter(|row| !row.is_plan && !row.line.status.is_settled()).map(|row| &row.line);
    match work.next() {
        Some(task) if task.status.is_under_way() => format!("hand in `{}`, which is {}", task.task_id, task.status),
        Some(task) => format!("nothing is ready: see to `{}`, which is {}", task.task_id, task.status),
        None => "orchestrator_plan_task; there is no open work".to_owned(),
    }
}

impl WorkspaceStatus {
    fn to_markdown(&self) -> String {
        let counts: Vec<_> = self.counts.iter().map(|(status, tasks)| format!("{tasks} {status}")).collect();
        let counts = if counts.is_empty() { "no tasks".to_owned() } else { counts.join(", ") };
        let mut text = format!("{}: {counts}.\n", self.workspace);
        let sections = [
            ("Ready to synthesize", &self.ready_to_synthesize),
            ("Ready to execute", &self.ready_to_execute),
            ("Tasks", &self.tasks),
        ];
        for (heading, tasks) in sections {
            if !tasks.is_empty() {
                text.push_str(&format!("\n{heading}:\n"));
            }
            tasks.iter().for_each(|task| text.push_str(&task.to_markdown()));
        }
        if self.tasks_not_shown > 0 {
            text.push_str(&format!("- and {} more that are not shown\n", self.tasks_not_shown));
        }
        text.push_str(&format!("\nNext: {}.", self.next));
        text
    }
}

#[cfg(test)]
mod tests;
