//! Tools for sessions of a workspace.

pub(super) mod cleanup;
pub(super) mod list;
pub(super) mod resume;
mod standing;
pub(super) mod status;
mod unknown;

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;
use crate::session::Session;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![list::tool(), resume::tool(), status::tool(), cleanup::tool()]
}

// A session in one line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SessionLine {
    session_id: String,
    client: String,
    /// active or completed
    state: &'static str,
    created_at: String,
    last_active_at: String,
    resumed: i64,
    /// It is the caller's own.
    own: bool,
}

impl SessionLine {
    fn new(cx: &Context<'_>, session: &Session, own: Option<&Session>, has_open_plans: bool) -> Self {
        let is_completed = session.is_completed(cx.now().cast_signed(), has_open_plans);
        Self {
            session_id: session.id.clone(),
            client: session.client.clone(),
            state: if is_completed { "completed" } else { "active" },
            created_at: crate::moment::format(session.created_at),
            last_active_at: crate::moment::format(session.last_active_at),
            resumed: session.resumed,
            own: own.is_some_and(|own| own.seq == session.seq),
        }
    }

    fn to_markdown(&self) -> String {
        let Self { session_id, client, state, created_at, last_active_at, resumed, own } = self;
        let own = if *own { ", yours" } else { "" };
        let resumed = if *resumed > 0 { format!(", resumed {resumed}x") } else { String::new() };
        let client = if client.is_empty() { String::new() } else { format!(" of {client}") };
        format!("`{session_id}`{client} ({state}{own}): begun {created_at}, last active {last_active_at}{resumed}")
    }
}

#[cfg(test)]
mod tests;
