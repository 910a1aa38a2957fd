//! What waits for what: dependencies, and what follows from the tree.
//!
//! A task may begin when its own prerequisites and those of every plan above it are completed, and a plan
//! is finished when its parts are. [`mod@cycle`] finds tasks that wait for each other, [`waits`]
//! finds those that would do so through tasks that exist.

mod cycle;
mod waits;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

pub(crate) use self::cycle::cycle;
pub(crate) use self::waits::{TOO_MANY, Wait, what_waits_for, what_waits_for_start};
use crate::artifact;
use crate::task::{Task, TaskLine, listed};

/// More than these are not named.
const NAMED: usize = 10;

// The work of a prerequisite that is completed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Finished {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    /// The last delivery, as a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_uri: Option<String>,
    /// What the task calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
}

// A prerequisite that is not waited for any more.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Waived {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) reason: String,
}

impl FromRow for Finished {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let artifact = row.get::<Option<String>>("artifact")?;
        Ok(Self {
            task_id: row.get("id")?,
            title: row.get("title")?,
            summary: row.get::<Option<String>>("summary")?.unwrap_or_default(),
            artifact_uri: artifact.map(|id| artifact::uri(&id)),
            input: row.get("input")?,
        })
    }
}

/// The prerequisites of `task`, and of the plans it is part of, that are not completed.
pub(crate) fn open_prerequisites(cx: &Context<'_>, task: &Task) -> Result<Vec<TaskLine>, Failure> {
    Ok(cx.db().query(
        "SELECT DISTINCT p.seq, p.id, p.title, p.status, p.specialist
         FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite
         WHERE d.task IN (SELECT value FROM json_each(?1)) AND d.binds = 1 AND p.satisfies = 0
         ORDER BY p.seq LIMIT ?2",
        params![serde_json::to_string(&task.line_of_descent())?, i64::try_from(NAMED + 1).unwrap_or(i64::MAX)],
    )?)
}

/// The prerequisites whose work `task` builds on, at most `most`.
pub(crate) fn finished_prerequisites(cx: &Context<'_>, task: &Task, most: u32) -> Result<Vec<Finished>, Failure> {
    Ok(cx.db().query(
        "SELECT DISTINCT p.seq, p.id, p.title, p.summary, d.input,
            (SELECT a.id FROM artifact AS a WHERE a.task = p.seq AND a.name IS NULL
                ORDER BY a.version DESC LIMIT 1) AS artifact
         FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite
         WHERE d.task IN (SELECT value FROM json_each(?1)) AND p.satisfies = 1
         ORDER BY p.seq LIMIT ?2",
        params![serde_json::to_string(&task.line_of_descent())?, most],
    )?)
}

/// The prerequisites of `task`, and of the plans it is part of, that were waived and are still not there.
pub(crate) fn waived_prerequisites(cx: &Context<'_>, task: &Task, most: u32) -> Result<Vec<Waived>, Failure> {
    let rows = cx.db().query::<(i64, String, String, Option<String>)>(
        "SELECT DISTINCT p.seq, p.id, p.title, d.reason
         FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite
         WHERE d.task IN (SELECT value FROM json_each(?1)) AND d.waived_at IS NOT NULL AND p.satisfies = 0
         ORDER BY p.seq LIMIT ?2",
        params![serde_json::to_string(&task.line_of_descent())?, most],
    )?;
    let waived = |(_, task_id, title, reason): (i64, String, String, Option<String>)| Waived {
        task_id,
        title,
        reason: reason.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(waived).collect())
}

/// Fails with the names of open prerequisites, if there are any. `deed` completes "cannot be …".
pub(crate) fn require_no_open_prerequisites(cx: &Context<'_>, task: &Task, deed: &str) -> Result<(), Failure> {
    if task.waits_for == 0 {
        return Ok(());
    }
    let mut open = open_prerequisites(cx, task)?;
    let more = if open.len() > NAMED { " and others" } else { "" };
    open.truncate(NAMED);
    let message = format!("`{}` cannot be {deed} yet: it waits for {}{more}", task.id, listed(&open));
    Err(Failure::new("open-dependencies", message)
        .with_hint("Complete those first; orchestrator_get_status lists what is ready to be executed."))
}

#[cfg(test)]
mod tests;
