//! What was begun and not finished, and what is in the way if nothing is ready.

use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::Scope;
use crate::moment;
use crate::status::Status;
use crate::task::{TaskLine, ancestors, line_of};

/// Tasks of each status that are looked at.
const LOOKED_AT: u32 = 200;

/// Dependencies of waiting tasks that are looked at.
const EDGES: u32 = 1_000;

/// A task that was begun.
struct Begun {
    line: TaskLine,
    tail: i64,
    /// Who has it, until when.
    claim: Option<(String, i64)>,
}

impl FromRow for Begun {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let agent = row.get::<Option<String>>("agent")?;
        Ok(Self {
            line: TaskLine::from_row(row)?,
            tail: row.get("tail")?,
            claim: agent.map(|agent| row.get("until").map(|until| (agent, until))).transpose()?,
        })
    }
}

/// Something that is not ready and that others wait for.
#[derive(Debug)]
pub(crate) struct Obstacle {
    pub(crate) line: TaskLine,
    /// In a few words.
    pub(crate) why: String,
}

/// Tasks without parts in `scope` that someone began without claiming them, newest first.
pub(crate) fn begun_by_nobody(cx: &Context<'_>, scope: &Scope, most: usize) -> Result<Vec<TaskLine>, Failure> {
    let begun = begun(cx, scope, &[Status::Active, Status::InProgress])?;
    let free = begun.into_iter().filter(|begun| begun.claim.is_none() && !begun.line.status.is_settled());
    Ok(free.map(|begun| begun.line).take(most).collect())
}

/// What holds up the work in `scope`: what can never be completed, what is outside of it, and then what was begun,
/// that with the most work behind it first.
pub(crate) fn obstacles(cx: &Context<'_>, scope: &Scope, most: usize) -> Result<Vec<Obstacle>, Failure> {
    let mut found = outside(cx, scope)?;
    let mut begun = begun(cx, scope, &[Status::Blocked, Status::Failed, Status::Active, Status::InProgress])?;
    begun.sort_by_key(|begun| std::cmp::Reverse(begun.tail));
    found.extend(begun.into_iter().map(Obstacle::from));
    found.truncate(most);
    Ok(found)
}

/// Newest first; in a plan, as it was planned.
fn begun(cx: &Context<'_>, scope: &Scope, statuses: &[Status]) -> Result<Vec<Begun>, Failure> {
    const WHOLE: &str = "SELECT t.id, t.title, t.status, t.specialist, w.tail, c.agent, c.until
        FROM task AS t INDEXED BY task_begun JOIN work AS w ON w.task = t.seq
        LEFT JOIN claim AS c ON c.task = t.seq
        WHERE t.workspace_id = ?1 AND t.status = ?2
            AND t.children = 0 AND t.status IN ('active', 'in_progress', 'blocked', 'failed')
        ORDER BY t.seq DESC LIMIT ?3";
    const IN_PLAN: &str = "SELECT t.id, t.title, t.status, t.specialist, w.tail, c.agent, c.until
        FROM task AS t INDEXED BY task_begun_below JOIN work AS w ON w.task = t.seq
        LEFT JOIN claim AS c ON c.task = t.seq
        WHERE t.path >= ?1 AND t.path < ?1 || 'g' AND +t.status = ?2
            AND t.children = 0 AND t.status IN ('active', 'in_progress', 'blocked', 'failed')
        ORDER BY t.path LIMIT ?3";
    let one = |status: &Status| match &scope.plan {
        None => Statement::new(WHOLE, params![scope.workspace, *status, LOOKED_AT]),
        Some(plan) => Statement::new(IN_PLAN, params![&plan.path, *status, LOOKED_AT]),
    };
    let mut begun = Vec::new();
    for rows in cx.db().batch(statuses.iter().map(one).collect())? {
        for row in rows.iter() {
            begun.push(Begun::from_row(&row)?);
        }
    }
    Ok(begun)
}

impl From<Begun> for Obstacle {
    fn from(begun: Begun) -> Self {
        let Begun { line, tail, claim, .. } = begun;
        let mut why = match claim {
            Some((agent, until)) => format!("agent {agent} has it until {}", moment::format(until)),
            None => line.status.to_string(),
        };
        if tail > 0 {
            why.push_str(&format!(", {} of work with what waits for it", moment::duration(tail)));
        }
        Self { line, why }
    }
}

/// A prerequisite of a task that waits.
struct Edge {
    task: i64,
    line: TaskLine,
    path: String,
}

impl FromRow for Edge {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self { task: row.get("task")?, line: TaskLine::from_row(row)?, path: row.get("path")? })
    }
}

/// What waiting tasks of `scope` wait for that was given up, or that is not in it; what holds up most first.
fn outside(cx: &Context<'_>, scope: &Scope) -> Result<Vec<Obstacle>, Failure> {
    let waiting = waiting(cx, scope)?;
    let mut lines: HashSet<i64> = waiting.iter().flat_map(|path| line_of(path)).collect();
    lines.extend(scope.plan.iter().flat_map(|plan| line_of(&plan.path)));
    let sql = "SELECT d.task, p.id, p.title, p.status, p.specialist, p.path FROM dependency AS d
        JOIN task AS p ON p.seq = d.prerequisite
        WHERE d.task IN (SELECT value FROM json_each(?1)) AND d.binds AND p.satisfies = 0 LIMIT ?2";
    let edges = cx.db().query::<Edge>(sql, params![serde_json::to_string(&lines)?, EDGES])?;
    let mut held = HashMap::<String, (TaskLine, usize)>::new();
    for Edge { task, line, path } in edges {
        if !line.status.is_settled() && (scope.plan.is_none() || scope.holds(&path)) {
            continue;
        }
        let below =
            waiting.iter().filter(|path| line_of(path).last() == Some(&task) || ancestors(path).contains(&task));
        held.entry(line.task_id.clone()).or_insert((line, 0)).1 += below.count();
    }
    let mut held: Vec<_> = held.into_values().collect();
    held.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.task_id.cmp(&b.0.task_id)));
    Ok(held.into_iter().map(|(line, tasks)| Obstacle::outside(line, tasks)).collect())
}

impl Obstacle {
    fn outside(line: TaskLine, tasks: usize) -> Self {
        let status = line.status;
        let tasks = match tasks {
            1 => "1 task waits".to_owned(),
            more => format!("{more} tasks wait"),
        };
        let why = if status.is_settled() {
            format!("{status}, and {tasks} for it in vain")
        } else {
            format!("{status}, and {tasks} for it")
        };
        Self { line, why }
    }
}

/// Paths of tasks that are not finished, a sample if they are many. If nothing is ready, they wait or were begun.
fn waiting(cx: &Context<'_>, scope: &Scope) -> Result<Vec<String>, Failure> {
    let rows = match &scope.plan {
        Some(plan) => {
            let sql = "SELECT path FROM task INDEXED BY task_open_leaf
                WHERE path >= ?1 AND path < ?1 || 'g' AND children = 0 AND settled = 0 LIMIT ?2";
            cx.db().query::<(String,)>(sql, params![&plan.path, LOOKED_AT])?
        }
        None => {
            let sql = "SELECT path FROM task WHERE workspace_id = ?1 AND status = 'pending' ORDER BY seq LIMIT ?2";
            cx.db().query::<(String,)>(sql, params![scope.workspace, LOOKED_AT])?
        }
    };
    Ok(rows.into_iter().map(|row| row.0).collect())
}
