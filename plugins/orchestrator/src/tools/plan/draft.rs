//! What is to be planned, checked by itself but not yet against what exists.

use crate::dependency::Dependency;
use crate::roles::RoleId;
use crate::words::{Complexity, Priority, TaskType};

/// The tasks of one call.
#[derive(Debug)]
pub(super) struct Draft {
    /// The first is the task or the plan; the others are the plan's parts.
    pub(super) tasks: Vec<NewTask>,
    /// The existing task it all goes below.
    pub(super) parent: Option<String>,
}

/// One task to be.
#[derive(Debug)]
pub(super) struct NewTask {
    /// JSON Pointer to its arguments.
    pub(super) field: String,
    /// As the caller chose it.
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) task_type: TaskType,
    pub(super) complexity: Complexity,
    pub(super) priority: Priority,
    pub(super) specialist: RoleId,
    pub(super) effort: Option<String>,
    pub(super) due_at: Option<i64>,
    /// JSON.
    pub(super) context: Option<String>,
    /// As given.
    pub(super) dependencies: Vec<Dependency>,
}
