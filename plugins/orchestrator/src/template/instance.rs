//! A template that is filled in.

use crate::roles::RoleId;
use crate::words::{Complexity, Priority, TaskType};

/// A plan to be.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) context: Option<String>,
    pub(crate) complexity: Option<Complexity>,
    /// In an order in which what a part needs comes before it.
    pub(crate) parts: Vec<InstancePart>,
}

/// A task to be.
#[derive(Debug, Clone)]
pub(crate) struct InstancePart {
    pub(crate) key: String,
    pub(crate) title: String,
    /// With the checklist.
    pub(crate) description: String,
    pub(crate) specialist: RoleId,
    pub(crate) task_type: TaskType,
    pub(crate) complexity: Option<Complexity>,
    pub(crate) priority: Option<Priority>,
    pub(crate) effort: Option<String>,
    /// Keys.
    pub(crate) dependencies: Vec<String>,
    /// The key of the part it is a part of.
    pub(crate) parent: Option<String>,
}

impl Instance {
    /// Whether the part can be begun before anything else is done.
    pub(crate) fn is_ready(&self, part: &InstancePart) -> bool {
        let of = |key: &String| self.parts.iter().find(|part| part.key == *key);
        let waits = std::iter::successors(Some(part), |part| part.parent.as_ref().and_then(of));
        waits.into_iter().all(|part| part.dependencies.is_empty())
            && !self.parts.iter().any(|below| below.parent.as_ref() == Some(&part.key))
    }
}
