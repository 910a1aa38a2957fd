//! A task as a card, and a plan as a heading.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use super::ColumnName;
use crate::roles::RoleId;
use crate::status::Status;
use crate::words::Priority;

/// What a card is made of, with `t` for the task; see [`JOINED`].
pub(super) const COLUMNS: &str = "t.id, t.title, t.status, t.specialist, t.children, t.waits_for, t.ready, t.gathered,
    w.priority, w.below, w.open_below, p.id AS plan, c.agent";

/// The tables beside `task AS t`; `?1` is the time.
pub(super) const JOINED: &str = "JOIN work AS w ON w.task = t.seq LEFT JOIN task AS p ON p.seq = t.parent
    LEFT JOIN claim AS c ON c.task = t.seq AND c.until > ?1";

// A task on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Card {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) status: Status,
    pub(crate) specialist_type: RoleId,
    pub(crate) priority: Priority,
    /// Open prerequisites, with those of the plans it is part of.
    pub(crate) waits_for: i64,
    /// Who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claimed_by: Option<String>,
    /// The plan it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan_id: Option<String>,
    /// Of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) progress: Option<Progress>,
}

// How far a plan is, at every depth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Progress {
    /// Parts that are completed or given up.
    pub(crate) finished: i64,
    pub(crate) total: i64,
    pub(crate) ready_to_synthesize: bool,
}

/// A card, and where it belongs.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) column: Option<ColumnName>,
    pub(super) card: Card,
}

impl FromRow for Placed {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let (status, is_plan) = (row.get::<Status>("status")?, row.get::<i64>("children")? > 0);
        let card = Card {
            task_id: row.get("id")?,
            title: row.get("title")?,
            status,
            specialist_type: row.get("specialist")?,
            priority: Priority::of_rank(row.get("priority")?),
            waits_for: if status.is_settled() { 0 } else { row.get("waits_for")? },
            claimed_by: row.get("agent")?,
            plan_id: row.get("plan")?,
            progress: is_plan.then(|| Progress::from_row(row)).transpose()?,
        };
        Ok(Self { column: ColumnName::of(status, row.get("ready")?), card })
    }
}

impl FromRow for Progress {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let (total, open) = (row.get::<i64>("below")?, row.get::<i64>("open_below")?);
        Ok(Self { finished: total - open, total, ready_to_synthesize: row.get("gathered")? })
    }
}

// A plan and how far it is, at every depth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Head {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) status: Status,
    #[serde(flatten)]
    pub(crate) progress: Progress,
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let (task_id, title, status) = (row.get("id")?, row.get("title")?, row.get("status")?);
        Ok(Self { task_id, title, status, progress: Progress::from_row(row)? })
    }
}

impl Card {
    /// `- arch_1 (architect): Title`, with the id marked and what is special about it at the end.
    pub(crate) fn to_markdown(&self) -> String {
        let mut notes = Vec::new();
        if !matches!(self.status, Status::Pending | Status::Active | Status::Completed) {
            notes.push(self.status.to_string());
        }
        if matches!(self.priority, Priority::High | Priority::Urgent) && !self.status.is_settled() {
            notes.push(format!("{} priority", self.priority));
        }
        if self.waits_for > 0 {
            notes.push(format!("waits for {}", self.waits_for));
        }
        if let Some(Progress { finished, total, ready_to_synthesize }) = &self.progress {
            let synthesize = if *ready_to_synthesize { ", ready to synthesize" } else { "" };
            notes.push(format!("plan: {finished} of {total} finished{synthesize}"));
        }
        if let Some(agent) = &self.claimed_by {
            notes.push(format!("claimed by {agent}"));
        }
        let notes = if notes.is_empty() { String::new() } else { format!(" [{}]", notes.join(", ")) };
        format!("- `{}` ({}): {}{notes}\n", self.task_id, self.specialist_type, self.title)
    }
}
