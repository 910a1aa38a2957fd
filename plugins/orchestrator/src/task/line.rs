//! A task in one line, as lists of every tool show it.
//!
//! Types that clients see have comments where others have documentation: that would go into their schemas,
//! once for every place they are used.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::Task;
use crate::roles::RoleId;
use crate::status::Status;

// Enough to choose a task by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct TaskLine {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) status: Status,
    pub(crate) specialist_type: RoleId,
}

impl FromRow for TaskLine {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            task_id: row.get("id")?,
            title: row.get("title")?,
            status: row.get("status")?,
            specialist_type: row.get("specialist")?,
        })
    }
}

impl TaskLine {
    pub(crate) fn of(task: &Task) -> Self {
        Self {
            task_id: task.id.clone(),
            title: task.title.clone(),
            status: task.status,
            specialist_type: task.specialist.clone(),
        }
    }

    /// `- arch_1 (architect, pending): Title`, with the id marked.
    pub(crate) fn to_markdown(&self) -> String {
        format!("- `{}` ({}, {}): {}\n", self.task_id, self.specialist_type, self.status, self.title)
    }
}

/// `a` (Title, pending), `b` (Title, active)
pub(crate) fn listed(tasks: &[TaskLine]) -> String {
    let one = |task: &TaskLine| format!("`{}` ({}, {})", task.task_id, task.title, task.status);
    tasks.iter().map(one).collect::<Vec<_>>().join(", ")
}

// A plan and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct PlanLine {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) status: Status,
    /// Parts that are completed or given up.
    pub(crate) finished: i64,
    pub(crate) total: i64,
    pub(crate) ready_to_synthesize: bool,
}

impl FromRow for PlanLine {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let (total, open) = (row.get::<i64>("children")?, row.get::<i64>("open_children")?);
        Ok(Self {
            task_id: row.get("id")?,
            title: row.get("title")?,
            status: row.get("status")?,
            finished: total - open,
            total,
            ready_to_synthesize: row.get("gathered")?,
        })
    }
}

impl PlanLine {
    /// The plan that `task` is part of.
    pub(crate) fn above(cx: &Context<'_>, task: &Task) -> Result<Option<Self>, Failure> {
        let Some(parent) = task.parent else { return Ok(None) };
        let sql = "SELECT id, title, status, children, open_children, gathered FROM task WHERE seq = ?1";
        Ok(cx.db().query_one(sql, params![parent])?)
    }
}
