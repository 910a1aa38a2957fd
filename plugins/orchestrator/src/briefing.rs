//! Everything a specialist needs for one task, as data and as text.

use mainstay_plugin::prelude::*;

use crate::artifact;
use crate::graph::{self, Finished, Waived};
use crate::limits::shortened;
use crate::moment;
use crate::task::Task;
use crate::words::{Complexity, TaskType};

/// Prerequisites beyond these are not recounted.
const PREREQUISITES: usize = 40;

/// Characters for the summaries of all prerequisites together, and what is left to each at least.
const SUMMARIES: usize = 16_000;
const SUMMARY_AT_LEAST: usize = 300;

/// Characters of a plan's description and of its context; the whole of it is the coordinator's business.
const ABOUT_PLAN: usize = 500;

// What a specialist is told beside the role.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Briefing {
    pub(crate) description: String,
    pub(crate) task_type: TaskType,
    pub(crate) complexity: Complexity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_effort: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_date: Option<String>,
    /// As given when the task was planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    /// Results of finished prerequisites, to build on.
    pub(crate) prerequisites: Vec<Finished>,
    /// What it would have waited for, and why it does not.
    pub(crate) waived: Vec<Waived>,
    /// If there are more of these than are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left_out: Option<String>,
    /// The last delivery, if it was sent back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<Revision>,
}

// The plan a task is part of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Plan {
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<String>,
}

// A delivery that was sent back.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Revision {
    /// How often the task was sent back.
    pub(crate) count: i64,
    pub(crate) summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_uri: Option<String>,
}

impl Briefing {
    pub(crate) fn of(cx: &Context<'_>, task: &Task) -> Result<Self, Failure> {
        let plan = task.parent(cx)?.map(|plan| Plan {
            description: shortened(&plan.description, ABOUT_PLAN),
            context: plan.context.as_deref().map(|context| shortened(&plain(context), ABOUT_PLAN)),
            task_id: plan.id,
            title: plan.title,
        });
        let one_more = u32::try_from(PREREQUISITES + 1).unwrap_or(u32::MAX);
        let mut prerequisites = graph::finished_prerequisites(cx, task, one_more)?;
        let mut waived = graph::waived_prerequisites(cx, task, one_more)?;
        let is_cut = prerequisites.len() > PREREQUISITES || waived.len() > PREREQUISITES;
        prerequisites.truncate(PREREQUISITES);
        waived.truncate(PREREQUISITES);
        let each = (SUMMARIES / prerequisites.len().max(1)).max(SUMMARY_AT_LEAST);
        for finished in &mut prerequisites {
            finished.summary = shortened(&finished.summary, each);
        }
        Ok(Self {
            description: task.description.clone(),
            task_type: task.task_type,
            complexity: task.complexity,
            estimated_effort: task.effort.clone(),
            due_date: task.due_at.map(moment::format),
            context: task.context.as_deref().map(plain),
            plan,
            prerequisites,
            waived,
            left_out: is_cut.then(|| left_out(&task.id)),
            revision: revision(cx, task)?,
        })
    }

    /// As a page for the specialist, below the title.
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = format!("{}\n", self.description.trim());
        if (self.task_type, self.complexity) != (TaskType::Standard, Complexity::Moderate) {
            text.push_str(&format!("\nKind: {}, {}\n", self.task_type, self.complexity));
        }
        for (name, value) in [("Effort", &self.estimated_effort), ("Due", &self.due_date), ("Context", &self.context)] {
            if let Some(value) = value {
                text.push_str(&format!("\n{name}: {value}\n"));
            }
        }
        if let Some(plan) = &self.plan {
            text.push_str(&format!("\n## Part of `{}`: {}\n", plan.task_id, plan.title));
            // A plan without a title of its own is called after its description.
            if plan.description != plan.title {
                text.push_str(&format!("{}\n", plan.description));
            }
            if let Some(context) = &plan.context {
                text.push_str(&format!("\nContext: {context}\n"));
            }
        }
        if !self.prerequisites.is_empty() {
            text.push_str("\n## Results to build on\n");
        }
        for finished in &self.prerequisites {
            let link = finished.artifact_uri.as_ref().map(|uri| format!(" (in full: {uri})")).unwrap_or_default();
            let input = finished.input.as_ref().map(|input| format!("{input} = ")).unwrap_or_default();
            text.push_str(&format!("- {input}`{}` {}: {}{link}\n", finished.task_id, finished.title, finished.summary));
        }
        if !self.waived.is_empty() {
            text.push_str("\n## To be done without\n");
        }
        for Waived { task_id, title, reason } in &self.waived {
            text.push_str(&format!("- `{task_id}` {title}: {reason}\n"));
        }
        if let Some(left_out) = &self.left_out {
            text.push_str(&format!("\n{left_out}\n"));
        }
        if let Some(revision) = &self.revision {
            let link = revision.artifact_uri.as_ref().map(|uri| format!(" (in full: {uri})")).unwrap_or_default();
            let times = if revision.count == 1 { "once".to_owned() } else { format!("{} times", revision.count) };
            text.push_str(&format!(
                "\n## To be revised\n\nSent back {times}. Last delivery: {}{link}\n",
                revision.summary
            ));
        }
        text
    }
}

fn left_out(id: &str) -> String {
    let call = format!("orchestrator_query_tasks {{\"task_id\": \"{id}\"}}");
    format!("Of each at most {PREREQUISITES} are told, and there are more; {call} names those of the task itself.")
}

fn revision(cx: &Context<'_>, task: &Task) -> Result<Option<Revision>, Failure> {
    if task.revisions == 0 || task.status.is_settled() {
        return Ok(None);
    }
    let last = "SELECT id, summary FROM artifact WHERE task = ?1 AND name IS NULL ORDER BY version DESC LIMIT 1";
    let delivery = cx.db().query_one::<(String, String)>(last, params![task.seq])?;
    Ok(delivery.map(|(id, summary)| Revision {
        count: task.revisions,
        summary,
        artifact_uri: Some(artifact::uri(&id)),
    }))
}

/// Context that was given as text, without its JSON quotes.
fn plain(context: &str) -> String {
    serde_json::from_str::<String>(context).unwrap_or_else(|_| context.to_owned())
}
