//! How much work waits behind a task: the critical path.
//!
//! `work.tail` of a task is its own minutes and those of the longest chain of work in what depends on it. It is
//! kept where it is asked for, so it follows every change of minutes, dependencies and statuses: from the tasks
//! that changed to what they depend on, as far as a value changes.

use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;

use crate::words::Complexity;

/// Tasks that are looked at in one call. What is further upstream keeps an older value until something near it
/// changes; that costs a good order, never a wrong answer.
const AT_ONCE: usize = 10_000;

/// Minutes of a task whose effort nobody estimated.
pub(crate) fn usual_minutes(complexity: Complexity) -> i64 {
    match complexity {
        Complexity::Trivial => 15,
        Complexity::Simple => 30,
        Complexity::Moderate => 60,
        Complexity::Complex => 240,
        Complexity::VeryComplex => 480,
    }
}

/// Brings `work.tail` up to date after minutes, the status or the dependencies of `tasks` changed. Who removes a
/// dependency names both its ends.
pub(crate) fn changed(cx: &Context<'_>, workspace: i64, tasks: &[i64]) -> Result<(), Failure> {
    let mut frontier: HashSet<i64> = tasks.iter().copied().collect();
    frontier.extend(prerequisites(cx, workspace, tasks)?);
    let mut seen = 0;
    while !frontier.is_empty() && seen < AT_ONCE {
        let part: Vec<_> = frontier.iter().copied().take(AT_ONCE - seen).collect();
        seen += part.len();
        let moved = Part::load(cx, workspace, &part)?.settle(cx)?;
        frontier = prerequisites(cx, workspace, &moved)?.into_iter().collect();
    }
    Ok(())
}

/// Minutes of the longest chain of work that waits for each of `tasks`, without the task itself.
pub(crate) fn behind(cx: &Context<'_>, tasks: &HashSet<i64>) -> Result<HashMap<i64, i64>, Failure> {
    let sql = "SELECT t.seq, t.complexity, w.minutes, w.tail FROM task AS t JOIN work AS w ON w.task = t.seq
        WHERE t.seq IN (SELECT value FROM json_each(?1))";
    let rows = cx.db().query::<(i64, Complexity, Option<i64>, i64)>(sql, params![serde_json::to_string(tasks)?])?;
    let behind = |(seq, complexity, minutes, tail): (i64, Complexity, Option<i64>, i64)| {
        (seq, (tail - minutes.unwrap_or_else(|| usual_minutes(complexity))).max(0))
    };
    Ok(rows.into_iter().map(behind).collect())
}

/// What holds up `tasks` and is not settled itself. The plus keeps SQLite from going through the whole workspace by
/// an index that begins with it.
fn prerequisites(cx: &Context<'_>, workspace: i64, tasks: &[i64]) -> Result<Vec<i64>, Failure> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT d.prerequisite FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite
        WHERE d.task IN (SELECT value FROM json_each(?1)) AND d.binds AND p.settled = 0 AND +p.workspace_id = ?2";
    let rows = cx.db().query::<(i64,)>(sql, params![serde_json::to_string(tasks)?, workspace])?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Tasks that are looked at together, so that a chain of them takes one round and not one for each link.
#[derive(Debug)]
struct Part {
    /// Minutes of the task itself, and the tail that is stored, of those that are open.
    open: HashMap<i64, (i64, i64)>,
    /// What depends on them and is open, with its stored tail.
    dependents: HashMap<i64, Vec<(i64, i64)>>,
}

impl Part {
    fn load(cx: &Context<'_>, workspace: i64, tasks: &[i64]) -> Result<Self, Failure> {
        let tasks = serde_json::to_string(tasks)?;
        let own = "SELECT t.seq, t.complexity, w.minutes, w.tail FROM task AS t JOIN work AS w ON w.task = t.seq
            WHERE t.seq IN (SELECT value FROM json_each(?1)) AND t.settled = 0 AND +t.workspace_id = ?2";
        let own = cx.db().query::<(i64, Complexity, Option<i64>, i64)>(own, params![&tasks, workspace])?;
        let behind = "SELECT d.prerequisite, d.task, w.tail FROM dependency AS d
            JOIN task AS t ON t.seq = d.task JOIN work AS w ON w.task = d.task
            WHERE d.prerequisite IN (SELECT value FROM json_each(?1)) AND d.binds AND t.settled = 0";
        let mut dependents = HashMap::<i64, Vec<_>>::new();
        for (prerequisite, task, tail) in cx.db().query::<(i64, i64, i64)>(behind, params![&tasks])? {
            dependents.entry(prerequisite).or_default().push((task, tail));
        }
        let minutes = |complexity, minutes: Option<i64>| minutes.unwrap_or_else(|| usual_minutes(complexity));
        let open = own.into_iter().map(|(seq, complexity, own, tail)| (seq, (minutes(complexity, own), tail)));
        Ok(Self { open: open.collect(), dependents })
    }

    /// Stores the tails that are not what they were, and says whose.
    fn settle(&self, cx: &Context<'_>) -> Result<Vec<i64>, Failure> {
        let tails = self.tails();
        let moved: Vec<_> = tails.iter().filter(|(seq, tail)| self.open[*seq].1 != **tail).collect();
        if !moved.is_empty() {
            let sql =
                "UPDATE work SET tail = fresh.value ->> 1 FROM json_each(?1) AS fresh WHERE task = fresh.value ->> 0";
            cx.db().execute(sql, params![serde_json::to_string(&moved)?])?;
        }
        Ok(moved.into_iter().map(|(seq, _)| *seq).collect())
    }

    /// The tails as they should be. What depends on a task comes before it, without recursion: chains can be long.
    fn tails(&self) -> HashMap<i64, i64> {
        let mut tails = HashMap::with_capacity(self.open.len());
        for &first in self.open.keys() {
            let mut stack = vec![first];
            let mut entered = HashSet::new();
            while let Some(&at) = stack.last() {
                if tails.contains_key(&at) {
                    stack.pop();
                    continue;
                }
                let behind = self.dependents.get(&at).map(Vec::as_slice).unwrap_or_default();
                let missing = behind.iter().map(|(task, _)| *task);
                let missing = missing.filter(|task| self.open.contains_key(task) && !tails.contains_key(task));
                // A task that was entered before is only missing in a cycle, which planning refuses.
                if entered.insert(at) {
                    let before = stack.len();
                    stack.extend(missing.filter(|task| !entered.contains(task)));
                    if stack.len() > before {
                        continue;
                    }
                }
                let tail = |(task, stored): &(i64, i64)| tails.get(task).copied().unwrap_or(*stored);
                let longest = behind.iter().map(tail).max().unwrap_or(0);
                tails.insert(at, self.open[&at].0.saturating_add(longest));
                stack.pop();
            }
        }
        tails
    }
}

#[cfg(test)]
mod tests;
