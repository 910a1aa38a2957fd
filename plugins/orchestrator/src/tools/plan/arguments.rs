//! The two forms of a planning call, and what is wrong with one by itself.

use mainstay_plugin::prelude::*;
use serde_json::Value;

use super::draft::{Draft, NewTask};
use crate::arguments::{TextOrObject, date, one_line};
use crate::dependency::Dependency;
use crate::limits::{self, Problems, shortened};
use crate::roles::{RoleId, Specialist};
use crate::words::{Complexity, ComplexityLevel, Priority, TaskType};

/// Characters of a title that is made from a description.
const MADE_TITLE: usize = 80;

#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct PlanTask {
    /// One line, at most 255 characters. Required for one task; a plan without one is called after its description.
    title: Option<String>,
    /// What is to be done and when it counts as done. At most 20000 characters.
    description: String,
    /// The parts of a plan, at most 500.
    subtasks: Option<Vec<Subtask>>,
    /// The same as a string that holds a JSON array.
    subtasks_json: Option<String>,
    /// An id of your own choice, new in this workspace: A-Z a-z 0-9 _ - only.
    task_id: Option<String>,
    /// The existing task this is a part of.
    parent_task_id: Option<String>,
    /// Tasks that must be completed first: ids, or {task_id, type, input}. type: completion, data (its artifact is
    /// given under the name input), approval, prerequisite, blocks, related (does not wait).
    dependencies: Option<Vec<Dependency>>,
    /// Who should do it. Default: generic; for a plan coordinator.
    specialist_type: Option<RoleId>,
    /// Default: standard; for a plan breakdown.
    task_type: Option<TaskType>,
    /// Default: moderate.
    complexity: Option<Complexity>,
    /// Default: normal.
    priority: Option<Priority>,
    /// Older name of complexity.
    complexity_level: Option<ComplexityLevel>,
    /// In your own words, such as "2 hours".
    estimated_effort: Option<String>,
    /// ISO 8601: 2026-01-31 or 2026-01-31T12:00:00Z.
    due_date: Option<String>,
    /// What whoever does it should know; a plan's context is told to all its parts.
    context: Option<TextOrObject>,
}

// Anything unknown is refused: a misspelt `dependencies` that is ignored would be a wrong plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subtask {
    title: String,
    /// Complete enough to work on without having seen the whole.
    description: String,
    specialist_type: RoleId,
    /// Needed if other subtasks depend on this one.
    task_id: Option<String>,
    /// As above; may name other subtasks.
    dependencies: Option<Vec<Dependency>>,
    estimated_effort: Option<String>,
    // The words are those of the whole.
    #[schemars(with = "Option<String>")]
    task_type: Option<TaskType>,
    #[schemars(with = "Option<String>")]
    complexity: Option<Complexity>,
    #[schemars(with = "Option<String>")]
    priority: Option<Priority>,
}

impl PlanTask {
    /// Checks everything that can be checked without looking at what exists.
    pub(super) fn into_draft(mut self) -> Result<Draft, Failure> {
        let (list, subtasks) = self.take_subtasks()?;
        let is_plan = !subtasks.is_empty();
        let mut problems = Problems::default();
        if let Some(parent) = &self.parent_task_id {
            problems.id("/parent_task_id", parent);
        }
        let parent = self.parent_task_id.take();
        let mut tasks = vec![self.into_task(is_plan, &mut problems)];
        problems.subtasks(list, subtasks.len());
        let parts = subtasks.into_iter().enumerate();
        tasks.extend(parts.map(|(index, subtask)| subtask.into_task(format!("{list}/{index}"))));
        tasks.iter().for_each(|task| check(task, &mut problems));
        problems.into_result()?;
        Ok(Draft { tasks, parent })
    }

    /// The parts, and the argument they were in.
    fn take_subtasks(&mut self) -> Result<(&'static str, Vec<Subtask>), Failure> {
        let (field, subtasks) = match (self.subtasks.take(), self.subtasks_json.take()) {
            (None, None) => return Ok(("/subtasks", Vec::new())),
            (Some(subtasks), None) => ("/subtasks", subtasks),
            (None, Some(json)) => ("/subtasks_json", parse_subtasks(&json)?),
            (Some(_), Some(_)) => {
                return Err(Failure::argument("/subtasks_json", "is given beside subtasks; give one of them"));
            }
        };
        if subtasks.is_empty() {
            return Err(Failure::argument(field, "is empty; leave it out to plan a single task"));
        }
        Ok((field, subtasks))
    }

    fn into_task(self, is_plan: bool, problems: &mut Problems) -> NewTask {
        if self.title.is_none() && !is_plan {
            problems.add("/title", "is missing: one task needs a title, a plan needs subtasks");
        }
        if self.complexity.is_some() && self.complexity_level.is_some() {
            problems.add("/complexity_level", "is given beside complexity; give one of them");
        }
        let due_at = self.due_date.as_deref().and_then(|text| date("/due_date", text, problems));
        if let Some(context) = &self.context {
            context.check("/context", problems);
        }
        let (usual_type, usual_specialist) = match is_plan {
            true => (TaskType::Breakdown, Specialist::Coordinator),
            false => (TaskType::Standard, Specialist::Generic),
        };
        let complexity = self.complexity.or(self.complexity_level.map(Complexity::from));
        NewTask {
            field: String::new(),
            id: self.task_id,
            title: self.title.map_or_else(|| made_title(&self.description), |title| one_line(&title)),
            description: self.description,
            task_type: self.task_type.unwrap_or(usual_type),
            complexity: complexity.unwrap_or(Complexity::Moderate),
            priority: self.priority.unwrap_or(Priority::Normal),
            specialist: self.specialist_type.unwrap_or_else(|| usual_specialist.into()),
            effort: self.estimated_effort,
            due_at,
            context: self.context.map(|context| context.to_json()),
            dependencies: self.dependencies.unwrap_or_default(),
        }
    }
}

impl Subtask {
    fn into_task(self, field: String) -> NewTask {
        NewTask {
            field,
            id: self.task_id,
            title: one_line(&self.title),
            description: self.description,
            task_type: self.task_type.unwrap_or(TaskType::Standard),
            complexity: self.complexity.unwrap_or(Complexity::Moderate),
            priority: self.priority.unwrap_or(Priority::Normal),
            specialist: self.specialist_type,
            effort: self.estimated_effort,
            due_at: None,
            context: None,
            dependencies: self.dependencies.unwrap_or_default(),
        }
    }
}

fn parse_subtasks(json: &str) -> Result<Vec<Subtask>, Failure> {
    let field = "/subtasks_json";
    let items: Vec<Value> = serde_json::from_str(json)
        .map_err(|error| Failure::argument(field, format!("is no JSON array of subtasks: {error}")))?;
    let mut problems = Problems::default();
    let mut subtasks = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match serde_json::from_value(item) {
            Ok(subtask) => subtasks.push(subtask),
            Err(error) => problems.add(format!("{field}/{index}"), error.to_string()),
        }
    }
    problems.into_result()?;
    Ok(subtasks)
}

fn check(task: &NewTask, problems: &mut Problems) {
    let field = |name: &str| format!("{}/{name}", task.field);
    problems.required_text(&field("title"), &task.title, limits::TITLE);
    problems.description(&field("description"), &task.description);
    if let Some(id) = &task.id {
        problems.id(&field("task_id"), id);
    }
    if let Some(effort) = &task.effort {
        problems.text(&field("estimated_effort"), effort, limits::EFFORT);
    }
    problems.list(&field("dependencies"), task.dependencies.len(), limits::DEPENDENCIES);
    for (index, dependency) in task.dependencies.iter().enumerate() {
        dependency.check(&format!("{}/dependencies/{index}", task.field), problems);
    }
}

fn made_title(description: &str) -> String {
    let line = description.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    // A description that is refused should not be complained about twice.
    let title = shortened(&line.replace('\0', " "), MADE_TITLE);
    if title.is_empty() { "untitled".to_owned() } else { title }
}

#[cfg(test)]
mod tests;
