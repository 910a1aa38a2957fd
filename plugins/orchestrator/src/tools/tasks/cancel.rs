//! `orchestrator_cancel_task`: gives a task up, with its open parts.

use mainstay_plugin::prelude::*;

use crate::claim;
use crate::event::{self, Remark};
use crate::limits::{self, Problems};
use crate::next;
use crate::plugin::Orchestrator;
use crate::rank;
use crate::status::Status;
use crate::task::{AT_ONCE, Dependents, PlanLine, Task, TaskLine, Which, below, change_status_of, remove_artifacts};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Gives a task up for good, with its open parts. For what will not be done any more; to put away what is finished use \
orchestrator_delete_task. Names the tasks that can never start because of it.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct CancelTask {
    task_id: String,
    reason: Option<String>,
    /// false removes its artifacts. Default: true.
    preserve_work: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cancelled {
    task_id: String,
    title: String,
    status: Status,
    /// Tasks that this call cancelled, the task itself included.
    cancelled: usize,
    /// Parts that are still open, because there were too many for one call.
    open_parts_left: bool,
    artifacts_removed: i64,
    /// Open tasks that can never start, at most 10.
    stranded: Vec<TaskLine>,
    more_stranded: bool,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("orchestrator_cancel_task", DESCRIPTION, run).title("Cancel a task").idempotent()
}

pub(crate) fn run(cx: &Context<'_>, args: &CancelTask) -> Outcome<Cancelled> {
    let mut problems = Problems::default();
    if let Some(reason) = &args.reason {
        problems.text("/reason", reason, limits::REASON);
    }
    problems.into_result()?;
    let workspace = Workspace::of_caller(cx)?;
    let task = Task::require(cx, &workspace, "/task_id", &args.task_id)?;
    claim::refuse_strangers_below(cx, &task)?;
    if task.status != Status::Cancelled {
        task.status.check(&task.id, Status::Cancelled)?;
    }
    let tasks = below(cx, &task, Which::Open)?;
    let reason = args.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    change_status_of(cx, &tasks, Status::Cancelled, Remark::note(reason))?;
    let mut affected = tasks.clone();
    if tasks.is_empty() {
        affected.push(task.clone());
    }
    let removed = if args.preserve_work.unwrap_or(true) { 0 } else { discard(cx, &affected)? };
    let dependents = Dependents::of(cx, &task.path, &affected, true)?;
    rank::changed(cx, workspace.id, &affected.iter().map(|task| task.seq).collect::<Vec<_>>())?;
    answer(cx, &task.reloaded(cx)?, tasks.len(), removed, dependents)
}

/// Removes what was delivered for `tasks`, and says how many artifacts that were.
fn discard(cx: &Context<'_>, tasks: &[Task]) -> Result<i64, Failure> {
    let mut removed = 0;
    for task in tasks {
        let count = "SELECT count(*) FROM artifact WHERE task = ?1";
        let artifacts = cx.db().query_one::<(i64,)>(count, params![task.seq])?.map_or(0, |row| row.0);
        if artifacts > 0 {
            removed += artifacts;
            let mut statements = remove_artifacts(&format!("[{}]", task.seq));
            let all = Some(format!("{artifacts} artifacts"));
            let kind = event::Kind::ArtifactRemoved;
            statements.push(event::record(cx, task.workspace, &task.id, kind, all.as_deref(), None));
            cx.db().batch(statements)?;
        }
    }
    Ok(removed)
}

fn answer(cx: &Context<'_>, task: &Task, cancelled: usize, removed: i64, dependents: Dependents) -> Outcome<Cancelled> {
    let open_parts_left = task.status != Status::Cancelled;
    let above = PlanLine::above(cx, task)?.filter(|plan| plan.ready_to_synthesize);
    let next = if open_parts_left {
        format!("call it again: more than {AT_ONCE} parts were open")
    } else if let Some(stranded) = dependents.lines.first() {
        format!(
            "for each, orchestrator_cancel_task, or go on without it: orchestrator_update_task {{\"task_id\": \"{}\", \
             \"waive_dependencies\": [{{\"task_id\": \"{}\", \"reason\": \"…\"}}]}}",
            stranded.task_id, dependents.first_waits_for
        )
    } else if let Some(plan) = above {
        next::synthesize_call(&plan.task_id)
    } else {
        next::ready(cx, task.workspace, 1)?
            .first()
            .map_or_else(|| "orchestrator_get_status".to_owned(), |ready| next::execute_call(&ready.task_id))
    };
    let named = dependents.listed();
    let answer = Cancelled {
        task_id: task.id.clone(),
        title: task.title.clone(),
        status: task.status,
        cancelled,
        open_parts_left,
        artifacts_removed: removed,
        stranded: dependents.lines,
        more_stranded: dependents.more,
        next,
    };
    let text = answer.to_markdown(&named);
    Ok(Reply::from(answer).with_text(text))
}

impl Cancelled {
    fn to_markdown(&self, stranded: &str) -> String {
        let Self { task_id, title, cancelled, artifacts_removed, next, .. } = self;
        let mut text = match cancelled {
            0 => format!("`{task_id}` ({title}) was cancelled before."),
            1 => format!("`{task_id}` ({title}) is cancelled."),
            _ if self.open_parts_left => format!("{cancelled} parts of `{task_id}` ({title}) are cancelled."),
            _ => format!("`{task_id}` ({title}) is cancelled, with {} open parts.", cancelled - 1),
        };
        if *artifacts_removed > 0 {
            text.push_str(&format!(" {artifacts_removed} artifacts are removed."));
        }
        if !self.stranded.is_empty() {
            text.push_str(&format!("\nCan never start now: {stranded}."));
        }
        format!("{text}\nNext: {next}.")
    }
}

#[cfg(test)]
mod tests;
