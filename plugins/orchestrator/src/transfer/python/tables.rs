//! Rows of the tables: those of release 1.8.0, of the development version after it, and of the schema that was designed
//! for that and never used by its tools.

use mainstay_plugin::prelude::*;
use serde_json::Value;

use super::draft::Draft;
use super::source::Row;
use super::{Taking, artifact};
use crate::words::{AttributeType, TaskType, Word};

pub(super) fn take(taking: &mut Taking<'_>, table: &str, row: &Row<'_>) -> Result<(), Failure> {
    match table {
        "task_breakdowns" => breakdown(row).store(taking),
        "subtasks" => subtask(row).store(taking),
        "tasks" => task(row).store(taking),
        "generic_tasks" if row.text("deleted_at").is_some() => {
            taking.report.left_out(name(row, "task_id"), "it was deleted");
            Ok(())
        }
        "generic_tasks" => generic_task(row).store(taking),
        "task_attributes" => attribute(taking, row),
        "task_artifacts" => artifact::from_row(taking, row),
        "task_events" => event(taking, row),
        // They are for the second time.
        "task_dependencies" => Ok(()),
        "task_templates" => {
            taking.report.left_out(
                format!("template {}", row.text("template_id").unwrap_or_default()),
                "templates here are of another form",
            );
            Ok(())
        }
        "task_archives" => {
            taking
                .report
                .left_out(name(row, "original_task_id"), "it was put away by maintenance; its row is all there is");
            Ok(())
        }
        _ => {
            taking.report.left_out(format!("a row of {table}"), "nothing here corresponds to that table");
            Ok(())
        }
    }
}

fn name(row: &Row<'_>, column: &str) -> String {
    format!("task {}", row.text(column).unwrap_or_default())
}

fn breakdown(row: &Row<'_>) -> Draft {
    let mut draft = Draft::new(row.text("parent_task_id"), row.text("description"));
    draft.task_type = TaskType::Breakdown;
    draft.complexity(row.text("complexity"));
    draft.context = row.text("context").map(Value::String);
    draft.created_at = row.moment("created_at");
    draft
}

fn subtask(row: &Row<'_>) -> Draft {
    let mut draft = Draft::new(row.text("task_id"), row.text("description"));
    draft.parent = row.text("parent_task_id");
    draft.title = row.text("title");
    draft.specialist(row.text("specialist_type"));
    draft.status(row.text("status"));
    draft.effort = row.text("estimated_effort").filter(|effort| effort != "Unknown");
    draft.summary = row.text("results");
    draft.created_at = row.moment("created_at");
    draft.completed_at = row.moment("completed_at");
    draft
}

fn task(row: &Row<'_>) -> Draft {
    let mut draft = Draft::new(row.text("id"), row.text("description"));
    draft.parent = row.text("parent_task_id");
    draft.title = row.text("title");
    draft.task_type(row.text("type"));
    draft.status(row.text("status"));
    draft.created_at = row.moment("created_at");
    draft.updated_at = row.moment("updated_at");
    draft.completed_at = row.moment("completed_at");
    if let Some(Value::Object(metadata)) = row.json("metadata") {
        let metadata = Row::new(&metadata);
        draft.complexity(metadata.text("complexity"));
        draft.specialist(metadata.text("specialist_type"));
        draft.effort = metadata.text("estimated_effort");
        draft.due_at = metadata.moment("due_date");
        draft.context = metadata.json("context").filter(|context| *context != Value::Object(serde_json::Map::new()));
        draft.summary = ["summary", "results", "completion_summary", "cancellation_reason"]
            .into_iter()
            .find_map(|field| metadata.text(field));
    }
    draft
}

fn generic_task(row: &Row<'_>) -> Draft {
    let mut draft = Draft::new(row.text("task_id"), row.text("description"));
    draft.parent = row.text("parent_task_id");
    draft.title = row.text("title");
    draft.task_type(row.text("task_type"));
    draft.status(row.text("status").or_else(|| row.text("lifecycle_stage")));
    draft.complexity(row.text("complexity"));
    draft.specialist(row.text("specialist_type"));
    draft.effort = row.text("estimated_effort");
    draft.due_at = row.moment("due_date");
    draft.context = row.json("context");
    draft.summary = row.text("summary").or_else(|| row.text("results"));
    draft.created_at = row.moment("created_at");
    draft.updated_at = row.moment("updated_at");
    draft.started_at = row.moment("started_at");
    draft.completed_at = row.moment("completed_at");
    if let (Some(summary), Some(results)) = (row.text("summary"), row.text("results"))
        && summary != results
    {
        draft.texts.push(("results", results));
    }
    for column in ["actual_effort", "assigned_to", "configuration"] {
        if let Some(value) = row.text(column).filter(|value| value != "{}") {
            draft.attributes.push((format!("imported_{column}"), value));
        }
    }
    draft
}

fn attribute(taking: &mut Taking<'_>, row: &Row<'_>) -> Result<(), Failure> {
    let (key, name) = (row.text("task_id").unwrap_or_default(), row.text("attribute_name").unwrap_or_default());
    let what = format!("attribute {name} of task {key}");
    let Some(task) = taking.imported("task", &key)? else {
        taking.report.left_out(what, "its task is unknown");
        return Ok(());
    };
    if !taking.is_kept(&task)? {
        taking.report.left_out(what, super::DELETED);
        return Ok(());
    }
    let value = row.text("attribute_value").unwrap_or_default();
    let kind = row.text("attribute_type").and_then(|word| AttributeType::parse(&word.to_lowercase()));
    let insert = "INSERT INTO attribute (task, name, type, value, workspace_id)
        SELECT seq, ?3, ?4, ?5, ?1 FROM task WHERE workspace_id = ?1 AND id = ?2 ON CONFLICT DO NOTHING";
    let parameters = params![taking.workspace.id, &task, name, kind.unwrap_or(AttributeType::Text), value];
    match taking.cx.db().execute(insert, parameters) {
        Ok(0) => taking.report.found("attribute"),
        Ok(_) => taking.report.took("attribute"),
        Err(mainstay_plugin::DatabaseError::Constraint(_)) => {
            taking.report.left_out(what, "its name is not of 1 to 64 characters, or its value is longer than 4000");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn event(taking: &mut Taking<'_>, row: &Row<'_>) -> Result<(), Failure> {
    let (key, number) = (row.text("task_id").unwrap_or_default(), row.text("event_id").unwrap_or_default());
    let Some(task) = taking.imported("task", &key)? else {
        taking.report.left_out(format!("event {number} of task {key}"), "its task is unknown");
        return Ok(());
    };
    let key = format!("{key}/{number}");
    if taking.imported("event", &key)?.is_some() {
        taking.report.found("event");
        return Ok(());
    }
    let kind: String = row.text("event_type").unwrap_or_else(|| "imported".to_owned()).chars().take(64).collect();
    let insert = "INSERT INTO event (workspace_id, task_id, kind, previous, current, session, client, call, at, agent)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'python', '', ?7, ?8)";
    let parameters = params![
        taking.workspace.id,
        &task,
        kind,
        row.text("previous_value"),
        row.text("new_value"),
        row.text("session_id").unwrap_or_default(),
        row.moment("created_at").unwrap_or_else(|| taking.cx.now().cast_signed()),
        row.text("actor_id").unwrap_or_default()
    ];
    taking.cx.db().batch(vec![Statement::new(insert, parameters), taking.remember("event", &key, &task)])?;
    taking.report.took("event");
    Ok(())
}
