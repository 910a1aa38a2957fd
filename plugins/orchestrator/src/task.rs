//! Tasks: the row, how one is found, and how its status changes.

mod below;
mod change;
mod line;
mod title;
mod unknown;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

pub(crate) use self::below::{AT_ONCE, Dependents, Which, below, remove_artifacts};
pub(crate) use self::change::{activate_ancestors, change_status, change_status_of};
pub(crate) use self::line::{PlanLine, TaskLine, listed};
pub(crate) use self::title::{double_title, doubled};
pub(crate) use self::unknown::nearest_ids;
use crate::limits::{self, Problems};
use crate::roles::RoleId;
use crate::status::Status;
use crate::words::{Complexity, TaskType};
use crate::workspace::Workspace;

/// Digits of one step of [`Task::path`].
pub(crate) const STEP: usize = 8;

/// A row of the table `task`.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) seq: i64,
    pub(crate) workspace: i64,
    pub(crate) id: String,
    pub(crate) parent: Option<i64>,
    /// The `seq` of every ancestor and of the task itself, in hexadecimal.
    pub(crate) path: String,
    pub(crate) depth: usize,
    pub(crate) title: String,
    pub(crate) task_type: TaskType,
    pub(crate) status: Status,
    pub(crate) complexity: Complexity,
    pub(crate) specialist: RoleId,
    pub(crate) effort: Option<String>,
    pub(crate) due_at: Option<i64>,
    /// How often a delivery was sent back.
    pub(crate) revisions: i64,
    pub(crate) children: i64,
    /// Children that are not settled.
    pub(crate) open_children: i64,
    /// Open prerequisites of the task and of its ancestors.
    pub(crate) waits_for: i64,
    /// JSON.
    pub(crate) context: Option<String>,
    pub(crate) description: String,
}

impl FromRow for Task {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            workspace: row.get("workspace_id")?,
            id: row.get("id")?,
            parent: row.get("parent")?,
            path: row.get("path")?,
            depth: row.get::<String>("path")?.len() / STEP,
            title: row.get("title")?,
            task_type: row.get("type")?,
            status: row.get("status")?,
            complexity: row.get("complexity")?,
            specialist: row.get("specialist")?,
            effort: row.get("effort")?,
            due_at: row.get("due_at")?,
            revisions: row.get("revisions")?,
            children: row.get("children")?,
            open_children: row.get("open_children")?,
            waits_for: row.get("waits_for")?,
            context: row.get("context")?,
            description: row.get("description")?,
        })
    }
}

impl Task {
    /// The task a caller means by `id`, in its own workspace. `field` is the argument it came in.
    pub(crate) fn require(cx: &Context<'_>, workspace: &Workspace, field: &str, id: &str) -> Result<Self, Failure> {
        let mut problems = Problems::default();
        problems.id(field, id);
        problems.into_result()?;
        let found = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
        let task = cx.db().query_one(found, params![workspace.id, id])?;
        task.map_or_else(|| Err(unknown::failure(cx, workspace, id)?), Ok)
    }

    /// As it is now.
    pub(crate) fn reloaded(&self, cx: &Context<'_>) -> Result<Self, Failure> {
        let task = cx.db().query_one("SELECT * FROM task WHERE seq = ?1", params![self.seq])?;
        task.ok_or_else(|| Failure::new("internal", format!("`{}` has vanished", self.id)))
    }

    /// The plan it belongs to.
    pub(crate) fn parent(&self, cx: &Context<'_>) -> Result<Option<Self>, Failure> {
        let Some(parent) = self.parent else { return Ok(None) };
        Ok(cx.db().query_one("SELECT * FROM task WHERE seq = ?1", params![parent])?)
    }

    /// Its ancestors from the top, and the task itself.
    pub(crate) fn line_of_descent(&self) -> Vec<i64> {
        line_of(&self.path)
    }

    pub(crate) fn is_plan(&self) -> bool {
        self.children > 0
    }

    /// Whether a task below it would still be one level too deep.
    pub(crate) fn has_room_below(&self, levels: usize) -> bool {
        self.depth + levels <= limits::DEPTH
    }
}

/// The tasks on a path, from the top.
pub(crate) fn line_of(path: &str) -> Vec<i64> {
    let steps = path.as_bytes().chunks(STEP);
    steps.filter_map(|step| i64::from_str_radix(str::from_utf8(step).ok()?, 16).ok()).collect()
}

/// The plans on the path of a task, from the top.
pub(crate) fn ancestors(path: &str) -> Vec<i64> {
    let mut line = line_of(path);
    line.pop();
    line
}

/// The path of the task `seq` below `parent`.
pub(crate) fn path(parent: Option<&str>, seq: i64) -> String {
    format!("{}{seq:08x}", parent.unwrap_or_default())
}

#[cfg(test)]
mod tests;
