//! `orchestrator_initialize_session`: which workspace a session works in, and what is going on there.

use mainstay_plugin::bindings::exports::mainstay::plugin::tools::Root;
use mainstay_plugin::prelude::*;

use crate::limits::shortened;
use crate::next;
use crate::plugin::Orchestrator;
use crate::roles::{Role, RoleLine, Roles};
use crate::session::Session;
use crate::task::PlanLine;
use crate::workspace::Workspace;

/// Open plans that are shown, newest first.
const PLANS: usize = 20;

/// Roles that are shown with a line each; of the others only the names.
const ROLES: usize = 40;

/// Characters of what the workspace tells the coordinator.
const COORDINATOR: usize = 1_500;

/// What the wait for the client's roots is known by.
pub(crate) const ROOTS: &str = "roots";

const DESCRIPTION: &str = "\
Chooses the workspace of this session and shows its open plans and roles. Call it first, and again only to change to \
another directory. Next: orchestrator_plan_task for new work, or orchestrator_execute_task to go on with a plan.";

const ROLE: &str = "\
You are the orchestrator: split the work into tasks, do each in its specialist's role, join the results.";

/// Clients that are started anywhere would share one heap of tasks there.
const NO_PROJECT: &str = "\
This is no project: give working_directory, the absolute path of one, to orchestrator_initialize_session.
Or, to stay here: ";

const INSTRUCTIONS: &str = "\
1. orchestrator_plan_task: the parts as subtasks, each with specialist and dependencies.
2. For each ready task: orchestrator_execute_task, do the work, orchestrator_complete_task.
3. At the end: orchestrator_synthesize_results.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct InitializeSession {
    /// Absolute path in the project. Default: where the client is.
    working_directory: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Begun {
    workspace: String,
    session_id: String,
    role: &'static str,
    instructions: &'static str,
    specialist_roles: Vec<RoleLine>,
    /// What the roles files tell whoever plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    coordinator: Option<String>,
    /// Roles files that make no sense.
    roles_problems: Vec<String>,
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
    let begin = |plugin: &mut Orchestrator, cx: &Context<'_>, args: InitializeSession| {
        if args.working_directory.is_none() {
            return Ok(Wait::new(()).request(ROOTS, Request::Roots).into());
        }
        Ok(plugin.answer(run(cx, &args, &[])?).into())
    };
    let resume = |plugin: &mut Orchestrator, cx: &Context<'_>, args: InitializeSession, (): (), answers: &Answers| {
        let roots = match answers.get(ROOTS) {
            Some(Answer::Roots(roots)) => roots.as_slice(),
            _ => &[],
        };
        Ok(plugin.answer(run(cx, &args, roots)?).into())
    };
    Tool::waiting("orchestrator_initialize_session", DESCRIPTION, begin, resume)
        .without_answer_schema()
        .title("Begin a session")
        .additive()
        .idempotent()
}

pub(super) fn run(cx: &Context<'_>, args: &InitializeSession, roots: &[Root]) -> Outcome<Begun> {
    let bound = Workspace::bind(cx, args.working_directory.as_deref(), roots)?;
    let session = Session::begin(cx, &bound.workspace)?;
    let mut plans = open_plans(cx, &bound.workspace)?;
    let more_open_plans = plans.len() > PLANS;
    plans.truncate(PLANS);
    let roles = Roles::refreshed(cx, &bound.workspace)?;
    let role = |role: &Role| RoleLine { specialist_type: role.id.clone(), use_for: role.use_for.to_string() };
    let next = what_next(cx, &bound.workspace, &plans)?;
    let begun = Begun {
        next: if bound.no_project { format!("{NO_PROJECT}{next}") } else { next },
        workspace: bound.workspace.path,
        session_id: session.id,
        role: ROLE,
        instructions: INSTRUCTIONS,
        specialist_roles: roles.iter().map(role).collect(),
        coordinator: roles.coordinator.map(|text| shortened(&text, COORDINATOR)),
        roles_problems: roles.problems,
        open_plans: plans,
        more_open_plans,
        formerly: bound.formerly,
    };
    let text = begun.to_markdown();
    Ok(Reply::from(begun).with_text(text))
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

impl Begun {
    fn to_markdown(&self) -> String {
        let Self { workspace, session_id, .. } = self;
        let mut text = format!("Workspace: {workspace} ({session_id})\n{ROLE}\n{INSTRUCTIONS}\n");
        if let Some(coordinator) = &self.coordinator {
            text.push_str(&format!("In this workspace: {coordinator}\n"));
        }
        text.push_str("Specialists:\n");
        let (shown, others) = self.specialist_roles.split_at(self.specialist_roles.len().min(ROLES));
        for role in shown {
            text.push_str(&format!("- {}: {}\n", role.specialist_type, role.use_for));
        }
        if !others.is_empty() {
            let names: Vec<_> = others.iter().map(|role| role.specialist_type.as_str()).collect();
            text.push_str(&format!("- and {}\n", names.join(", ")));
        }
        self.roles_problems.iter().for_each(|problem| text.push_str(&format!("{problem}\n")));
        text.push_str(if self.open_plans.is_empty() { "No open plans.\n" } else { "Open plans:\n" });
        for plan in &self.open_plans {
            let PlanLine { task_id, title, finished, total, .. } = plan;
            text.push_str(&format!("- `{task_id}` {title}: {finished} of {total} parts finished\n"));
        }
        if self.more_open_plans {
            text.push_str("- and older ones\n");
        }
        if let Some(former) = &self.formerly {
            text.push_str(&format!("The workspace used from here before was {former}; name it to return to it.\n"));
        }
        text.push_str(&format!("Next: {}.", self.next));
        text
    }
}

#[cfg(test)]
mod tests;
