//! Pages about the plans of a scope, for people and for models that come later.

use mainstay_plugin::prelude::*;

use super::work::{Item, Plan, gather};
use super::{Outcome, Run};
use crate::document;
use crate::moment;
use crate::status::Status;
use crate::words::TaskType;

/// Room for what is said about what was left out.
const NOTE: usize = 200;

pub(super) fn run(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let plans = gather(cx, run, outcome)?;
    let pages = [
        ("plan", "The plans and how far they are", plan_entries(&plans)),
        ("results", "What came of the tasks", results(&plans)),
        ("decisions", "What was decided, and what was given up", decisions(&plans)),
        ("open-questions", "What is in the way", questions(&plans)),
    ];
    for (name, title, entries) in pages {
        let text = page(cx, run, title, &entries);
        outcome.count("entries", u64::try_from(entries.len()).unwrap_or(u64::MAX));
        document::store(cx, run.workspace, name, title, &text)?;
        outcome.documents.push(document::uri(name));
    }
    Ok(())
}

/// Entries in their order, as many as there is room for.
fn page(cx: &Context<'_>, run: &Run<'_>, title: &str, entries: &[String]) -> String {
    let as_of = moment::format(cx.now().cast_signed());
    let mut text = format!("# {title}\n\n{}, as of {as_of}, newest plans first.\n", run.workspace.path);
    let mut left_out = 0;
    for entry in entries {
        if left_out > 0 || text.len() + entry.len() + NOTE > document::BYTES {
            left_out += 1;
        } else {
            text.push_str(entry);
        }
    }
    if entries.is_empty() {
        text.push_str("\nNothing.\n");
    }
    if left_out > 0 {
        text.push_str(&format!("\n{left_out} entries are left out: a page has at most {} bytes.\n", document::BYTES));
    }
    text
}

fn heading(plan: &Plan) -> String {
    format!("\n## `{}` {}\n\n", plan.top.id, plan.top.title)
}

fn plan_entries(plans: &[Plan]) -> Vec<String> {
    let mut entries = Vec::new();
    for plan in plans {
        entries.push(format!("{}{}\n\n{}\n\n", heading(plan), plan.top.progress(), plan.top.description));
        entries.extend(plan.parts.iter().map(|part| {
            let indent = "  ".repeat(part.depth.saturating_sub(plan.top.depth + 1));
            format!("{indent}- `{}` ({}, {}): {}\n", part.id, part.specialist, part.progress(), part.title)
        }));
    }
    entries
}

/// The entries of every plan that has any, under its heading.
fn by_plan(plans: &[Plan], entry: impl Fn(&Item) -> Option<String>) -> Vec<String> {
    let mut entries = Vec::new();
    for plan in plans {
        let of_plan: Vec<_> = std::iter::once(&plan.top).chain(&plan.parts).filter_map(&entry).collect();
        if let Some((first, rest)) = of_plan.split_first() {
            entries.push(format!("{}{first}", heading(plan)));
            entries.extend_from_slice(rest);
        }
    }
    entries
}

/// `- title (id, date): summary (in full: uri)`
pub(super) fn result(item: &Item) -> String {
    let at = item.completed_at.map(|at| format!(", {}", moment::format(at))).unwrap_or_default();
    let uri = item.uri.as_ref().map(|uri| format!(" (in full: {uri})")).unwrap_or_default();
    let summary = item.summary.as_deref().unwrap_or("no summary");
    format!("- {} (`{}`, {}{at}): {summary}{uri}\n", item.title, item.id, item.specialist)
}

fn results(plans: &[Plan]) -> Vec<String> {
    by_plan(plans, |item| (item.completed_at.is_some()).then(|| result(item)))
}

/// Whether what came of a task is a decision rather than work.
pub(super) fn decides(item: &Item) -> bool {
    let kind = matches!(item.task_type, TaskType::Review | TaskType::Approval | TaskType::Milestone);
    item.completed_at.is_some() && (kind || item.specialist.as_str() == "architect")
}

fn decisions(plans: &[Plan]) -> Vec<String> {
    by_plan(plans, |item| {
        let mut text = String::new();
        if decides(item) {
            text.push_str(&result(item));
        } else if item.status == Status::Cancelled || (item.status == Status::Archived && item.completed_at.is_none()) {
            let why = item.note.as_deref().unwrap_or("no reason given");
            text.push_str(&format!("- {} (`{}`) was {}: {why}\n", item.title, item.id, item.status));
        }
        if let Some(waived) = &item.waived {
            text.push_str(&format!("- `{}` does not wait for {waived}\n", item.id));
        }
        (!text.is_empty()).then_some(text)
    })
}

/// What keeps a task from going on, if anything does.
pub(super) fn question(item: &Item) -> Option<String> {
    let Item { id, title, status, .. } = item;
    let summary = item.note.as_deref().or(item.summary.as_deref()).unwrap_or("no reason given");
    let why = match status {
        Status::Blocked | Status::Failed => format!("is {status}: {summary}"),
        _ if status.is_settled() => return None,
        _ if item.lost.is_some() => {
            format!("waits for what was given up: {}", item.lost.as_deref().unwrap_or_default())
        }
        _ if item.revisions > 0 => format!("was sent back {} times: {summary}", item.revisions),
        _ => return None,
    };
    Some(format!("- {title} (`{id}`) {why}\n"))
}

fn questions(plans: &[Plan]) -> Vec<String> {
    by_plan(plans, question)
}

#[cfg(test)]
mod tests;
