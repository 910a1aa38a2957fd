//! Prompts for a person to choose: how to plan, hand over and review, and one for every role.
//!
//! A role's prompt has the role's name. The three others keep theirs: a role that is called like one of them is
//! found as `role:` and its name, which no role can be called.

mod work;

use mainstay_plugin::bindings::mainstay::plugin::types::Role as Speaker;
use mainstay_plugin::prelude::*;
use mainstay_plugin::{Prompt, PromptArgument, PromptError, PromptMessage, PromptResult};

use crate::briefing::Briefing;
use crate::limits;
use crate::next::execute_call;
use crate::roles::{Role, Roles};
use crate::task::Task;
use crate::workspace::Workspace;

pub(crate) const TASK_ID: &str = "task_id";
pub(crate) const PLAN_ID: &str = "plan_id";
pub(crate) const SPECIALIST: &str = "specialist_type";
const GOAL: &str = "goal";

pub(crate) const PLAN: &str = "plan";
pub(crate) const HANDOVER: &str = "handover";
pub(crate) const REVIEW: &str = "review";

type Arguments<'a> = &'a [(String, String)];

pub(crate) fn list(cx: &Context<'_>) -> Result<Vec<Prompt>, Failure> {
    let mut prompts = vec![
        prompt(PLAN, "Plan", "Split a goal into tasks.", vec![argument(GOAL, "What is to be achieved.", true)]),
        prompt(
            HANDOVER,
            "Hand over",
            "Take over a plan: what is done, what is left, what is next.",
            vec![argument(PLAN_ID, "The plan.", true)],
        ),
        prompt(
            REVIEW,
            "Review",
            "Judge what was delivered for a task.",
            vec![argument(TASK_ID, "The task.", true), argument(SPECIALIST, "Who reviews. Default: reviewer.", false)],
        ),
    ];
    let of_role = |role: &Role| {
        let description = format!("Work as a specialist for {}.", role.use_for);
        let task = argument(TASK_ID, "Adds the briefing of this task.", false);
        prompt(&name(role), &title(role), &description, vec![task])
    };
    prompts.extend(Roles::of_caller(cx)?.iter().map(of_role));
    Ok(prompts)
}

fn prompt(name: &str, title: &str, description: &str, arguments: Vec<PromptArgument>) -> Prompt {
    Prompt {
        name: name.to_owned(),
        title: Some(title.to_owned()),
        description: Some(description.to_owned()),
        arguments,
        meta: None,
    }
}

fn argument(name: &str, description: &str, required: bool) -> PromptArgument {
    PromptArgument { name: name.to_owned(), title: None, description: Some(description.to_owned()), required }
}

/// A prompt changes nothing: work on a task begins with `orchestrator_execute_task`.
pub(crate) fn get(cx: &Context<'_>, name: &str, arguments: Arguments<'_>) -> Result<PromptResult, PromptError> {
    let (title, text) = match name {
        PLAN => ("Plan".to_owned(), work::plan(cx, &goal(arguments)?)?),
        HANDOVER => ("Hand over".to_owned(), work::handover(cx, &required_task(cx, arguments, PLAN_ID)?)?),
        REVIEW => {
            let reviewer = value(arguments, SPECIALIST).unwrap_or("reviewer");
            let roles = Roles::of_caller(cx)?;
            let unknown = || PromptError::InvalidArgument((SPECIALIST.to_owned(), roles.unknown(reviewer)));
            let role = roles.get(reviewer).ok_or_else(unknown)?;
            ("Review".to_owned(), work::review(cx, &required_task(cx, arguments, TASK_ID)?, role)?)
        }
        name => {
            let roles = Roles::of_caller(cx)?;
            let role = of_prompt(&roles, name).ok_or(PromptError::UnknownPrompt)?;
            (title(role), as_role(cx, role, arguments)?)
        }
    };
    Ok(PromptResult {
        description: Some(title),
        messages: vec![PromptMessage { role: Speaker::User, content: Content::text(text) }],
    })
}

/// The role whose prompt is called `name`.
pub(crate) fn of_prompt<'a>(roles: &'a Roles, name: &str) -> Option<&'a Role> {
    roles.iter().find(|role| self::name(role) == name)
}

fn name(role: &Role) -> String {
    match role.id.as_str() {
        taken @ (PLAN | HANDOVER | REVIEW) => format!("role:{taken}"),
        free => free.to_owned(),
    }
}

fn as_role(cx: &Context<'_>, role: &Role, arguments: Arguments<'_>) -> Result<String, PromptError> {
    let text = role.prompt.to_string();
    let Some(id) = value(arguments, TASK_ID) else { return Ok(text) };
    let task = task(cx, TASK_ID, id)?;
    let briefing = Briefing::of(cx, &task)?.to_markdown();
    let begin = execute_call(&task.id);
    Ok(format!("{text}\n\n# Task `{}`: {}\n\n{briefing}\nTo begin, call {begin}.", task.id, task.title))
}

fn goal(arguments: Arguments<'_>) -> Result<String, PromptError> {
    let goal = value(arguments, GOAL).unwrap_or_default();
    let mut problems = limits::Problems::default();
    problems.required_text("/goal", goal, limits::DESCRIPTION);
    let result = problems.into_result();
    result.map_err(|failure| PromptError::InvalidArgument((GOAL.to_owned(), failure.to_string())))?;
    Ok(goal.to_owned())
}

fn required_task(cx: &Context<'_>, arguments: Arguments<'_>, name: &str) -> Result<Task, PromptError> {
    let missing = || PromptError::InvalidArgument((name.to_owned(), "is needed".to_owned()));
    task(cx, name, value(arguments, name).ok_or_else(missing)?)
}

fn task(cx: &Context<'_>, argument: &str, id: &str) -> Result<Task, PromptError> {
    let workspace = Workspace::of_caller(cx)?;
    Task::require(cx, &workspace, &format!("/{argument}"), id).map_err(|failure| match failure.code() {
        "unknown-task" | "invalid-arguments" => {
            PromptError::InvalidArgument((argument.to_owned(), failure.to_string()))
        }
        _ => failure.into(),
    })
}

fn value<'a>(arguments: Arguments<'a>, name: &str) -> Option<&'a str> {
    let given = arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value.trim());
    given.filter(|value| !value.is_empty())
}

fn title(role: &Role) -> String {
    let name = role.id.as_str();
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

#[cfg(test)]
mod tests;
