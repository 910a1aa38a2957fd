//! The index that leads a query: it has the tasks in the order that is asked for, and as few others as can be.

use mainstay_plugin::Value as Sql;
use mainstay_plugin::prelude::*;

use super::cursor::Place;
use super::filter::{About, Filters};
use super::page::{self, LOOKED_AT};
use super::{QueryTasks, Sort};
use crate::roles::RoleId;
use crate::words::{Priority, Word};

/// Tasks in one order, by an index.
#[derive(Debug)]
pub(super) struct Stream {
    /// What is read in order.
    pub(super) from: &'static str,
    /// The task and its figures, if they are not what is read.
    pub(super) join: &'static str,
    /// Each with its value for `?`.
    pub(super) conditions: Vec<(&'static str, Sql)>,
}

#[derive(Debug)]
pub(super) struct Lead {
    pub(super) streams: Vec<Stream>,
    /// The streams follow each other, each in order; otherwise they are merged.
    pub(super) follow: bool,
    /// What is sorted by before the age of tasks, and the number of the task.
    pub(super) first: Option<&'static str>,
    pub(super) seq: &'static str,
    pub(super) descending: bool,
    /// What the index has seen to.
    pub(super) covers: Vec<About>,
}

const WORK: &str = "CROSS JOIN work AS w ON w.task = t.seq";
const LEAD: &str = "CROSS JOIN task AS t ON t.seq = lead.task CROSS JOIN work AS w ON w.task = t.seq";
const FOUND: &str = "CROSS JOIN task AS t ON t.seq = lead.rowid CROSS JOIN work AS w ON w.task = t.seq";
const RANKED: &str = "CROSS JOIN task AS t ON t.seq = w.task";
const HERE: &str = "t.workspace_id = ?";

pub(super) fn choose(
    cx: &Context<'_>,
    workspace: i64,
    args: &QueryTasks,
    filters: &Filters,
    sort: Sort,
    after: Option<&Place>,
) -> Result<Lead, Failure> {
    let here = || (HERE, Sql::from(workspace));
    Ok(match sort {
        Sort::Newest => by_age(cx, workspace, args, filters, true, after)?,
        Sort::Oldest => by_age(cx, workspace, args, filters, false, after)?,
        Sort::Updated => {
            let mut conditions = vec![here()];
            if let Some(after) = filters.about(About::Updated) {
                conditions.push(("t.updated_at > ?", after.values[0].clone()));
            }
            let stream = Stream { from: "task AS t INDEXED BY task_by_update", join: WORK, conditions };
            sorted(stream, "t.updated_at", true, About::Updated)
        }
        Sort::Due => {
            let mut conditions = vec![here(), ("t.due_at >= ?", Sql::from(i64::MIN))];
            if let Some(before) = filters.about(About::Due) {
                conditions.push(("t.due_at < ?", before.values[0].clone()));
            }
            let stream = Stream { from: "task AS t INDEXED BY task_by_due", join: WORK, conditions };
            sorted(stream, "t.due_at", false, About::Due)
        }
        Sort::Priority => {
            let mut priorities = args.priority.clone().unwrap_or_else(|| Priority::ALL.to_vec());
            priorities.sort_unstable();
            priorities.dedup();
            let streams = priorities.into_iter().rev().map(|priority| ranked(workspace, priority)).collect();
            Lead { follow: true, ..aged(streams, "w.task", false, About::Priority) }
        }
        Sort::Plan => in_plan(args, filters),
    })
}

fn sorted(stream: Stream, first: &'static str, descending: bool, covers: About) -> Lead {
    Lead { first: Some(first), ..aged(vec![stream], "t.seq", descending, covers) }
}

fn aged(streams: Vec<Stream>, seq: &'static str, descending: bool, covers: About) -> Lead {
    Lead { streams, follow: false, first: None, seq, descending, covers: vec![covers] }
}

fn ranked(workspace: i64, priority: Priority) -> Stream {
    let conditions = vec![("w.workspace_id = ?", Sql::from(workspace)), ("w.priority = ?", Sql::from(priority.rank()))];
    Stream { from: "work AS w INDEXED BY work_by_priority", join: RANKED, conditions }
}

/// A plan's parts as they were planned; with everything below, each part before its own. What is open is found among
/// what is open: most of a large plan may be settled.
fn in_plan(args: &QueryTasks, filters: &Filters) -> Lead {
    let statuses = args.status.as_deref().unwrap_or_default();
    let open = args.ready == Some(true) || !statuses.is_empty() && !statuses.iter().any(|status| status.is_settled());
    let only_open = || open.then(|| ("t.settled = 0 AND ? = 1", Sql::from(true)));
    if let Some(below) = filters.about(About::Below) {
        let [from, to] = [below.values[0].clone(), below.values[1].clone()];
        let mut conditions = vec![("t.path > ?", from), ("t.path < ? || 'g'", to)];
        conditions.extend(only_open());
        let from = if open { "task AS t INDEXED BY task_open" } else { "task AS t" };
        return sorted(Stream { from, join: WORK, conditions }, "t.path", false, About::Below);
    }
    let parent = filters.about(About::Parent).map_or(Sql::Null, |condition| condition.values[0].clone());
    let mut conditions = vec![("t.parent = ?", parent)];
    conditions.extend(only_open());
    let from = if open { "task AS t INDEXED BY task_by_parent_and_end" } else { "task AS t INDEXED BY task_by_parent" };
    let stream = Stream { from, join: WORK, conditions };
    sorted(stream, "t.position", false, About::Parent)
}

/// Many indices have tasks by age: the one is taken that is likely to have the fewest.
fn by_age(
    cx: &Context<'_>,
    workspace: i64,
    args: &QueryTasks,
    filters: &Filters,
    descending: bool,
    after: Option<&Place>,
) -> Result<Lead, Failure> {
    let here = || (HERE, Sql::from(workspace));
    let one = |stream, seq, covers| Ok(aged(vec![stream], seq, descending, covers));
    if let Some(words) = filters.about(About::Words) {
        let conditions = vec![("lead.task_text MATCH ?", words.values[0].clone())];
        return one(Stream { from: "task_text AS lead", join: FOUND, conditions }, "lead.rowid", About::Words);
    }
    if let Some(attribute) = filters.about(About::Attribute(0)) {
        let [name, value] = [attribute.values[0].clone(), attribute.values[1].clone()];
        let place = ("lead.workspace_id = ?", Sql::from(workspace));
        let conditions = vec![place, ("lead.name = ?", name), ("lead.value = ?", value)];
        let from = "attribute AS lead INDEXED BY attribute_by_value";
        return one(Stream { from, join: LEAD, conditions }, "lead.task", About::Attribute(0));
    }
    if let Some(prerequisite) = filters.about(About::DependsOn) {
        let conditions = vec![("lead.prerequisite = ?", prerequisite.values[0].clone())];
        let from = "dependency AS lead INDEXED BY dependency_by_prerequisite";
        return one(Stream { from, join: LEAD, conditions }, "lead.task", About::DependsOn);
    }
    if leads_by_creation(cx, workspace, args, filters, after)? {
        return Ok(sorted(by_creation(workspace, filters), "t.created_at", descending, About::Created));
    }
    if args.ready == Some(true) {
        let conditions = vec![here(), ("t.ready = 1 AND ? = 1", Sql::from(true))];
        return one(Stream { from: "task AS t INDEXED BY task_ready", join: WORK, conditions }, "t.seq", About::Ready);
    }
    let Some((about, streams)) = by_list(cx, workspace, args)? else {
        let stream = Stream { from: "task AS t INDEXED BY task_by_age", join: WORK, conditions: vec![here()] };
        return Ok(Lead { covers: Vec::new(), ..aged(vec![stream], "t.seq", descending, About::Created) });
    };
    let seq = if about == About::Priority { "w.task" } else { "t.seq" };
    Ok(aged(streams, seq, descending, about))
}

/// Tasks that were created between the bounds that are given.
fn by_creation(workspace: i64, filters: &Filters) -> Stream {
    let mut conditions = vec![(HERE, Sql::from(workspace))];
    for bound in filters.conditions.iter().filter(|condition| condition.about == About::Created) {
        // The filter's own condition keeps clear of every index; here one is wanted.
        conditions.push((bound.sql.trim_start_matches('+'), bound.values[0].clone()));
    }
    Stream { from: "task AS t INDEXED BY task_by_creation", join: WORK, conditions }
}

/// Whether the bounds of creation lead. Beside what another index has too they do if a call can look at all that is
/// within them. A cursor goes on by the index it began with, whatever was created in between.
fn leads_by_creation(
    cx: &Context<'_>,
    workspace: i64,
    args: &QueryTasks,
    filters: &Filters,
    after: Option<&Place>,
) -> Result<bool, Failure> {
    if filters.about(About::Created).is_none() {
        return Ok(false);
    }
    let abouts = [About::Specialist, About::Type, About::Complexity, About::Priority, About::Status];
    if args.ready != Some(true) && abouts.iter().all(|about| filters.about(*about).is_none()) {
        return Ok(true);
    }
    match after {
        Some(place) => Ok(place.first.is_some()),
        None => Ok(!page::is_long(cx, &by_creation(workspace, filters))?),
    }
}

/// One of the lists of words, a stream a word.
fn by_list(cx: &Context<'_>, workspace: i64, args: &QueryTasks) -> Result<Option<(About, Vec<Stream>)>, Failure> {
    let streams = |from: &'static str, sql: &'static str, words: Vec<Sql>| -> Vec<Stream> {
        let stream = |word| Stream { from, join: WORK, conditions: vec![(HERE, Sql::from(workspace)), (sql, word)] };
        words.into_iter().map(stream).collect()
    };
    let mut lists = Vec::new();
    if let Some(roles) = &args.specialist_type {
        let from = "task AS t INDEXED BY task_by_specialist";
        let roles = distinct(roles.iter().map(RoleId::as_str).collect());
        lists.push((About::Specialist, streams(from, "t.specialist = ?", roles)));
    }
    if let Some(types) = &args.task_type {
        let from = "task AS t INDEXED BY task_by_type";
        lists.push((About::Type, streams(from, "t.type = ?", distinct(types.iter().map(|t| t.as_str()).collect()))));
    }
    if let Some(complexities) = &args.complexity {
        let from = "task AS t INDEXED BY task_by_complexity";
        let words = distinct(complexities.iter().map(|c| c.as_str()).collect());
        lists.push((About::Complexity, streams(from, "t.complexity = ?", words)));
    }
    if let Some(priorities) = &args.priority {
        let mut priorities = priorities.clone();
        priorities.sort_unstable();
        priorities.dedup();
        lists.push((About::Priority, priorities.into_iter().map(|priority| ranked(workspace, priority)).collect()));
    }
    if let Some(statuses) = &args.status {
        let words = distinct(statuses.iter().map(|status| status.as_str()).collect());
        // How many there are is known of statuses alone.
        if lists.is_empty() || count(cx, workspace, &words)? <= i64::from(LOOKED_AT) {
            let from = "task AS t INDEXED BY task_by_status";
            return Ok(Some((About::Status, streams(from, "t.status = ?", words))));
        }
    }
    Ok(lists.into_iter().next())
}

fn distinct(mut words: Vec<&str>) -> Vec<Sql> {
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(Sql::from).collect()
}

fn count(cx: &Context<'_>, workspace: i64, statuses: &[Sql]) -> Result<i64, Failure> {
    let sql = "SELECT tasks FROM status_count WHERE workspace_id = ?1 AND status = ?2";
    let one = |status: &Sql| Statement::new(sql, vec![Sql::from(workspace), status.clone()]);
    let mut total = 0;
    for rows in cx.db().batch(statuses.iter().map(one).collect())? {
        for row in rows.iter() {
            total += row.get::<i64>("tasks")?;
        }
    }
    Ok(total)
}
