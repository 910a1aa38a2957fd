//! What would wait, directly or not, for a task to be finished.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;

/// Tasks that are looked at. A chain is gone through link by link, and no call should take seconds.
pub(super) const LOOKED_AT: usize = 10_000;

/// Dependencies and parts that are followed from one level to the next.
const FOLLOWED: usize = 20_000;

/// The code of the failure that says there were more.
pub(crate) const TOO_MANY: &str = "too-many-waiting";

/// A moment in the life of a task that exists, by its `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Moment {
    /// Holds up the task itself and everything below it.
    Start(i64),
    /// Holds up what depends on the task, and the plan it is part of.
    Finish(i64),
}

impl Moment {
    fn task(self) -> i64 {
        match self {
            Self::Start(task) | Self::Finish(task) => task,
        }
    }
}

/// A chain of tasks, each waiting for the next; the last is the one that was asked about.
pub(crate) type Wait = Vec<i64>;

/// Whether one of `tasks` cannot be finished before `finished` is: how it waits for it. Only what is open
/// is looked at, level by level, so the work is that of what really waits, and never that of more than
/// [`LOOKED_AT`] tasks.
pub(crate) fn what_waits_for(cx: &Context<'_>, finished: i64, tasks: &HashSet<i64>) -> Result<Option<Wait>, Failure> {
    waits_for(cx, Moment::Finish(finished), tasks)
}

/// The same of the start of the task `started`, which holds up its parts as well.
pub(crate) fn what_waits_for_start(
    cx: &Context<'_>,
    started: i64,
    tasks: &HashSet<i64>,
) -> Result<Option<Wait>, Failure> {
    waits_for(cx, Moment::Start(started), tasks)
}

fn waits_for(cx: &Context<'_>, origin: Moment, tasks: &HashSet<i64>) -> Result<Option<Wait>, Failure> {
    let tasks = that_wait(cx, origin, tasks)?;
    let is_hit = |moment: &Moment| matches!(moment, Moment::Finish(task) if tasks.contains(task));
    let mut cause = HashMap::from([(origin, origin)]);
    if is_hit(&origin) {
        return Ok(Some(chain(origin, &cause)));
    }
    let mut seen = HashSet::from([origin.task()]);
    let mut frontier = vec![origin];
    while !frontier.is_empty() && !tasks.is_empty() {
        let pairs = held_up_by(cx, &frontier)?;
        if pairs.len() > FOLLOWED {
            return Err(too_many(cx, origin.task())?);
        }
        frontier.clear();
        for (from, to) in pairs {
            if let Entry::Vacant(entry) = cause.entry(to) {
                entry.insert(from);
                if is_hit(&to) {
                    return Ok(Some(chain(to, &cause)));
                }
                // The end of what begins was looked at with its beginning.
                if seen.insert(to.task()) || from.task() != to.task() {
                    frontier.push(to);
                }
            }
        }
        if seen.len() > LOOKED_AT {
            return Err(too_many(cx, origin.task())?);
        }
    }
    Ok(None)
}

/// Those of `tasks` that can wait for `origin` at all: the task itself, what cannot begin before it does because it is
/// below it, and whatever is open and waits for something. Nearly every new dependency is on something that waits for
/// nothing, or is finished.
fn that_wait(cx: &Context<'_>, origin: Moment, tasks: &HashSet<i64>) -> Result<HashSet<i64>, Failure> {
    let sql = "SELECT t.seq FROM json_each(?1) AS given CROSS JOIN task AS t ON t.seq = given.value
        CROSS JOIN task AS o ON o.seq = ?2
        WHERE t.seq = o.seq OR t.settled = 0 AND (t.waits_for > 0 OR t.open_children > 0
            OR ?3 AND t.path >= o.path AND t.path < o.path || 'g')";
    let with_parts = matches!(origin, Moment::Start(_));
    let rows = cx.db().query::<(i64,)>(sql, params![serde_json::to_string(tasks)?, origin.task(), with_parts])?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

fn too_many(cx: &Context<'_>, task: i64) -> Result<Failure, Failure> {
    let row = cx.db().query_one::<(String, String)>("SELECT id, title FROM task WHERE seq = ?1", params![task])?;
    let (id, title) = row.unwrap_or_default();
    let message = format!(
        "more than {LOOKED_AT} tasks wait for `{id}` ({title}), too many to see whether a new dependency would make it \
         wait for itself"
    );
    Ok(Failure::new(TOO_MANY, message).with_hint(
        "Let a task further behind wait instead, with fewer that wait for it; or finish what the dependency is on \
         first; or use type \"related\", which holds nothing up.",
    ))
}

fn chain(hit: Moment, cause: &HashMap<Moment, Moment>) -> Wait {
    let mut chain = vec![hit.task()];
    let mut at = hit;
    while let Some(&before) = cause.get(&at).filter(|before| **before != at) {
        if chain.last() != Some(&before.task()) {
            chain.push(before.task());
        }
        at = before;
    }
    chain
}

/// Pairs of a moment and one that cannot come before it, of each of `moments` and of the end of what begins with them:
/// one round a link of a chain.
fn held_up_by(cx: &Context<'_>, moments: &[Moment]) -> Result<Vec<(Moment, Moment)>, Failure> {
    let (mut starts, mut finishes) = (Vec::new(), Vec::new());
    for moment in moments {
        match moment {
            Moment::Start(task) => {
                starts.push(*task);
                finishes.push(*task);
            }
            Moment::Finish(task) => finishes.push(*task),
        }
    }
    let mut pairs: Vec<_> = starts.iter().map(|&task| (Moment::Start(task), Moment::Finish(task))).collect();
    let parts =
        "SELECT parent, seq FROM task WHERE parent IN (SELECT value FROM json_each(?1)) AND settled = 0 LIMIT ?2";
    pairs.extend(edges(cx, parts, &starts)?.into_iter().map(|(of, part)| (Moment::Start(of), Moment::Start(part))));
    let dependents = "SELECT d.prerequisite, d.task FROM dependency AS d JOIN task AS t ON t.seq = d.task
        WHERE d.prerequisite IN (SELECT value FROM json_each(?1)) AND d.binds = 1 AND t.settled = 0 LIMIT ?2";
    let held_back = edges(cx, dependents, &finishes)?;
    pairs.extend(held_back.into_iter().map(|(of, task)| (Moment::Finish(of), Moment::Start(task))));
    let plans = "SELECT t.seq, t.parent FROM task AS t JOIN task AS p ON p.seq = t.parent
        WHERE t.seq IN (SELECT value FROM json_each(?1)) AND p.settled = 0 LIMIT ?2";
    pairs.extend(edges(cx, plans, &finishes)?.into_iter().map(|(of, plan)| (Moment::Finish(of), Moment::Finish(plan))));
    Ok(pairs)
}

/// One more than is followed is enough to know that there are too many.
fn edges(cx: &Context<'_>, sql: &str, from: &[i64]) -> Result<Vec<(i64, i64)>, Failure> {
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let most = u32::try_from(FOLLOWED + 1).unwrap_or(u32::MAX);
    Ok(cx.db().query(sql, params![serde_json::to_string(from)?, most])?)
}
