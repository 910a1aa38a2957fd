//! One prompt for every role, for a person to choose; with a task, its briefing is added.

use mainstay_plugin::bindings::mainstay::plugin::types::Role as Speaker;
use mainstay_plugin::prelude::*;
use mainstay_plugin::{Prompt, PromptArgument, PromptError, PromptMessage, PromptResult};

use crate::briefing::Briefing;
use crate::next::execute_call;
use crate::task::Task;
use crate::words::{Specialist, Word};
use crate::workspace::Workspace;

pub(crate) const TASK_ID: &str = "task_id";

pub(crate) fn list() -> Vec<Prompt> {
    let prompt = |specialist: &Specialist| Prompt {
        name: specialist.to_string(),
        title: Some(title(*specialist)),
        description: Some(format!("Work as a specialist for {}.", specialist.role().use_for)),
        arguments: vec![PromptArgument {
            name: TASK_ID.to_owned(),
            title: Some("Task".to_owned()),
            description: Some("Adds the briefing of this task.".to_owned()),
            required: false,
        }],
        meta: None,
    };
    Specialist::ALL.iter().map(prompt).collect()
}

/// The role's prompt. It changes nothing: work on a task begins with `orchestrator_execute_task`.
pub(crate) fn get(cx: &Context<'_>, name: &str, arguments: &[(String, String)]) -> Result<PromptResult, PromptError> {
    let specialist = Specialist::parse(name).ok_or(PromptError::UnknownPrompt)?;
    let mut text = specialist.role().prompt.to_owned();
    let task_id = arguments.iter().find(|(name, _)| name == TASK_ID).map(|(_, value)| value.trim());
    if let Some(task_id) = task_id.filter(|id| !id.is_empty()) {
        let task = task(cx, task_id)?;
        let briefing = Briefing::of(cx, &task)?.to_markdown();
        let begin = execute_call(&task.id);
        text = format!("{text}\n\n# Task `{}`: {}\n\n{briefing}\nTo begin, call {begin}.", task.id, task.title);
    }
    Ok(PromptResult {
        description: Some(title(specialist)),
        messages: vec![PromptMessage { role: Speaker::User, content: Content::text(text) }],
    })
}

fn task(cx: &Context<'_>, id: &str) -> Result<Task, PromptError> {
    let workspace = Workspace::of_caller(cx)?;
    Task::require(cx, &workspace, "/task_id", id).map_err(|failure| match failure.code() {
        "unknown-task" | "invalid-arguments" => PromptError::InvalidArgument((TASK_ID.to_owned(), failure.to_string())),
        _ => failure.into(),
    })
}

fn title(specialist: Specialist) -> String {
    let name = specialist.as_str();
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

#[cfg(test)]
mod tests;
