//! `orchestrator_import`: takes in what was exported, or what the Python program of the same name kept.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::limits::Problems;
use crate::plugin::Orchestrator;
use crate::transfer::Report;
use crate::transfer::import::{self, Object, Target};
use crate::words::words;

const DESCRIPTION: &str = "\
Takes in records of an export, or rows and files of the Python original, and answers in JSON what was taken, what was \
there already and what was left out, and why. It is for `mainstay import`.";

words!(Source: "a source" {
    Mainstay = "mainstay",
    Python = "python",
});

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Import {
    source: Source,
    /// Lines of an export in their order, or `{"table", "row"}` and `{"file", "text"}`. At most 1000, 10000 in a dry run.
    records: Vec<Object>,
    /// The directory of the workspace that all of it goes to. Default: what the records say.
    into: Option<String>,
    /// The workspace that the answer to the call before named.
    workspace: Option<String>,
    /// For rows of the Python original that were all sent before: adds what goes between them. Default: false.
    links: Option<bool>,
    /// Tells what would be taken, as a failure, and takes nothing. Default: false.
    dry_run: Option<bool>,
}

pub(super) fn tool() -> Tool<Orchestrator> {
    super::super::answering("orchestrator_import", DESCRIPTION, run)
        .title("Import")
        .additive()
        .idempotent()
        .operator_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &Import) -> Outcome<Report> {
    let mut problems = Problems::default();
    let dry_run = args.dry_run.unwrap_or(false);
    let most = if dry_run { import::DRY_RECORDS } else { import::RECORDS };
    problems.list("/records", args.records.len(), most);
    problems.into_result()?;
    let report = match (args.source, args.into.as_deref()) {
        (Source::Mainstay, into) => {
            let target = Target { into, workspace: args.workspace.as_deref() };
            import::records(cx, &target, &args.records)?
        }
        (Source::Python, Some(into)) => {
            let rounds: &[bool] = if dry_run { &[false, true] } else { &[args.links.unwrap_or(false)] };
            import::foreign(cx, into, rounds, &args.records)?
        }
        (Source::Python, None) => {
            return Err(Failure::argument("/into", "is needed: rows do not say where they belong"));
        }
    };
    let text = serde_json::to_string(&report)?;
    if dry_run {
        // A failure is rolled back, so nothing of it remains.
        return Err(Failure::new("dry-run", text));
    }
    Ok(Reply::from(report).with_text(text))
}
