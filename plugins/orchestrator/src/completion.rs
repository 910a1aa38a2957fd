//! Suggestions while a person types an id or the name of a role.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{CompletionRequest, Completions, Reference};

use crate::artifact;
use crate::limits::is_id_byte;
use crate::prompts::{self, HANDOVER, PLAN_ID, REVIEW, SPECIALIST, TASK_ID};
use crate::resources;
use crate::roles::Roles;
use crate::workspace::Workspace;

/// What the host passes on.
const MOST: usize = 100;

/// Open plans, newest first, among which one is looked for.
const PLANS: u32 = 500;

const TASKS: &str = "SELECT id FROM task WHERE workspace_id = ?1 AND id >= ?3 AND id < ?3 || '~' ORDER BY id LIMIT ?2";
const OPEN_PLANS: &str =
    "SELECT id FROM task WHERE workspace_id = ?1 AND children > 0 AND settled = 0 ORDER BY seq DESC LIMIT ?2";
const ARTIFACTS: &str =
    "SELECT id FROM artifact WHERE workspace_id = ?1 AND id >= ?3 AND id < ?3 || '~' ORDER BY id LIMIT ?2";

/// Ids that begin with what has been typed; while nothing has, what is most likely wanted.
pub(crate) fn complete(cx: &Context<'_>, request: &CompletionRequest) -> Result<Completions, Failure> {
    let typed = request.value.as_str();
    let is_id = typed.bytes().all(is_id_byte);
    let Some(workspace) = Workspace::of_caller_if_any(cx)?.filter(|_| is_id) else { return Ok(values(Vec::new())) };
    let ids = |all: &str, prefix: &str| ids(cx, &workspace, typed, all, prefix);
    Ok(values(match (&request.reference, request.argument.as_str()) {
        (Reference::Prompt(name), PLAN_ID) if name == HANDOVER => open_plans(cx, &workspace, typed)?,
        (Reference::Prompt(name), SPECIALIST) if name == REVIEW => roles(cx, &workspace, typed)?,
        (Reference::Prompt(name), TASK_ID) if name == REVIEW => ids(
            "SELECT id FROM task WHERE workspace_id = ?1 AND status = 'completed' ORDER BY seq DESC LIMIT ?2",
            TASKS,
        )?,
        (Reference::Prompt(name), TASK_ID) if prompts::of_prompt(&Roles::of(cx, &workspace)?, name).is_some() => {
            ids("SELECT id FROM task WHERE workspace_id = ?1 AND ready = 1 ORDER BY seq LIMIT ?2", TASKS)?
        }
        (Reference::ResourceTemplate(template), "artifact_id") if template == artifact::TEMPLATE => {
            ids("SELECT id FROM artifact WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT ?2", ARTIFACTS)?
        }
        (Reference::ResourceTemplate(template), TASK_ID | PLAN_ID)
            if [resources::MERMAID, resources::SVG, resources::PLAN, resources::CARD].contains(&template.as_str()) =>
        {
            ids(OPEN_PLANS, TASKS)?
        }
        _ => Vec::new(),
    }))
}

/// What the first statement gives while nothing has been typed, then what the second gives.
fn ids(cx: &Context<'_>, workspace: &Workspace, typed: &str, all: &str, prefix: &str) -> Result<Vec<String>, Failure> {
    let one_more = u32::try_from(MOST + 1).unwrap_or(u32::MAX);
    let rows = if typed.is_empty() {
        cx.db().query::<(String,)>(all, params![workspace.id, one_more])?
    } else {
        cx.db().query::<(String,)>(prefix, params![workspace.id, one_more, typed])?
    };
    Ok(rows.into_iter().map(|row| row.0).collect())
}

fn open_plans(cx: &Context<'_>, workspace: &Workspace, typed: &str) -> Result<Vec<String>, Failure> {
    let plans = cx.db().query::<(String,)>(OPEN_PLANS, params![workspace.id, PLANS])?;
    Ok(plans.into_iter().map(|row| row.0).filter(|id| id.starts_with(typed)).collect())
}

fn roles(cx: &Context<'_>, workspace: &Workspace, typed: &str) -> Result<Vec<String>, Failure> {
    let roles = Roles::of(cx, workspace)?;
    Ok(roles.iter().map(|role| role.id.to_string()).filter(|id| id.starts_with(typed)).collect())
}

fn values(mut ids: Vec<String>) -> Completions {
    let has_more = ids.len() > MOST;
    ids.truncate(MOST);
    let total = (!has_more).then(|| u32::try_from(ids.len()).unwrap_or(u32::MAX));
    Completions { values: ids, total, has_more }
}

#[cfg(test)]
mod tests;
