//! Whose tasks a run is about, and how it walks through them.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::ScopeWord;
use crate::roles::RoleId;
use crate::session;
use crate::status::Status;
use crate::task::Task;
use crate::workspace::Workspace;

/// Tasks that one run looks at, and how many of them at once.
const LOOKED_AT: usize = 5_000;
const AT_ONCE: usize = 1_000;

/// Plans that a scope names.
const PLANS: u32 = 1_000;

/// Events that are looked through for what a session has done.
const EVENTS: u32 = 20_000;

/// That the task `t` belongs to a scope; see [`Scope::within`].
pub(super) const WITHIN: &str = "(?4 IS NULL OR substr(t.path, 1, ?5) IN (SELECT value FROM json_each(?4)))";

/// A part of the workspace, or all of it.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) word: ScopeWord,
    /// The task a caller named, or its session: runs about another one have nothing to do with this one.
    pub(crate) about: Option<String>,
    /// Paths of tasks that belong to it with everything below, oldest first; none is the whole workspace.
    pub(crate) roots: Option<Vec<String>>,
    /// What the caller should know about the choice.
    pub(crate) note: Option<String>,
}

impl Scope {
    pub(crate) fn of(
        cx: &Context<'_>,
        workspace: &Workspace,
        word: ScopeWord,
        target: Option<&str>,
    ) -> Result<Self, Failure> {
        let scope = |roots, note| Self { word, about: None, roots, note };
        match (word, target) {
            (ScopeWord::FullProject, _) => Ok(scope(None, None)),
            (ScopeWord::SpecificSubtask, None) => {
                Err(Failure::argument("/target_task_id", "is missing; the scope specific_subtask needs it"))
            }
            (ScopeWord::SpecificSubtask, Some(id)) => {
                let task = Task::require(cx, workspace, "/target_task_id", id)?;
                Ok(Self { about: Some(task.id), ..scope(Some(vec![task.path]), None) })
            }
            (ScopeWord::CurrentSession, _) => {
                let about = cx.caller().map(|caller| caller.session.clone());
                let (touched, more) = at_most(of_session(cx, workspace)?);
                if !touched.is_empty() {
                    return Ok(Self { about, ..scope(Some(touched), more) });
                }
                let note = "This session has not touched any task, so this is about all open plans and single tasks.";
                let (open, more) = at_most(open_plans(cx, workspace)?);
                let note = more.map_or_else(|| note.to_owned(), |more| format!("{note} {more}"));
                Ok(scope(Some(open), Some(note)))
            }
        }
    }

    /// Whether a path belongs to it.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.roots.as_ref().is_none_or(|roots| roots.iter().any(|root| path.starts_with(root.as_str())))
    }

    /// What [`WITHIN`] needs to know as `?4` and `?5`: the paths as JSON, and how long each of them is.
    pub(super) fn within(&self) -> Result<(Option<String>, i64), Failure> {
        // They are as long as each other: topmost tasks, or just one.
        let length = self.roots.iter().flatten().map(String::len).next().unwrap_or(0);
        let roots = self.roots.as_ref().map(serde_json::to_string).transpose()?;
        Ok((roots, i64::try_from(length).unwrap_or(i64::MAX)))
    }

    /// At most [`LOOKED_AT`] tasks behind `after`, and where the walk stopped if it did not come to the end.
    pub(super) fn walk(
        &self,
        cx: &Context<'_>,
        workspace: &Workspace,
        after: Option<String>,
    ) -> Result<(Vec<Seen>, Option<String>), Failure> {
        let mut seen = Vec::new();
        let ends: Vec<Option<&str>> = match &self.roots {
            None => vec![None],
            Some(roots) => roots.iter().map(|root| Some(root.as_str())).collect(),
        };
        let mut after = after.unwrap_or_default();
        for root in ends {
            loop {
                let most = AT_ONCE.min(LOOKED_AT - seen.len());
                let page = page(cx, workspace, root, &after, most)?;
                let full = page.len() == most;
                if let Some(last) = page.last() {
                    after = if root.is_some() { last.path.clone() } else { last.seq.to_string() };
                }
                seen.extend(page);
                if seen.len() == LOOKED_AT {
                    return Ok((seen, Some(after)));
                }
                if !full {
                    break;
                }
            }
        }
        Ok((seen, None))
    }
}

/// As many as a run is about, and what to say if there are more.
fn at_most(mut roots: Vec<String>) -> (Vec<String>, Option<String>) {
    let most = PLANS as usize;
    let note = (roots.len() > most)
        .then(|| format!("Only the oldest {PLANS} of them are looked at; the scope full_project looks at all."));
    roots.truncate(most);
    (roots, note)
}

/// The topmost plans of the tasks that the caller's session has changed.
fn of_session(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let session = session::caller(cx);
    let sql = "SELECT DISTINCT substr(t.path, 1, 8) AS root
        FROM (SELECT task_id, session FROM event WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT ?3) AS e
        JOIN task AS t ON t.workspace_id = ?1 AND t.id = e.task_id WHERE e.session = ?2 ORDER BY root LIMIT ?4";
    let rows = cx.db().query::<(String,)>(sql, params![workspace.id, session, EVENTS, PLANS + 1])?;
    Ok(rows.into_iter().map(|(root,)| root).collect())
}

/// Topmost tasks that are not settled, with parts or without.
fn open_plans(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let sql = "SELECT path FROM task WHERE workspace_id = ?1 AND settled = 0 AND depth = 1
        ORDER BY seq LIMIT ?2";
    Ok(cx.db().query::<(String,)>(sql, params![workspace.id, PLANS + 1])?.into_iter().map(|(path,)| path).collect())
}

/// What is seen of a task on the way.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) path: String,
    pub(super) depth: usize,
    pub(super) status: Status,
    pub(super) specialist: RoleId,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) started_at: Option<i64>,
    pub(super) completed_at: Option<i64>,
    pub(super) children: i64,
    pub(super) open_children: i64,
    pub(super) waits_for: i64,
    pub(super) parent: Option<i64>,
    pub(super) parent_path: Option<String>,
    pub(super) parent_settled: bool,
    /// Prerequisites that bind, and those of them that were given up or failed.
    pub(super) needs: i64,
    pub(super) dead: i64,
    /// Ids of those that will never be completed.
    pub(super) lost: Option<String>,
}

impl FromRow for Seen {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            path: row.get("path")?,
            depth: usize::try_from(row.get::<i64>("depth")?).unwrap_or(0),
            status: row.get("status")?,
            specialist: row.get("specialist")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
            started_at: row.get("started_at")?,
            completed_at: row.get("completed_at")?,
            children: row.get("children")?,
            open_children: row.get("open_children")?,
            waits_for: row.get("waits_for")?,
            parent: row.get("parent")?,
            parent_path: row.get("parent_path")?,
            parent_settled: row.get::<Option<bool>>("parent_settled")?.unwrap_or(false),
            needs: row.get("needs")?,
            dead: row.get("dead")?,
            lost: row.get("lost")?,
        })
    }
}

/// The beginning of both ways to walk.
const SEEN: &str =
    "SELECT t.seq, t.id, t.path, t.depth, t.status, t.specialist, t.created_at, t.updated_at, t.started_at,
        t.completed_at, t.children, t.open_children, t.waits_for, t.parent, p.path AS parent_path,
        p.settled AS parent_settled,
        (SELECT count(*) FROM dependency AS d WHERE d.task = t.seq AND d.binds) AS needs,
        (SELECT count(*) FROM dependency AS d JOIN task AS q ON q.seq = d.prerequisite
            WHERE d.task = t.seq AND d.binds AND q.satisfies = 0
              AND q.status IN ('cancelled', 'archived', 'failed')) AS dead,
        (SELECT group_concat(q.id, ' ') FROM dependency AS d JOIN task AS q ON q.seq = d.prerequisite
            WHERE d.task = t.seq AND d.binds AND q.satisfies = 0 AND q.status IN ('cancelled', 'archived')) AS lost
    FROM task AS t LEFT JOIN task AS p ON p.seq = t.parent";

fn page(
    cx: &Context<'_>,
    workspace: &Workspace,
    root: Option<&str>,
    after: &str,
    most: usize,
) -> Result<Vec<Seen>, Failure> {
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let Some(root) = root else {
        let sql = format!("{SEEN} WHERE t.workspace_id = ?1 AND t.seq > ?2 ORDER BY t.seq LIMIT ?3");
        let after = after.parse().unwrap_or(0_i64);
        return Ok(cx.db().query(&sql, params![workspace.id, after, most])?);
    };
    let sql = format!(
        "{SEEN} WHERE t.workspace_id = ?1 AND t.path > ?2 AND t.path >= ?4 AND t.path < ?4 || 'g'
        ORDER BY t.path LIMIT ?3"
    );
    Ok(cx.db().query(&sql, params![workspace.id, after, most, root])?)
}

#[cfg(test)]
mod tests;
