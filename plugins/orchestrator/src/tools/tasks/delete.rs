//! `orchestrator_delete_task`: puts a task away, or removes it for good, with everything below it.

use mainstay_plugin::prelude::*;

use crate::archive::{self, Reason};
use crate::batch;
use crate::claim;
use crate::event::{self, Remark};
use crate::plugin::Orchestrator;
use crate::rank;
use crate::status::Status;
use crate::task::{AT_ONCE, Dependents, Task, TaskLine, Which, below, change_status_of, remove_artifacts};
use crate::words::Word;
use crate::workspace::Workspace;

/// Prerequisites of what goes that are ranked anew, which is as many as [`rank::changed`] looks at.
const PREREQUISITES: u32 = 10_000;

const DESCRIPTION: &str = "\
Puts a task and its parts away (archived), or with archive_instead false removes them for good. Refused without force \
if parts are open or other tasks wait for it; with force those wait no more. To stop work that may be \
reported on, use orchestrator_cancel_task.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct DeleteTask {
    task_id: String,
    /// Default: false.
    force: Option<bool>,
    /// Default: true.
    archive_instead: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deleted {
    task_id: String,
    title: String,
    /// archived or deleted.
    outcome: &'static str,
    /// Tasks that this call put away or removed.
    tasks: usize,
    /// There were too many for one call.
    more_left: bool,
    /// Days until maintenance may remove what was archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_days: Option<i64>,
    /// Open tasks that depended on it and do so no more, at most 10.
    released: Vec<TaskLine>,
    more_released: bool,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("orchestrator_delete_task", DESCRIPTION, run).title("Archive or delete a task")
}

pub(crate) fn run(cx: &Context<'_>, args: &DeleteTask) -> Outcome<Deleted> {
    let workspace = Workspace::of_caller(cx)?;
    let task = Task::require(cx, &workspace, "/task_id", &args.task_id)?;
    let (force, archives) = (args.force.unwrap_or(false), args.archive_instead.unwrap_or(true));
    let tasks = below(cx, &task, if archives { Which::Kept } else { Which::All })?;
    if !force {
        claim::refuse_strangers_below(cx, &task)?;
        refuse_open_parts(cx, &task)?;
    }
    // What is finished and only put away goes on counting as finished.
    let dependents = Dependents::of(cx, &task.path, &tasks, archives)?;
    if !force && !dependents.is_empty() {
        return Err(protected(&task, &dependents));
    }
    let ranked = with_prerequisites(cx, &tasks)?;
    release(cx, &task.path, &tasks, archives)?;
    if archives {
        put_away(cx, &tasks)?;
    } else {
        remove(cx, &tasks)?;
    }
    rank::changed(cx, workspace.id, &ranked)?;
    answer(&task, &tasks, archives, dependents)
}

fn seqs(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.seq).collect()
}

/// The tasks and what they depend on, which has less work behind it when they are gone.
fn with_prerequisites(cx: &Context<'_>, tasks: &[Task]) -> Result<Vec<i64>, Failure> {
    let mut ranked = seqs(tasks);
    let sql = "SELECT DISTINCT prerequisite FROM dependency WHERE task IN (SELECT value FROM json_each(?1)) LIMIT ?2";
    let prerequisites = cx.db().query::<(i64,)>(sql, params![serde_json::to_string(&ranked)?, PREREQUISITES])?;
    ranked.extend(prerequisites.into_iter().map(|row| row.0));
    Ok(ranked)
}

fn refuse_open_parts(cx: &Context<'_>, task: &Task) -> Result<(), Failure> {
    let sql = "SELECT open_below FROM work WHERE task = ?1";
    let open = cx.db().query_one::<(i64,)>(sql, params![task.seq])?.map_or(0, |row| row.0);
    if open == 0 {
        return Ok(());
    }
    let message = format!("`{}` ({}) is a plan with {open} open tasks below it", task.id, task.title);
    Err(Failure::new("open-parts", message)
        .with_hint("Finish or cancel those first, or give force true to give them up with it."))
}

fn protected(task: &Task, dependents: &Dependents) -> Failure {
    let message = format!("`{}` ({}) is still needed by {}", task.id, task.title, dependents.listed());
    Failure::new("has-dependents", message).with_hint(
        "Complete those first, or waive their dependency with orchestrator_update_task; force true removes the \
         dependency.",
    )
}

/// Takes the dependencies of open tasks outside away, with a record. `waiting`: only those that hold them up.
fn release(cx: &Context<'_>, path: &str, tasks: &[Task], waiting: bool) -> Result<(), Failure> {
    let seqs = serde_json::to_string(&seqs(tasks))?;
    let sql = "SELECT d.task, d.prerequisite, t.id, t.workspace_id, p.id
        FROM json_each(?1) AS given CROSS JOIN dependency AS d ON d.prerequisite = given.value
        CROSS JOIN task AS p ON p.seq = d.prerequisite CROSS JOIN task AS t ON t.seq = d.task
        WHERE d.binds >= ?3 AND t.settled = 0 AND p.satisfies <= (NOT ?3)
            AND NOT (t.path >= ?2 AND t.path < ?2 || 'g') LIMIT ?4";
    // What is taken away is not found again.
    loop {
        let rows = cx.db().query::<(i64, i64, String, i64, String)>(sql, params![&seqs, path, waiting, AT_ONCE])?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut statements = Vec::new();
        for (dependent, prerequisite, id, workspace, of) in rows {
            let delete = "DELETE FROM dependency WHERE task = ?1 AND prerequisite = ?2";
            statements.push(Statement::new(delete, params![dependent, prerequisite]));
            let kind = event::Kind::DependencyRemoved;
            statements.push(event::record(cx, workspace, &id, kind, Some(&of), None));
        }
        batch::run(cx, statements)?;
    }
}

fn put_away(cx: &Context<'_>, tasks: &[Task]) -> Result<(), Failure> {
    let tasks: Vec<Task> = tasks.iter().filter(|task| task.status != Status::Archived).cloned().collect();
    let mut statements = Vec::new();
    for task in &tasks {
        let reason = Reason::of(task.status);
        statements.push(archive::note(cx, task, reason));
        let was = Some(task.status.as_str());
        let kind = event::Kind::Archived;
        statements.push(event::record(cx, task.workspace, &task.id, kind, was, Some(reason.as_str())));
    }
    batch::run(cx, statements)?;
    change_status_of(cx, &tasks, Status::Archived, Remark::default())
}

/// Rows go from the leaves up; what has a row for each task goes with it.
fn remove(cx: &Context<'_>, tasks: &[Task]) -> Result<(), Failure> {
    let seqs = serde_json::to_string(&seqs(tasks))?;
    let mut statements = remove_artifacts(&seqs);
    for sql in [
        "DELETE FROM dependency WHERE task IN (SELECT value FROM json_each(?1))",
        "DELETE FROM dependency WHERE prerequisite IN (SELECT value FROM json_each(?1))",
    ] {
        statements.push(Statement::new(sql, params![&seqs]));
    }
    for task in tasks {
        statements.push(Statement::new("DELETE FROM task WHERE seq = ?1", params![task.seq]));
        let was = Some(task.status.as_str());
        let title = Remark::note(Some(&task.title));
        let kind = event::Kind::Deleted;
        statements.push(event::record_with(cx, task.workspace, &task.id, kind, (was, None), title));
    }
    batch::run(cx, statements)
}

fn answer(task: &Task, tasks: &[Task], archives: bool, dependents: Dependents) -> Outcome<Deleted> {
    // Parts come before what they are part of, so the task itself is last, unless it was put away before.
    let more_left = tasks.last().is_some_and(|last| last.seq != task.seq) && task.status != Status::Archived;
    let next = match (more_left, dependents.lines.first()) {
        (true, _) => format!("call it again: at most {AT_ONCE} tasks go at once"),
        (false, Some(released)) => format!("look at `{}`, which goes on without it", released.task_id),
        (false, None) => "orchestrator_get_status".to_owned(),
    };
    let named = dependents.listed();
    let answer = Deleted {
        task_id: task.id.clone(),
        title: task.title.clone(),
        outcome: if archives { "archived" } else { "deleted" },
        tasks: tasks.len(),
        more_left,
        kept_days: (archives && task.status != Status::Archived).then(|| Reason::of(task.status).retention_days()),
        released: dependents.lines,
        more_released: dependents.more,
        next,
    };
    let text = answer.to_markdown(&named);
    Ok(Reply::from(answer).with_text(text))
}

impl Deleted {
    fn to_markdown(&self, released: &str) -> String {
        let Self { task_id, title, outcome, tasks, next, .. } = self;
        let mut text = match tasks {
            _ if self.more_left => format!("{tasks} tasks below `{task_id}` ({title}) are {outcome}; more are left."),
            0 => format!("`{task_id}` ({title}) was {outcome} before."),
            1 => format!("`{task_id}` ({title}) is {outcome}."),
            _ => format!("`{task_id}` ({title}) is {outcome}, with {} tasks below it.", tasks - 1),
        };
        if let Some(days) = self.kept_days.filter(|_| !self.more_left) {
            text.push_str(&format!(" It is kept for {days} days."));
        }
        if !self.released.is_empty() {
            text.push_str(&format!("\nNo longer waiting for it: {released}."));
        }
        format!("{text}\nNext: {next}.")
    }
}

#[cfg(test)]
mod tests;
