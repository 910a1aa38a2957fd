//! `orchestrator_cleanup_sessions`: forgets sessions nobody will come back to. Tasks stay as they are.

use std::fmt;

use mainstay_plugin::prelude::*;

use super::SessionLine;
use crate::moment::DAY;
use crate::plugin::Orchestrator;
use crate::session::{self, Session};
use crate::words::words;
use crate::workspace::Workspace;

/// Sessions one call removes.
const MOST: usize = 500;

/// Of those, sessions that are named.
const NAMED: usize = 10;

/// Days that may be asked for.
const DAYS: std::ops::RangeInclusive<i64> = 1..=3_650;
const DEFAULT_DAYS: i64 = 7;

const DESCRIPTION: &str = "\
Removes sessions of this workspace, never tasks: completed ones, orphaned ones (no task is open and nobody was there \
for a day), old ones, or all of these. Tasks are for orchestrator_maintenance_coordinator. It \
only says what it would remove until dry_run is false.";

words!(CleanupType: "a type of cleanup" {
    Completed = "completed",
    Orphaned = "orphaned",
    Old = "old",
    All = "all",
});

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct CleanupSessions {
    /// Default: completed.
    cleanup_type: Option<CleanupType>,
    /// What counts as old. Default: 7.
    older_than_days: Option<i64>,
    /// Default: true.
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cleaned {
    cleanup_type: CleanupType,
    dry_run: bool,
    /// Sessions that were or would be removed.
    total: usize,
    /// There are more than one call removes.
    has_more: bool,
    /// At most 10 of them, longest inactive first.
    sessions: Vec<SessionLine>,
    next: String,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_cleanup_sessions", DESCRIPTION, run).title("Forget sessions").idempotent()
}

pub(crate) fn run(cx: &Context<'_>, args: &CleanupSessions) -> Outcome<Cleaned> {
    let days = args.older_than_days.unwrap_or(DEFAULT_DAYS);
    if !DAYS.contains(&days) {
        let problem = format!("is {days}; {} to {} are allowed", DAYS.start(), DAYS.end());
        return Err(Failure::argument("/older_than_days", problem));
    }
    let workspace = Workspace::of_caller(cx)?;
    let kind = args.cleanup_type.unwrap_or(CleanupType::Completed);
    let dry_run = args.dry_run.unwrap_or(true);
    let own = Session::of_caller(cx, &workspace)?;
    let mut found = found(cx, &workspace, own.as_ref(), kind, days)?;
    let has_more = found.len() > MOST;
    found.truncate(MOST);
    if !dry_run {
        let remove = |session: &Session| Statement::new("DELETE FROM session WHERE seq = ?1", params![session.seq]);
        cx.db().batch(found.iter().map(remove).collect())?;
    }
    let has_open_plans = session::has_open_plans(cx, &workspace)?;
    let line = |session: &Session| SessionLine::new(cx, session, own.as_ref(), has_open_plans);
    let cleaned = Cleaned {
        cleanup_type: kind,
        dry_run,
        total: found.len(),
        has_more,
        sessions: found.iter().take(NAMED).map(line).collect(),
        next: what_next(kind, days, dry_run, found.len(), has_more),
    };
    let text = cleaned.to_markdown();
    Ok(Reply::from(cleaned).with_text(text))
}

/// What is to be removed, longest inactive first, and one more than a call removes if there are so many.
fn found(
    cx: &Context<'_>,
    workspace: &Workspace,
    own: Option<&Session>,
    kind: CleanupType,
    days: i64,
) -> Result<Vec<Session>, Failure> {
    let (ended_before, open_before) = bounds(cx, workspace, kind, days)?;
    let sql = "SELECT * FROM session WHERE workspace_id = ?1 AND last_active_at < ?2
        AND (ended_at IS NOT NULL OR last_active_at < ?3) AND (ended_at IS NULL OR last_active_at < ?4) AND seq <> ?5
        ORDER BY last_active_at, seq LIMIT ?6";
    let one_more = u32::try_from(MOST + 1).unwrap_or(u32::MAX);
    let own = own.map_or(0, |own| own.seq);
    let values = params![workspace.id, ended_before.max(open_before), open_before, ended_before, own, one_more];
    Ok(cx.db().query(sql, values)?)
}

/// Sessions that ended, and such that did not, are removed if they were last active before this.
fn bounds(cx: &Context<'_>, workspace: &Workspace, kind: CleanupType, days: i64) -> Result<(i64, i64), Failure> {
    let now = cx.now().cast_signed();
    let (yesterday, old) = (now - DAY, now - days * DAY);
    let if_not = |is_open: bool| if is_open { i64::MIN } else { yesterday };
    let completed = (yesterday, if_not(session::has_open_plans(cx, workspace)?));
    let has_open_tasks = session::counts(cx, workspace)?.iter().any(|(status, _)| !status.is_settled());
    let orphaned = (if_not(has_open_tasks), if_not(has_open_tasks));
    Ok(match kind {
        CleanupType::Completed => completed,
        CleanupType::Orphaned => orphaned,
        CleanupType::Old => (old, old),
        CleanupType::All => (completed.0.max(old), completed.1.max(orphaned.1).max(old)),
    })
}

fn what_next(kind: CleanupType, days: i64, dry_run: bool, total: usize, has_more: bool) -> String {
    let call = format!(
        "orchestrator_cleanup_sessions {{\"cleanup_type\": \"{kind}\", \"older_than_days\": {days}, \"dry_run\": false}}"
    );
    match (dry_run && total > 0, !dry_run && has_more) {
        (true, _) => format!("{call} removes them"),
        (_, true) => format!("{call} again for the rest"),
        _ => "orchestrator_list_sessions shows what is left".to_owned(),
    }
}

impl Cleaned {
    fn to_markdown(&self) -> String {
        let Self { cleanup_type, total, next, .. } = self;
        let kind = if *cleanup_type == CleanupType::All { String::new() } else { format!("{cleanup_type} ") };
        let mut text = match self.dry_run {
            true => format!("{total} {kind}sessions would be removed; nothing was changed.\n"),
            false => format!("{total} {kind}sessions removed; tasks are as they were.\n"),
        };
        self.sessions.iter().for_each(|line| text.push_str(&format!("- {}\n", line.to_markdown())));
        let unnamed = total - self.sessions.len();
        if unnamed > 0 {
            text.push_str(&format!("- and {unnamed} more\n"));
        }
        if self.has_more {
            text.push_str("There are more than one call removes.\n");
        }
        text.push_str(&format!("Next: {next}."));
        text
    }
}
