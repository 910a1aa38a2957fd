//! From a draft to tasks that fit what exists: ids, the parent, dependencies without contradiction.

mod dependencies;
mod ids;
mod titles;

use mainstay_plugin::prelude::*;

use super::draft::{Draft, NewTask};
use crate::dependency::Dependency;
use crate::limits::{self, Problems};
use crate::roles::Roles;
use crate::task::Task;
use crate::workspace::Workspace;

/// A draft that can be stored as it is.
#[derive(Debug)]
pub(super) struct Resolved {
    /// In the order of the draft.
    pub(super) tasks: Vec<Placed>,
    pub(super) parent: Option<Task>,
}

/// A task with its final id and with dependencies that exist.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) task: NewTask,
    pub(super) id: String,
    pub(super) prerequisites: Vec<Need>,
}

/// A dependency, and what it turned out to name.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) on: Prerequisite,
    pub(super) dependency: Dependency,
}

/// What a dependency turned out to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prerequisite {
    /// A task of the same draft, by its index.
    New(usize),
    /// A task that exists, by its `seq`.
    Existing(i64),
}

pub(super) fn resolve(cx: &Context<'_>, workspace: &Workspace, draft: Draft) -> Result<Resolved, Failure> {
    refuse_unknown_roles(cx, workspace, &draft)?;
    let parent = draft.parent.as_deref().map(|id| parent(cx, workspace, id, &draft)).transpose()?;
    let ids = ids::assign(cx, workspace, &draft.tasks)?;
    titles::refuse_doubles(cx, &draft, parent.as_ref())?;
    let prerequisites = dependencies::resolve(cx, workspace, &draft.tasks, &ids)?;
    dependencies::refuse_deadlock(cx, &draft.tasks, &ids, &prerequisites, parent.as_ref())?;
    let placed = draft.tasks.into_iter().zip(ids).zip(prerequisites);
    let tasks = placed.map(|((task, id), prerequisites)| Placed { task, id, prerequisites }).collect();
    Ok(Resolved { tasks, parent })
}

fn refuse_unknown_roles(cx: &Context<'_>, workspace: &Workspace, draft: &Draft) -> Result<(), Failure> {
    let roles = Roles::refreshed(cx, workspace)?;
    let mut problems = Problems::default();
    for task in draft.tasks.iter().filter(|task| roles.get(task.specialist.as_str()).is_none()) {
        problems.add(format!("{}/specialist_type", task.field), roles.unknown(task.specialist.as_str()));
    }
    problems.into_result()
}

fn parent(cx: &Context<'_>, workspace: &Workspace, id: &str, draft: &Draft) -> Result<Task, Failure> {
    let parent = Task::require(cx, workspace, "/parent_task_id", id)?;
    if parent.status.is_settled() {
        let message = format!("`{}` ({}) is {}: nothing can be added to it", parent.id, parent.title, parent.status);
        return Err(Failure::new("parent-closed", message)
            .with_hint("Leave parent_task_id out to begin a new plan, which may depend on that task."));
    }
    let levels = if draft.tasks.len() > 1 { 2 } else { 1 };
    if !parent.has_room_below(levels) {
        let problem = format!(
            "`{}` is at depth {}: this would go beyond {} levels; plan it further up",
            parent.id,
            parent.depth,
            limits::DEPTH
        );
        return Err(Failure::argument("/parent_task_id", problem));
    }
    Ok(parent)
}

#[cfg(test)]
mod tests;
