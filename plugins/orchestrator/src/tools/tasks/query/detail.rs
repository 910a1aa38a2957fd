//! One task in full.

use mainstay_plugin::prelude::*;

use crate::artifact;
use crate::attribute::{self, Attribute};
use crate::dependency::DependencyLine;
use crate::limits::{all_cut, cut, shortened};
use crate::maintenance::AUDIT;
use crate::moment;
use crate::next;
use crate::roles::RoleId;
use crate::status::Status;
use crate::task::Task;
use crate::words::{Complexity, Priority, TaskType};

/// What is shown of each list; for dependents there is a filter.
const DEPENDENCIES: u32 = 50;
const ARTIFACTS: u32 = 20;
const EVENTS: u32 = 10;

/// Characters of a value in the history.
const SHOWN: usize = 80;

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Detail {
    task_id: String,
    title: String,
    description: String,
    status: Status,
    specialist_type: RoleId,
    task_type: TaskType,
    complexity: Complexity,
    priority: Priority,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_effort: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// Of a plan: its parts, and everything below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    ready: bool,
    created_at: String,
    updated_at: String,
    attributes: Vec<Attribute>,
    /// At most 50 of each.
    depends_on: Vec<DependencyLine>,
    needed_by: Vec<DependencyLine>,
    /// The last 20, newest first.
    artifact_uris: Vec<String>,
    /// The last 10, newest first.
    events: Vec<EventLine>,
    /// Lists of which more is there than is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Vec<&'static str>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Progress {
    parts: i64,
    finished_parts: i64,
    tasks_below: i64,
    finished_below: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventLine {
    at: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    client: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Nothing here does that, so what puts it right is said.
fn no_figures(id: &str) -> Failure {
    Failure::new("internal", format!("`{id}` has no figures")).with_hint(format!("{AUDIT} puts that right."))
}

impl Detail {
    pub(super) fn of(cx: &Context<'_>, task: &Task) -> Result<Self, Failure> {
        let sql = "SELECT w.priority, w.below, w.open_below, t.created_at, t.updated_at, t.summary
            FROM task AS t JOIN work AS w ON w.task = t.seq WHERE t.seq = ?1";
        type Figures = (i64, i64, i64, i64, i64, Option<String>);
        let figures = cx.db().query_one::<Figures>(sql, params![task.seq])?;
        let (priority, below, open_below, created_at, updated_at, summary) =
            figures.ok_or_else(|| no_figures(&task.id))?;
        let uris = "SELECT id FROM artifact WHERE task = ?1 ORDER BY version DESC LIMIT ?2";
        let uris = cx.db().query::<(String,)>(uris, params![task.seq, ARTIFACTS + 1])?;
        let mut detail = Self {
            task_id: task.id.clone(),
            title: task.title.clone(),
            description: task.description.clone(),
            status: task.status,
            specialist_type: task.specialist.clone(),
            task_type: task.task_type,
            complexity: task.complexity,
            priority: Priority::of_rank(priority),
            estimated_effort: task.effort.clone(),
            due_date: task.due_at.map(moment::format),
            parent_task_id: task.parent(cx)?.map(|plan| plan.id),
            context: task.context.clone(),
            summary,
            progress: task.is_plan().then_some(Progress {
                parts: task.children,
                finished_parts: task.children - task.open_children,
                tasks_below: below,
                finished_below: below - open_below,
            }),
            ready: task.status == Status::Pending && task.waits_for == 0 && !task.is_plan(),
            created_at: moment::format(created_at),
            updated_at: moment::format(updated_at),
            attributes: attribute::of(cx, task.seq)?,
            depends_on: DependencyLine::prerequisites(cx, task.seq, DEPENDENCIES + 1)?,
            needed_by: DependencyLine::dependents(cx, task.seq, DEPENDENCIES + 1)?,
            artifact_uris: uris.into_iter().map(|(id,)| artifact::uri(&id)).collect(),
            events: events(cx, task)?,
            cut: None,
        };
        detail.cut();
        Ok(detail)
    }

    /// Leaves out what was read only to know that there is more.
    fn cut(&mut self) {
        self.cut = all_cut([
            cut("depends_on", &mut self.depends_on, DEPENDENCIES as usize),
            cut("needed_by", &mut self.needed_by, DEPENDENCIES as usize),
            cut("artifact_uris", &mut self.artifact_uris, ARTIFACTS as usize),
            cut("events", &mut self.events, EVENTS as usize),
        ]);
    }

    pub(super) fn what_next(&self) -> String {
        let id = &self.task_id;
        match (&self.progress, self.status) {
            (_, status) if status.is_settled() => "orchestrator_get_status".to_owned(),
            (Some(progress), _) if progress.finished_parts == progress.parts => next::synthesize_call(id),
            (Some(_), _) => format!("orchestrator_query_tasks {{\"parent_task_id\": \"{id}\"}} lists its parts"),
            (None, status) if status.is_under_way() => {
                format!("do it and hand it in with orchestrator_complete_task {{\"task_id\": \"{id}\", …}}")
            }
            (None, Status::Pending) if !self.ready => "what it depends on".to_owned(),
            (None, _) => next::execute_call(id),
        }
    }

    pub(super) fn to_markdown(&self) -> String {
        let Self { task_id, title, status, specialist_type, task_type, complexity, priority, .. } = self;
        let mut text = format!("# `{task_id}`: {title}\n");
        text.push_str(&format!("{status}, {specialist_type}, {task_type}, {complexity}, priority {priority}"));
        let plan = self.parent_task_id.as_ref().map(|plan| format!("`{plan}`"));
        let facts = [("due ", &self.due_date), ("effort ", &self.estimated_effort), ("part of ", &plan)];
        for (name, value) in facts {
            text.push_str(&value.as_ref().map(|value| format!(", {name}{value}")).unwrap_or_default());
        }
        text.push_str(&format!("\nCreated {}, changed {}\n", self.created_at, self.updated_at));
        if let Some(Progress { parts, finished_parts, tasks_below, finished_below }) = &self.progress {
            text.push_str(&format!("{finished_parts} of {parts} parts finished"));
            let below = format!("; {finished_below} of {tasks_below} tasks below");
            text.push_str(if tasks_below > parts { &below } else { "" });
            text.push('\n');
        }
        text.push_str(&format!("\n{}\n", self.description.trim()));
        for (name, value) in [("Context", &self.context), ("Result", &self.summary)] {
            text.push_str(&value.as_ref().map(|value| format!("\n{name}: {value}\n")).unwrap_or_default());
        }
        let attributes =
            self.attributes.iter().map(|Attribute { name, kind, value }| format!("- {name} ({kind}): {value}\n"));
        section(&mut text, "Attributes", &attributes.collect::<String>());
        let depends_on = self.depends_on.iter().map(DependencyLine::to_markdown).collect::<String>();
        let needed_by = self.needed_by.iter().map(DependencyLine::to_markdown).collect::<String>();
        let artifacts = self.artifact_uris.iter().map(|uri| format!("- {uri}\n")).collect::<String>();
        let events = self.events.iter().map(EventLine::to_markdown).collect::<String>();
        section(&mut text, "Depends on", &(depends_on + &self.more("depends_on", DEPENDENCIES, "")));
        let all = format!("; orchestrator_query_tasks {{\"depends_on\": \"{task_id}\"}} finds all");
        section(&mut text, "Needed by", &(needed_by + &self.more("needed_by", DEPENDENCIES, &all)));
        let all = "; orchestrator_artifacts with action list names all";
        section(&mut text, "Artifacts", &(artifacts + &self.more("artifact_uris", ARTIFACTS, all)));
        section(&mut text, "Last changes", &(events + &self.more("events", EVENTS, "")));
        text
    }

    /// A line that says that there is more, if so.
    fn more(&self, list: &str, shown: u32, hint: &str) -> String {
        let is_cut = self.cut.as_ref().is_some_and(|cut| cut.contains(&list));
        if is_cut { format!("- and more; {shown} are shown{hint}\n") } else { String::new() }
    }
}

fn section(text: &mut String, heading: &str, lines: &str) {
    if !lines.is_empty() {
        text.push_str(&format!("\n{heading}:\n{lines}"));
    }
}

fn events(cx: &Context<'_>, task: &Task) -> Result<Vec<EventLine>, Failure> {
    let sql = "SELECT kind, previous, current, client, at, note FROM event
        WHERE workspace_id = ?1 AND task_id = ?2 ORDER BY seq DESC LIMIT ?3";
    type Event = (String, Option<String>, Option<String>, String, i64, Option<String>);
    let rows = cx.db().query::<Event>(sql, params![task.workspace, &task.id, EVENTS + 1])?;
    let short = |value: Option<String>| value.map(|value| shortened(&value, SHOWN));
    let line = |(kind, previous, current, client, at, note): Event| EventLine {
        at: moment::format(at),
        kind,
        previous: short(previous),
        current: short(current),
        client,
        note: short(note),
    };
    Ok(rows.into_iter().map(line).collect())
}

impl EventLine {
    fn to_markdown(&self) -> String {
        let Self { at, kind, client, .. } = self;
        let values = match (&self.previous, &self.current) {
            (None, None) => String::new(),
            (None, Some(value)) | (Some(value), None) => format!(" {value}"),
            (Some(previous), Some(current)) => format!(" {previous} -> {current}"),
        };
        let note = self.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        format!("- {at} {kind}{values}{note} ({client})\n")
    }
}
