//! Everything that triggers count, counted anew. What differs is reported and put right.

use std::collections::{BTreeMap, BTreeSet};

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use serde_json::json;

use super::scope::Seen;
use super::{Outcome, Run};
use crate::batch;
use crate::effort;
use crate::rank;

/// Tasks that are counted at once.
const AT_ONCE: usize = 500;

/// What a task's counters should be.
struct Counted {
    seq: i64,
    id: String,
    children: i64,
    open_children: i64,
    waits_for: i64,
    below: i64,
    open_below: i64,
    given_up: i64,
}

impl FromRow for Counted {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            children: row.get("children")?,
            open_children: row.get("open_children")?,
            waits_for: row.get("waits_for")?,
            below: row.get("below")?,
            open_below: row.get("open_below")?,
            given_up: row.get("given_up")?,
        })
    }
}

pub(super) fn recompute(cx: &Context<'_>, run: &Run<'_>, seen: &[Seen], outcome: &mut Outcome) -> Result<(), Failure> {
    for tasks in seen.chunks(AT_ONCE) {
        let tasks = serde_json::to_string(&tasks.iter().map(|task| task.seq).collect::<Vec<_>>())?;
        for counted in different(cx, &tasks)? {
            outcome.find("wrong_counters", &counted.id, "its counters were wrong and are put right", None);
            put_right(cx, run, &counted)?;
        }
        estimates(cx, run, &tasks, outcome)?;
        queue(cx, &tasks, outcome)?;
    }
    status_counts(cx, run, outcome)
}

fn different(cx: &Context<'_>, tasks: &str) -> Result<Vec<Counted>, Failure> {
    let sql = "WITH counted AS (
            SELECT t.seq, t.id,
                (SELECT count(*) FROM task AS c WHERE c.parent = t.seq) AS children,
                (SELECT count(*) FROM task AS c WHERE c.parent = t.seq AND c.settled = 0) AS open_children,
                (SELECT count(*) FROM dependency AS d JOIN task AS q ON q.seq = d.prerequisite
                    WHERE d.task = t.seq AND d.binds AND q.satisfies = 0)
                + (SELECT count(*) FROM level JOIN task AS above ON above.path = substr(t.path, 1, 8 * level.n)
                    JOIN dependency AS d ON d.task = above.seq JOIN task AS q ON q.seq = d.prerequisite
                    WHERE level.n < t.depth AND d.binds AND q.satisfies = 0) AS waits_for,
                (SELECT count(*) FROM task AS b WHERE b.path > t.path AND b.path < t.path || 'g') AS below,
                (SELECT count(*) FROM task AS b WHERE b.path > t.path AND b.path < t.path || 'g' AND b.settled = 0)
                    AS open_below,
                (SELECT count(*) FROM task AS c WHERE c.parent = t.seq AND c.settled = 1 AND c.satisfies = 0)
                    AS given_up
            FROM json_each(?1) AS j JOIN task AS t ON t.seq = j.value)
        SELECT c.* FROM counted AS c JOIN task AS t ON t.seq = c.seq LEFT JOIN work AS w ON w.task = c.seq
        WHERE (t.children, t.open_children, t.waits_for) <> (c.children, c.open_children, c.waits_for)
            OR (w.below, w.open_below, w.given_up) IS NOT (c.below, c.open_below, c.given_up)";
    Ok(cx.db().query(sql, params![tasks])?)
}

fn put_right(cx: &Context<'_>, run: &Run<'_>, counted: &Counted) -> Result<(), Failure> {
    let Counted { seq, children, open_children, waits_for, below, open_below, given_up, .. } = *counted;
    cx.db().batch(vec![
        Statement::new(
            "UPDATE task SET children = ?2, open_children = ?3, waits_for = ?4 WHERE seq = ?1",
            params![seq, children, open_children, waits_for],
        ),
        Statement::new(
            "INSERT INTO work (task, workspace_id, below, open_below, given_up) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (task) DO UPDATE SET below = ?3, open_below = ?4, given_up = ?5",
            params![seq, run.workspace.id, below, open_below, given_up],
        ),
    ])?;
    Ok(())
}

/// Minutes, and what waits behind, of tasks of the first schema, which knew of neither. All that is open has at least
/// its own minutes; what has more may have got it from a neighbour, without anybody having read its effort.
fn estimates(cx: &Context<'_>, run: &Run<'_>, tasks: &str, outcome: &mut Outcome) -> Result<(), Failure> {
    let sql = "SELECT t.seq, t.effort, w.tail FROM json_each(?1) AS j JOIN task AS t ON t.seq = j.value
        JOIN work AS w ON w.task = t.seq
        WHERE t.settled = 0 AND (w.tail = 0 OR w.minutes IS NULL AND t.effort IS NOT NULL)";
    let rows = cx.db().query::<(i64, Option<String>, i64)>(sql, params![tasks])?;
    let read = rows.into_iter().map(|(seq, effort, tail)| (seq, effort.as_deref().and_then(effort::minutes), tail));
    let missing: Vec<_> = read.filter(|(_, minutes, tail)| minutes.is_some() || *tail == 0).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let known = missing.iter().filter_map(|(seq, minutes, _)| minutes.map(|minutes| json!([seq, minutes])));
    let put = "UPDATE work SET minutes = known.value ->> 1 FROM json_each(?1) AS known
        WHERE task = known.value ->> 0 AND minutes IS NULL";
    batch::rows(cx, put, known)?;
    let missing: Vec<_> = missing.into_iter().map(|(seq, ..)| seq).collect();
    rank::changed(cx, run.workspace.id, &missing)?;
    outcome.count("missing_estimates", missing.len() as u64);
    Ok(())
}

/// The queue has what is ready, and nothing else.
fn queue(cx: &Context<'_>, tasks: &str, outcome: &mut Outcome) -> Result<(), Failure> {
    let repairs = [
        "DELETE FROM queue WHERE task IN (SELECT value FROM json_each(?1))
            AND NOT EXISTS (SELECT 1 FROM task AS t WHERE t.seq = queue.task AND t.ready = 1)",
        "INSERT INTO queue (task, workspace_id, parent, specialist, priority, tail)
            SELECT t.seq, t.workspace_id, t.parent, t.specialist, w.priority, w.tail
            FROM json_each(?1) AS j JOIN task AS t ON t.seq = j.value JOIN work AS w ON w.task = t.seq
            WHERE t.ready = 1 AND NOT EXISTS (SELECT 1 FROM queue AS q WHERE q.task = t.seq)",
        "UPDATE queue SET (priority, tail) = (SELECT w.priority, w.tail FROM work AS w WHERE w.task = queue.task)
            WHERE task IN (SELECT value FROM json_each(?1)) AND EXISTS (
                SELECT 1 FROM work AS w
                WHERE w.task = queue.task AND (w.priority, w.tail) <> (queue.priority, queue.tail))",
        "UPDATE queue SET (parent, specialist) = (
                SELECT t.parent, t.specialist FROM task AS t WHERE t.seq = queue.task)
            WHERE task IN (SELECT value FROM json_each(?1)) AND EXISTS (
                SELECT 1 FROM task AS t
                WHERE t.seq = queue.task AND (t.parent, t.specialist) IS NOT (queue.parent, queue.specialist))",
    ];
    for sql in repairs {
        let changed = cx.db().execute(sql, params![tasks])?;
        if changed > 0 {
            outcome.count("wrong_queue_entries", changed);
        }
    }
    Ok(())
}

/// Of the whole workspace, whatever the scope: it is one number a status.
fn status_counts(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let kept = "SELECT status, tasks FROM status_count WHERE workspace_id = ?1 AND tasks > 0";
    let real = "SELECT status, count(*) FROM task WHERE workspace_id = ?1 GROUP BY status";
    let rows = |sql| cx.db().query::<(String, i64)>(sql, params![run.workspace.id]);
    let (kept, real): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (rows(kept)?.into_iter().collect(), rows(real)?.into_iter().collect());
    for status in kept.keys().chain(real.keys()).collect::<BTreeSet<_>>() {
        let count = real.get(status).copied().unwrap_or(0);
        if kept.get(status).copied().unwrap_or(0) != count {
            outcome.find("wrong_counters", status, format!("{count} tasks have this status; it is put right"), None);
            let put = "INSERT INTO status_count (workspace_id, status, tasks) VALUES (?1, ?2, ?3)
                ON CONFLICT (workspace_id, status) DO UPDATE SET tasks = ?3";
            cx.db().execute(put, params![run.workspace.id, status, count])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
