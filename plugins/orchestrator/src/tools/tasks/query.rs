//! `orchestrator_query_tasks`: finds tasks, or shows one in full.
//!
//! [`lead`] chooses the index that leads, [`filter`] is what is checked on the way, [`page`] reads no more than a
//! call may look at, [`cursor`] is where the next call goes on, [`detail`] is one task.

mod cursor;
mod detail;
mod filter;
mod lead;
mod page;

use std::collections::HashMap;
use std::fmt;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};
use serde_json::{Map, Value, json};

use self::cursor::Place;
use self::detail::Detail;
use self::filter::Filters;
use self::page::LOOKED_AT;
use crate::artifact;
use crate::limits::Problems;
use crate::moment;
use crate::plugin::Orchestrator;
use crate::roles::RoleId;
use crate::status::Status;
use crate::task::Task;
use crate::words::{Complexity, Priority, TaskType, words};
use crate::workspace::Workspace;

/// Tasks in one answer.
const USUAL_LIMIT: i64 = 20;
const LIMIT: i64 = 100;
/// Tasks that can be skipped; beyond that a cursor goes on where the last call ended.
const OFFSET: i64 = 1_000;
const BEYOND: &str = ": to go on, give the next_cursor of the last answer as cursor";
/// Artifacts of one task that are named, newest first.
const ARTIFACTS: i64 = 5;
/// Characters of a call that is spelled out to be repeated.
const CALL: usize = 400;

const DESCRIPTION: &str = "\
Finds tasks by any combination of filters, or with task_id shows one in full: description, dependencies, attributes, \
artifacts, history. For an overview orchestrator_get_status is enough. A long answer has a cursor for the next call.";

words!(Sort: "an order" {
    Newest = "newest",
    Oldest = "oldest",
    Updated = "updated",
    Due = "due",
    Priority = "priority",
    Plan = "plan",
});

#[derive(Debug, Default, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct QueryTasks {
    task_id: Option<String>,
    status: Option<Vec<Status>>,
    #[schemars(with = "Option<Vec<String>>")]
    task_type: Option<Vec<TaskType>>,
    specialist_type: Option<Vec<RoleId>>,
    #[schemars(with = "Option<Vec<String>>")]
    complexity: Option<Vec<Complexity>>,
    #[schemars(with = "Option<Vec<String>>")]
    priority: Option<Vec<Priority>>,
    parent_task_id: Option<String>,
    /// With parent_task_id: everything below it.
    include_children: Option<bool>,
    depends_on: Option<String>,
    /// Words, all of which must occur; "a phrase", begin*.
    search_text: Option<String>,
    /// Name to value.
    #[schemars(with = "Option<Map<String, Value>>")]
    attributes: Option<Map<String, Value>>,
    created_after: Option<String>,
    created_before: Option<String>,
    updated_after: Option<String>,
    due_before: Option<String>,
    ready: Option<bool>,
    sort: Option<Sort>,
    include_artifacts: Option<bool>,
    /// Default: 20, at most 100.
    limit: Option<i64>,
    offset: Option<i64>,
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    tasks: Vec<Match>,
    /// The one task that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
    /// The call looked at as many tasks as one call may; what is left is after the cursor.
    stopped_early: bool,
    next: String,
}

// A task that was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Match {
    #[serde(skip)]
    seq: i64,
    task_id: String,
    title: String,
    status: Status,
    specialist_type: RoleId,
    task_type: TaskType,
    complexity: Complexity,
    priority: Priority,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<String>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_uris: Option<Vec<String>>,
}

impl FromRow for Match {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            task_id: row.get("id")?,
            title: row.get("title")?,
            status: row.get("status")?,
            specialist_type: row.get("specialist")?,
            task_type: row.get("type")?,
            complexity: row.get("complexity")?,
            priority: Priority::of_rank(row.get("priority")?),
            parent_task_id: row.get("above")?,
            due_date: row.get::<Option<i64>>("due_at")?.map(moment::format),
            created_at: moment::format(row.get("created_at")?),
            updated_at: moment::format(row.get("updated_at")?),
            artifact_uris: None,
        })
    }
}

pub(super) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("orchestrator_query_tasks", DESCRIPTION, run).title("Find tasks").read_only()
}

pub(crate) fn run(cx: &Context<'_>, args: &QueryTasks) -> Outcome<Found> {
    let workspace = Workspace::of_caller(cx)?;
    if let Some(id) = &args.task_id {
        let task = Task::require(cx, &workspace, "/task_id", id)?;
        return one(Detail::of(cx, &task)?);
    }
    let mut problems = Problems::default();
    let limit = within("/limit", args.limit, USUAL_LIMIT, 1..=LIMIT, &mut problems);
    let offset = within("/offset", args.offset, 0, 0..=OFFSET, &mut problems);
    let sort = args.order(&mut problems);
    let mark = args.mark(&workspace.path)?;
    let after = args.cursor.as_deref().and_then(|cursor| cursor::parse(cursor, mark, &mut problems));
    if args.cursor.is_some() && offset > 0 {
        problems.add("/offset", "is given beside cursor, which says where to go on; give one of them");
    }
    let filters = Filters::of(args, workspace.id, &mut problems);
    problems.into_result()?;
    let filters = filters.with_tasks(cx, &workspace, args, after.as_ref())?;
    let lead = lead::choose(cx, workspace.id, args, &filters, sort, after.as_ref())?;
    let offset = after.as_ref().map_or(offset, |place| place.skip);
    let mut page = page::read(cx, &lead, &filters, after, (limit, offset))?;
    if args.include_artifacts.unwrap_or(false) {
        add_artifacts(cx, &mut page.tasks)?;
    }
    let more = page.more.map(|place| Place { beginnings: filters.beginnings, ..place });
    let next_cursor = more.map(|place| cursor::format(&place, mark));
    Ok(answer(args, page.tasks, next_cursor, page.stopped_early))
}

fn within(
    field: &str,
    value: Option<i64>,
    usual: i64,
    allowed: std::ops::RangeInclusive<i64>,
    problems: &mut Problems,
) -> i64 {
    let value = value.unwrap_or(usual);
    if !allowed.contains(&value) {
        let beyond = if field == "/offset" && value > *allowed.end() { BEYOND } else { "" };
        problems.add(field, format!("is {value}; {} to {} are allowed{beyond}", allowed.start(), allowed.end()));
    }
    value
}

impl QueryTasks {
    /// The order that is asked for, or else the one that fits the filters.
    fn order(&self, problems: &mut Problems) -> Sort {
        let by_words = self.search_text.is_some();
        let by_link = self.depends_on.is_some() || self.attributes.is_some();
        let usual = match self {
            _ if by_words => Sort::Newest,
            Self { updated_after: Some(_), .. } => Sort::Updated,
            Self { due_before: Some(_), .. } => Sort::Due,
            Self { parent_task_id: Some(_), .. } if !by_link => Sort::Plan,
            _ => Sort::Newest,
        };
        let sort = self.sort.unwrap_or(usual);
        if by_words && !matches!(sort, Sort::Newest | Sort::Oldest) {
            problems.add("/sort", format!("is {sort}; with search_text only newest and oldest are possible"));
        }
        if sort == Sort::Plan && self.parent_task_id.is_none() {
            problems.add("/sort", "is plan, the order within a plan, which needs parent_task_id");
        }
        sort
    }

    /// A number that stands for what is asked: a cursor is good for the same question only.
    fn mark(&self, workspace: &str) -> Result<u32, Failure> {
        let asked = Self { cursor: None, limit: None, offset: None, include_artifacts: None, ..self.clone() };
        let text = format!("{workspace}{}", asked.as_call()?);
        Ok(text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)))
    }

    /// As JSON, without what is absent.
    fn as_call(&self) -> Result<Value, Failure> {
        let mut call = serde_json::to_value(self)?;
        if let Some(object) = call.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
        Ok(call)
    }
}

fn add_artifacts(cx: &Context<'_>, tasks: &mut [Match]) -> Result<(), Failure> {
    let seqs: Vec<i64> = tasks.iter().map(|task| task.seq).collect();
    let sql =
        "SELECT a.task, a.id, a.version FROM json_each(?1) AS given CROSS JOIN artifact AS a ON a.task = given.value
        WHERE a.version > (SELECT max(last.version) FROM artifact AS last WHERE last.task = given.value) - ?2";
    let mut rows = cx.db().query::<(i64, String, i64)>(sql, params![serde_json::to_string(&seqs)?, ARTIFACTS])?;
    rows.sort_by_key(|(_, _, version)| -version);
    let mut uris = HashMap::<i64, Vec<String>>::new();
    for (task, id, _) in rows {
        uris.entry(task).or_default().push(artifact::uri(&id));
    }
    for task in tasks {
        task.artifact_uris = Some(uris.remove(&task.seq).unwrap_or_default());
    }
    Ok(())
}

fn one(detail: Detail) -> Outcome<Found> {
    let next = detail.what_next();
    let text = format!("{}Next: {next}.", detail.to_markdown());
    let found = Found { tasks: Vec::new(), task: Some(detail), next_cursor: None, stopped_early: false, next };
    Ok(Reply::from(found).with_text(text))
}

fn answer(args: &QueryTasks, tasks: Vec<Match>, next_cursor: Option<String>, stopped_early: bool) -> Reply<Found> {
    let next = match (&next_cursor, tasks.first()) {
        (Some(cursor), _) => go_on(args, cursor),
        (None, Some(first)) => {
            format!("orchestrator_query_tasks {{\"task_id\": \"{}\"}} shows one in full", first.task_id)
        }
        (None, None) => "leave a filter out, or orchestrator_get_status".to_owned(),
    };
    let found = Found { tasks, task: None, next_cursor, stopped_early, next };
    let text = found.to_markdown();
    Reply::from(found).with_text(text)
}

/// The call that gets the next page; a long one is not spelled out again.
fn go_on(args: &QueryTasks, cursor: &str) -> String {
    let again = QueryTasks { cursor: Some(cursor.to_owned()), offset: None, ..args.clone() };
    let call = again.as_call().unwrap_or_default().to_string();
    if call.len() <= CALL {
        return format!("orchestrator_query_tasks {call} for more");
    }
    format!("the same call with {} for more", json!({ "cursor": cursor }))
}

impl Found {
    fn to_markdown(&self) -> String {
        let mut text = match self.tasks.len() {
            0 => "No task found".to_owned(),
            1 => "1 task".to_owned(),
            many => format!("{many} tasks"),
        };
        if self.stopped_early {
            text.push_str(&format!(" so far: one call looks at {LOOKED_AT} tasks, and more are left"));
        }
        text.push_str(if self.tasks.is_empty() { ".\n" } else { ":\n" });
        self.tasks.iter().for_each(|task| text.push_str(&task.to_markdown()));
        format!("{text}Next: {}.", self.next)
    }
}

impl Match {
    fn to_markdown(&self) -> String {
        let Self { task_id, title, status, specialist_type, .. } = self;
        let mut text = format!("- `{task_id}` ({specialist_type}, {status}");
        if self.priority != Priority::Normal {
            text.push_str(&format!(", {}", self.priority));
        }
        if let Some(due) = &self.due_date {
            text.push_str(&format!(", due {due}"));
        }
        if let Some(plan) = &self.parent_task_id {
            text.push_str(&format!(", part of `{plan}`"));
        }
        text.push_str(&format!("): {title}\n"));
        let uris = self.artifact_uris.iter().flatten();
        uris.for_each(|uri| text.push_str(&format!("  - {uri}\n")));
        text
    }
}

#[cfg(test)]
mod tests;
