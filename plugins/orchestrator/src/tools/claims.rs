//! Tools for several agents on one plan, and what is next.

mod claim;
mod what_next;

use mainstay_plugin::prelude::*;

use crate::next::Scope;
use crate::plugin::Orchestrator;
use crate::task::Task;
use crate::workspace::Workspace;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![claim::tool(), what_next::tool()]
}

/// Where a caller asks to look: in the whole workspace, or in the plan it names.
fn scope(cx: &Context<'_>, workspace: &Workspace, plan: Option<&str>) -> Result<Scope, Failure> {
    let Some(id) = plan else { return Ok(Scope::whole(workspace.id)) };
    let plan = Task::require(cx, workspace, "/plan_id", id)?;
    if plan.is_plan() {
        return Scope::plan(cx, plan);
    }
    Err(Failure::new("not-a-plan", format!("`{}` ({}) has no parts to choose from", plan.id, plan.title))
        .with_hint(format!("Name it as task_id: {}.", crate::next::execute_call(&plan.id))))
}
