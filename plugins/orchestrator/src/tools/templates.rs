//! Tools for plans to fill in.
//!
//! [`instantiate`] makes a plan of one; the others look after the collection. A template is looked for in the
//! workspace (`user`), then among those of all workspaces (`shared`), then in the library (`builtin`).

pub(super) mod create;
pub(super) mod info;
pub(super) mod install;
pub(super) mod instantiate;
pub(super) mod list;
pub(super) mod load;
pub(super) mod remove;
pub(super) mod state;
pub(super) mod validate;
pub(super) mod validate_all;

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;
use crate::template::{Category, Template, checked, problems, store};
use crate::workspace::Workspace;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![
        instantiate::tool(),
        list::tool(),
        info::tool(),
        load::tool(),
        create::tool(),
        validate::tool(),
        remove::delete(),
        remove::uninstall(),
        install::default_library(),
        install::examples(),
        state::tool(),
        validate_all::tool(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Named {
    pub(super) template_id: String,
    pub(super) category: Option<Category>,
}

/// A stored template with what it inherits; it was right when it was stored, but what it extends may have changed.
fn usable(cx: &Context<'_>, workspace: &Workspace, found: &store::Found) -> Result<Template, Failure> {
    match checked(cx, workspace, found.category, &found.id, &found.content) {
        Ok((template, _)) => Ok(template),
        Err(failure) => {
            let message =
                format!("template `{}` ({}) is not right: {}", found.id, found.category, problems(failure)?.join("; "));
            Err(Failure::new("broken-template", message)
                .with_hint("Correct it with template_create and overwrite true; template_load shows its text."))
        }
    }
}

fn bulleted(heading: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("{heading}:\n{}", lines.iter().map(|line| format!("- {line}\n")).collect::<String>())
}

#[cfg(test)]
mod tests;
