//! `orchestrator_get_status`: where the work of a workspace stands, in short.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::limits::{all_cut, cut, shortened};
use crate::next::{self, execute_call, synthesize_call};
use crate::plugin::Orchestrator;
use crate::status::Status;
use crate::task::TaskLine;
use crate::words::Word;
use crate::workspace::Workspace;

/// What is named of each kind; the counts say of how many.
const UNDER_WAY: usize = 10;
const STUCK: usize = 5;
const READY: u32 = 5;
const GATHERED: u32 = 5;
const SETTLED: usize = 10;

/// Names of lists that can be cut.
const EXECUTE: &str = "ready_to_execute";
const SYNTHESIZE: &str = "ready_to_synthesize";

/// Characters of a title: enough to know a task again.
const TITLE: usize = 40;

const DESCRIPTION: &str = "\
Shows where all the work of this workspace stands: counts, what is under way or stuck, what is ready. Use it for an \
overview, after a break for instance; to choose the next task use orchestrator_what_next, for long lists and single \
tasks orchestrator_query_tasks.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct GetStatus {
    /// Also name the newest 10 that are settled. Default: false.
    pub(super) include_completed: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WorkspaceStatus {
    workspace: String,
    total: i64,
    /// Tasks in each status that has any.
    counts: BTreeMap<&'static str, i64>,
    /// At most 10 that are under way, then 5 that are blocked or failed, then, on request, 10 that are settled.
    tasks: Vec<TaskLine>,
    /// Tasks of these kinds beyond those shown.
    tasks_not_shown: i64,
    /// At most 5, oldest first.
    ready_to_execute: Vec<TaskLine>,
    /// At most 5, oldest first.
    ready_to_synthesize: Vec<TaskLine>,
    /// Lists of which more is there than is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Vec<&'static str>>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::answering("orchestrator_get_status", DESCRIPTION, run).title("Show the work").read_only()
}

/// What is shown: some statuses together, at most so many.
struct Kind {
    statuses: &'static [Status],
    newest: bool,
    most: usize,
}

const OPEN: [Kind; 2] = [
    Kind { statuses: &[Status::InProgress, Status::Active], newest: true, most: UNDER_WAY },
    Kind { statuses: &[Status::Blocked, Status::Failed], newest: false, most: STUCK },
];
const FINISHED: Kind =
    Kind { statuses: &[Status::Completed, Status::Cancelled, Status::Archived], newest: true, most: SETTLED };

pub(super) fn run(cx: &Context<'_>, args: &GetStatus) -> Outcome<WorkspaceStatus> {
    let workspace = Workspace::of_caller(cx)?;
    let counts = counts(cx, &workspace)?;
    let mut kinds = Vec::from(OPEN);
    if args.include_completed.unwrap_or(false) {
        kinds.push(FINISHED);
    }
    let (mut rows, mut not_shown) = (Vec::new(), 0);
    for kind in kinds {
        let of_kind = kind.rows(cx, &workspace)?;
        let total = kind.statuses.iter().filter_map(|status| counts.get(status)).sum::<i64>();
        not_shown += total - i64::try_from(of_kind.len()).unwrap_or(i64::MAX);
        rows.extend(of_kind);
    }
    let mut ready_to_execute = next::ready(cx, workspace.id, READY + 1)?;
    let mut ready_to_synthesize = next::gathered(cx, workspace.id, GATHERED + 1)?;
    let pending = counts.get(&Status::Pending).copied().unwrap_or_default();
    let status = WorkspaceStatus {
        workspace: workspace.path,
        total: counts.values().sum(),
        counts: counts.into_iter().map(|(status, tasks)| (status.as_str(), tasks)).collect(),
        tasks_not_shown: not_shown,
        cut: all_cut([
            cut(EXECUTE, &mut ready_to_execute, READY as usize),
            cut(SYNTHESIZE, &mut ready_to_synthesize, GATHERED as usize),
        ]),
        next: what_next(&rows, pending, &ready_to_execute, &ready_to_synthesize),
        tasks: rows.into_iter().map(|row| row.line).collect(),
        ready_to_execute,
        ready_to_synthesize,
    };
    let text = status.to_markdown();
    Ok(Reply::from(status).with_text(text))
}

/// A task, and whether it has parts.
struct StatusRow {
    seq: i64,
    line: TaskLine,
    is_plan: bool,
}

impl FromRow for StatusRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let is_plan = row.get::<i64>("children")? > 0;
        Ok(Self { seq: row.get("seq")?, line: TaskLine::from_row(row)?, is_plan })
    }
}

fn counts(cx: &Context<'_>, workspace: &Workspace) -> Result<BTreeMap<Status, i64>, Failure> {
    let sql = "SELECT status, tasks FROM status_count WHERE workspace_id = ?1 AND tasks > 0";
    Ok(cx.db().query::<(Status, i64)>(sql, params![workspace.id])?.into_iter().collect())
}

impl Kind {
    fn rows(&self, cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<StatusRow>, Failure> {
        let oldest = "SELECT seq, id, title, status, specialist, children FROM task
            WHERE workspace_id = ?1 AND status = ?2 ORDER BY seq LIMIT ?3";
        let newest = "SELECT seq, id, title, status, specialist, children FROM task
            WHERE workspace_id = ?1 AND status = ?2 ORDER BY seq DESC LIMIT ?3";
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        let sql = if self.newest { newest } else { oldest };
        let statements = self.statuses.iter().map(|status| Statement::new(sql, params![workspace.id, *status, most]));
        let mut found = Vec::new();
        for rows in cx.db().batch(statements.collect())? {
            for row in rows.iter() {
                found.push(StatusRow::from_row(&row)?);
            }
        }
        found.sort_by_key(|row| if self.newest { -row.seq } else { row.seq });
        found.truncate(self.most);
        // A plan before its parts, as it was planned.
        found.sort_by_key(|row| row.seq);
        Ok(found)
    }
}

fn what_next(rows: &[StatusRow], pending: i64, ready: &[TaskLine], gathered: &[TaskLine]) -> String {
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
        None if pending > 0 => {
            "nothing is ready: orchestrator_query_tasks {\"status\": [\"pending\"]} lists what waits".to_owned()
        }
        None => "orchestrator_plan_task; there is no open work".to_owned(),
    }
}

impl WorkspaceStatus {
    /// A line that says that there is more, if so.
    fn more(&self, list: &str) -> Option<String> {
        self.cut.as_ref().filter(|cut| cut.contains(&list)).map(|_| "- and more\n".to_owned())
    }

    fn to_markdown(&self) -> String {
        let counts: Vec<_> = self.counts.iter().map(|(status, tasks)| format!("{tasks} {status}")).collect();
        let counts = if counts.is_empty() { "no tasks".to_owned() } else { counts.join(", ") };
        let mut text = format!("{}: {counts}.\n", self.workspace);
        let bare = |task: &TaskLine| format!("- `{}`: {}\n", task.task_id, shortened(&task.title, TITLE));
        let with_status =
            |task: &TaskLine| format!("- `{}` ({}): {}\n", task.task_id, task.status, shortened(&task.title, TITLE));
        let sections: [(&str, String); 3] = [
            ("Ready to synthesize", self.ready_to_synthesize.iter().map(bare).chain(self.more(SYNTHESIZE)).collect()),
            ("Ready", self.ready_to_execute.iter().map(bare).chain(self.more(EXECUTE)).collect()),
            ("Tasks", self.tasks.iter().map(with_status).collect()),
        ];
        for (heading, lines) in sections {
            if !lines.is_empty() {
                text.push_str(&format!("{heading}:\n{lines}"));
            }
        }
        if self.tasks_not_shown > 0 {
            text.push_str(&format!("- and {} more that are not shown\n", self.tasks_not_shown));
        }
        text.push_str(&format!("Next: {}.", self.next));
        text
    }
}

#[cfg(test)]
mod tests;
