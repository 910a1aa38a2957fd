//! Where the cards come from. Every list is read from an index, up to a limit.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use mainstay_plugin::FromRow;
use mainstay_plugin::prelude::*;

use super::card::{COLUMNS, JOINED, Placed};
use super::{Board, COUNTED, Card, Column, ColumnName, Head, PLANS, READ};
use crate::status::Status;
use crate::task::Task;
use crate::words::Word;
use crate::workspace::Workspace;

/// Lists that are read for the whole workspace: what is ready, and the tasks of each of these, newest or oldest first.
const BY_STATUS: [(Status, &str, &str); 8] = [
    (Status::Active, TASKS, ""),
    (Status::InProgress, TASKS, ""),
    (Status::Active, WITH_PARTS, ""),
    (Status::InProgress, WITH_PARTS, ""),
    (Status::Blocked, "", ""),
    (Status::Failed, "", ""),
    (Status::Completed, "", "DESC"),
    (Status::Cancelled, "", "DESC"),
];

/// Plans are under way as long as any part of them is; the tasks that are worked on come before them. The statuses are
/// those of two indexes, so that neither is looked for among the other.
const TASKS: &str = "AND t.children = 0 AND t.status IN ('active', 'in_progress', 'blocked', 'failed')";
const WITH_PARTS: &str = "AND t.children > 0 AND t.status IN ('active', 'in_progress')";

/// The whole workspace, with at most `most` cards in a column.
pub(crate) fn of_workspace(cx: &Context<'_>, workspace: Workspace, most: usize) -> Result<Board, Failure> {
    let (now, limit) = (cx.now().cast_signed(), u32::try_from(most).unwrap_or(u32::MAX));
    let ready = format!(
        "SELECT {COLUMNS} FROM queue AS q CROSS JOIN task AS t ON t.seq = q.task {JOINED}
         WHERE q.workspace_id = ?2 ORDER BY q.priority DESC, q.tail DESC, q.task LIMIT ?3"
    );
    let mut statements = vec![Statement::new(ready, params![now, workspace.id, limit])];
    let pending = (Status::Pending, "", "", u32::try_from(COUNTED).unwrap_or(u32::MAX));
    let others = BY_STATUS.iter().map(|&(status, which, order)| (status, which, order, limit));
    for (status, which, order, limit) in others.chain([pending]) {
        let sql = format!(
            "SELECT {COLUMNS} FROM task AS t {JOINED} WHERE t.workspace_id = ?2 AND t.status = ?3 {which}
             ORDER BY t.seq {order} LIMIT ?4"
        );
        statements.push(Statement::new(sql, params![now, workspace.id, status, limit]));
    }
    let mut found = Columns::default();
    for (list, rows) in cx.db().batch(statements)?.iter().enumerate() {
        for row in rows.iter() {
            let placed = Placed::from_row(&row)?;
            // Among what is pending only what waits is new.
            if list == 0 || placed.column != Some(ColumnName::Ready) {
                found.add(placed);
            }
        }
    }
    let totals = totals(cx, workspace.id, found.len(ColumnName::Blocked))?;
    let plans = plans(cx, workspace.id)?;
    Ok(Board { workspace: workspace.path, plan: None, columns: found.into_columns(most, &totals), plans })
}

/// How many are in a column, and whether there may be more.
type Totals = BTreeMap<ColumnName, (i64, bool)>;

/// From the counters, and what is ready by counting, up to a limit. `blocked` is how many were found to be.
fn totals(cx: &Context<'_>, workspace: i64, blocked: i64) -> Result<Totals, Failure> {
    let counts = "SELECT status, tasks FROM status_count WHERE workspace_id = ?1 AND tasks > 0";
    let counts: BTreeMap<_, _> = cx.db().query::<(Status, i64)>(counts, params![workspace])?.into_iter().collect();
    let count = |statuses: &[Status]| statuses.iter().filter_map(|status| counts.get(status)).sum::<i64>();
    let limit = u32::try_from(COUNTED + 1).unwrap_or(u32::MAX);
    let ready = "SELECT 1 FROM queue WHERE workspace_id = ?1 LIMIT ?2";
    let ready = cx.db().query::<(i64,)>(ready, params![workspace, limit])?.len();
    let (ready, more) = (i64::try_from(ready.min(COUNTED)).unwrap_or(i64::MAX), ready > COUNTED);
    let stuck = count(&[Status::Blocked, Status::Failed]);
    let waiting = if more { (blocked.max(stuck), true) } else { (stuck + count(&[Status::Pending]) - ready, false) };
    Ok(BTreeMap::from([
        (ColumnName::Ready, (ready, more)),
        (ColumnName::UnderWay, (count(&[Status::Active, Status::InProgress]), false)),
        (ColumnName::Blocked, waiting),
        (ColumnName::Done, (count(&[Status::Completed, Status::Cancelled]), false)),
    ]))
}

/// Everything below `plan`, with at most `most` cards in a column.
pub(crate) fn of_plan(cx: &Context<'_>, workspace: Workspace, plan: &Task, most: usize) -> Result<Board, Failure> {
    let sql = format!(
        "SELECT {COLUMNS} FROM task AS t {JOINED} WHERE t.path > ?2 AND t.path < ?2 || 'g' ORDER BY t.path LIMIT ?3"
    );
    let limit = u32::try_from(READ + 1).unwrap_or(u32::MAX);
    let mut rows = cx.db().query::<Placed>(&sql, params![cx.now().cast_signed(), &plan.path, limit])?;
    let cut = rows.len() > READ;
    rows.truncate(READ);
    let mut found = Columns::default();
    rows.into_iter().for_each(|placed| found.add(placed));
    found.most_urgent_first();
    let totals = ColumnName::ALL.iter().map(|&column| (column, (found.len(column), cut))).collect();
    let head = "SELECT t.id, t.title, t.status, t.gathered, w.below, w.open_below
        FROM task AS t JOIN work AS w ON w.task = t.seq WHERE t.seq = ?1";
    let head = cx.db().query_one::<Head>(head, params![plan.seq])?;
    let plans = plans(cx, workspace.id)?;
    Ok(Board { workspace: workspace.path, plan: head, columns: found.into_columns(most, &totals), plans })
}

/// Open plans, newest first.
fn plans(cx: &Context<'_>, workspace: i64) -> Result<Vec<Head>, Failure> {
    let sql = "SELECT t.id, t.title, t.status, t.gathered, w.below, w.open_below
        FROM task AS t JOIN work AS w ON w.task = t.seq
        WHERE t.workspace_id = ?1 AND t.children > 0 AND t.settled = 0 ORDER BY t.seq DESC LIMIT ?2";
    Ok(cx.db().query(sql, params![workspace, PLANS])?)
}

/// Cards by column.
#[derive(Debug, Default)]
struct Columns(BTreeMap<ColumnName, Vec<Card>>);

impl Columns {
    fn add(&mut self, placed: Placed) {
        if let Some(column) = placed.column {
            self.0.entry(column).or_default().push(placed.card);
        }
    }

    fn len(&self, column: ColumnName) -> i64 {
        self.0.get(&column).map_or(0, |cards| i64::try_from(cards.len()).unwrap_or(i64::MAX))
    }

    fn most_urgent_first(&mut self) {
        if let Entry::Occupied(mut ready) = self.0.entry(ColumnName::Ready) {
            ready.get_mut().sort_by_key(|card| std::cmp::Reverse(card.priority.rank()));
        }
    }

    fn into_columns(mut self, most: usize, totals: &Totals) -> Vec<Column> {
        let column = |&column: &ColumnName| {
            let mut cards = self.0.remove(&column).unwrap_or_default();
            if column == ColumnName::UnderWay {
                cards.sort_by_key(|card| card.progress.is_some());
            }
            cards.truncate(most);
            let (total, or_more) = totals.get(&column).copied().unwrap_or_default();
            Column { column, total, or_more, cards }
        };
        ColumnName::ALL.iter().map(column).collect()
    }
}
