//! `orchestrator_list_sessions`: who worked here, last active first.

use mainstay_plugin::prelude::*;

use super::SessionLine;
use crate::limits;
use crate::moment::DAY;
use crate::plugin::Orchestrator;
use crate::session::{self, Session};
use crate::workspace::Workspace;

/// Sessions on one page.
const DEFAULT: i64 = 10;
const MOST: i64 = 100;

const DESCRIPTION: &str = "\
Lists the sessions of this workspace, last active first. Only to find one to go on \
with, by orchestrator_resume_session; your own needs no list.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ListSessions {
    include_completed: Option<bool>,
    /// At most 100. Default: 10.
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SessionList {
    sessions: Vec<SessionLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_list_sessions", DESCRIPTION, run).title("List sessions").read_only()
}

pub(crate) fn run(cx: &Context<'_>, args: &ListSessions) -> Outcome<SessionList> {
    let limit = args.limit.unwrap_or(DEFAULT);
    let mut problems = limits::Problems::default();
    if !(1..=MOST).contains(&limit) {
        problems.add("/limit", format!("is {limit}; 1 to {MOST} are allowed"));
    }
    let after = args.cursor.as_deref().map_or(Some((i64::MAX, 0)), place);
    if after.is_none() {
        problems.add("/cursor", "is none of this tool's; leave it out to begin at the top");
    }
    problems.into_result()?;
    let workspace = Workspace::of_caller(cx)?;
    let own = Session::of_caller(cx, &workspace)?;
    let has_open_plans = session::has_open_plans(cx, &workspace)?;
    let include_completed = args.include_completed.unwrap_or(false);
    let mut sessions = page(cx, &workspace, after.unwrap_or_default(), limit, include_completed, has_open_plans)?;
    let has_more = sessions.len() > usize::try_from(limit).unwrap_or_default();
    sessions.truncate(usize::try_from(limit).unwrap_or_default());
    let next_cursor = sessions.last().filter(|_| has_more);
    let next_cursor = next_cursor.map(|last| format!("{:x}-{:x}", last.last_active_at, last.seq));
    let line = |session: &Session| SessionLine::new(cx, session, own.as_ref(), has_open_plans);
    let list = SessionList {
        sessions: sessions.iter().map(line).collect(),
        next: what_next(&sessions, own.as_ref(), next_cursor.as_deref(), limit, include_completed),
        next_cursor,
    };
    let text = list.to_markdown(&workspace.path);
    Ok(Reply::from(list).with_text(text))
}

/// After this time, or at it and after this number, downwards.
fn place(cursor: &str) -> Option<(i64, i64)> {
    let (at, seq) = cursor.split_once('-')?;
    Some((i64::from_str_radix(at, 16).ok()?, i64::from_str_radix(seq, 16).ok()?))
}

fn page(
    cx: &Context<'_>,
    workspace: &Workspace,
    (at, seq): (i64, i64),
    limit: i64,
    include_completed: bool,
    has_open_plans: bool,
) -> Result<Vec<Session>, Failure> {
    let all = "SELECT * FROM session WHERE workspace_id = ?1 AND last_active_at >= ?5
        AND (last_active_at, seq) < (?2, ?3) ORDER BY last_active_at DESC, seq DESC LIMIT ?4";
    let open = "SELECT * FROM session WHERE workspace_id = ?1 AND ended_at IS NULL AND last_active_at >= ?5
        AND (last_active_at, seq) < (?2, ?3) ORDER BY last_active_at DESC, seq DESC LIMIT ?4";
    // With nothing open, what was left alone is completed.
    let since = if include_completed || has_open_plans { i64::MIN } else { cx.now().cast_signed() - DAY };
    let sql = if include_completed { all } else { open };
    Ok(cx.db().query(sql, params![workspace.id, at, seq, limit + 1, since])?)
}

fn what_next(
    sessions: &[Session],
    own: Option<&Session>,
    cursor: Option<&str>,
    limit: i64,
    include_completed: bool,
) -> String {
    let other = sessions.iter().find(|session| own.is_none_or(|own| own.seq != session.seq));
    let resume = match other {
        Some(session) => format!("orchestrator_resume_session {{\"session_id\": \"{}\"}}", session.id),
        None => "orchestrator_get_status".to_owned(),
    };
    let Some(cursor) = cursor else { return resume };
    let completed = if include_completed { "\"include_completed\": true, " } else { "" };
    let page = format!("{{{completed}\"limit\": {limit}, \"cursor\": \"{cursor}\"}}");
    format!("{resume}, or orchestrator_list_sessions {page} for more")
}

impl SessionList {
    fn to_markdown(&self, workspace: &str) -> String {
        let mut text = format!("{workspace}, last active first:\n");
        self.sessions.iter().for_each(|line| text.push_str(&format!("- {}\n", line.to_markdown())));
        text.push_str(&format!("Next: {}.", self.next));
        text
    }
}
