//! Plan files: what is to be done, and what came of it.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// Played when no other is named.
const RELEASE: &str = include_str!("../../../../examples/plans/web-service-release.json");

/// A plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) complexity: String,
    pub(super) tasks: Vec<Task>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) specialist: String,
    #[serde(default)]
    pub(super) depends_on: Vec<String>,
    #[serde(default)]
    pub(super) effort: Option<String>,
    pub(super) work: Work,
}

/// What the model would write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    pub(super) summary: String,
    pub(super) detail: String,
    pub(super) artifact_type: String,
    #[serde(default)]
    pub(super) files: Vec<String>,
}

impl Plan {
    pub(super) fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let (text, name) = match path {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
                (text, path.display().to_string())
            }
            None => (RELEASE.to_owned(), "the built-in plan".to_owned()),
        };
        let plan: Self = serde_json::from_str(&text).with_context(|| format!("{name} is no plan"))?;
        plan.check().with_context(|| format!("{name} cannot be played"))?;
        Ok(plan)
    }

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.tasks.is_empty(), "it has no tasks");
        let mut ids = HashSet::new();
        for task in &self.tasks {
            anyhow::ensure!(ids.insert(task.id.as_str()), "two tasks have the id {:?}", task.id);
        }
        for task in &self.tasks {
            for dependency in &task.depends_on {
                let known = ids.contains(dependency.as_str());
                anyhow::ensure!(known, "{:?} depends on {dependency:?}, which is not there", task.id);
            }
        }
        Ok(())
    }

    /// The arguments of `orchestrator_plan_task`.
    pub(super) fn arguments(&self) -> Value {
        let subtasks: Vec<_> = self
            .tasks
            .iter()
            .map(|task| {
                json!({
                    "task_id": task.id,
                    "title": task.title,
                    "description": task.description,
                    "specialist_type": task.specialist,
                    "dependencies": task.depends_on,
                    "estimated_effort": task.effort,
                })
            })
            .collect();
        json!({
            "title": self.title,
            "description": self.description,
            "complexity_level": self.complexity,
            "subtasks_json": Value::Array(subtasks).to_string(),
        })
    }
}

impl Task {
    /// The arguments of `orchestrator_complete_task`.
    pub(super) fn completion(&self) -> Value {
        json!({
            "task_id": self.id,
            "summary": self.work.summary,
            "detailed_work": self.work.detail,
            "artifact_type": self.work.artifact_type,
            "file_paths": self.work.files,
            "next_action": "complete",
        })
    }
}
