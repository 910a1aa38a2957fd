//! `template_validate`.

use mainstay_plugin::prelude::*;

use super::{bulleted, checked, problems};
use crate::plugin::Orchestrator;
use crate::template::Category;
use crate::workspace::Workspace;

const DESCRIPTION: &str =
    "Says what is wrong with the text of a template, without storing it; template_create checks it too.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Validate {
    template_content: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Validated {
    valid: bool,
    errors: Vec<String>,
    warnings: Vec<String>,
    /// 0 if it is not valid.
    parameters: usize,
    tasks: usize,
    next: &'static str,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_validate", DESCRIPTION, run).title("Check a template").read_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Validate) -> Outcome<Validated> {
    let workspace = Workspace::of_caller(cx)?;
    // No template has an empty id, so whatever it extends is another one.
    let validated = match checked(cx, &workspace, Category::User, "", &args.template_content) {
        Ok((template, warnings)) => Validated {
            valid: true,
            errors: Vec::new(),
            warnings,
            parameters: template.parameters.len(),
            tasks: template.tasks.len(),
            next: "template_create stores it",
        },
        Err(failure) => Validated {
            valid: false,
            errors: problems(failure)?,
            warnings: Vec::new(),
            parameters: 0,
            tasks: 0,
            next: "correct these and validate again",
        },
    };
    let text = validated.to_markdown();
    Ok(Reply::from(validated).with_text(text))
}

impl Validated {
    fn to_markdown(&self) -> String {
        let Self { valid, errors, warnings, parameters, tasks, next } = self;
        let verdict = match valid {
            true => format!("Valid: {parameters} parameters, {tasks} tasks.\n"),
            false => bulleted("Not valid", errors),
        };
        format!("{verdict}{}Next: {next}.", bulleted("Warnings", warnings))
    }
}
