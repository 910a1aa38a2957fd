//! `orchestrator_execute_task`: takes up a task and tells the specialist everything about it.

use mainstay_plugin::prelude::*;

use crate::briefing::Briefing;
use crate::claim;
use crate::graph;
use crate::next;
use crate::plugin::Orchestrator;
use crate::roles::{RoleId, Roles};
use crate::status::Status;
use crate::task::{Task, TaskLine, activate_ancestors, change_status};
use crate::workspace::Workspace;

/// Ready parts of a plan that are named.
const PARTS: u32 = 5;

const DESCRIPTION: &str = "\
Takes up a task: marks it active and returns the specialist's role, the task, its plan and the results it builds on. \
Call it before you work on a task, and again if you lost the briefing; not if several agents share the plan: \
orchestrator_claim_task. Refused while prerequisites are open. Next: do the work yourself, then \
orchestrator_complete_task.";

const OLDER_NAME: &str = "Older name of orchestrator_execute_task: use that.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ExecuteTask {
    /// The task to work on, as planning or status named it.
    pub(super) task_id: String,
    /// Your name, if several agents work here: claims the task for you.
    pub(super) agent: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Execution {
    task_id: String,
    title: String,
    status: Status,
    specialist_type: RoleId,
    /// The role to take while working on the task.
    role_prompt: String,
    /// Roles files that make no sense.
    roles_problems: Vec<String>,
    briefing: Briefing,
    /// Of a plan: parts that are ready, to be executed in its place.
    ready_parts: Vec<TaskLine>,
    pub(super) next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    named("orchestrator_execute_task", DESCRIPTION).title("Take up a task")
}

pub(super) fn older_name() -> Tool<Orchestrator> {
    named("orchestrator_execute_subtask", OLDER_NAME).title("Take up a task (older name)")
}

fn named(name: &str, description: &str) -> Tool<Orchestrator> {
    super::answering(name, description, run).additive().idempotent()
}

pub(super) fn run(cx: &Context<'_>, args: &ExecuteTask) -> Outcome<Execution> {
    let agent = claim::agent(cx, args.agent.as_deref())?;
    let workspace = Workspace::of_caller(cx)?;
    claim::end_overdue(cx, workspace.id)?;
    let task = Task::require(cx, &workspace, "/task_id", &args.task_id)?;
    claim::refuse_others(cx, &task, args.agent.as_deref())?;
    let execution = take_up(cx, &workspace, &task)?;
    // Who has a claim renews it; who gives a name wants one.
    let claims = args.agent.is_some() && !task.is_plan();
    if claims || claim::holder(cx, &task)?.is_some() {
        claim::hold(cx, &task, &agent, None)?;
    }
    let text = execution.to_markdown();
    Ok(Reply::from(execution).with_text(text))
}

/// Marks `task` active and gathers what its specialist should know.
pub(super) fn take_up(cx: &Context<'_>, workspace: &Workspace, task: &Task) -> Result<Execution, Failure> {
    if task.status == Status::Completed {
        return Err(completed(task));
    }
    graph::require_no_open_prerequisites(cx, task, "executed")?;
    // Work on a task that is in progress goes on as it is.
    let status = if task.status.is_under_way() { task.status } else { Status::Active };
    change_status(cx, task, status)?;
    activate_ancestors(cx, task)?;
    let roles = Roles::refreshed(cx, workspace)?;
    let ready_parts = if task.is_plan() { next::ready_in_plan(cx, task.seq, PARTS)? } else { Vec::new() };
    Ok(Execution {
        briefing: Briefing::of(cx, task)?,
        next: what_next(task, &ready_parts),
        task_id: task.id.clone(),
        title: task.title.clone(),
        status,
        role_prompt: roles.get_or_generic(&task.specialist).prompt.into_owned(),
        roles_problems: roles.problems,
        specialist_type: task.specialist.clone(),
        ready_parts,
    })
}

fn completed(task: &Task) -> Failure {
    Failure::new("already-completed", format!("`{}` ({}) is completed", task.id, task.title)).with_hint(
        "Take another task (orchestrator_get_status lists what is ready), or plan a follow-up with \
         orchestrator_plan_task that depends on this one.",
    )
}

fn what_next(task: &Task, ready_parts: &[TaskLine]) -> String {
    match ready_parts.first() {
        Some(part) => format!(
            "this task is a plan with {} open parts: work on those, beginning with {}",
            task.open_children,
            next::execute_call(&part.task_id)
        ),
        None if task.open_children > 0 => {
            format!("this task is a plan with {} open parts: finish those first", task.open_children)
        }
        None if task.is_plan() => format!("all parts of this plan are finished: {}", next::synthesize_call(&task.id)),
        None => format!(
            "do the work, then orchestrator_complete_task {{\"task_id\": \"{}\", \"next_action\": \"complete\", …}}",
            task.id
        ),
    }
}

impl Execution {
    pub(super) fn to_markdown(&self) -> String {
        let Self { task_id, title, role_prompt, briefing, next, .. } = self;
        let problems: String = self.roles_problems.iter().map(|problem| format!("\n{problem}\n")).collect();
        let briefing = briefing.to_markdown();
        format!("{role_prompt}\n\n# Task `{task_id}`: {title}\n\n{briefing}{problems}\nNext: {next}.")
    }
}

#[cfg(test)]
mod tests;
