//! What a card says when it is opened.

use mainstay_plugin::prelude::*;

use crate::graph;
use crate::limits::shortened;
use crate::moment;
use crate::task::{Task, TaskLine};

/// Characters of a description; the whole of it is in the briefing of the task.
const DESCRIPTION: usize = 4_000;

/// Prerequisites that are named.
const PREREQUISITES: u32 = 20;

#[derive(Debug, Serialize)]
pub(super) struct Details {
    #[serde(flatten)]
    task: TaskLine,
    description: String,
    is_plan: bool,
    complexity: crate::words::Complexity,
    effort: Option<String>,
    due_at: Option<String>,
    revisions: i64,
    waits_for: Vec<TaskLine>,
    builds_on: Vec<String>,
}

pub(super) fn of(cx: &Context<'_>, task: &Task) -> Result<Details, Failure> {
    let finished = graph::finished_prerequisites(cx, task, PREREQUISITES)?;
    Ok(Details {
        task: TaskLine {
            task_id: task.id.clone(),
            title: task.title.clone(),
            status: task.status,
            specialist_type: task.specialist.clone(),
        },
        description: shortened(&task.description, DESCRIPTION),
        is_plan: task.is_plan(),
        complexity: task.complexity,
        effort: task.effort.clone(),
        due_at: task.due_at.map(moment::format),
        revisions: task.revisions,
        waits_for: graph::open_prerequisites(cx, task)?,
        builds_on: finished.into_iter().map(|task| task.task_id).collect(),
    })
}
