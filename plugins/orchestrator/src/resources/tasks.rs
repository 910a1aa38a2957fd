//! One task as a page: what it is, what it waits for, what came of it, and what happened to it.
//!
//! They are not listed: there can be very many, and every tool names the ids.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceContents, ResourceError, ResourcePage, ResourceTemplate};

use crate::artifact;
use crate::limits::is_id_byte;
use crate::moment;
use crate::task::{Task, TaskLine};
use crate::workspace::Workspace;

const TEMPLATE: &str = "orchestrator://tasks/{task_id}";
const PREFIX: &str = "orchestrator://tasks/";
const MEDIA_TYPE: &str = "text/markdown";

/// Of each of these, no more is shown.
const PARTS: u32 = 50;
const DEPENDENCIES: u32 = 50;
const ARTIFACTS: u32 = 20;
const EVENTS: u32 = 20;

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let about = "All about one task: description, attributes, dependencies, parts, artifacts, last events.";
    vec![super::template(TEMPLATE, "task", "Task", about, MEDIA_TYPE)]
}

pub(super) fn list(_: &Context<'_>, cursor: Option<&str>) -> Result<ResourcePage, ResourceError> {
    match cursor {
        None => Ok(ResourcePage { resources: Vec::new(), next_cursor: None }),
        Some(_) => Err(ResourceError::InvalidCursor),
    }
}

pub(super) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    let id = uri.strip_prefix(PREFIX).filter(|id| !id.is_empty() && id.bytes().all(is_id_byte));
    let id = id.ok_or(ResourceError::NotFound)?;
    let workspace = Workspace::of_caller_if_any(cx)?.ok_or(ResourceError::NotFound)?;
    let sql = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
    let task = cx.db().query_one::<Task>(sql, params![workspace.id, id]).map_err(Failure::from)?;
    let text = page(cx, &task.ok_or(ResourceError::NotFound)?)?;
    Ok(vec![ResourceContents::text(uri, MEDIA_TYPE, text)])
}

fn page(cx: &Context<'_>, task: &Task) -> Result<String, Failure> {
    let mut text = head(cx, task)?;
    let lists = [
        ("Attributes", attributes(cx, task)?),
        ("Waits for", waits_for(cx, task)?),
        ("Holds up", dependents(cx, task)?),
        ("Parts", parts(cx, task)?),
        ("Artifacts", artifacts(cx, task)?),
        ("Last events", events(cx, task)?),
    ];
    for (heading, lines) in lists {
        if !lines.is_empty() {
            text.push_str(&format!("\n## {heading}\n\n{}", lines.concat()));
        }
    }
    Ok(text)
}

fn head(cx: &Context<'_>, task: &Task) -> Result<String, Failure> {
    let Task { id, title, status, task_type, complexity, specialist, .. } = task;
    let mut text = format!("# {title}\n\n- Task: `{id}`, {status}\n- Kind: {task_type}, {complexity}, {specialist}\n");
    if let Some(plan) = task.parent(cx)? {
        text.push_str(&format!("- Part of: `{}` {}\n", plan.id, plan.title));
    }
    if task.is_plan() {
        let finished = task.children - task.open_children;
        text.push_str(&format!("- Progress: {finished} of {} parts finished\n", task.children));
    }
    for (name, value) in [("Effort", task.effort.clone()), ("Due", task.due_at.map(moment::format))] {
        if let Some(value) = value {
            text.push_str(&format!("- {name}: {value}\n"));
        }
    }
    let sql = "SELECT agent, until FROM claim WHERE task = ?1 AND until > ?2";
    let claim = cx.db().query_one::<(String, i64)>(sql, params![task.seq, cx.now().cast_signed()])?;
    if let Some((agent, until)) = claim {
        text.push_str(&format!("- Held by: {agent} until {}\n", moment::format(until)));
    }
    text.push_str(&format!("\n{}\n", task.description.trim()));
    if let Some(context) = &task.context {
        text.push_str(&format!("\nContext: {context}\n"));
    }
    let summary = "SELECT summary FROM task WHERE seq = ?1";
    if let Some((Some(summary),)) = cx.db().query_one::<(Option<String>,)>(summary, params![task.seq])? {
        text.push_str(&format!("\n## Result\n\n{summary}\n"));
    }
    Ok(text)
}

fn attributes(cx: &Context<'_>, task: &Task) -> Result<Vec<String>, Failure> {
    let sql = "SELECT name, value FROM attribute WHERE task = ?1 ORDER BY name";
    let rows = cx.db().query::<(String, String)>(sql, params![task.seq])?;
    Ok(rows.into_iter().map(|(name, value)| format!("- {name}: {value}\n")).collect())
}

fn waits_for(cx: &Context<'_>, task: &Task) -> Result<Vec<String>, Failure> {
    let sql = "SELECT p.id, p.title, p.status, d.type, d.waived_at IS NOT NULL, d.reason
        FROM dependency AS d JOIN task AS p ON p.seq = d.prerequisite
        WHERE d.task = ?1 ORDER BY d.prerequisite LIMIT ?2";
    let rows = cx
        .db()
        .query::<(String, String, String, String, bool, Option<String>)>(sql, params![task.seq, DEPENDENCIES + 1])?;
    let line = |(id, title, status, kind, waived, reason): (String, String, String, String, bool, Option<String>)| {
        let waived = if waived { format!(", waived: {}", reason.unwrap_or_default()) } else { String::new() };
        format!("- `{id}` ({kind}, {status}{waived}): {title}\n")
    };
    Ok(cut(rows.into_iter().map(line).collect(), DEPENDENCIES))
}

fn dependents(cx: &Context<'_>, task: &Task) -> Result<Vec<String>, Failure> {
    let sql = "SELECT t.id, t.title, t.status, t.specialist FROM dependency AS d JOIN task AS t ON t.seq = d.task
        WHERE d.prerequisite = ?1 ORDER BY d.task LIMIT ?2";
    Ok(cut(lines(cx, sql, task, DEPENDENCIES + 1)?, DEPENDENCIES))
}

fn parts(cx: &Context<'_>, task: &Task) -> Result<Vec<String>, Failure> {
    let sql = "SELECT id, title, status, specialist FROM task WHERE parent = ?1 ORDER BY position LIMIT ?2";
    let mut parts = lines(cx, sql, task, PARTS)?;
    let more = task.children - i64::try_from(parts.len()).unwrap_or(0);
    if more > 0 {
        parts.push(format!("- and {more} more\n"));
    }
    Ok(parts)
}

fn lines(cx: &Context<'_>, sql: &str, task: &Task, most: u32) -> Result<Vec<String>, Failure> {
    let rows = cx.db().query::<TaskLine>(sql, params![task.seq, most])?;
    Ok(rows.iter().map(TaskLine::to_markdown).collect())
}

fn artifacts(cx: &Context<'_>, task: &Task) -> Result<Vec<String>, Failure> {
    let sql = "SELECT id, name, type, created_at FROM artifact WHERE task = ?1 ORDER BY version DESC LIMIT ?2";
    let rows = cx.db().query::<(String, Option<String>, String, i64)>(sql, params![task.seq, ARTIFACTS + 1])?;
    let line = |(id, name, kind, at): (String, Option<String>, String, i64)| {
        let name = name.unwrap_or_else(|| "delivery".to_owned());
        format!("- {} ({name}, {kind}, {})\n", artifact::uri(&id), moment::format(at))
    };
    Ok(cut(rows.into_iter().map(line).collect(), ARTIFACTS))
}

fn events(cx: &Context<'_>, task: &Task) -> Result<Vec<String>, Failure> {
    let sql = "SELECT kind, previous, current, client, at, note FROM event WHERE workspace_id = ?1 AND task_id = ?2
        ORDER BY seq DESC LIMIT ?3";
    type Event = (String, Option<String>, Option<String>, String, i64, Option<String>);
    let rows = cx.db().query::<Event>(sql, params![task.workspace, &task.id, EVENTS + 1])?;
    let line = |(kind, previous, current, client, at, note): Event| {
        let change = match (previous, current) {
            (Some(previous), Some(current)) => format!(" {previous} -> {current}"),
            (None, Some(value)) | (Some(value), None) => format!(" {value}"),
            (None, None) => String::new(),
        };
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        format!("- {} {kind}{change} ({client}){note}\n", moment::format(at))
    };
    Ok(cut(rows.into_iter().map(line).collect(), EVENTS))
}

/// At most so many lines, and one that says so if there are more.
fn cut(mut lines: Vec<String>, most: u32) -> Vec<String> {
    let shown = usize::try_from(most).unwrap_or(usize::MAX);
    if lines.len() > shown {
        lines.truncate(shown);
        lines.push(format!("- and more; {most} are shown\n"));
    }
    lines
}

#[cfg(test)]
mod tests;
