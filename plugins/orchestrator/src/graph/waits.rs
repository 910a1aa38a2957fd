//! What would wait, directly or not, for a task to be finished.

use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;

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
/// is looked at, level by level, so the work is that of what really waits.
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
    let mut cause = HashMap::from([(origin, origin)]);
    let mut frontier = vec![origin];
    while !frontier.is_empty() {
        let hit = frontier.iter().find(|moment| matches!(moment, Moment::Finish(task) if tasks.contains(task)));
        if let Some(&hit) = hit {
            return Ok(Some(chain(hit, &cause)));
        }
        let mut next = Vec::new();
        for (from, to) in held_up_by(cx, &frontier)? {
            if let std::collections::hash_map::Entry::Vacant(entry) = cause.entry(to) {
                entry.insert(from);
                next.push(to);
            }
        }
        frontier = next;
    }
    Ok(None)
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

/// Pairs of a moment and one that cannot come before it.
fn held_up_by(cx: &Context<'_>, moments: &[Moment]) -> Result<Vec<(Moment, Moment)>, Failure> {
    let (mut starts, mut finishes) = (Vec::new(), Vec::new());
    for moment in moments {
        match moment {
            Moment::Start(task) => starts.push(*task),
            Moment::Finish(task) => finishes.push(*task),
        }
    }
    let mut pairs: Vec<_> = starts.iter().map(|&task| (Moment::Start(task), Moment::Finish(task))).collect();
    let parts = "SELECT parent, seq FROM task WHERE parent IN (SELECT value FROM json_each(?1)) AND settled = 0";
    pairs.extend(edges(cx, parts, &starts)?.into_iter().map(|(of, part)| (Moment::Start(of), Moment::Start(part))));
    let dependents = "SELECT d.prerequisite, d.task FROM dependency AS d JOIN task AS t ON t.seq = d.task
        WHERE d.prerequisite IN (SELECT value FROM json_each(?1)) AND d.binds = 1 AND t.settled = 0";
    let held_back = edges(cx, dependents, &finishes)?;
    pairs.extend(held_back.into_iter().map(|(of, task)| (Moment::Finish(of), Moment::Start(task))));
    let plans = "SELECT seq, parent FROM task WHERE seq IN (SELECT value FROM json_each(?1)) AND parent IS NOT NULL";
    pairs.extend(edges(cx, plans, &finishes)?.into_iter().map(|(of, plan)| (Moment::Finish(of), Moment::Finish(plan))));
    Ok(pairs)
}

fn edges(cx: &Context<'_>, sql: &str, from: &[i64]) -> Result<Vec<(i64, i64)>, Failure> {
    if from.is_empty() {
        return Ok(Vec::new());
    }
    Ok(cx.db().query(sql, params![serde_json::to_string(from)?])?)
}
