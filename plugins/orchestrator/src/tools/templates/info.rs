//! `template_info`.

use mainstay_plugin::prelude::*;
use serde_json::{Map, Value};

use super::{Named, usable};
use crate::limits::shortened;
use crate::plugin::Orchestrator;
use crate::roles::{RoleId, Specialist};
use crate::template::store::{self, About};
use crate::template::{Category, Parameter, Part, Template, example};
use crate::workspace::Workspace;

/// Characters of an example in the call that is suggested.
const EXAMPLE: usize = 60;

const DESCRIPTION: &str = "\
Shows what a template needs and which tasks it makes; its text is in template_load. Next: template_instantiate.";

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Info {
    template_id: String,
    category: Category,
    name: String,
    version: String,
    metadata: About,
    parameters: Vec<ParameterInfo>,
    tasks: Vec<TaskInfo>,
    /// Plans that were made of it.
    used: i64,
    hash: String,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ParameterInfo {
    name: String,
    required: bool,
    /// Type and bounds.
    accepts: String,
    description: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TaskInfo {
    key: String,
    title: String,
    specialist_type: RoleId,
    dependencies: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_effort: Option<String>,
    /// It is left out unless this is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<Value>,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_info", DESCRIPTION, run).title("Show a template").read_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Named) -> Outcome<Info> {
    let workspace = Workspace::of_caller(cx)?;
    let found = store::require(cx, workspace.id, args.category, &args.template_id)?;
    let template = usable(cx, &workspace, &found)?;
    let info = Info {
        next: instantiate_call(&found.id, &template),
        metadata: About::of(&template),
        version: template.version().to_owned(),
        name: template.metadata.name,
        parameters: template.parameters.iter().map(ParameterInfo::of).collect(),
        tasks: template.tasks.into_iter().map(TaskInfo::of).collect(),
        template_id: found.id,
        category: found.category,
        used: found.used,
        hash: found.hash,
    };
    let text = info.to_markdown();
    Ok(Reply::from(info).with_text(text))
}

/// The call that makes a plan of it, with examples for what must be given.
fn instantiate_call(id: &str, template: &Template) -> String {
    let short = |value: Value| match value {
        Value::String(text) => shortened(&text, EXAMPLE).into(),
        other => other,
    };
    let required = template.parameters.iter().filter(|(_, parameter)| parameter.is_required());
    let values: Map<String, Value> =
        required.map(|(name, parameter)| (name.clone(), short(example(parameter)))).collect();
    let values = Value::Object(values);
    format!("template_instantiate {{\"template_id\": \"{id}\", \"parameters\": {values}, \"create_tasks\": true}}")
}

impl ParameterInfo {
    fn of((name, parameter): &(String, Parameter)) -> Self {
        Self {
            name: name.clone(),
            required: parameter.is_required(),
            accepts: parameter.bounds(),
            description: parameter.description.clone().unwrap_or_default(),
        }
    }
}

impl TaskInfo {
    fn of((key, part): (String, Part)) -> Self {
        Self {
            key,
            title: part.title.unwrap_or_default(),
            specialist_type: part.specialist_type.unwrap_or_else(|| Specialist::Generic.into()),
            dependencies: part.dependencies.unwrap_or_default(),
            parent: part.parent,
            estimated_effort: part.estimated_effort,
            when: part.when,
        }
    }

    fn to_markdown(&self) -> String {
        let Self { key, title, specialist_type, dependencies, parent, estimated_effort, when } = self;
        let after = Some(dependencies.join(", ")).filter(|after| !after.is_empty());
        let facts = [
            Some(specialist_type.to_string()),
            after.map(|after| format!("after {after}")),
            parent.as_ref().map(|parent| format!("part of {parent}")),
            estimated_effort.clone(),
            when.as_ref().map(|when| format!("when {}", when.as_str().map_or_else(|| when.to_string(), str::to_owned))),
        ];
        format!("- {key} ({}): {title}\n", facts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

impl Info {
    fn to_markdown(&self) -> String {
        let Self { template_id, category, name, version, metadata, parameters, tasks, used, hash, next } = self;
        let mut text =
            format!("Template `{template_id}` ({category} {version}, used {used} times, hash {hash}): {name}\n");
        text.push_str(metadata.description.as_deref().unwrap_or_default());
        let facts = [&metadata.category, &metadata.estimated_duration, &metadata.author];
        let complexity = metadata.complexity.map(|complexity| complexity.to_string());
        let facts = facts.into_iter().flatten().cloned().chain(complexity).chain(metadata.tags.iter().cloned());
        text.push_str(&format!("\n{}\n", facts.collect::<Vec<_>>().join("; ")));
        if !parameters.is_empty() {
            text.push_str("Parameters:\n");
        }
        for ParameterInfo { name, accepts, description, .. } in parameters {
            text.push_str(&format!("- {name} ({accepts}): {description}\n"));
        }
        text.push_str("Tasks:\n");
        tasks.iter().for_each(|task| text.push_str(&task.to_markdown()));
        text.push_str(&format!("Next: {next}."));
        text
    }
}
