//! `orchestrator_resume_session`: goes on with an earlier session, in its workspace.

use mainstay_plugin::prelude::*;

use super::standing::Standing;
use super::{SessionLine, unknown};
use crate::plugin::Orchestrator;
use crate::session::{self, Session};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Goes on with an earlier session: changes to its workspace and shows what is open, under way and ready, and what \
happened since. For a new session call orchestrator_initialize_session.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ResumeSession {
    session_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Resumed {
    session: SessionLine,
    standing: Standing,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_resume_session", DESCRIPTION, run).title("Go on with a session").additive()
}

pub(crate) fn run(cx: &Context<'_>, args: &ResumeSession) -> Outcome<Resumed> {
    unknown::check(&args.session_id)?;
    // Whoever knows an id was told it: it may lead to another workspace.
    let Some(session) = Session::find(cx, &args.session_id)? else {
        let workspace = Workspace::of_caller_if_any(cx)?;
        return Err(unknown::failure(cx, workspace.as_ref(), &args.session_id)?);
    };
    let path =
        cx.db().query_one::<(String,)>("SELECT path FROM workspace WHERE id = ?1", params![session.workspace])?;
    let (path,) = path.ok_or_else(|| Failure::new("internal", "the session's workspace has vanished"))?;
    let workspace = Workspace::bind_to(cx, path)?.workspace;
    let since = session.last_active_at;
    let session = session.bind(cx, 1)?;
    let has_open_plans = session::has_open_plans(cx, &workspace)?;
    let resumed = Resumed {
        session: SessionLine::new(cx, &session, Some(&session), has_open_plans),
        standing: Standing::of(cx, &workspace, since)?,
    };
    let line = resumed.session.to_markdown();
    let since = format!("Since {}", crate::moment::format(since));
    let text = format!("Resumed {line}.\n{}", resumed.standing.to_markdown(&since));
    Ok(Reply::from(resumed).with_text(text))
}
