//! `orchestrator_complete_task`: takes in a delivery and says what follows from it.

use mainstay_plugin::prelude::*;

use crate::artifact::{self, Delivery};
use crate::claim;
use crate::graph;
use crate::limits::{self, Problems};
use crate::next::{self, execute_call, synthesize_call};
use crate::pace;
use crate::plugin::Orchestrator;
use crate::status::Status;
use crate::task::{PlanLine, Task, TaskLine, activate_ancestors, change_status, listed};
use crate::words::{ArtifactType, NextAction};
use crate::workspace::Workspace;

/// Recommendations for what to do next.
const RECOMMENDED: u32 = 3;

/// Open parts of a plan that are named.
const PARTS: u32 = 10;

const DESCRIPTION: &str = "\
Hands in the result of a task: stores the detailed work as an artifact, so that it need not stay in your context, and \
keeps the summary for the tasks that build on it. next_action \"complete\" or \"continue\" completes the task; \
\"needs_revision\" returns it to be worked on again; \"blocked\" parks it. Do not call it before the work is there. \
Returns what is ready next.";

const LONGER: &str =
    "write it with orchestrator_artifacts (action write, then append) and hand in a text that names it";

const OLDER_NAME: &str = "Older name of orchestrator_complete_task: use that.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct CompleteTask {
    pub(super) task_id: String,
    /// What was achieved, in a few sentences: tasks that depend on this one are told it. At most 4000 characters.
    pub(super) summary: String,
    /// The whole result: code, text, findings. At most 4 MiB.
    pub(super) detailed_work: String,
    /// Files that were made or changed.
    pub(super) file_paths: Option<Vec<String>>,
    /// Default: general.
    pub(super) artifact_type: Option<ArtifactType>,
    /// What is to become of the task: complete and continue complete it.
    pub(super) next_action: NextAction,
    /// References to artifacts kept elsewhere.
    pub(super) legacy_artifacts: Option<Vec<String>>,
    /// Your name, if you claimed the task under one.
    pub(super) agent: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Completion {
    task_id: String,
    title: String,
    status: Status,
    artifact_id: String,
    artifact_uri: String,
    /// How often the task was sent back.
    revisions: i64,
    /// The plan the task is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<PlanLine>,
    next_recommended_tasks: Vec<TaskLine>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    named("orchestrator_complete_task", DESCRIPTION).title("Hand in a result")
}

pub(super) fn older_name() -> Tool<Orchestrator> {
    named("orchestrator_complete_subtask", OLDER_NAME).title("Hand in a result (older name)")
}

fn named(name: &str, description: &str) -> Tool<Orchestrator> {
    super::answering(name, description, run).additive().idempotent()
}

pub(super) fn run(cx: &Context<'_>, args: &CompleteTask) -> Outcome<Completion> {
    check_limits(args)?;
    claim::agent(cx, args.agent.as_deref())?;
    let workspace = Workspace::of_caller(cx)?;
    claim::end_overdue(cx, workspace.id)?;
    let task = Task::require(cx, &workspace, "/task_id", &args.task_id)?;
    claim::refuse_others(cx, &task, args.agent.as_deref())?;
    let delivery = Delivery {
        artifact_type: args.artifact_type.unwrap_or(ArtifactType::General),
        next_action: args.next_action,
        summary: &args.summary,
        content: &args.detailed_work,
        files: args.file_paths.as_deref().unwrap_or_default(),
        legacy: args.legacy_artifacts.as_deref().unwrap_or_default(),
    };
    // A client that did not hear the answer asks again; the work is there and the answer is the same.
    let repeated =
        if task.status == outcome_of(args.next_action) { artifact::same_as_last(cx, &task, &delivery)? } else { None };
    let artifact = match repeated {
        Some(artifact) => artifact,
        None => deliver(cx, &task, &delivery)?,
    };
    answer(cx, &workspace, &task.reloaded(cx)?, artifact)
}

fn check_limits(args: &CompleteTask) -> Result<(), Failure> {
    let mut problems = Problems::default();
    problems.required_text("/summary", &args.summary, limits::SUMMARY);
    if args.detailed_work.trim().is_empty() {
        problems.add("/detailed_work", "is empty");
    }
    artifact::check_text(&mut problems, "/detailed_work", &args.detailed_work, limits::DETAILED_WORK, LONGER);
    for (field, paths) in [("/file_paths", &args.file_paths), ("/legacy_artifacts", &args.legacy_artifacts)] {
        let paths = paths.as_deref().unwrap_or_default();
        problems.list(field, paths.len(), limits::PATHS);
        for (index, path) in paths.iter().enumerate() {
            problems.required_text(&format!("{field}/{index}"), path, limits::PATH);
        }
    }
    problems.into_result()
}

fn outcome_of(action: NextAction) -> Status {
    match action {
        NextAction::Complete | NextAction::Continue => Status::Completed,
        NextAction::NeedsRevision => Status::Pending,
        NextAction::Blocked => Status::Blocked,
    }
}

fn deliver(cx: &Context<'_>, task: &Task, delivery: &Delivery<'_>) -> Result<String, Failure> {
    let outcome = outcome_of(delivery.next_action);
    if task.status == Status::Completed {
        return Err(already_completed(task));
    }
    if task.status == Status::Cancelled {
        return Err(cancelled(task));
    }
    task.status.check(&task.id, outcome)?;
    if outcome == Status::Completed {
        graph::require_no_open_prerequisites(cx, task, "completed")?;
        require_no_open_parts(cx, task)?;
        activate_ancestors(cx, task)?;
    }
    change_status(cx, task, outcome)?;
    if outcome == Status::Completed {
        pace::record(cx, task)?;
    }
    let sent_back = delivery.next_action == NextAction::NeedsRevision;
    let note = "UPDATE task SET summary = ?2, revisions = revisions + ?3, updated_at = ?4 WHERE seq = ?1";
    cx.db().execute(note, params![task.seq, delivery.summary, sent_back, cx.now().cast_signed()])?;
    artifact::store(cx, task, delivery)
}

fn already_completed(task: &Task) -> Failure {
    let message = format!("`{}` ({}) is completed, with another result", task.id, task.title);
    Failure::new("already-completed", message).with_hint(
        "A result is not replaced. If there is more to do, plan a follow-up with orchestrator_plan_task that depends \
         on this task.",
    )
}

fn cancelled(task: &Task) -> Failure {
    let message = format!("`{}` ({}) was cancelled meanwhile, so this result is not stored", task.id, task.title);
    Failure::new("illegal-transition", message).with_hint(
        "Drop it. If the result is still of use, plan a new task with orchestrator_plan_task and hand it in for that.",
    )
}

fn require_no_open_parts(cx: &Context<'_>, task: &Task) -> Result<(), Failure> {
    if task.open_children == 0 {
        return Ok(());
    }
    let sql = "SELECT id, title, status, specialist FROM task WHERE parent = ?1 AND settled = 0
        ORDER BY position LIMIT ?2";
    let open = cx.db().query::<TaskLine>(sql, params![task.seq, PARTS])?;
    let count = task.open_children;
    let message = format!("`{}` is a plan with {count} open parts: {}", task.id, listed(&open));
    Err(Failure::new("open-parts", message).with_hint("Complete those first, then orchestrator_synthesize_results."))
}

fn answer(cx: &Context<'_>, workspace: &Workspace, task: &Task, artifact_id: String) -> Outcome<Completion> {
    let parent = PlanLine::above(cx, task)?;
    let mut recommended = match task.parent {
        Some(plan) => next::ready_in_plan(cx, plan, RECOMMENDED)?,
        None => Vec::new(),
    };
    if recommended.is_empty() {
        recommended = next::ready(cx, workspace.id, RECOMMENDED)?;
    }
    let completion = Completion {
        task_id: task.id.clone(),
        title: task.title.clone(),
        status: task.status,
        artifact_uri: artifact::uri(&artifact_id),
        artifact_id,
        revisions: task.revisions,
        next: what_next(parent.as_ref(), &recommended),
        parent,
        next_recommended_tasks: recommended,
    };
    let text = completion.to_markdown();
    Ok(Reply::from(completion).with_text(text))
}

fn what_next(parent: Option<&PlanLine>, recommended: &[TaskLine]) -> String {
    match (parent, recommended.first()) {
        (Some(plan), _) if plan.ready_to_synthesize => {
            format!("all parts of `{}` are finished: {}", plan.task_id, synthesize_call(&plan.task_id))
        }
        (_, Some(task)) => execute_call(&task.task_id),
        (_, None) => {
            "nothing is ready; orchestrator_get_status shows what is in the way, if anything is left".to_owned()
        }
    }
}

impl Completion {
    fn to_markdown(&self) -> String {
        let Self { task_id, status, artifact_uri, next, .. } = self;
        let status = match status {
            Status::Pending => "pending again, to be revised".to_owned(),
            status => status.to_string(),
        };
        let mut text = format!("`{task_id}` is {status}: {artifact_uri}");
        if let Some(PlanLine { task_id, finished, total, .. }) = &self.parent {
            text.push_str(&format!("\nPlan `{task_id}`: {finished} of {total} finished"));
        }
        // The first is what comes next.
        let others: Vec<_> = self.next_recommended_tasks.iter().skip(1).map(|task| task.task_id.as_str()).collect();
        if !others.is_empty() {
            text.push_str(&format!("; also ready: {}", others.join(", ")));
        }
        format!("{text}\nNext: {next}.")
    }
}

#[cfg(test)]
mod tests;
