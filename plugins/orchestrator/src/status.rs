//! The state machine of a task.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::words::{Word, words};

words!(Status: "a status" {
    Pending = "pending",
    Active = "active",
    InProgress = "in_progress",
    Blocked = "blocked",
    Completed = "completed",
    Failed = "failed",
    Cancelled = "cancelled",
    Archived = "archived",
});

impl Status {
    /// Where a task may go from here. Work that needs revision goes back to `pending` and is counted.
    pub(crate) fn next(self) -> &'static [Self] {
        use Status::{Active, Archived, Blocked, Cancelled, Completed, Failed, InProgress, Pending};
        match self {
            Pending => &[Active, InProgress, Blocked, Completed, Failed, Cancelled, Archived],
            Active => &[Pending, InProgress, Blocked, Completed, Failed, Cancelled, Archived],
            InProgress => &[Pending, Active, Blocked, Completed, Failed, Cancelled, Archived],
            Blocked => &[Pending, Active, InProgress, Failed, Cancelled, Archived],
            Failed => &[Pending, Active, Cancelled, Archived],
            Completed | Cancelled => &[Archived],
            Archived => &[],
        }
    }

    /// Nothing more will happen to it; a plan whose parts are all settled can be synthesised.
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Archived)
    }

    /// Someone works on it.
    pub(crate) fn is_under_way(self) -> bool {
        matches!(self, Self::Active | Self::InProgress)
    }

    /// Fails if a task `id` with this status cannot get to `to`. Staying is always allowed.
    pub(crate) fn check(self, id: &str, to: Self) -> Result<(), Failure> {
        if self == to || self.next().contains(&to) {
            return Ok(());
        }
        let legal: Vec<_> = self.next().iter().map(|status| status.as_str()).collect();
        let legal = if legal.is_empty() { "nothing: it is final".to_owned() } else { legal.join(", ") };
        let failure = Failure::new(
            "illegal-transition",
            format!("`{id}` is {self} and cannot become {to}; from {self} it can become {legal}"),
        );
        Err(if self == Self::Blocked || self == Self::Failed {
            failure.with_hint(format!("Take it up again first: orchestrator_execute_task with task_id \"{id}\"."))
        } else if self.is_settled() {
            failure.with_hint("If there is more to do, plan a new task with orchestrator_plan_task.")
        } else {
            failure
        })
    }
}

/// The state machine as Markdown, for documentation: a row for every status, a mark wherever it can go.
#[cfg(test)]
pub(crate) fn table() -> String {
    let names: Vec<_> = Status::ALL.iter().map(|status| status.as_str()).collect();
    let mut table = format!("| from \\ to | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()));
    for from in Status::ALL {
        let cells = Status::ALL.iter().map(|to| if from.next().contains(to) { "x" } else { "" });
        table.push_str(&format!("| {from} | {} |\n", cells.collect::<Vec<_>>().join(" | ")));
    }
    table
}

#[cfg(test)]
mod tests;
