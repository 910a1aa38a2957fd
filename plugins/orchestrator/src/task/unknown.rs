//! What to say when there is no task of that id.
//!
//! It says the same whether the id is nowhere or in another workspace: a caller learns nothing of those.

use mainstay_plugin::prelude::*;

use crate::limits::shortened;
use crate::nearest;
use crate::workspace::Workspace;

pub(super) fn failure(cx: &Context<'_>, workspace: &Workspace, id: &str) -> Result<Failure, Failure> {
    let nearest = nearest_ids(cx, workspace, id)?;
    let message = format!("there is no task `{}` in {}", shortened(id, 64), workspace.path);
    let hint = if nearest.is_empty() {
        "orchestrator_get_status lists the tasks there are.".to_owned()
    } else {
        format!("Did you mean {}? orchestrator_get_status lists the tasks there are.", or_list(&nearest))
    };
    Ok(Failure::new("unknown-task", message).with_hint(hint))
}

/// At most three ids of the workspace that look like `id`: of those beside it in the alphabet and of those
/// that are being worked on, because looking at all of them could take for ever.
pub(crate) fn nearest_ids(cx: &Context<'_>, workspace: &Workspace, id: &str) -> Result<Vec<String>, Failure> {
    let sources = [
        "SELECT id FROM task WHERE workspace_id = ?1 AND id >= ?2 ORDER BY id LIMIT 50",
        "SELECT id FROM task WHERE workspace_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT 50",
        "SELECT id FROM task WHERE workspace_id = ?1 AND ready = 1 AND ?2 <> '' ORDER BY seq LIMIT 50",
        "SELECT id FROM task WHERE workspace_id = ?1 AND status = 'active' AND ?2 <> '' ORDER BY seq DESC LIMIT 50",
    ];
    let statements = sources.into_iter().map(|sql| Statement::new(sql, params![workspace.id, id])).collect();
    let mut ids = Vec::new();
    for rows in cx.db().batch(statements)? {
        for row in rows.iter() {
            ids.push(row.get::<String>("id")?);
        }
    }
    Ok(nearest::of(id, ids.iter().map(String::as_str), 3).into_iter().map(str::to_owned).collect())
}

fn or_list(ids: &[String]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" or ")
}
