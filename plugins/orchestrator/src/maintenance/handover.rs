//! A handover: all that someone needs who has never seen the project, in short and in full.

use mainstay_plugin::prelude::*;

use super::work::{Item, Plan, gather};
use super::{Outcome, Run, pages};
use crate::document;
use crate::limits::shortened;
use crate::moment;
use crate::next::{execute_call, synthesize_call};
use crate::session;
use crate::status::Status;

const NAME: &str = "handover";
const TITLE: &str = "Handover";

/// Characters of one line in short.
const LINE: usize = 240;

/// Characters of a path that is told.
const PATH: usize = 300;

/// Calls that are recommended.
const CALLS: usize = 10;

/// A heading, what is below it, and how many characters of that there are in short.
struct Section {
    heading: &'static str,
    lines: Vec<String>,
    in_short: usize,
}

pub(super) fn run(cx: &Context<'_>, run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let plans = gather(cx, run, outcome)?;
    let mut sections = sections(&plans);
    if let Some(next) = sections.last_mut().filter(|next| next.lines.is_empty()) {
        next.lines.push(nothing_to_do(cx, run, plans.iter().any(Plan::is_open))?);
    }
    let intro = intro(cx, run);
    document::store(cx, run.workspace, NAME, TITLE, &in_full(&intro, &sections))?;
    let uri = document::uri(NAME);
    outcome.handover = Some(in_short(&intro, &sections, &uri));
    outcome.documents.push(uri);
    outcome.count("open_plans", u64::try_from(plans.iter().filter(|plan| plan.is_open()).count()).unwrap_or(u64::MAX));
    Ok(())
}

fn intro(cx: &Context<'_>, run: &Run<'_>) -> String {
    let as_of = moment::format(cx.now().cast_signed());
    let path = run.workspace.path.as_str();
    // A path that is cut would lead elsewhere.
    let begin = if path.chars().count() <= PATH {
        format!("orchestrator_initialize_session {{\"working_directory\": {}}}", serde_json::Value::from(path))
    } else {
        "orchestrator_initialize_session with the directory of the project".to_owned()
    };
    format!(
        "# Handover\n\nAs of {as_of}. The work is kept in a task orchestrator, outside of any conversation: {begin} gets \
         you into this workspace, orchestrator_execute_task gives you a task with all it builds on, \
         orchestrator_complete_task takes in the result, and resources such as orchestrator://tasks/ID show one task. \
         Work on what is ready, one task at a time.\n"
    )
}

fn sections(plans: &[Plan]) -> Vec<Section> {
    let open: Vec<_> = plans.iter().filter(|plan| plan.is_open()).collect();
    let parts = || open.iter().flat_map(|plan| std::iter::once(&plan.top).chain(&plan.parts));
    let leaves = || open.iter().flat_map(|plan| plan.leaves());
    let mut results: Vec<_> = plans.iter().flat_map(|plan| std::iter::once(&plan.top).chain(&plan.parts)).collect();
    results.retain(|item| item.completed_at.is_some());
    results.sort_by_key(|item| (!pages::decides(item), std::cmp::Reverse(item.completed_at)));
    let section = |heading, lines, in_short| Section { heading, lines, in_short };
    vec![
        section("What this is about", open.iter().map(|plan| about(plan)).collect(), 1_400),
        section("Where the plans stand", open.iter().map(|plan| stand(plan)).collect(), 800),
        section("Under way", leaves().filter_map(under_way).collect(), 700),
        section("Blocked, and why", parts().filter_map(blocked).collect(), 1_100),
        section("Decisions and results", results.into_iter().map(pages::result).collect(), 1_600),
        section("What to do next", next(&open), 800),
    ]
}

fn about(plan: &Plan) -> String {
    format!("- `{}` {}: {}\n", plan.top.id, plan.top.title, plan.top.description)
}

fn stand(plan: &Plan) -> String {
    let count = |wanted: fn(&Item) -> bool| plan.leaves().filter(|item| wanted(item)).count();
    let ready = count(|item| item.status == Status::Pending && item.waits_for == 0);
    let waiting = count(|item| item.status == Status::Pending && item.waits_for > 0);
    let under_way = count(|item| item.status.is_under_way());
    let stuck = count(|item| matches!(item.status, Status::Blocked | Status::Failed));
    format!(
        "- `{}`: {}; {ready} tasks ready, {waiting} waiting, {under_way} under way, {stuck} blocked or failed\n",
        plan.top.id,
        plan.top.progress()
    )
}

fn under_way(item: &Item) -> Option<String> {
    let who = match &item.claim {
        Some((agent, until)) => format!("held by {agent} until {}", moment::format(*until)),
        None if item.status.is_under_way() => {
            format!("held by nobody, last changed {}", moment::format(item.updated_at))
        }
        None => return None,
    };
    Some(format!("- `{}` {} ({}): {who}\n", item.id, item.title, item.specialist))
}

fn blocked(item: &Item) -> Option<String> {
    let waiting = || {
        let open = item.open.as_ref().filter(|_| !item.status.is_settled())?;
        Some(format!("- {} (`{}`) waits for {open}\n", item.title, item.id))
    };
    pages::question(item).or_else(waiting)
}

/// Calls for a model to copy: what only has to be gathered, what was begun, what is ready, what is stuck.
fn next(open: &[&Plan]) -> Vec<String> {
    let (mut calls, mut stuck) = (Vec::new(), Vec::new());
    for plan in open {
        for item in std::iter::once(&plan.top).chain(&plan.parts).filter(|item| !item.status.is_settled()) {
            let call = match item.status {
                _ if item.children > 0 && item.open_children == 0 => synthesize_call(&item.id),
                _ if item.children > 0 || item.claim.is_some() => continue,
                Status::Blocked | Status::Failed => {
                    stuck.push(format!("- {} when what was in its way is gone\n", execute_call(&item.id)));
                    continue;
                }
                Status::Pending if item.waits_for > 0 => continue,
                _ => execute_call(&item.id),
            };
            calls.push(format!("- {call}: {}\n", shortened(&item.title, 80)));
        }
    }
    calls.extend(stuck);
    calls.truncate(CALLS);
    calls
}

/// What is said if there is no call to recommend. `is_open` says whether anything of the scope is open.
fn nothing_to_do(cx: &Context<'_>, run: &Run<'_>, is_open: bool) -> Result<String, Failure> {
    let is_elsewhere = || -> Result<bool, Failure> {
        let counts = session::counts(cx, run.workspace)?;
        Ok(run.scope.roots.is_some() && counts.iter().any(|(status, _)| !status.is_settled()))
    };
    let line = if is_open {
        "- orchestrator_get_status: what is open waits or is held by someone\n"
    } else if is_elsewhere()? {
        "- no open work in this scope; scope full_project looks at all\n"
    } else {
        "- orchestrator_plan_task: there is no open work\n"
    };
    Ok(line.to_owned())
}

fn in_full(intro: &str, sections: &[Section]) -> String {
    let mut text = intro.to_owned();
    // What to do next comes last and is short, so it always has its place.
    let reserved = 4_096;
    for (index, section) in sections.iter().enumerate() {
        let last = index + 1 == sections.len();
        let room = document::BYTES.saturating_sub(text.len() + if last { 256 } else { reserved });
        text.push_str(&rendered(section, room / if last { 1 } else { 2 }, None));
    }
    text
}

fn in_short(intro: &str, sections: &[Section], uri: &str) -> String {
    let mut text = intro.to_owned();
    for section in sections {
        text.push_str(&rendered(section, section.in_short, Some(uri)));
    }
    text
}

/// As many lines as there is room for, in bytes in full and in characters in short.
fn rendered(section: &Section, room: usize, in_short: Option<&str>) -> String {
    let mut text = format!("\n## {}\n\n", section.heading);
    let (mut used, mut shown) = (0, 0);
    for line in &section.lines {
        let line = match in_short {
            Some(_) => format!("{}\n", shortened(line, LINE)),
            None => line.clone(),
        };
        used += if in_short.is_some() { line.chars().count() } else { line.len() };
        if used > room {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    let more = section.lines.len() - shown;
    match in_short {
        _ if section.lines.is_empty() => text.push_str("Nothing.\n"),
        _ if more == 0 => {}
        Some(uri) => text.push_str(&format!("- and {more} more in {uri}\n")),
        None => text.push_str(&format!("- and {more} more; orchestrator_get_status and the tasks' pages have them\n")),
    }
    text
}

#[cfg(test)]
mod tests;
