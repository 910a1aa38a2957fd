//! How long finished work really took: what estimates are made of.
//!
//! Every completed task without parts adds the time from when it was taken up to when it was handed in, by
//! specialist and complexity. What nobody took up before it was handed in says nothing and is not counted.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;

use crate::moment::{DAY, MINUTE};
use crate::rank::usual_minutes;
use crate::roles::RoleId;
use crate::task::Task;
use crate::words::Complexity;

/// Finished work counts as this long at least.
const SHORTEST: i64 = MINUTE;
/// And as this long at most: whoever took longer did something else in between.
const LONGEST: i64 = 2 * DAY;

/// What estimates may be multiplied by, at least and at most.
const FACTORS: (f64, f64) = (0.01, 20.0);

/// Roles and complexities that are read; there are hardly ever more.
const GROUPS: u32 = 1_000;

/// Adds a task that was just completed.
pub(crate) fn record(cx: &Context<'_>, task: &Task) -> Result<(), Failure> {
    let sql = "INSERT INTO pace (workspace_id, specialist, complexity, tasks, took, estimated, actual)
        SELECT workspace_id, specialist, complexity, 1, took, coalesce(minutes, 0), iif(minutes IS NULL, 0, took) FROM (
            SELECT t.workspace_id, t.specialist, t.complexity, w.minutes,
                min(max(t.completed_at - t.started_at, ?2), ?3) AS took
            FROM task AS t JOIN work AS w ON w.task = t.seq
            WHERE t.seq = ?1 AND t.children = 0 AND t.started_at IS NOT NULL AND t.completed_at IS NOT NULL)
        WHERE true
        ON CONFLICT (workspace_id, specialist, complexity) DO UPDATE SET tasks = tasks + 1,
            took = took + excluded.took, estimated = estimated + excluded.estimated,
            actual = actual + excluded.actual";
    cx.db().execute(sql, params![task.seq, SHORTEST, LONGEST])?;
    Ok(())
}

/// What a workspace has learnt.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Mean minutes of finished work.
    means: BTreeMap<(RoleId, Complexity), f64>,
    /// Mean minutes of all finished work.
    mean: Option<f64>,
    /// What an estimate comes to in reality.
    factor: f64,
    /// How many tasks it is from.
    pub(crate) finished: i64,
}

impl Pace {
    pub(crate) fn of(cx: &Context<'_>, workspace: i64) -> Result<Self, Failure> {
        let sql = "SELECT specialist, complexity, tasks, took, estimated, actual FROM pace
            WHERE workspace_id = ?1 LIMIT ?2";
        let groups = cx.db().query::<(RoleId, Complexity, i64, i64, i64, i64)>(sql, params![workspace, GROUPS])?;
        let mut pace = Self { factor: 1.0, ..Self::default() };
        let (mut all, mut estimated, mut actual) = (0, 0, 0);
        for (specialist, complexity, tasks, took, of_estimated, came_to) in groups {
            pace.means.insert((specialist, complexity), minutes(took) / count(tasks));
            pace.finished += tasks;
            all += took;
            estimated += of_estimated;
            actual += came_to;
        }
        if pace.finished > 0 {
            pace.mean = Some(minutes(all) / count(pace.finished));
        }
        if estimated > 0 {
            pace.factor = (minutes(actual) / count(estimated)).clamp(FACTORS.0, FACTORS.1);
        }
        Ok(pace)
    }

    /// Minutes that a task will take: its own estimate as such estimates came out, else what such tasks took, else
    /// what is usual for its complexity as far as estimates hold.
    pub(crate) fn expected(&self, specialist: &RoleId, complexity: Complexity, estimate: Option<i64>) -> f64 {
        let seen = self.means.get(&(specialist.clone(), complexity));
        match (estimate, seen) {
            (Some(minutes), _) => count(minutes) * self.factor,
            (None, Some(mean)) => *mean,
            (None, None) => count(usual_minutes(complexity)) * self.factor,
        }
    }

    /// Minutes of any task of the workspace.
    pub(crate) fn expected_of_any(&self) -> f64 {
        self.mean.unwrap_or_else(|| count(usual_minutes(Complexity::Moderate)))
    }

    /// How far off an estimate may be: by half without any experience, by a fifth with much.
    pub(crate) fn spread(&self) -> f64 {
        if self.finished == 0 { 0.5 } else { (1.0 / count(self.finished).sqrt()).clamp(0.2, 0.5) }
    }
}

fn minutes(milliseconds: i64) -> f64 {
    count(milliseconds) / count(MINUTE)
}

/// A number of things, to calculate with.
#[expect(clippy::cast_precision_loss, reason = "nobody counts that far")]
pub(crate) fn count(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
