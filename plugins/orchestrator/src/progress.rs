//! How far a plan is, and how much is left.

use mainstay_plugin::prelude::*;

use crate::moment;
use crate::pace::{Pace, count};
use crate::roles::RoleId;
use crate::task::Task;
use crate::words::Complexity;

/// Open tasks below a plan that are looked at one by one; beyond that they are counted.
const LOOKED_AT: i64 = 2_000;

// How far a plan is. A task without parts is its own only part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Progress {
    /// Tasks below it at any depth that are finished or given up.
    pub(crate) finished: i64,
    pub(crate) total: i64,
    pub(crate) percent: i64,
    /// Minutes of work that are left, at least and at most.
    pub(crate) minutes_left: (i64, i64),
    /// What that is estimated from.
    pub(crate) basis: String,
}

/// How far `task` is.
pub(crate) fn progress(cx: &Context<'_>, task: &Task) -> Result<Progress, Failure> {
    let counts = "SELECT below, open_below FROM work WHERE task = ?1";
    let below = cx.db().query_one::<(i64, i64)>(counts, params![task.seq])?.filter(|(below, _)| *below > 0);
    let (total, open) = below.unwrap_or((1, i64::from(!task.status.is_settled())));
    let pace = Pace::of(cx, task.workspace)?;
    let minutes = if open > LOOKED_AT { count(open) * pace.expected_of_any() } else { leaves(cx, task, &pace)? };
    let off = minutes * pace.spread();
    let finished = total - open;
    Ok(Progress {
        finished,
        total,
        percent: finished * 100 / total,
        minutes_left: (rounded(minutes - off), rounded(minutes + off)),
        basis: match pace.finished {
            0 => "from estimates alone".to_owned(),
            1 => "from 1 finished task".to_owned(),
            tasks => format!("from {tasks} finished tasks"),
        },
    })
}

/// Minutes that are left in the open tasks below `task` that have no parts, or in itself if it has none.
fn leaves(cx: &Context<'_>, task: &Task, pace: &Pace) -> Result<f64, Failure> {
    let sql = "SELECT t.specialist, t.complexity, w.minutes
        FROM task AS t INDEXED BY task_open_leaf JOIN work AS w ON w.task = t.seq
        WHERE t.path >= ?1 AND t.path < ?1 || 'g' AND t.children = 0 AND t.settled = 0 LIMIT ?2";
    let leaves = cx.db().query::<(RoleId, Complexity, Option<i64>)>(sql, params![&task.path, LOOKED_AT])?;
    Ok(leaves.iter().map(|(specialist, complexity, minutes)| pace.expected(specialist, *complexity, *minutes)).sum())
}

#[expect(clippy::cast_possible_truncation, reason = "a sum of minutes is far from the limits")]
fn rounded(minutes: f64) -> i64 {
    minutes.round() as i64
}

impl Progress {
    /// `3 of 10 done (30 %), 2 h to 5 h of work left (from 7 finished tasks)`
    pub(crate) fn to_line(&self) -> String {
        let Self { finished, total, percent, minutes_left: (low, high), basis } = self;
        if finished == total {
            return format!("{finished} of {total} done");
        }
        let (low, high) = (moment::duration(*low), moment::duration(*high));
        let left = if low == high { low } else { format!("{low} to {high}") };
        format!("{finished} of {total} done ({percent} %), {left} of work left ({basis})")
    }
}

#[cfg(test)]
mod tests;
