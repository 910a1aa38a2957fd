//! `orchestrator_initialize_session`: which workspace a session works in, and what is going on there.

use mainstay_plugin::prelude::*;

use crate::next;
use crate::plugin::Orchestrator;
use crate::roles::{Role, RoleLine, Roles};
use crate::task::PlanLine;
use crate::workspace::Workspace;

/// Open plans that are shown, newest first.
const PLANS: usize = 20;

const DESCRIPTION: &str = "\
Chooses the workspace of this session and shows its open plans. Call it first, and again only to change to another \
directory. Next: orchestrator_plan_task for new work, or orchestrator_execute_task to go on with an open plan.";

const ROLE: &str = "\
You are the orchestrator: you split work into tasks, take the role of each task's specialist in turn, and bring the \
results together.";

const INSTRUCTIONS: &str = "\
1. orchestrator_plan_task: describe the work and give its parts as subtasks, with a specialist and dependencies each. \
2. For every ready task: orchestrator_execute_task, do the work as its briefing says, orchestrator_complete_task. \
3. When all parts are done: orchestrator_synthesize_results. orchestrator_get_status shows where you are.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct InitializeSession {
    /// Absolute path of the project whose tasks you want. Default: the directory the client was started in.
    working_directory: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Session {
    workspace: String,
    role: &'static str,
    instructions: &'static str,
    specialist_roles: Vec<RoleLine>,
    /// Plans with unfinished parts or without synthesis, newest first.
    open_plans: Vec<PlanLine>,
    /// There are open plans beyond those shown.
    more_open_plans: bool,
    /// A workspace that was used from this directory before.
    #[serde(skip_serializing_if = "Option::is_none")]
    formerly: Option<String>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::answering("orchestrator_initialize_session", DESCRIPTION, run)
        .title("Begin a session")
        .additive()
        .idempotent()
}

pub(super) fn run(cx: &Context<'_>, args: &InitializeSession) -> Outcome<Session> {
    let bound = Workspace::bind(cx, args.working_directory.as_deref())?;
    let mut plans = open_plans(cx, &bound.workspace)?;
    let more_open_plans = plans.len() > PLANS;
    plans.truncate(PLANS);
    let roles = Roles::of(cx, &bound.workspace)?;
    let role = |role: &Role| RoleLine { specialist_type: role.id.clone(), use_for: role.use_for.to_string() };
    let session = Session {
        next: what_next(cx, &bound.workspace, &plans)?,
        workspace: bound.workspace.path,
        role: ROLE,
        instructions: INSTRUCTIONS,
        specialist_roles: roles.iter().map(role).collect(),
        open_plans: plans,
        more_open_plans,
        formerly: bound.formerly,
    };
    let text = session.to_markdown();
    Ok(Reply::from(session).with_text(text))
}

fn open_plans(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<PlanLine>, Failure> {
    let sql = "SELECT id, title, status, children, open_children, gathered FROM task
        WHERE workspace_id = ?1 AND children > 0 AND settled = 0 ORDER BY seq DESC LIMIT ?2";
    let one_more = u32::try_from(PLANS + 1).unwrap_or(u32::MAX);
    Ok(cx.db().query(sql, params![workspace.id, one_more])?)
}

fn what_next(cx: &Context<'_>, workspace: &Workspace, plans: &[PlanLine]) -> Result<String, Failure> {
    if let Some(plan) = plans.iter().find(|plan| plan.ready_to_synthesize) {
        return Ok(next::synthesize_call(&plan.task_id));
    }
    Ok(match next::ready(cx, workspace.id, 1)?.first() {
        Some(task) => format!("{} to go on, or orchestrator_plan_task for new work", next::execute_call(&task.task_id)),
        None => "orchestrator_plan_task".to_owned(),
    })
}

impl Session {
    fn to_markdown(&self) -> String {
        let mut text = format!("Workspace: {}\n\n{ROLE}\n{INSTRUCTIONS}\n\nSpecialists:\n", self.workspace);
        for role in &self.specialist_roles {
            text.push_str(&format!("- {}: {}\n", role.specialist_type, role.use_for));
        }
        text.push_str(if self.open_plans.is_empty() { "\nNo open plans.\n" } else { "\nOpen plans:\n" });
        for plan in &self.open_plans {
            let PlanLine { task_id, title, finished, total, .. } = plan;
            text.push_str(&format!("- `{task_id}` {title}: {finished} of {total} parts finished\n"));
        }
        if self.more_open_plans {
            text.push_str("- and older ones\n");
        }
        if let Some(former) = &self.formerly {
            text.push_str(&format!("\nThe workspace used from here before was {former}; name it to return to it.\n"));
        }
        text.push_str(&format!("\nNext: {}.", self.next));
        text
    }
}

#[cfg(test)]
mod tests;
