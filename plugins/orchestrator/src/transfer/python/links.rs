//! What is between tasks: dependencies, and what the state of its parts says of a plan.

use mainstay_plugin::prelude::*;

use super::Taking;
use super::source::Row;
use super::words;
use crate::limits::{self, shortened};
use crate::status::Status;
use crate::task::{Task, change_status};
use crate::transfer::waiting;
use crate::words::DependencyType;

pub(super) fn take(taking: &mut Taking<'_>, table: &str, row: &Row<'_>) -> Result<(), Failure> {
    match table {
        "task_breakdowns" => plan(taking, &row.text("parent_task_id").unwrap_or_default()),
        "subtasks" => each(taking, row.text("task_id"), &row.list("dependencies")),
        "tasks" => {
            let metadata = row.json("metadata");
            let metadata = metadata.as_ref().and_then(serde_json::Value::as_object).map(Row::new);
            let dependencies = metadata.map(|metadata| metadata.list("dependencies")).unwrap_or_default();
            each(taking, row.text("id"), &dependencies)
        }
        "task_dependencies" => dependency(taking, row),
        _ => Ok(()),
    }
}

/// A dependency as it was.
struct Link<'a> {
    task: &'a str,
    prerequisite: &'a str,
    dependency_type: DependencyType,
    input: Option<String>,
    waived_at: Option<i64>,
    waived_by: Option<String>,
    reason: Option<String>,
}

impl<'a> Link<'a> {
    fn new(task: &'a str, prerequisite: &'a str) -> Self {
        let dependency_type = DependencyType::Completion;
        Self { task, prerequisite, dependency_type, input: None, waived_at: None, waived_by: None, reason: None }
    }
}

fn each(taking: &mut Taking<'_>, task: Option<String>, prerequisites: &[String]) -> Result<(), Failure> {
    let Some(task) = task else { return Ok(()) };
    prerequisites.iter().try_for_each(|prerequisite| add(taking, &Link::new(&task, prerequisite)))
}

fn dependency(taking: &mut Taking<'_>, row: &Row<'_>) -> Result<(), Failure> {
    if !row.has("dependent_task_id") {
        let (task, prerequisite) = (row.text("task_id"), row.text("dependency_id"));
        return each(taking, task, prerequisite.as_slice());
    }
    let (Some(task), Some(prerequisite)) = (row.text("dependent_task_id"), row.text("prerequisite_task_id")) else {
        taking.report.left_out("dependency", "it does not say what depends on what");
        return Ok(());
    };
    let mut link = Link::new(&task, &prerequisite);
    link.dependency_type =
        row.text("dependency_type").map_or(DependencyType::Completion, |word| words::dependency_type(&word));
    if row.number("is_mandatory") == Some(0) {
        link.dependency_type = DependencyType::Related;
    }
    link.input = row.text("input_parameter_name").map(|name| shortened(&name, 64));
    link.waived_by = row.text("waived_by");
    link.reason = row.text("waiver_reason").map(|reason| shortened(&reason, 1_000));
    link.waived_at = row.moment("waived_at");
    if row.text("dependency_status").as_deref() == Some("waived") {
        link.waived_at = link.waived_at.or(row.moment("created_at")).or(Some(taking.cx.now().cast_signed()));
    }
    add(taking, &link)
}

fn add(taking: &mut Taking<'_>, link: &Link<'_>) -> Result<(), Failure> {
    let shown = |key: &str| shortened(key, limits::ID);
    let what = format!("dependency of task {} on {}", shown(link.task), shown(link.prerequisite));
    let (task, prerequisite) = (find(taking, link.task)?, find(taking, link.prerequisite)?);
    let (task, prerequisite) = match (task, prerequisite) {
        (Some(task), Some(prerequisite)) => (task, prerequisite),
        (None, _) => return left_out(taking, what, &format!("there is no task {}", shown(link.task))),
        (_, None) => return left_out(taking, what, &format!("there is no task {}", shown(link.prerequisite))),
    };
    let there = "SELECT 1 FROM dependency WHERE task = ?1 AND prerequisite = ?2";
    if taking.cx.db().query_one::<(i64,)>(there, params![task.seq, prerequisite.seq])?.is_some() {
        taking.report.found("dependency");
        return Ok(());
    }
    if let Some(problem) = waiting::problem(taking.cx, &task, &prerequisite)? {
        return left_out(taking, what, &problem);
    }
    let insert = "INSERT INTO dependency (task, prerequisite, type, input, waived_at, waived_by, reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let parameters = params![
        task.seq,
        prerequisite.seq,
        link.dependency_type,
        link.input.clone(),
        link.waived_at,
        link.waived_by.clone(),
        link.reason.clone()
    ];
    taking.cx.db().execute(insert, parameters)?;
    taking.touched.extend([task.seq, prerequisite.seq]);
    taking.report.took("dependency");
    Ok(())
}

fn left_out(taking: &mut Taking<'_>, what: String, why: &str) -> Result<(), Failure> {
    taking.report.left_out(what, why);
    Ok(())
}

fn find(taking: &Taking<'_>, key: &str) -> Result<Option<Task>, Failure> {
    let Some(id) = taking.imported("task", key)? else { return Ok(None) };
    let sql = "SELECT * FROM task WHERE workspace_id = ?1 AND id = ?2";
    Ok(taking.cx.db().query_one(sql, params![taking.workspace.id, id])?)
}

/// A plan had no status: it is as far as its parts are.
fn plan(taking: &mut Taking<'_>, key: &str) -> Result<(), Failure> {
    let Some(plan) = find(taking, key)?.filter(|plan| plan.is_plan() && plan.status == Status::Pending) else {
        return Ok(());
    };
    taking.touched.push(plan.seq);
    let begun = "SELECT 1 FROM task WHERE parent = ?1 AND status <> 'pending' LIMIT 1";
    if plan.open_children == 0 {
        change_status(taking.cx, &plan, Status::Completed)?;
        // It was finished when the last of its parts was, not today.
        let finished = "UPDATE task SET completed_at = coalesce(
                (SELECT max(completed_at) FROM task WHERE parent = ?1), completed_at) WHERE seq = ?1";
        taking.cx.db().execute(finished, params![plan.seq])?;
        Ok(())
    } else if taking.cx.db().query_one::<(i64,)>(begun, params![plan.seq])?.is_some() {
        change_status(taking.cx, &plan, Status::Active)
    } else {
        Ok(())
    }
}
