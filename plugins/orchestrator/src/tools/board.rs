//! `orchestrator_show_board`: the work in columns, as text for a model and as an app for a person.

use mainstay_plugin::prelude::*;
use serde_json::json;

use crate::board::{self, Board, Column};
use crate::limits::Problems;
use crate::next::{execute_call, synthesize_call};
use crate::plugin::Orchestrator;
use crate::resources::APP;
use crate::task::Task;
use crate::workspace::Workspace;

/// Lines in a column of the text.
const LINES: usize = 5;

const DESCRIPTION: &str = "\
Shows the work as a board: what is ready, under way, blocked and done, of the workspace or of one plan. Clients with \
apps show it to the person as well. Use it when someone wants to see the work, not to choose your next task: that is \
orchestrator_what_next.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ShowBoard {
    /// Default: the whole workspace.
    pub(super) plan_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    board: Board,
    next: String,
}

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    let show = super::answering("orchestrator_show_board", DESCRIPTION, run).title("Show the board").read_only();
    vec![show.meta(&json!({ "ui": { "resourceUri": APP } }))]
}

pub(super) fn run(cx: &Context<'_>, args: &ShowBoard) -> Outcome<Shown> {
    let workspace = Workspace::of_caller(cx)?;
    let board = match &args.plan_id {
        None => board::of_workspace(cx, workspace, LINES)?,
        Some(id) => {
            let plan = Task::require(cx, &workspace, "/plan_id", id)?;
            require_parts(&plan)?;
            board::of_plan(cx, workspace, &plan, LINES)?
        }
    };
    let shown = Shown { next: what_next(&board), board };
    let text = shown.to_markdown();
    Ok(Reply::from(shown).with_text(text))
}

fn require_parts(plan: &Task) -> Result<(), Failure> {
    let mut problems = Problems::default();
    if !plan.is_plan() {
        problems.add("/plan_id", format!("`{}` has no parts: name a plan, or leave it out for everything", plan.id));
    }
    problems.into_result()
}

fn what_next(board: &Board) -> String {
    let gathered = board.plan.iter().chain(&board.plans).find(|plan| plan.progress.ready_to_synthesize);
    if let Some(plan) = gathered {
        return synthesize_call(&plan.task_id);
    }
    let ready = board.columns.first().and_then(|column: &Column| column.cards.first());
    // A plan is not handed in: it is done when its parts are.
    let begun = board.columns.get(1).and_then(|column| column.cards.iter().find(|card| card.progress.is_none()));
    match (ready, begun) {
        (Some(card), _) => execute_call(&card.task_id),
        (None, Some(card)) => format!("hand in `{}`, which is {}", card.task_id, card.status),
        // What was not read may have something.
        (None, None) if board.columns.iter().any(|column| column.or_more) => "orchestrator_what_next".to_owned(),
        (None, None) => "orchestrator_get_status; nothing is ready and no task under way".to_owned(),
    }
}

impl Shown {
    fn to_markdown(&self) -> String {
        let Board { workspace, plan, columns, .. } = &self.board;
        let counts: Vec<_> = columns
            .iter()
            .map(|column| format!("{} {}", column.count(), column.column.title().to_lowercase()))
            .collect();
        let mut text = match plan {
            Some(plan) => format!("Plan `{}` ({}): {}.\n", plan.task_id, plan.title, counts.join(", ")),
            None => format!("{workspace}: {}.\n", counts.join(", ")),
        };
        for column in columns.iter().filter(|column| !column.cards.is_empty()) {
            text.push_str(&format!("\n{} ({}):\n", column.column.title(), column.count()));
            column.cards.iter().for_each(|card| text.push_str(&card.to_markdown()));
            if column.not_shown() > 0 {
                text.push_str(&format!("- and {} more\n", column.not_shown()));
            }
        }
        if let Some(plan) = plan {
            text.push_str(&format!("\nThe graph of it: orchestrator://graph/{}.mmd or .svg\n", plan.task_id));
        }
        text.push_str(&format!("\nNext: {}.", self.next));
        text
    }
}

#[cfg(test)]
mod tests;
