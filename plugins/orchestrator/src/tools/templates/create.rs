//! `template_create`.

use mainstay_plugin::InvalidArgument;
use mainstay_plugin::prelude::*;

use super::{bulleted, checked};
use crate::limits::Problems;
use crate::plugin::Orchestrator;
use crate::template::{Category, Place, STORED, store};
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Stores a template, for plans that come again; for a plan that is made once use orchestrator_plan_task. JSON5: metadata{name}, parameters{name:{type}}, tasks{key:{title, \
description, specialist_type, dependencies}}, with {{name}} in texts; template_load example_parameters after \
template_install_examples shows one.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Create {
    template_id: String,
    template_content: String,
    /// Default: user, this workspace only.
    category: Option<Place>,
    overwrite: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Created {
    template_id: String,
    category: Category,
    version: String,
    /// stored, replaced or unchanged.
    outcome: &'static str,
    parameters: usize,
    tasks: usize,
    warnings: Vec<String>,
    next: String,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_create", DESCRIPTION, run).title("Store a template").idempotent()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Create) -> Outcome<Created> {
    let Create { template_id: id, template_content: content, .. } = args;
    let mut problems = Problems::default();
    problems.id("/template_id", id);
    problems.into_result()?;
    let mut workspace = Workspace::of_caller(cx)?;
    let category = Category::from(args.category.unwrap_or(Place::User));
    let (template, warnings) = checked(cx, &workspace, category, id, content).map_err(in_content)?;
    workspace.store(cx)?;
    let outcome = write(cx, &workspace, category, id, content, &template, args.overwrite.unwrap_or(false))?;
    let created = Created {
        template_id: id.clone(),
        category,
        version: template.version().to_owned(),
        outcome: outcome.as_str(),
        parameters: template.parameters.len(),
        tasks: template.tasks.len(),
        warnings,
        next: format!("template_instantiate {{\"template_id\": \"{id}\"}} with parameters shows the plan it makes"),
    };
    let text = created.to_markdown();
    Ok(Reply::from(created).with_text(text))
}

/// What became of a template that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Stored,
    Replaced,
    Unchanged,
}

impl Written {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Stores `template`, unless there is another of that name or there are too many.
fn write(
    cx: &Context<'_>,
    workspace: &Workspace,
    category: Category,
    id: &str,
    content: &str,
    template: &crate::template::Template,
    overwrite: bool,
) -> Result<Written, Failure> {
    let there = store::look_up(cx, workspace.id, category, id)?;
    let outcome = match there {
        Some(there) if there.content == content => return Ok(Written::Unchanged),
        Some(_) if overwrite => Written::Replaced,
        Some(there) => {
            let message = format!("there is another template `{id}` in {category} (hash {})", there.hash);
            return Err(Failure::new("template-exists", message)
                .with_hint("Choose another template_id, or give overwrite: true to replace it."));
        }
        None if store::count(cx, workspace.id, category)? >= STORED => {
            let message = format!("{category} holds {STORED} templates, which is the most");
            return Err(Failure::new("too-many-templates", message).with_hint("Remove one with template_delete."));
        }
        None => Written::Stored,
    };
    store::put(cx, workspace.id, category, id, content, template)?;
    Ok(outcome)
}

/// The same failure, as one of the argument that holds the template.
fn in_content(failure: Failure) -> Failure {
    let Failure::InvalidArguments(problems) = failure else { return failure };
    let placed = problems.into_iter().map(|found| InvalidArgument {
        field: "/template_content".to_owned(),
        problem: if found.field.is_empty() { found.problem } else { format!("{}: {}", found.field, found.problem) },
    });
    Failure::InvalidArguments(placed.collect())
}

impl Created {
    fn to_markdown(&self) -> String {
        let Self { template_id, category, version, outcome, parameters, tasks, warnings, next } = self;
        format!(
            "Template `{template_id}` {version} is {outcome} in {category}: {parameters} parameters, {tasks} tasks.\n{}Next: {next}.",
            bulleted("Warnings", warnings)
        )
    }
}
