//! The ready tasks that are best done first, and why.
//!
//! By priority, then by the work that waits behind the task and behind the plans it is part of, then the short ones
//! first, then the old ones. Only the front of the queue is weighed: fifty tasks, so that the question costs the
//! same however many are ready.

use std::cmp::Reverse;
use std::collections::HashSet;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::Scope;
use crate::moment::{self, DAY};
use crate::rank;
use crate::roles::RoleId;
use crate::task::{TaskLine, ancestors};
use crate::words::{Complexity, Priority};

/// Tasks at the front of the queue that are weighed against each other.
const WEIGHED: u32 = 50;

/// Dependents that are counted.
const COUNTED: u32 = 100;

/// A due date nearer than this many days is a reason.
const SOON: i64 = 7;

/// A task that can be taken up.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) line: TaskLine,
    pub(crate) priority: Priority,
    /// In a few words.
    pub(crate) why: String,
    seq: i64,
    path: String,
    minutes: i64,
    /// Minutes of the longest chain of work that waits for it.
    behind: i64,
    due_at: Option<i64>,
}

impl FromRow for Candidate {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let usual = rank::usual_minutes(row.get::<Complexity>("complexity")?);
        let minutes = row.get::<Option<i64>>("minutes")?.unwrap_or(usual);
        Ok(Self {
            line: TaskLine::from_row(row)?,
            priority: Priority::of_rank(row.get("priority")?),
            why: String::new(),
            seq: row.get("seq")?,
            path: row.get("path")?,
            minutes,
            behind: (row.get::<i64>("tail")? - minutes).max(0),
            due_at: row.get("due_at")?,
        })
    }
}

/// At most `most` tasks in `scope`, of `role` if one is given, best first.
pub(crate) fn best(
    cx: &Context<'_>,
    scope: &Scope,
    role: Option<&RoleId>,
    most: usize,
) -> Result<Vec<Candidate>, Failure> {
    let mut ready = load(cx, &front(cx, scope, role)?)?;
    add_what_waits_for_plans(cx, &mut ready)?;
    ready.sort_by_key(|c| (Reverse(c.priority), Reverse(c.minutes + c.behind), c.minutes, c.seq));
    ready.truncate(most);
    explain(cx, &mut ready)?;
    Ok(ready)
}

/// The front of the queue, and what was claimed too long ago.
fn front(cx: &Context<'_>, scope: &Scope, role: Option<&RoleId>) -> Result<Vec<i64>, Failure> {
    const WHOLE: &str = "SELECT task, priority, tail FROM queue WHERE workspace_id = ?1
        ORDER BY priority DESC, tail DESC, task LIMIT ?2";
    const OF_ROLE: &str = "SELECT task, priority, tail FROM queue WHERE workspace_id = ?1 AND specialist = ?3
        ORDER BY priority DESC, tail DESC, task LIMIT ?2";
    const IN_PLAN: &str = "SELECT task, priority, tail FROM queue
        WHERE parent = ?1 AND (?3 IS NULL OR specialist = ?3) ORDER BY priority DESC, tail DESC, task LIMIT ?2";
    let statements = match (scope.plan.is_some(), role) {
        (false, None) => vec![Statement::new(WHOLE, params![scope.workspace, WEIGHED])],
        (false, Some(_)) => vec![Statement::new(OF_ROLE, params![scope.workspace, WEIGHED, role])],
        (true, _) => {
            let in_plan = |plan: &i64| Statement::new(IN_PLAN, params![*plan, WEIGHED, role]);
            scope.plans.iter().map(in_plan).collect()
        }
    };
    let mut front = overdue(cx, scope, role)?;
    for rows in cx.db().batch(statements)? {
        for row in rows.iter() {
            front.push((Reverse(row.get("priority")?), Reverse(row.get("tail")?), row.get("task")?));
        }
    }
    front.sort_unstable();
    front.truncate(WEIGHED as usize);
    Ok(front.into_iter().map(|(_, _, task)| task).collect())
}

/// As the queue orders tasks: priority, tail, age.
type Place = (Reverse<i64>, Reverse<i64>, i64);

/// What was claimed too long ago and is not in the queue yet.
fn overdue(cx: &Context<'_>, scope: &Scope, role: Option<&RoleId>) -> Result<Vec<Place>, Failure> {
    let sql = "SELECT c.task, t.path, w.priority, w.tail FROM claim AS c
        JOIN task AS t ON t.seq = c.task JOIN work AS w ON w.task = c.task
        WHERE c.workspace_id = ?1 AND c.until <= ?2 AND t.children = 0 AND t.waits_for = 0
            AND (?4 IS NULL OR +t.specialist = ?4) ORDER BY c.until LIMIT ?3";
    let parameters = params![scope.workspace, cx.now().cast_signed(), WEIGHED, role];
    let claims = cx.db().query::<(i64, String, i64, i64)>(sql, parameters)?;
    let claims = claims.into_iter().filter(|(_, path, _, _)| scope.holds(path));
    Ok(claims.map(|(task, _, priority, tail)| (Reverse(priority), Reverse(tail), task)).collect())
}

fn load(cx: &Context<'_>, tasks: &[i64]) -> Result<Vec<Candidate>, Failure> {
    let sql = "SELECT t.seq, t.id, t.title, t.status, t.specialist, t.complexity, t.path, t.due_at,
            w.priority, w.minutes, w.tail
        FROM task AS t JOIN work AS w ON w.task = t.seq
        WHERE t.seq IN (SELECT value FROM json_each(?1))";
    Ok(cx.db().query(sql, params![serde_json::to_string(tasks)?])?)
}

/// What waits for a plan waits for each of its parts.
fn add_what_waits_for_plans(cx: &Context<'_>, ready: &mut [Candidate]) -> Result<(), Failure> {
    let plans: HashSet<i64> = ready.iter().flat_map(|candidate| ancestors(&candidate.path)).collect();
    if plans.is_empty() {
        return Ok(());
    }
    let behind = rank::behind(cx, &plans)?;
    for candidate in ready {
        candidate.behind += ancestors(&candidate.path).iter().filter_map(|plan| behind.get(plan)).sum::<i64>();
    }
    Ok(())
}

fn explain(cx: &Context<'_>, ready: &mut [Candidate]) -> Result<(), Failure> {
    let sql = "SELECT d.task FROM dependency AS d JOIN task AS t ON t.seq = d.task
        WHERE d.prerequisite = ?1 AND d.binds AND t.settled = 0 LIMIT ?2";
    let dependents = ready.iter().map(|candidate| Statement::new(sql, params![candidate.seq, COUNTED]));
    let dependents = cx.db().batch(dependents.collect())?;
    for (candidate, rows) in ready.iter_mut().zip(dependents) {
        candidate.why = candidate.reasons(rows.iter().count(), cx.now().cast_signed());
    }
    Ok(())
}

impl Candidate {
    fn reasons(&self, dependents: usize, now: i64) -> String {
        let mut reasons = Vec::new();
        if self.priority != Priority::Normal {
            reasons.push(format!("{} priority", self.priority));
        }
        reasons.extend(self.due_at.and_then(|due_at| due(due_at, now)));
        match dependents {
            0 => {}
            1 => reasons.push("blocks 1 task".to_owned()),
            most if most >= COUNTED as usize => reasons.push(format!("blocks {most} tasks or more")),
            some => reasons.push(format!("blocks {some} tasks")),
        }
        if self.behind > 0 {
            reasons.push(format!("{} of work behind it", moment::duration(self.behind)));
        }
        if self.line.status.is_under_way() {
            reasons.push("the lease of who had it is over".to_owned());
        }
        if reasons.is_empty() {
            reasons.push(format!("about {}, nothing waits for it", moment::duration(self.minutes)));
        }
        reasons.join(", ")
    }
}

fn due(due_at: i64, now: i64) -> Option<String> {
    match due_at.div_euclid(DAY) - now.div_euclid(DAY) {
        ..0 => Some(format!("was due {}", moment::format(due_at))),
        0 if due_at < now => Some("was due today".to_owned()),
        0 => Some("due today".to_owned()),
        1 => Some("due tomorrow".to_owned()),
        days if days <= SOON => Some(format!("due in {days} days")),
        _ => None,
    }
}
