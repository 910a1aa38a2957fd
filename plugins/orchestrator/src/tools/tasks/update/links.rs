//! What a task depends on: adding, removing, waiving.

use std::collections::{HashMap, HashSet};

use mainstay_plugin::prelude::*;

use super::{Change, UpdateTask, Waiver};
use crate::dependency::Dependency;
use crate::event::{self, Remark};
use crate::graph;
use crate::limits::{self, Problems};
use crate::status::Status;
use crate::task::{Task, nearest_ids};
use crate::words::DependencyType;
use crate::workspace::Workspace;

pub(super) fn check(args: &UpdateTask, problems: &mut Problems) {
    let added = args.add_dependencies.as_deref().unwrap_or_default();
    let removed = args.remove_dependencies.as_deref().unwrap_or_default();
    let waived = args.waive_dependencies.as_deref().unwrap_or_default();
    problems.list("/add_dependencies", added.len(), limits::DEPENDENCIES);
    problems.list("/remove_dependencies", removed.len(), limits::DEPENDENCIES);
    problems.list("/waive_dependencies", waived.len(), limits::DEPENDENCIES);
    for (index, dependency) in added.iter().enumerate() {
        dependency.check(&format!("/add_dependencies/{index}"), problems);
    }
    for (index, id) in removed.iter().enumerate() {
        problems.id(&format!("/remove_dependencies/{index}"), id);
    }
    for (index, Waiver { task_id, reason }) in waived.iter().enumerate() {
        problems.id(&format!("/waive_dependencies/{index}/task_id"), task_id);
        problems.required_text(&format!("/waive_dependencies/{index}/reason"), reason, limits::REASON);
    }
    let mut seen = HashSet::new();
    let named = added.iter().map(|dependency| &dependency.task_id).chain(removed);
    for id in named.chain(waived.iter().map(|waiver| &waiver.task_id)).filter(|id| !seen.insert(*id)) {
        problems.add("", format!("the dependency on `{id}` is named twice"));
    }
}

/// What a dependency that is there is like.
struct Present {
    seq: i64,
    kind: DependencyType,
    input: Option<String>,
    waived: bool,
}

/// Writes what differs, and says what that was and which tasks' order changes with it.
pub(super) fn write(
    cx: &Context<'_>,
    workspace: &Workspace,
    task: &Task,
    args: &UpdateTask,
) -> Result<(Vec<Change>, Vec<i64>), Failure> {
    let mut links = Links { task, changes: Vec::new(), touched: vec![task.seq], statements: Vec::new() };
    let removed = args.remove_dependencies.as_deref().unwrap_or_default();
    let waived = args.waive_dependencies.as_deref().unwrap_or_default();
    let added = args.add_dependencies.as_deref().unwrap_or_default();
    if removed.is_empty() && waived.is_empty() && added.is_empty() {
        return Ok((links.changes, links.touched));
    }
    let present = present(cx, task)?;
    let mut problems = Problems::default();
    for (index, id) in removed.iter().enumerate() {
        match present.get(id) {
            Some(link) => links.remove(cx, id, link),
            None => problems.add(format!("/remove_dependencies/{index}"), not_there(task, id, &present)),
        }
    }
    for (index, waiver) in waived.iter().enumerate() {
        match present.get(&waiver.task_id) {
            Some(link) => links.waive(cx, waiver, link),
            None => {
                let problem = not_there(task, &waiver.task_id, &present);
                problems.add(format!("/waive_dependencies/{index}/task_id"), problem);
            }
        }
    }
    problems.into_result()?;
    // What is added must fit what is left.
    cx.db().batch(std::mem::take(&mut links.statements))?;
    links.add(cx, workspace, added, &present)?;
    cx.db().batch(std::mem::take(&mut links.statements))?;
    Ok((links.changes, links.touched))
}

fn present(cx: &Context<'_>, task: &Task) -> Result<HashMap<String, Present>, Failure> {
    let sql = "SELECT p.id, p.seq, d.type, d.input, d.waived_at IS NOT NULL
        FROM dependency AS d CROSS JOIN task AS p ON p.seq = d.prerequisite WHERE d.task = ?1";
    let rows = cx.db().query::<(String, i64, DependencyType, Option<String>, bool)>(sql, params![task.seq])?;
    Ok(rows.into_iter().map(|(id, seq, kind, input, waived)| (id, Present { seq, kind, input, waived })).collect())
}

fn not_there(task: &Task, id: &str, present: &HashMap<String, Present>) -> String {
    let mut ids: Vec<_> = present.keys().map(String::as_str).collect();
    ids.sort_unstable();
    ids.truncate(10);
    let all = if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
    format!("`{}` does not depend on `{id}`; it depends on {all}", task.id)
}

/// Collects the statements of one update.
struct Links<'a> {
    task: &'a Task,
    changes: Vec<Change>,
    touched: Vec<i64>,
    statements: Vec<Statement>,
}

impl Links<'_> {
    fn remove(&mut self, cx: &Context<'_>, id: &str, link: &Present) {
        let delete = "DELETE FROM dependency WHERE task = ?1 AND prerequisite = ?2";
        self.statements.push(Statement::new(delete, params![self.task.seq, link.seq]));
        let kind = event::Kind::DependencyRemoved;
        self.record(cx, kind, (Some(id), None), None);
        self.changes.push(Change::new("depends on", Some(id), None));
        self.touched.push(link.seq);
    }

    fn waive(&mut self, cx: &Context<'_>, waiver: &Waiver, link: &Present) {
        if link.waived {
            return;
        }
        let who = cx.caller().map_or("", |caller| &caller.client_name);
        let update = "UPDATE dependency SET waived_at = ?3, waived_by = ?4, reason = ?5
            WHERE task = ?1 AND prerequisite = ?2";
        let now = cx.now().cast_signed();
        self.statements.push(Statement::new(update, params![self.task.seq, link.seq, now, who, &waiver.reason]));
        let kind = event::Kind::DependencyWaived;
        self.record(cx, kind, (Some(&waiver.task_id), None), Some(&waiver.reason));
        self.changes.push(Change::new("waived", None, Some(&waiver.task_id)));
        self.touched.push(link.seq);
    }

    fn add(
        &mut self,
        cx: &Context<'_>,
        workspace: &Workspace,
        added: &[Dependency],
        present: &HashMap<String, Present>,
    ) -> Result<(), Failure> {
        if added.is_empty() {
            return Ok(());
        }
        let existing = lookup(cx, workspace, added)?;
        let mut problems = Problems::default();
        if self.task.status.is_settled() {
            let Task { id, status, .. } = self.task;
            problems.add("/add_dependencies", format!("`{id}` is {status}: it waits for nothing any more"));
        }
        let mut binding = HashSet::new();
        for (index, dependency) in added.iter().enumerate() {
            let field = format!("/add_dependencies/{index}");
            let Some((seq, status, satisfies)) = existing.get(&dependency.task_id) else {
                problems.add(field, unknown(cx, workspace, &dependency.task_id)?);
                continue;
            };
            if *seq == self.task.seq {
                problems.add(&*field, "a task cannot depend on itself");
            }
            if status.is_settled() && !satisfies && dependency.binds() {
                problems.add(field, format!("`{}` is {status} and will never be completed", dependency.task_id));
            }
            binding.extend(dependency.binds().then_some(*seq));
            self.put(cx, dependency, *seq, present.get(&dependency.task_id));
        }
        problems.into_result()?;
        self.refuse_deadlock(cx, &binding)?;
        self.refuse_too_many(cx, existing.values().map(|(seq, ..)| *seq).collect())
    }

    fn put(&mut self, cx: &Context<'_>, dependency: &Dependency, seq: i64, before: Option<&Present>) {
        let same = |link: &Present| !link.waived && link.kind == dependency.kind && link.input == dependency.input;
        if before.is_some_and(same) {
            return;
        }
        self.statements.push(dependency.insert(self.task.seq, seq));
        let shown = dependency.shown();
        self.record(cx, event::Kind::DependencyAdded, (None, Some(&dependency.task_id)), Some(&shown));
        self.changes.push(Change::new("depends on", None, Some(&shown)));
        self.touched.push(seq);
    }

    fn refuse_deadlock(&self, cx: &Context<'_>, binding: &HashSet<i64>) -> Result<(), Failure> {
        let Some(wait) = graph::what_waits_for_start(cx, self.task.seq, binding)? else { return Ok(()) };
        let sql = "SELECT seq, id FROM task WHERE seq IN (SELECT value FROM json_each(?1))";
        let rows = cx.db().query::<(i64, String)>(sql, params![serde_json::to_string(&wait)?])?;
        let ids: HashMap<i64, String> = rows.into_iter().collect();
        let chain = wait.iter().filter_map(|seq| ids.get(seq).map(String::as_str));
        let spelled: Vec<_> = std::iter::once(self.task.id.as_str()).chain(chain).collect();
        let problem = "these would wait for each other for ever (a plan waits for its parts)";
        Err(Failure::argument("/add_dependencies", format!("{problem}: {}", spelled.join(" -> "))))
    }

    fn refuse_too_many(&self, cx: &Context<'_>, new: HashSet<i64>) -> Result<(), Failure> {
        let sql = "SELECT prerequisite FROM dependency WHERE task = ?1";
        let mut all = new;
        all.extend(cx.db().query::<(i64,)>(sql, params![self.task.seq])?.into_iter().map(|row| row.0));
        let mut problems = Problems::default();
        problems.list("/add_dependencies", all.len(), limits::DEPENDENCIES);
        problems.into_result()
    }

    fn record(
        &mut self,
        cx: &Context<'_>,
        kind: event::Kind,
        values: (Option<&str>, Option<&str>),
        note: Option<&str>,
    ) {
        let Task { workspace, id, .. } = self.task;
        self.statements.push(event::record_with(cx, *workspace, id, kind, values, Remark::note(note)));
    }
}

type Found = HashMap<String, (i64, Status, bool)>;

fn lookup(cx: &Context<'_>, workspace: &Workspace, added: &[Dependency]) -> Result<Found, Failure> {
    let ids: Vec<_> = added.iter().map(|dependency| dependency.task_id.as_str()).collect();
    let sql = "SELECT id, seq, status, satisfies FROM task
        WHERE workspace_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
    let rows =
        cx.db().query::<(String, i64, Status, bool)>(sql, params![workspace.id, serde_json::to_string(&ids)?])?;
    Ok(rows.into_iter().map(|(id, seq, status, satisfies)| (id, (seq, status, satisfies))).collect())
}

fn unknown(cx: &Context<'_>, workspace: &Workspace, id: &str) -> Result<String, Failure> {
    let nearest = nearest_ids(cx, workspace, id)?.into_iter().next();
    let hint = nearest.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    Ok(format!("there is no task `{id}` in this workspace{hint}"))
}
