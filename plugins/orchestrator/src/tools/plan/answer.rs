//! What is said of a plan that was stored.

use mainstay_plugin::prelude::*;

use super::resolve::{Placed, Resolved};
use crate::graph::open_prerequisites;
use crate::next::{execute_call, ready_in_plan, synthesize_call};
use crate::roles::RoleId;
use crate::status::Status;
use crate::task::{Task, TaskLine, listed};

/// Ready tasks that are named.
const READY: u32 = 5;

/// Subtasks that have a line of their own; of more only the ids are told, and of many not all. The structured
/// answer has all of them.
const LINES: usize = 10;
const IDS: usize = 100;

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Planned {
    /// The task, or the plan as a whole.
    task_id: String,
    title: String,
    status: Status,
    specialist_type: RoleId,
    /// What to synthesize in the end: the plan itself, or the plan the task was added to.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_task_id: Option<String>,
    subtasks: Vec<PlannedSubtask>,
    ready_to_execute: Vec<TaskLine>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlannedSubtask {
    task_id: String,
    title: String,
    specialist_type: RoleId,
    /// As they were given.
    dependencies: Vec<String>,
}

pub(super) fn answer(cx: &Context<'_>, first: i64, resolved: Resolved) -> Outcome<Planned> {
    let task = cx.db().query_one::<Task>("SELECT * FROM task WHERE seq = ?1", params![first])?;
    let task = task.ok_or_else(|| Failure::new("internal", "what was planned has vanished"))?;
    let ready_to_execute = ready_in_plan(cx, first, READY)?;
    let next = what_next(cx, &task, &ready_to_execute)?;
    let above = resolved.parent.map(|parent| parent.id);
    let parent_task_id = if task.is_plan() { Some(task.id.clone()) } else { above };
    let planned = Planned {
        task_id: task.id,
        title: task.title,
        status: task.status,
        specialist_type: task.specialist,
        parent_task_id,
        subtasks: resolved.tasks.into_iter().skip(1).map(PlannedSubtask::of).collect(),
        ready_to_execute,
        next,
    };
    let text = planned.to_markdown();
    Ok(Reply::from(planned).with_text(text))
}

fn what_next(cx: &Context<'_>, task: &Task, ready: &[TaskLine]) -> Result<String, Failure> {
    if task.waits_for > 0 {
        return Ok(format!("nothing yet: it waits for {}", listed(&open_prerequisites(cx, task)?)));
    }
    Ok(match ready.first() {
        Some(part) => {
            format!("{}; when all parts are finished, {}", execute_call(&part.task_id), synthesize_call(&task.id))
        }
        None if task.is_plan() => "complete what its parts wait for".to_owned(),
        None => execute_call(&task.id),
    })
}

impl PlannedSubtask {
    fn of(placed: Placed) -> Self {
        Self {
            task_id: placed.id,
            title: placed.task.title,
            specialist_type: placed.task.specialist,
            dependencies: placed.task.dependencies.into_iter().map(|dependency| dependency.task_id).collect(),
        }
    }

    fn to_markdown(&self) -> String {
        let Self { task_id, title, specialist_type, dependencies } = self;
        let after = dependencies.join(", ");
        let after = if after.is_empty() { after } else { format!(", after {after}") };
        format!("- `{task_id}` ({specialist_type}{after}): {title}\n")
    }
}

impl Planned {
    fn to_markdown(&self) -> String {
        let Self { task_id, title, specialist_type, subtasks, .. } = self;
        let mut text = if subtasks.is_empty() {
            format!("Planned `{task_id}` ({specialist_type}): {title}\n")
        } else {
            format!("Planned `{task_id}`: {title}, with {} subtasks:\n", subtasks.len())
        };
        if subtasks.len() > LINES {
            let ids = subtasks.iter().take(IDS).map(|part| part.task_id.as_str());
            text.push_str(&ids.collect::<Vec<_>>().join(", "));
            let more = subtasks.len().saturating_sub(IDS);
            text.push_str(&if more > 0 { format!(" and {more} more\n") } else { "\n".to_owned() });
        } else {
            subtasks.iter().for_each(|part| text.push_str(&part.to_markdown()));
        }
        text.push_str(&format!("Next: {}.", self.next));
        text
    }
}
