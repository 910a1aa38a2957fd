//! What to say when there is no session of that id. What other workspaces have is not told.

use mainstay_plugin::prelude::*;

use crate::limits::{self, shortened};
use crate::nearest;
use crate::workspace::Workspace;

/// Sessions that are compared with what was given.
const COMPARED: u32 = 50;

pub(super) fn check(id: &str) -> Result<(), Failure> {
    let mut problems = limits::Problems::default();
    problems.id("/session_id", id);
    problems.into_result()
}

pub(super) fn failure(cx: &Context<'_>, workspace: Option<&Workspace>, id: &str) -> Result<Failure, Failure> {
    let sql = "SELECT id FROM session WHERE workspace_id = ?1 ORDER BY last_active_at DESC, seq DESC LIMIT ?2";
    let known = match workspace {
        Some(workspace) => cx.db().query::<(String,)>(sql, params![workspace.id, COMPARED])?,
        None => Vec::new(),
    };
    let nearest = nearest::of(id, known.iter().map(|(id,)| id.as_str()), 1);
    let hint = nearest.first().map(|id| format!("Did you mean `{id}`? ")).unwrap_or_default();
    let failure = Failure::new("unknown-session", format!("there is no session `{}`", shortened(id, 64)));
    Ok(failure.with_hint(format!("{hint}orchestrator_list_sessions lists those of this workspace.")))
}
