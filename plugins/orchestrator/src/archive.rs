//! Tasks that are put away, and how long they are kept.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::moment::DAY;
use crate::status::Status;
use crate::task::Task;
use crate::words::{Word, words};

words!(Reason: "a reason to put a task away" {
    Completed = "completed",
    Stale = "stale",
    Failed = "failed",
    Orphaned = "orphaned",
    Abandoned = "user_abandoned",
});

impl Reason {
    /// Why a task with that status is put away when its user says so.
    pub(crate) fn of(was: Status) -> Self {
        match was {
            Status::Completed => Self::Completed,
            Status::Failed => Self::Failed,
            _ => Self::Abandoned,
        }
    }

    /// Days after which what was put away may be removed.
    pub(crate) fn retention_days(self) -> i64 {
        match self {
            Self::Completed => 90,
            Self::Stale => 30,
            Self::Failed => 60,
            Self::Orphaned => 7,
            Self::Abandoned => 14,
        }
    }
}

/// The statement that notes that `task` is put away, before its status changes.
pub(crate) fn note(cx: &Context<'_>, task: &Task, reason: Reason) -> Statement {
    let now = cx.now().cast_signed();
    Statement::new(
        "INSERT INTO archive (task, workspace_id, reason, was, archived_at, remove_after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (task) DO NOTHING",
        params![
            task.seq,
            task.workspace,
            reason.as_str(),
            task.status,
            now,
            now.saturating_add(reason.retention_days() * DAY)
        ],
    )
}
