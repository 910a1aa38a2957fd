//! One prompt for every role, for a person to choose; with a task, its briefing is added.

use mainstay_plugin::bindings::mainstay::plugin::types::Role as Speaker;
use mainstay_plugin::prelude::*;
use mainstay_plugin::{Prompt, PromptArgument, PromptError, PromptMessage, PromptResult};

use crate::briefing::Briefing;
use crate::next::execute_call;
use crate::roles::{Role, Roles};
use crate::task::Task;
use crate::workspace::Workspace;

pub(crate) const TASK_ID: &str = "task_id";

pub(crate) fn list(cx: &Context<'_>) -> Result<Vec<Prompt>, Failure> {
    let prompt = |role: &Role| Prompt {
        name: role.id.to_string(),
        title: Some(title(role)),
        description: Some(format!("Work as a specialist for {}.", role.use_for)),
        arguments: vec![PromptArgument {
            name: TASK_ID.to_owned(),
            title: Some("Task".to_owned()),
            description: Some("Adds the briefing of this task.".to_owned()),
            required: false,
        }],
        meta: None,
    };
    Ok(Roles::of_caller(cx)?.iter().map(prompt).collect())
}

/// The role's prompt. It changes nothing: work on a task begins with `orchestrator_execute_task`.
pub(crate) fn get(cx: &Context<'_>, name: &str, arguments: &[(String, String)]) -> Result<PromptResult, PromptError> {
    let roles = Roles::of_caller(cx)?;
    let role = roles.get(name).ok_or(PromptError::UnknownPrompt)?;
    let mut text = role.prompt.to_string();
    let task_id = arguments.iter().find(|(name, _)| name == TASK_ID).map(|(_, value)| value.trim());
    if let Some(task_id) = task_id.filter(|id| !id.is_empty()) {
        let task = task(cx, task_id)?;
        let briefing = Briefing::of(cx, &task)?.to_markdown();
        let begin = execute_call(&task.id);
        text = format!("{text}\n\n# Task `{}`: {}\n\n{briefing}\nTo begin, call {begin}.", task.id, task.title);
    }
    Ok(PromptResult {
        description: Some(title(role)),
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

fn title(role: &Role) -> String {
    let name = role.id.as_str();
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

#[cfg(test)]
mod tests;
