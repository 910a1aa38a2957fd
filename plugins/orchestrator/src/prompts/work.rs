//! What to say to somebody who plans, takes over or reviews.

use mainstay_plugin::prelude::*;

use crate::artifact;
use crate::briefing::Briefing;
use crate::limits::shortened;
use crate::next::{self, execute_call, synthesize_call};
use crate::roles::{Role, Roles};
use crate::task::{Task, TaskLine};

/// Roles that are proposed for a plan with a line each; of the others only the names.
const ROLES: usize = 40;

/// Parts of a plan that are told, and characters of what was delivered for each.
const PARTS: u32 = 50;
const SUMMARY: usize = 300;

/// Parts that are named as ready.
const READY: u32 = 5;

/// Characters of the plan's own description.
const DESCRIPTION: usize = 2_000;

pub(super) fn plan(cx: &Context<'_>, goal: &str) -> Result<String, Failure> {
    let roles = Roles::of_caller(cx)?;
    let mut text = format!(
        "# Goal\n\n{goal}\n\nPlan this with the orchestrator; do not begin the work yet.\n\
        1. Ask what you must know before the goal can be split, and look at what is already there.\n\
        2. Split it into parts that can each be handed in and judged by itself; give each a title, a description that \
        says when it is done, and one of the specialists below.\n\
        3. Say with dependencies only what truly must wait; what is independent can be done at once.\n\
        4. Put parts that check the result (tester, reviewer) where a mistake would be found early.\n\
        5. Call orchestrator_plan_task once, with the goal as description and all parts as subtasks.\n\nSpecialists:\n"
    );
    for role in roles.iter().take(ROLES) {
        text.push_str(&format!("- {}: {}\n", role.id, role.use_for));
    }
    let others: Vec<_> = roles.iter().skip(ROLES).map(|role| role.id.as_str()).collect();
    if !others.is_empty() {
        text.push_str(&format!("- and {}\n", others.join(", ")));
    }
    if let Some(coordinator) = &roles.coordinator {
        text.push_str(&format!("\nIn this workspace: {coordinator}\n"));
    }
    Ok(text)
}

pub(super) fn handover(cx: &Context<'_>, plan: &Task) -> Result<String, Failure> {
    let sql = "SELECT id, title, status, specialist, summary FROM task WHERE parent = ?1 ORDER BY position LIMIT ?2";
    let description = shortened(&plan.description, DESCRIPTION);
    let mut text = format!("# Taking over `{}`: {} ({})\n\n{description}\n\n", plan.id, plan.title, plan.status);
    let finished = plan.children - plan.open_children;
    text.push_str(&format!("{finished} of {} parts are finished.\n", plan.children));
    for rows in cx.db().batch(vec![Statement::new(sql, params![plan.seq, PARTS])])? {
        for row in rows.iter() {
            let line: TaskLine = mainstay_plugin::FromRow::from_row(&row)?;
            text.push_str(&line.to_markdown());
            if let Some(summary) = row.get::<Option<String>>("summary")? {
                text.push_str(&format!("  Delivered: {}\n", shortened(&summary, SUMMARY)));
            }
        }
    }
    let untold = plan.children - i64::from(PARTS);
    if untold > 0 {
        text.push_str(&format!("- and {untold} more parts\n"));
    }
    let ready = next::ready_in_plan(cx, plan.seq, READY)?;
    let next = match ready.first() {
        Some(part) => execute_call(&part.task_id),
        None if plan.is_plan() && plan.open_children == 0 => synthesize_call(&plan.id),
        None => execute_call(&plan.id),
    };
    text.push_str(&format!(
        "\nMake sure you understand the goal and what was decided, then go on where it stands: what is under way may \
        have been left half-done, so look at it before you trust it.\nTo begin, call {next}."
    ));
    Ok(text)
}

pub(super) fn review(cx: &Context<'_>, task: &Task, reviewer: &Role) -> Result<String, Failure> {
    let last = "SELECT id, version, summary FROM artifact WHERE task = ?1 ORDER BY version DESC LIMIT 1";
    let delivery = cx.db().query_one::<(String, i64, String)>(last, params![task.seq])?;
    let delivery = match delivery {
        Some((id, version, summary)) => {
            format!("Version {version}: {summary}\nRead the whole of it first: {}", artifact::uri(&id))
        }
        None => "Nothing was delivered yet.".to_owned(),
    };
    let (id, title, status) = (&task.id, &task.title, task.status);
    let briefing = Briefing::of(cx, task)?.to_markdown();
    let after = if task.status.is_settled() {
        "If it does not, plan what is to be corrected with orchestrator_plan_task, as a task that depends on this one."
            .to_owned()
    } else {
        format!(
            "If it does not, call orchestrator_complete_task with task_id \"{id}\", your findings as detailed_work and \
            next_action \"needs_revision\"."
        )
    };
    let prompt = &reviewer.prompt;
    Ok(format!(
        "{prompt}\n\n# Review of `{id}`: {title} ({status})\n\n{briefing}\n## Delivered\n\n{delivery}\n\nSay whether it \
        does what the task asks. {after}"
    ))
}
