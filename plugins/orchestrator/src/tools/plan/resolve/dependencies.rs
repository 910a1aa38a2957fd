//! Dependencies: what they name, and that nothing will wait for itself.

use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;

use super::super::draft::NewTask;
use super::{Need, Prerequisite};
use crate::graph::{self, Wait};
use crate::limits::Problems;
use crate::nearest;
use crate::status::Status;
use crate::task::{Task, nearest_ids};
use crate::workspace::Workspace;

/// Unknown names for which something like it is looked up; a model learns the rest from the first.
const HINTS: usize = 5;

/// The prerequisites of every task, in order, each named once.
pub(super) fn resolve(
    cx: &Context<'_>,
    workspace: &Workspace,
    tasks: &[NewTask],
    ids: &[String],
) -> Result<Vec<Vec<Need>>, Failure> {
    let new: HashMap<&str, usize> = ids.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    let existing = lookup(cx, workspace, tasks, &new)?;
    let mut problems = Problems::default();
    let mut hints = 0;
    let mut all = Vec::with_capacity(tasks.len());
    for task in tasks {
        let mut prerequisites = Vec::<Need>::new();
        for (index, dependency) in task.dependencies.iter().enumerate() {
            let id = &dependency.task_id;
            let field = format!("{}/dependencies/{index}", task.field);
            if *id == ids[all.len()] {
                problems.add(field, "a task cannot depend on itself");
                continue;
            }
            let prerequisite = match (new.get(id.as_str()), existing.get(id)) {
                (Some(&index), _) => Prerequisite::New(index),
                (None, Some((seq, status, satisfies))) => {
                    if status.is_settled() && !satisfies && dependency.binds() {
                        problems.add(&field, format!("`{id}` is {status} and will never be completed"));
                    }
                    Prerequisite::Existing(*seq)
                }
                (None, None) => {
                    hints += 1;
                    let alike = if hints <= HINTS { alike(cx, workspace, id, ids)? } else { String::new() };
                    problems.add(field, format!("there is no task `{id}` in this call or workspace{alike}"));
                    continue;
                }
            };
            match prerequisites.iter().find(|need| need.on == prerequisite) {
                None => prerequisites.push(Need { on: prerequisite, dependency: dependency.clone() }),
                Some(need) if need.dependency != *dependency => {
                    problems.add(field, format!("`{id}` is named twice, with another type or input"));
                }
                Some(_) => {}
            }
        }
        all.push(prerequisites);
    }
    problems.into_result()?;
    Ok(all)
}

type Found = HashMap<String, (i64, Status, bool)>;

fn lookup(
    cx: &Context<'_>,
    workspace: &Workspace,
    tasks: &[NewTask],
    new: &HashMap<&str, usize>,
) -> Result<Found, Failure> {
    let names = tasks.iter().flat_map(|task| &task.dependencies).map(|dependency| dependency.task_id.as_str());
    let names: HashSet<_> = names.filter(|id| !new.contains_key(id)).collect();
    if names.is_empty() {
        return Ok(Found::new());
    }
    let sql = "SELECT id, seq, status, satisfies FROM task
        WHERE workspace_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
    let rows =
        cx.db().query::<(String, i64, Status, bool)>(sql, params![workspace.id, serde_json::to_string(&names)?])?;
    Ok(rows.into_iter().map(|(id, seq, status, satisfies)| (id, (seq, status, satisfies))).collect())
}

fn alike(cx: &Context<'_>, workspace: &Workspace, id: &str, new: &[String]) -> Result<String, Failure> {
    let existing = nearest_ids(cx, workspace, id)?;
    let candidates = new.iter().chain(&existing).map(String::as_str);
    let nearest = nearest::of(id, candidates, 1).pop().map(|id| format!("; did you mean `{id}`?"));
    Ok(nearest.unwrap_or_default())
}

/// Fails if tasks would wait for each other for ever, spelling out how.
pub(super) fn refuse_deadlock(
    cx: &Context<'_>,
    tasks: &[NewTask],
    ids: &[String],
    needs: &[Vec<Need>],
    parent: Option<&Task>,
) -> Result<(), Failure> {
    // What is only related waits for nothing.
    let binding = |needs: &Vec<Need>| -> Vec<Prerequisite> {
        needs.iter().filter(|need| need.dependency.binds()).map(|need| need.on).collect()
    };
    let prerequisites: Vec<Vec<Prerequisite>> = needs.iter().map(binding).collect();
    if let Some(Prerequisite::New(part)) = prerequisites[0].iter().find(|p| matches!(p, Prerequisite::New(1..))) {
        let (plan, part) = (&ids[0], &ids[*part]);
        let problem = format!("`{plan}` cannot wait for its own part: {plan} -> {part} -> {plan}");
        return Err(Failure::argument("/dependencies", problem));
    }
    if let Some(cycle) = graph::cycle(&edges(&prerequisites)) {
        let spelled: Vec<_> = cycle.iter().map(|&index| ids[index].as_str()).collect();
        // A plan waits for its parts by nature, so it is a part that asks for too much.
        let named = cycle.iter().find(|&&index| index > 0).unwrap_or(&0);
        return Err(deadlock(&tasks[*named], &spelled));
    }
    let Some(parent) = parent else { return Ok(()) };
    let existing = |p: &Prerequisite| if let Prerequisite::Existing(seq) = p { Some(*seq) } else { None };
    let named: HashSet<i64> = prerequisites.iter().flatten().filter_map(existing).collect();
    if named.is_empty() {
        return Ok(());
    }
    let Some(wait) = graph::what_waits_for(cx, parent.seq, &named)? else { return Ok(()) };
    let asks = |p: &Vec<Prerequisite>| p.contains(&Prerequisite::Existing(wait[0]));
    let index = prerequisites.iter().position(asks).unwrap_or_default();
    let between = names(cx, &wait)?;
    let mut spelled = vec![ids[index].as_str()];
    spelled.extend(between.iter().map(String::as_str));
    if index > 0 {
        spelled.push(&ids[0]);
    }
    spelled.push(&ids[index]);
    Err(deadlock(&tasks[index], &spelled))
}

/// What every new task waits for among the new ones: a part for its prerequisites, the plan for its parts.
fn edges(prerequisites: &[Vec<Prerequisite>]) -> Vec<Vec<usize>> {
    let new = |p: &Prerequisite| if let Prerequisite::New(index) = p { Some(*index) } else { None };
    let mut edges: Vec<Vec<usize>> = prerequisites.iter().map(|p| p.iter().filter_map(new).collect()).collect();
    let parts = 1..edges.len();
    edges[0].extend(parts);
    edges
}

fn names(cx: &Context<'_>, wait: &Wait) -> Result<Vec<String>, Failure> {
    let sql = "SELECT seq, id FROM task WHERE seq IN (SELECT value FROM json_each(?1))";
    let rows = cx.db().query::<(i64, String)>(sql, params![serde_json::to_string(wait)?])?;
    let ids: HashMap<i64, String> = rows.into_iter().collect();
    Ok(wait.iter().filter_map(|seq| ids.get(seq).cloned()).collect())
}

fn deadlock(task: &NewTask, spelled: &[&str]) -> Failure {
    let cycle = spelled.join(" -> ");
    let problem = format!("these would wait for each other for ever (a plan waits for its parts): {cycle}");
    Failure::argument(&format!("{}/dependencies", task.field), problem)
}
