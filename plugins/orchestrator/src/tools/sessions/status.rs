//! `orchestrator_session_status`: one session, and where the work of its workspace stands.

use mainstay_plugin::prelude::*;

use super::standing::Standing;
use super::{SessionLine, unknown};
use crate::plugin::Orchestrator;
use crate::session::{self, Session};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Shows a session of this workspace: counts, open plans, what is under way and the last events. For tasks alone \
orchestrator_get_status is shorter.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SessionStatus {
    /// Default: your own.
    session_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    session: SessionLine,
    standing: Standing,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_session_status", DESCRIPTION, run).title("Show a session").read_only()
}

pub(crate) fn run(cx: &Context<'_>, args: &SessionStatus) -> Outcome<Shown> {
    let workspace = Workspace::of_caller(cx)?;
    let own = Session::of_caller(cx, &workspace)?;
    let session = match &args.session_id {
        Some(id) => {
            unknown::check(id)?;
            let found = Session::find(cx, id)?.filter(|session| session.workspace == workspace.id);
            found.map_or_else(|| Err(unknown::failure(cx, Some(&workspace), id)?), Ok)?
        }
        None => own.clone().ok_or_else(|| {
            Failure::new("no-session", "you have no session in this workspace")
                .with_hint("Call orchestrator_initialize_session to begin one.")
        })?,
    };
    let has_open_plans = session::has_open_plans(cx, &workspace)?;
    let shown = Shown {
        session: SessionLine::new(cx, &session, own.as_ref(), has_open_plans),
        standing: Standing::of(cx, &workspace, i64::MIN)?,
    };
    let text = format!("{}.\n{}", shown.session.to_markdown(), shown.standing.to_markdown("Last events"));
    Ok(Reply::from(shown).with_text(text))
}
