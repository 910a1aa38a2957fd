//! `template_instantiate`: a plan made of a template.
//!
//! The tasks go through the code of `orchestrator_plan_task`, one by one in an order in which everything a task
//! refers to is there before it. The call is stored as a whole or not at all.

use mainstay_plugin::prelude::*;
use serde_json::{Map, Value, json};

use super::usable;
use crate::limits::shortened;
use crate::next::{execute_call, synthesize_call};
use crate::plugin::Orchestrator;
use crate::roles::RoleId;
use crate::template::{self, Category, Instance, InstancePart, KEY, store};
use crate::tools::plan;
use crate::workspace::Workspace;

/// Tasks in the text of an answer; the structured answer has all of them.
const SHOWN: usize = 50;

/// Characters of a description in a preview.
const GLIMPSE: usize = 160;

/// How often ids are made up before it is taken for a mistake that they are all in use.
const ATTEMPTS: usize = 8;

const DESCRIPTION: &str = "\
Makes a plan of a template. Without create_tasks: true it only shows the plan and stores nothing. template_info says \
which parameters there are. For work that no template fits use orchestrator_plan_task. Next: orchestrator_execute_task.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Instantiate {
    template_id: String,
    parameters: Option<Map<String, Value>>,
    create_tasks: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Instantiated {
    template_id: String,
    category: Category,
    version: String,
    /// Otherwise this is a preview.
    created: bool,
    /// Of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<String>,
    title: String,
    /// In the order of the work. A preview has keys in place of ids.
    tasks: Vec<Line>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Line {
    task_id: String,
    title: String,
    specialist_type: RoleId,
    dependencies: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_effort: Option<String>,
    /// The beginning of it, in a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_instantiate", DESCRIPTION, run).title("Make a plan of a template").additive()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Instantiate) -> Outcome<Instantiated> {
    let mut workspace = Workspace::of_caller(cx)?;
    let found = store::require(cx, workspace.id, None, &args.template_id)?;
    let template = usable(cx, &workspace, &found)?;
    let empty = Map::new();
    let instance = template::fill_in(&template, args.parameters.as_ref().unwrap_or(&empty))?;
    let ids = match args.create_tasks.unwrap_or(false) {
        true => Some(create(cx, &mut workspace, &found, &instance)?),
        false => None,
    };
    let answer = Instantiated {
        template_id: found.id,
        category: found.category,
        version: template.version().to_owned(),
        created: ids.is_some(),
        task_id: ids.as_ref().map(|ids| ids.plan.clone()),
        next: what_next(&instance, ids.as_ref()),
        tasks: instance.parts.iter().map(|part| Line::of(part, ids.as_ref())).collect(),
        title: instance.title,
    };
    let text = answer.to_markdown();
    Ok(Reply::from(answer).with_text(text))
}

/// What the tasks of one plan are called: their keys with the same ending, which no other plan has.
struct Ids {
    plan: String,
    ending: String,
}

impl Ids {
    fn of(&self, key: &str) -> String {
        format!("{key}_{}", self.ending)
    }
}

fn create(
    cx: &Context<'_>,
    workspace: &mut Workspace,
    found: &store::Found,
    instance: &Instance,
) -> Result<Ids, Failure> {
    workspace.store(cx)?;
    let ids = free_ids(cx, workspace, &found.id, instance)?;
    let Instance { title, description, context, complexity, parts } = instance;
    let whole = json!({
        "task_id": ids.plan, "title": title, "description": description, "context": context,
        "complexity": complexity, "task_type": "breakdown", "specialist_type": "coordinator",
    });
    plan_one(cx, whole, "the plan")?;
    for part in parts {
        let above = part.parent.as_ref().map_or_else(|| ids.plan.clone(), |parent| ids.of(parent));
        let dependencies: Vec<_> = part.dependencies.iter().map(|key| ids.of(key)).collect();
        let task = json!({
            "task_id": ids.of(&part.key), "parent_task_id": above, "title": part.title,
            "description": part.description, "specialist_type": part.specialist, "task_type": part.task_type,
            "complexity": part.complexity, "priority": part.priority, "estimated_effort": part.effort,
            "dependencies": dependencies,
        });
        plan_one(cx, task, &part.key)?;
    }
    store::note_use(cx, found)?;
    Ok(ids)
}

/// Ids that are not in use. Keys and the id of a template are short enough for them.
fn free_ids(cx: &Context<'_>, workspace: &Workspace, template: &str, instance: &Instance) -> Result<Ids, Failure> {
    let mut stem = template[..template.len().min(KEY)].to_owned();
    while instance.parts.iter().any(|part| part.key == stem) {
        stem.push('_');
    }
    let sql = "SELECT id FROM task WHERE workspace_id = ?1 AND id IN (SELECT value FROM json_each(?2)) LIMIT 1";
    for _ in 0..ATTEMPTS {
        let ending = format!("{:06x}", u32::from_be_bytes(cx.random()) >> 8);
        let ids = Ids { plan: format!("{stem}_{ending}"), ending };
        let wanted: Vec<_> = instance.parts.iter().map(|part| ids.of(&part.key)).chain([ids.plan.clone()]).collect();
        let taken = cx.db().query_one::<(String,)>(sql, params![workspace.id, serde_json::to_string(&wanted)?])?;
        if taken.is_none() {
            return Ok(ids);
        }
    }
    Err(Failure::new("internal", "no free ids were found for the tasks"))
}

/// Plans one task. What is wrong with it was in the template or its parameters, so that is what is told.
fn plan_one(cx: &Context<'_>, mut task: Value, what: &str) -> Result<(), Failure> {
    if let Some(fields) = task.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    plan::run(cx, serde_json::from_value(task)?).map(drop).map_err(|failure| match failure {
        Failure::InvalidArguments(problems) => {
            let problems: Vec<_> = problems.iter().map(|found| format!("{}: {}", found.field, found.problem)).collect();
            Failure::new("broken-template", format!("`{what}` cannot be planned: {}", problems.join("; ")))
                .with_hint("Give other parameters, or correct the template with template_create and overwrite true.")
        }
        other => other,
    })
}

fn what_next(instance: &Instance, ids: Option<&Ids>) -> String {
    let Some(ids) = ids else {
        return "the same call with \"create_tasks\": true, if this is what you want".to_owned();
    };
    let first = instance.parts.iter().find(|part| instance.is_ready(part));
    let first = first.map_or_else(|| ids.plan.clone(), |part| ids.of(&part.key));
    format!("{}; when all parts are finished, {}", execute_call(&first), synthesize_call(&ids.plan))
}

impl Line {
    fn of(part: &InstancePart, ids: Option<&Ids>) -> Self {
        let name = |key: &String| ids.map_or_else(|| key.clone(), |ids| ids.of(key));
        let description = ids.is_none().then(|| shortened(&part.description.replace('\n', " "), GLIMPSE));
        Self {
            task_id: name(&part.key),
            title: part.title.clone(),
            specialist_type: part.specialist.clone(),
            dependencies: part.dependencies.iter().map(name).collect(),
            parent: part.parent.as_ref().map(name),
            estimated_effort: part.effort.clone(),
            description,
        }
    }

    fn to_markdown(&self) -> String {
        let Self { task_id, title, specialist_type, dependencies, parent, estimated_effort, description } = self;
        let after = Some(dependencies.join(", ")).filter(|after| !after.is_empty());
        let facts = [
            Some(specialist_type.to_string()),
            after.map(|after| format!("after {after}")),
            parent.as_ref().map(|parent| format!("part of {parent}")),
            estimated_effort.clone(),
        ];
        let glimpse = description.as_ref().map(|text| format!(". {text}")).unwrap_or_default();
        format!("- `{task_id}` ({}): {title}{glimpse}\n", facts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

impl Instantiated {
    fn to_markdown(&self) -> String {
        let Self { template_id, category, version, task_id, title, tasks, next, .. } = self;
        let template = format!("template `{template_id}` ({category} {version})");
        let mut text = match task_id {
            Some(plan) => format!("Planned `{plan}` from {template}: {title}, with {} tasks:\n", tasks.len()),
            None => format!("Preview, nothing is stored. From {template}: {title}, with {} tasks:\n", tasks.len()),
        };
        tasks.iter().take(SHOWN).for_each(|task| text.push_str(&task.to_markdown()));
        if tasks.len() > SHOWN {
            text.push_str(&format!("- and {} more\n", tasks.len() - SHOWN));
        }
        text.push_str(&format!("Next: {next}."));
        text
    }
}
