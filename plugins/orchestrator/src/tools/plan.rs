//! `orchestrator_plan_task`: one task, or a plan with its parts. All of it is stored, or nothing.
//!
//! [`arguments`] makes a [`draft::Draft`] of either form of the call, [`resolve`] gives every name in it a
//! meaning or a reason for refusal, [`store`] writes it, [`answer`] says what came of it.

mod answer;
mod arguments;
mod draft;
mod resolve;
mod store;

use mainstay_plugin::prelude::*;

pub(super) use self::answer::Planned;
pub(super) use self::arguments::PlanTask;
use crate::plugin::Orchestrator;
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Stores work to be done. Either a plan: description and subtasks, which you have thought out before; dependencies name \
the task_id of other subtasks or of existing tasks. Or one task: title and description; parent_task_id makes it part of \
a plan. Everything is stored or, with the reasons, nothing. Not for changing tasks that exist. Next: \
orchestrator_execute_task with a task that is ready.";

pub(super) fn tool() -> Tool<Orchestrator> {
    let plan = |plugin: &mut Orchestrator, cx: &Context<'_>, args| Ok(plugin.answer(run(cx, args)?));
    Tool::new("orchestrator_plan_task", DESCRIPTION, plan).without_answer_schema().title("Plan work").additive()
}

pub(super) fn run(cx: &Context<'_>, args: PlanTask) -> Outcome<Planned> {
    let draft = args.into_draft()?;
    let mut workspace = Workspace::of_caller(cx)?;
    // First, so that roles files can be kept; it is undone if the plan is refused.
    workspace.store(cx)?;
    let resolved = resolve::resolve(cx, &workspace, draft)?;
    let first = store::store(cx, &workspace, &resolved)?;
    answer::answer(cx, first, resolved)
}

#[cfg(test)]
mod tests;
