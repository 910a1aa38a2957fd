//! Suggestions while a person types an id.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{CompletionRequest, Completions, Reference};

use crate::artifact;
use crate::limits::is_id_byte;
use crate::prompts::TASK_ID;
use crate::resources;
use crate::roles::Roles;
use crate::workspace::Workspace;

/// What the host passes on.
const MOST: usize = 100;

/// Ids that begin with what has been typed; while nothing has, what is ready, open plans or the newest artifacts.
pub(crate) fn complete(cx: &Context<'_>, request: &CompletionRequest) -> Result<Completions, Failure> {
    let (sql_all, sql_prefix) = match (&request.reference, request.argument.as_str()) {
        (Reference::Prompt(name), TASK_ID) if Roles::of_caller(cx)?.get(name).is_some() => (
            "SELECT id FROM task WHERE workspace_id = ?1 AND ready = 1 ORDER BY seq LIMIT ?2",
            "SELECT id FROM task WHERE workspace_id = ?1 AND id >= ?3 AND id < ?3 || '~' ORDER BY id LIMIT ?2",
        ),
        (Reference::ResourceTemplate(template), "task_id" | "plan_id")
            if [resources::MERMAID, resources::SVG, resources::PLAN, resources::CARD].contains(&template.as_str()) =>
        {
            (
                "SELECT id FROM task WHERE workspace_id = ?1 AND children > 0 AND settled = 0 ORDER BY seq DESC LIMIT ?2",
                "SELECT id FROM task WHERE workspace_id = ?1 AND id >= ?3 AND id < ?3 || '~' ORDER BY id LIMIT ?2",
            )
        }
        (Reference::ResourceTemplate(template), "artifact_id") if template == artifact::TEMPLATE => (
            "SELECT id FROM artifact WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT ?2",
            "SELECT id FROM artifact WHERE workspace_id = ?1 AND id >= ?3 AND id < ?3 || '~' ORDER BY id LIMIT ?2",
        ),
        _ => return Ok(values(Vec::new())),
    };
    if !request.value.bytes().all(is_id_byte) {
        return Ok(values(Vec::new()));
    }
    let Some(workspace) = Workspace::of_caller_if_any(cx)? else { return Ok(values(Vec::new())) };
    let one_more = u32::try_from(MOST + 1).unwrap_or(u32::MAX);
    let rows = if request.value.is_empty() {
        cx.db().query::<(String,)>(sql_all, params![workspace.id, one_more])?
    } else {
        cx.db().query::<(String,)>(sql_prefix, params![workspace.id, one_more, &request.value])?
    };
    Ok(values(rows.into_iter().map(|row| row.0).collect()))
}

fn values(mut ids: Vec<String>) -> Completions {
    let has_more = ids.len() > MOST;
    ids.truncate(MOST);
    let total = (!has_more).then(|| u32::try_from(ids.len()).unwrap_or(u32::MAX));
    Completions { values: ids, total, has_more }
}

#[cfg(test)]
mod tests;
