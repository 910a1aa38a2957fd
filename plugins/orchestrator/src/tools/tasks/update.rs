//! `orchestrator_update_task`: changes what is given of a task, and nothing else.
//!
//! [`fields`] are what every task has, [`links`] is what it depends on, [`state`] its status.

mod fields;
mod links;
mod state;

use mainstay_plugin::prelude::*;
use serde_json::{Map, Value};

use crate::arguments::{Clearable, TextOrObject};
use crate::attribute;
use crate::claim;
use crate::dependency::Dependency;
use crate::event;
use crate::graph;
use crate::limits::{self, Problems, shortened};
use crate::next;
use crate::plugin::Orchestrator;
use crate::rank;
use crate::roles::RoleId;
use crate::status::Status;
use crate::task::{Task, listed};
use crate::words::{Complexity, Priority};
use crate::workspace::Workspace;

/// Characters of a value in the answer.
const SHOWN: usize = 60;

const DESCRIPTION: &str = "\
Changes a task: only what is given, all of it or nothing. null clears a field that is optional. Not for results \
(orchestrator_complete_task), giving up (orchestrator_cancel_task) or removing (orchestrator_delete_task). Answers \
what changed.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct UpdateTask {
    task_id: String,
    title: Option<String>,
    description: Option<String>,
    status: Option<Status>,
    specialist_type: Option<RoleId>,
    #[schemars(with = "Option<String>")]
    complexity: Option<Complexity>,
    #[schemars(with = "Option<String>")]
    priority: Option<Priority>,
    #[serde(default)]
    estimated_effort: Clearable<String>,
    #[serde(default)]
    due_date: Clearable<String>,
    #[serde(default)]
    context: Clearable<TextOrObject>,
    /// Name to value; null removes. {type, value} sets the type: string, number, boolean, date, json, reference.
    attributes: Option<Map<String, Value>>,
    /// As in orchestrator_plan_task.
    add_dependencies: Option<Vec<Dependency>>,
    remove_dependencies: Option<Vec<String>>,
    /// Goes on without them.
    waive_dependencies: Option<Vec<Waiver>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Waiver {
    task_id: String,
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Updated {
    task_id: String,
    title: String,
    status: Status,
    changes: Vec<Change>,
    next: String,
}

// What was changed; long values are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Change {
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

impl Change {
    fn new(what: impl Into<String>, from: Option<&str>, to: Option<&str>) -> Self {
        let cut = |value: &str| shortened(value, SHOWN);
        Self { what: what.into(), from: from.map(cut), to: to.map(cut) }
    }
}

pub(super) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("orchestrator_update_task", DESCRIPTION, run).title("Change a task").idempotent()
}

pub(crate) fn run(cx: &Context<'_>, args: &UpdateTask) -> Outcome<Updated> {
    let mut problems = Problems::default();
    let given = fields::given(args, &mut problems);
    let attributes = args.attributes.as_ref();
    let attributes = attributes.map(|object| attribute::changes("/attributes", object, &mut problems));
    links::check(args, &mut problems);
    problems.into_result()?;
    let workspace = Workspace::of_caller(cx)?;
    let task = Task::require(cx, &workspace, "/task_id", &args.task_id)?;
    claim::sign_of_life(cx, task.seq)?;
    let mut changes = fields::write(cx, &workspace, &task, &given)?;
    changes.extend(write_attributes(cx, &task, &attributes.unwrap_or_default())?);
    let (relinked, touched) = links::write(cx, &workspace, &task, args)?;
    changes.extend(relinked);
    if let Some(to) = args.status.filter(|to| *to != task.status) {
        claim::refuse_strangers(cx, &task)?;
        state::change(cx, &task.reloaded(cx)?, to)?;
        changes.push(Change::new("status", Some(&task.status.to_string()), Some(&to.to_string())));
    }
    if !changes.is_empty() {
        let touch = "UPDATE task SET updated_at = ?2 WHERE seq = ?1";
        cx.db().execute(touch, params![task.seq, cx.now().cast_signed()])?;
        rank::changed(cx, workspace.id, &touched)?;
    }
    answer(cx, &task.reloaded(cx)?, changes)
}

fn write_attributes(cx: &Context<'_>, task: &Task, given: &[attribute::Change]) -> Result<Vec<Change>, Failure> {
    let before = attribute::of(cx, task.seq)?;
    let (mut changes, mut statements) = (Vec::new(), Vec::new());
    let (mut previous, mut current) = (Map::new(), Map::new());
    for change in given {
        let old = before.iter().find(|attribute| attribute.name == change.name());
        let same = match (old, change) {
            (Some(old), attribute::Change::Set(new)) => old == new,
            (old, attribute::Change::Remove(_)) => old.is_none(),
            (None, attribute::Change::Set(_)) => false,
        };
        if same {
            continue;
        }
        let old = old.map(|old| old.value.as_str());
        changes.push(Change::new(format!("attribute {}", change.name()), old, change.value()));
        previous.extend(old.map(|value| (change.name().to_owned(), value.into())));
        current.extend(change.value().map(|value| (change.name().to_owned(), value.into())));
        statements.push(change.statement(task.workspace, task.seq));
    }
    if changes.is_empty() {
        return Ok(changes);
    }
    let values = (Value::from(previous).to_string(), Value::from(current).to_string());
    let kind = event::Kind::AttributeChanged;
    statements.push(event::record(cx, task.workspace, &task.id, kind, Some(&values.0), Some(&values.1)));
    cx.db().batch(statements)?;
    let count = "SELECT count(*) FROM attribute WHERE task = ?1";
    let total = cx.db().query_one::<(i64,)>(count, params![task.seq])?.map_or(0, |row| row.0);
    let mut problems = Problems::default();
    problems.list("/attributes", usize::try_from(total).unwrap_or(usize::MAX), limits::ATTRIBUTES);
    problems.into_result()?;
    Ok(changes)
}

fn answer(cx: &Context<'_>, task: &Task, changes: Vec<Change>) -> Outcome<Updated> {
    let next = what_next(cx, task)?;
    let answer = Updated { task_id: task.id.clone(), title: task.title.clone(), status: task.status, changes, next };
    let text = answer.to_markdown();
    Ok(Reply::from(answer).with_text(text))
}

fn what_next(cx: &Context<'_>, task: &Task) -> Result<String, Failure> {
    if task.status.is_settled() {
        return Ok(format!("nothing; it is {}", task.status));
    }
    if task.waits_for > 0 {
        let open = graph::open_prerequisites(cx, task)?;
        return Ok(format!("nothing yet: it waits for {}", listed(&open[..open.len().min(3)])));
    }
    Ok(match task.status {
        Status::Active | Status::InProgress if !task.is_plan() => {
            format!("do it and hand it in with orchestrator_complete_task {{\"task_id\": \"{}\", …}}", task.id)
        }
        _ => next::execute_call(&task.id),
    })
}

impl Updated {
    fn to_markdown(&self) -> String {
        let Self { task_id, title, changes, next, .. } = self;
        if changes.is_empty() {
            return format!("`{task_id}` ({title}) is as given; nothing changed.\nNext: {next}.");
        }
        let one = |change: &Change| match (&change.from, &change.to) {
            (None, Some(to)) => format!("- {}: {to}\n", change.what),
            (from, to) => {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                format!("- {}: {} -> {}\n", change.what, shown(from), shown(to))
            }
        };
        let lines: String = changes.iter().map(one).collect();
        format!("`{task_id}` ({title}) is changed:\n{lines}Next: {next}.")
    }
}

#[cfg(test)]
mod tests;
