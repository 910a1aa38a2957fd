//! A task with everything below it, and what depends on that from outside.

use mainstay_plugin::prelude::*;

use super::{Task, TaskLine};

/// Tasks that one call cancels, puts away or removes.
pub(crate) const AT_ONCE: u32 = 500;

/// More than these are not named.
const NAMED: usize = 10;

/// Which of the tasks below one are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    /// What is not settled.
    Open,
    /// What is not put away.
    Kept,
}

/// The task and everything below it, parts before what they are part of, at most [`AT_ONCE`]. Long texts are left out:
/// so many tasks with them could be more than one answer of the database may be.
pub(crate) fn below(cx: &Context<'_>, task: &Task, which: Which) -> Result<Vec<Task>, Failure> {
    let from = |what: &str| {
        format!(
            "SELECT seq, workspace_id, id, parent, path, title, type, status, complexity, specialist, effort, due_at,
                revisions, children, open_children, waits_for, NULL AS context, '' AS description
             FROM task {what} AND path >= ?1 AND path < ?1 || 'g'"
        )
    };
    // What was dealt with before has left the index, so a plan that takes many calls is not gone through in each.
    let open = from("INDEXED BY task_open WHERE settled = 0");
    let tasks = match which {
        Which::All => from("WHERE TRUE"),
        Which::Open => open,
        Which::Kept => {
            format!("{open} UNION ALL {}", from("INDEXED BY task_kept WHERE status IN ('completed', 'cancelled')"))
        }
    };
    Ok(cx.db().query(&format!("{tasks} ORDER BY path DESC LIMIT ?2"), params![&task.path, AT_ONCE])?)
}

/// Open tasks outside of some that are about to change, which depend on them.
#[derive(Debug, Default)]
pub(crate) struct Dependents {
    /// Those that are named.
    pub(crate) lines: Vec<TaskLine>,
    /// Which of the tasks the first of them waits for.
    pub(crate) first_waits_for: String,
    pub(crate) more: bool,
}

impl Dependents {
    /// Of `tasks`, which are all below the task at `path`, each once. With `waiting`, only those that are still held up.
    pub(crate) fn of(cx: &Context<'_>, path: &str, tasks: &[Task], waiting: bool) -> Result<Self, Failure> {
        let seqs: Vec<i64> = tasks.iter().map(|task| task.seq).collect();
        let sql = "SELECT t.id, t.title, t.status, t.specialist,
                (SELECT min(p.id) FROM dependency AS d CROSS JOIN task AS p ON p.seq = d.prerequisite
                    WHERE d.task = t.seq AND d.binds = 1 AND p.satisfies <= ?3
                        AND p.seq IN (SELECT value FROM json_each(?1))) AS waits_for
            FROM task AS t WHERE t.seq IN (
                SELECT DISTINCT d.task
                FROM json_each(?1) AS given CROSS JOIN dependency AS d ON d.prerequisite = given.value
                CROSS JOIN task AS p ON p.seq = d.prerequisite CROSS JOIN task AS o ON o.seq = d.task
                WHERE d.binds = 1 AND o.settled = 0 AND p.satisfies <= ?3
                    AND NOT (o.path >= ?2 AND o.path < ?2 || 'g')
                LIMIT ?4)";
        let most = u32::try_from(NAMED + 1).unwrap_or(u32::MAX);
        let parameters = params![serde_json::to_string(&seqs)?, path, !waiting, most];
        let rows = cx.db().batch(vec![Statement::new(sql, parameters)])?;
        let mut dependents = Self::default();
        for row in rows.iter().flat_map(mainstay_plugin::Rows::iter) {
            if dependents.lines.is_empty() {
                dependents.first_waits_for = row.get("waits_for")?;
            }
            dependents.lines.push(mainstay_plugin::FromRow::from_row(&row)?);
        }
        dependents.more = dependents.lines.len() > NAMED;
        dependents.lines.truncate(NAMED);
        Ok(dependents)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// `a` (Title, pending), `b` (Title, pending) and others
    pub(crate) fn listed(&self) -> String {
        format!("{}{}", super::listed(&self.lines), if self.more { " and others" } else { "" })
    }
}

/// Statements that remove all that was delivered for tasks, whose `seq` are given as JSON.
pub(crate) fn remove_artifacts(tasks: &str) -> Vec<Statement> {
    let removals = [
        "DELETE FROM artifact_file WHERE artifact IN (
            SELECT a.seq FROM json_each(?1) AS given CROSS JOIN artifact AS a ON a.task = given.value)",
        "DELETE FROM artifact WHERE task IN (SELECT value FROM json_each(?1))",
    ];
    removals.into_iter().map(|sql| Statement::new(sql, params![tasks])).collect()
}
