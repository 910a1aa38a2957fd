//! Putting away what was given up, removing what was kept long enough, and taking back claims.

use mainstay_plugin::prelude::*;

use super::scan::Why;
use super::scope::{Seen, WITHIN};
use super::{Outcome, Run};
use crate::claim;
use crate::event::{self, Kind};
use crate::moment::DAY;
use crate::status::Status;
use crate::task::{Task, change_status};
use crate::words::Word;

/// Tasks that are put away, removed or taken back in one run, of each.
const CHANGES: usize = 500;

/// Pieces of artifacts that are removed in one run: 128 MiB.
const PIECES: u64 = 2_000;

/// What cannot be removed yet is looked at again after this.
const AGAIN: i64 = 7 * DAY;

/// Days for which a task is kept after it was put away.
fn retention(why: Why, was: Status) -> (&'static str, i64) {
    match (why, was) {
        (Why::Orphaned, _) => ("orphaned", 7),
        (Why::Stale, Status::Failed) => ("failed", 60),
        (Why::Stale, _) => ("stale", 30),
    }
}

/// Archives what nobody touched for so long, except what someone holds right now.
pub(super) fn archive(
    cx: &Context<'_>,
    run: &Run<'_>,
    abandoned: &[(&Seen, Why)],
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let now = cx.now().cast_signed();
    for (seen, why) in abandoned.iter().take(CHANGES) {
        let held = "SELECT 1 FROM claim WHERE task = ?1 AND until > ?2";
        if cx.db().query_one::<(i64,)>(held, params![seen.seq, now])?.is_some() {
            continue;
        }
        let task = load(cx, seen.seq)?;
        change_status(cx, &task, Status::Archived)?;
        let (reason, days) = retention(*why, task.status);
        let put = "INSERT INTO archive (task, workspace_id, reason, was, archived_at, remove_after)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (task) DO NOTHING";
        let was = task.status.as_str();
        let parameters = params![task.seq, run.workspace.id, reason, was, now, now + days * DAY];
        let unclaim = Statement::new("DELETE FROM claim WHERE task = ?1", params![task.seq]);
        cx.db().batch(vec![Statement::new(put, parameters), unclaim])?;
        outcome.count("archived", 1);
    }
    if abandoned.len() > CHANGES {
        outcome.notes.push(format!("{CHANGES} tasks were archived at most; run it again for the rest."));
    }
    Ok(())
}

/// As many as one run may change, and a note if there are more.
fn cut<T>(rows: &mut Vec<T>, what: &str, outcome: &mut Outcome) {
    if rows.len() > CHANGES {
        rows.truncate(CHANGES);
        outcome.notes.push(format!("{CHANGES} {what} at most; run it again for the rest."));
    }
}

fn load(cx: &Context<'_>, seq: i64) -> Result<Task, Failure> {
    let task = cx.db().query_one("SELECT * FROM task WHERE seq = ?1", params![seq])?;
    task.ok_or_else(|| Failure::new("internal", "a task has vanished"))
}

/// Removes archived tasks whose time is over, parts before their plans. What others still need stays.
pub(super) fn remove(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let now = cx.now().cast_signed();
    let sql = format!(
        "SELECT a.task, t.id, t.path FROM archive AS a JOIN task AS t ON t.seq = a.task
        WHERE a.workspace_id = ?1 AND a.remove_after <= ?2 AND t.status = 'archived' AND {WITHIN}
        ORDER BY a.remove_after LIMIT ?3"
    );
    let one_more = u32::try_from(CHANGES + 1).unwrap_or(u32::MAX);
    let (roots, length) = run.scope.within()?;
    let due = params![run.workspace.id, now, one_more, roots, length];
    let mut due = cx.db().query::<(i64, String, String)>(&sql, due)?;
    cut(&mut due, "archived tasks whose time is over were looked at", outcome);
    due.sort_by(|a, b| b.2.cmp(&a.2));
    let mut pieces = PIECES;
    for (seq, id, _) in due {
        let needed = "SELECT 1 FROM task WHERE seq = ?1 AND children > 0 UNION ALL
            SELECT 1 FROM dependency AS d JOIN task AS t ON t.seq = d.task
                WHERE d.prerequisite = ?1 AND t.settled = 0 LIMIT 1";
        if cx.db().query_one::<(i64,)>(needed, params![seq])?.is_some() {
            let later = "UPDATE archive SET remove_after = ?2 WHERE task = ?1";
            cx.db().execute(later, params![seq, now + AGAIN])?;
            outcome.count("kept_because_needed", 1);
            continue;
        }
        let gone = remove_pieces(cx, seq, pieces)?;
        pieces = pieces.saturating_sub(gone);
        if pieces == 0 {
            outcome.notes.push("Long artifacts are removed bit by bit; run it again for the rest.".to_owned());
            break;
        }
        remove_task(cx, run, seq, &id)?;
        outcome.count("removed", 1);
    }
    Ok(())
}

fn remove_pieces(cx: &Context<'_>, task: i64, most: u64) -> Result<u64, Failure> {
    let sql = "DELETE FROM artifact_chunk WHERE rowid IN (
        SELECT c.rowid FROM artifact AS a JOIN artifact_chunk AS c ON c.artifact = a.seq WHERE a.task = ?1 LIMIT ?2)";
    Ok(cx.db().execute(sql, params![task, most.cast_signed()])?)
}

fn remove_task(cx: &Context<'_>, run: &Run<'_>, seq: i64, id: &str) -> Result<(), Failure> {
    let statements = [
        "DELETE FROM dependency WHERE task = ?1",
        "DELETE FROM dependency WHERE prerequisite = ?1",
        "DELETE FROM artifact_file WHERE artifact IN (SELECT seq FROM artifact WHERE task = ?1)",
        "DELETE FROM artifact WHERE task = ?1",
        "DELETE FROM task WHERE seq = ?1",
    ];
    let mut batch: Vec<_> = statements.into_iter().map(|sql| Statement::new(sql, params![seq])).collect();
    batch.push(event::record(cx, run.workspace.id, id, Kind::Deleted, Some(Status::Archived.as_str()), None));
    cx.db().batch(batch)?;
    Ok(())
}

/// Returns tasks to the queue whose claim is over.
pub(super) fn release(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let sql = format!(
        "SELECT c.task, c.agent FROM claim AS c JOIN task AS t ON t.seq = c.task
        WHERE c.workspace_id = ?1 AND c.until <= ?2 AND {WITHIN} ORDER BY c.until LIMIT ?3"
    );
    let one_more = u32::try_from(CHANGES + 1).unwrap_or(u32::MAX);
    let (roots, length) = run.scope.within()?;
    let now = cx.now().cast_signed();
    let mut expired = cx.db().query::<(i64, String)>(&sql, params![run.workspace.id, now, one_more, roots, length])?;
    cut(&mut expired, "claims were taken back", outcome);
    for (seq, agent) in expired {
        claim::give_back(cx, &load(cx, seq)?, &agent, Kind::LeaseExpired)?;
        outcome.count("claims_released", 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
