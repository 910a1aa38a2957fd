//! The board: the tasks of a workspace or of one plan in columns, by what can be done with them.

mod card;
mod gather;

use std::fmt;

use mainstay_plugin::prelude::*;

pub(crate) use self::card::{Card, Head};
pub(crate) use self::gather::{of_plan, of_workspace};
use crate::status::Status;
use crate::words::words;

/// Tasks whose kind is looked at where no counter is kept: ready ones, and those that wait.
const COUNTED: usize = 1_000;

/// Tasks of one plan that are looked at.
const READ: usize = 2_000;

/// Plans that are offered to look at.
const PLANS: u32 = 50;

words!(ColumnName: "a column" {
    Ready = "ready",
    UnderWay = "under_way",
    Blocked = "blocked",
    Done = "done",
});

impl ColumnName {
    /// Where a task belongs; what was archived is on no board.
    fn of(status: Status, ready: bool) -> Option<Self> {
        match status {
            Status::Pending if ready => Some(Self::Ready),
            Status::Active | Status::InProgress => Some(Self::UnderWay),
            Status::Pending | Status::Blocked | Status::Failed => Some(Self::Blocked),
            Status::Completed | Status::Cancelled => Some(Self::Done),
            Status::Archived => None,
        }
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::UnderWay => "Under way",
            Self::Blocked => "Blocked or waiting",
            Self::Done => "Done",
        }
    }
}

// One column, and the first of its tasks.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Column {
    pub(crate) column: ColumnName,
    pub(crate) total: i64,
    /// There are more than `total`: they were not all counted.
    pub(crate) or_more: bool,
    pub(crate) cards: Vec<Card>,
}

// Tasks in columns.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Board {
    pub(crate) workspace: String,
    /// The plan that is shown; none if it is the whole workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Head>,
    pub(crate) columns: Vec<Column>,
    /// Open plans of the workspace, newest first.
    pub(crate) plans: Vec<Head>,
}

impl Column {
    /// What is in it, such as `3`, or `1000+` if not all was counted.
    pub(crate) fn count(&self) -> String {
        let more = if self.or_more { "+" } else { "" };
        format!("{}{more}", self.total)
    }

    /// Tasks beyond those that have a card.
    pub(crate) fn not_shown(&self) -> i64 {
        self.total - i64::try_from(self.cards.len()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests;
