//! The fields every task has.

use mainstay_plugin::Value as Sql;
use mainstay_plugin::prelude::*;
use serde_json::{Map, Value};

use super::{Change, UpdateTask};
use crate::arguments::{date, one_line};
use crate::effort;
use crate::event;
use crate::limits::{self, Problems};
use crate::moment;
use crate::roles::Roles;
use crate::task::{Task, double_title};
use crate::words::Priority;
use crate::workspace::Workspace;

/// What is given, as tables have it. Of what can be cleared, the inner none clears it.
#[derive(Debug)]
pub(super) struct Given<'a> {
    args: &'a UpdateTask,
    title: Option<String>,
    effort: Option<Option<String>>,
    due_at: Option<Option<i64>>,
    context: Option<Option<String>>,
}

pub(super) fn given<'a>(args: &'a UpdateTask, problems: &mut Problems) -> Given<'a> {
    let title = args.title.as_deref().map(one_line);
    if let Some(title) = &title {
        problems.required_text("/title", title, limits::TITLE);
    }
    if let Some(description) = &args.description {
        problems.description("/description", description);
    }
    if let Some(effort) = args.estimated_effort.given() {
        problems.required_text("/estimated_effort", effort, limits::EFFORT);
    }
    if let Some(context) = args.context.given() {
        context.check("/context", problems);
    }
    Given {
        args,
        title,
        effort: args.estimated_effort.change(|effort| Some(effort.clone())),
        due_at: args.due_date.change(|text| date("/due_date", text, problems)),
        context: args.context.change(|context| Some(context.to_json())),
    }
}

/// Writes what differs from what `task` has, and says what that was.
pub(super) fn write(
    cx: &Context<'_>,
    workspace: &Workspace,
    task: &Task,
    given: &Given<'_>,
) -> Result<Vec<Change>, Failure> {
    let mut writer = Writer::new(task);
    let Given { args, title, effort, due_at, context } = given;
    if let Some(title) = title {
        refuse_double(cx, task, title)?;
        writer.field("title", Some(task.title.clone()), Some(title.clone()), Sql::from(title));
    }
    if let Some(description) = &args.description {
        let new = Some(description.clone());
        writer.field("description", Some(task.description.clone()), new, Sql::from(description));
    }
    if let Some(complexity) = args.complexity {
        let (old, new) = (task.complexity.to_string(), complexity.to_string());
        writer.field("complexity", Some(old), Some(new), Sql::from(complexity));
    }
    if let Some(effort) = effort {
        writer.field("effort", task.effort.clone(), effort.clone(), Sql::from(effort.clone()));
    }
    if let Some(due_at) = due_at {
        let (old, new) = (task.due_at.map(moment::format), due_at.map(moment::format));
        writer.field("due_at", old, new, Sql::from(*due_at));
    }
    if let Some(context) = context {
        writer.field("context", task.context.clone(), context.clone(), Sql::from(context.clone()));
    }
    if let Some(priority) = args.priority {
        writer.priority(cx, priority)?;
    }
    if let Some(specialist) = &args.specialist_type {
        let roles = Roles::of(cx, workspace)?;
        if roles.get(specialist.as_str()).is_none() {
            return Err(Failure::argument("/specialist_type", roles.unknown(specialist.as_str())));
        }
        writer.specialist(cx, specialist);
    }
    writer.finish(cx)
}

/// An open part of a plan may not be called like another; planning refuses that too.
fn refuse_double(cx: &Context<'_>, task: &Task, title: &str) -> Result<(), Failure> {
    // Giving the same title again changes nothing, so it is fine even where there are doubles from before.
    let Some(plan) = task.parent.filter(|_| !task.status.is_settled() && task.title != title) else { return Ok(()) };
    match double_title(cx, plan, title, Some(task.seq))? {
        Some(problem) => Err(Failure::argument("/title", problem)),
        None => Ok(()),
    }
}

/// Collects the statements of one update.
struct Writer<'a> {
    task: &'a Task,
    changes: Vec<Change>,
    statements: Vec<Statement>,
    previous: Map<String, Value>,
    current: Map<String, Value>,
}

impl<'a> Writer<'a> {
    fn new(task: &'a Task) -> Self {
        Self { task, changes: Vec::new(), statements: Vec::new(), previous: Map::new(), current: Map::new() }
    }

    /// One of the columns of `task`. Clients know two of them by longer names.
    fn field(&mut self, column: &'static str, old: Option<String>, new: Option<String>, value: Sql) {
        if old == new {
            return;
        }
        let set = format!("UPDATE task SET {column} = ?2 WHERE seq = ?1");
        self.statements.push(Statement::new(set, params![self.task.seq, value]));
        if column == "effort" {
            let minutes = new.as_deref().and_then(effort::minutes);
            let set = "UPDATE work SET minutes = ?2 WHERE task = ?1";
            self.statements.push(Statement::new(set, params![self.task.seq, minutes]));
        }
        let name = match column {
            "effort" => "estimated_effort",
            "due_at" => "due_date",
            column => column,
        };
        self.note(name, old, new);
    }

    fn priority(&mut self, cx: &Context<'_>, priority: Priority) -> Result<(), Failure> {
        let sql = "SELECT priority FROM work WHERE task = ?1";
        let rank = cx.db().query_one::<(i64,)>(sql, params![self.task.seq])?;
        let old = rank.map_or(Priority::Normal, |row| Priority::of_rank(row.0));
        if old != priority {
            let set = "UPDATE work SET priority = ?2 WHERE task = ?1";
            self.statements.push(Statement::new(set, params![self.task.seq, priority.rank()]));
            self.note("priority", Some(old.to_string()), Some(priority.to_string()));
        }
        Ok(())
    }

    fn specialist(&mut self, cx: &Context<'_>, specialist: &crate::roles::RoleId) {
        let task = self.task;
        if task.specialist == *specialist {
            return;
        }
        let set = "UPDATE task SET specialist = ?2 WHERE seq = ?1";
        self.statements.push(Statement::new(set, params![task.seq, specialist]));
        let (old, new) = (task.specialist.as_str(), specialist.as_str());
        let kind = event::Kind::Assigned;
        self.statements.push(event::record(cx, task.workspace, &task.id, kind, Some(old), Some(new)));
        self.changes.push(Change::new("specialist_type", Some(old), Some(new)));
    }

    fn note(&mut self, name: &str, old: Option<String>, new: Option<String>) {
        self.changes.push(Change::new(name, old.as_deref(), new.as_deref()));
        self.previous.insert(name.to_owned(), old.into());
        self.current.insert(name.to_owned(), new.into());
    }

    fn finish(mut self, cx: &Context<'_>) -> Result<Vec<Change>, Failure> {
        if !self.current.is_empty() {
            let values = (Value::from(self.previous).to_string(), Value::from(self.current).to_string());
            let (task, kind) = (self.task, event::Kind::Updated);
            self.statements.push(event::record(cx, task.workspace, &task.id, kind, Some(&values.0), Some(&values.1)));
        }
        cx.db().batch(self.statements)?;
        Ok(self.changes)
    }
}
