//! What came of a swap, for people.

use std::time::Duration;

use comfy_table::Table;

use super::exit_code::SwapRefused;
use super::table::{print, table};
use super::write_error;
use crate::model::drift::Drift;
use crate::model::swap::{Origin, Refusal, ReplayReport, SwapOutcome, SwapReport, Version};

/// Codes of refusals that say of a file that it is no plugin for this host.
pub(super) const UNUSABLE: [&str; 2] = ["file", "load"];
/// Of a digest, as much as tells two apart.
const DIGITS: usize = 12;

/// Prints it and ends as it ended: a swap that was refused is an error. `what` was asked for: a swap, or a rollback.
pub(super) fn conclude(what: &str, report: &SwapReport, json: bool) -> anyhow::Result<()> {
    if json {
        print(&serde_json::to_string_pretty(report)?)?;
    }
    if let SwapOutcome::Refused(refusal) = &report.outcome {
        if !json {
            write_error(&refused(what, report, refusal));
        }
        return Err(SwapRefused { unusable: UNUSABLE.contains(&refusal.code.as_str()) }.into());
    }
    if json {
        return Ok(());
    }
    print(&as_table(report))?;
    match &report.replay {
        Some(replay) if replay.different > 0 => print(&differences(replay)),
        _ => Ok(()),
    }
}

/// Why, what differs, and what to do.
pub(super) fn refused(what: &str, report: &SwapReport, refusal: &Refusal) -> String {
    let mut text = format!("the {what} of {} was refused ({}): {}", report.slot, refusal.code, refusal.message);
    let mut add = |part: &str| {
        // The message may say it already.
        if !part.is_empty() && !text.contains(part.trim_end()) {
            text = format!("{}\n{}", text.trim_end(), part.trim_end());
        }
    };
    if refusal.code == "drift"
        && let Some(drift) = &report.drift
    {
        add(&drift.diff);
    }
    if refusal.code == "replay"
        && let Some(replay) = &report.replay
    {
        add(&differences(replay));
    }
    if let Some(hint) = &refusal.hint {
        add(&format!("hint: {hint}"));
    }
    text
}

fn as_table(report: &SwapReport) -> Table {
    let mut rows = table(&[report.slot.as_str(), ""]);
    rows.add_row(["outcome", &format!("{}: {}", outcome(&report.outcome), meaning(&report.outcome))]);
    for (name, version) in [("from", &report.from), ("to", &report.to)] {
        if let Some(version) = version {
            let digest = &version.digest.to_string()[..DIGITS];
            let generation = version.generation.map(|generation| format!(", generation {generation}"));
            let generation = generation.unwrap_or_default();
            let words = format!("{} {}{generation}, digest {digest}", version.plugin, version.version);
            rows.add_row([name, &words]);
        }
    }
    if let Some(drift) = &report.drift {
        rows.add_row(["tools", &tools(drift)]);
    }
    if let Some(replay) = &report.replay {
        rows.add_row(["replay", &replayed(replay)]);
    }
    if !report.migrations.is_empty() {
        rows.add_row(["migrations", &report.migrations.join("\n")]);
    }
    if report.outcome == SwapOutcome::Committed {
        let waited = calls(report.waited_calls);
        rows.add_row(["pause", &format!("{}, {waited} waited", milliseconds(report.pause_us))]);
    }
    if report.orphaned_calls > 0 {
        rows.add_row(["orphaned", &format!("{} that waited cannot be continued", calls(report.orphaned_calls))]);
    }
    let steps: Vec<_> =
        report.steps.iter().map(|step| format!("{:>10}  {}", milliseconds(step.micros), step.step)).collect();
    if !steps.is_empty() {
        rows.add_row(["steps", &steps.join("\n")]);
    }
    if !report.warnings.is_empty() {
        rows.add_row(["warnings", &report.warnings.join("\n")]);
    }
    rows
}

/// In a few words.
pub(super) fn outcome(outcome: &SwapOutcome) -> String {
    match outcome {
        SwapOutcome::Committed => "committed".to_owned(),
        SwapOutcome::Ready => "ready".to_owned(),
        SwapOutcome::Unchanged => "unchanged".to_owned(),
        SwapOutcome::Refused(refusal) => format!("refused: {}", refusal.code),
        SwapOutcome::RolledBack { .. } => "rolled back".to_owned(),
    }
}

/// Why it came to that, or what it means.
fn meaning(outcome: &SwapOutcome) -> &str {
    match outcome {
        SwapOutcome::Committed => "the new version serves",
        SwapOutcome::Ready => "nothing is in the way, and nothing was changed",
        SwapOutcome::Unchanged => "this very component serves already",
        SwapOutcome::Refused(refusal) => &refusal.message,
        SwapOutcome::RolledBack { why, .. } => why,
    }
}

/// Version and, if it ever served, generation.
pub(super) fn short(version: &Version) -> String {
    let generation = version.generation.map(|generation| format!(" ({generation})"));
    format!("{}{}", version.version, generation.unwrap_or_default())
}

pub(super) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Start => "start".to_owned(),
        Origin::File => "file".to_owned(),
        Origin::CommandLine => "command line".to_owned(),
        Origin::Schedule => "schedule".to_owned(),
        Origin::Client { name, .. } => format!("client {name}"),
        Origin::Recovery => "recovery".to_owned(),
    }
}

pub(super) fn milliseconds(micros: u64) -> String {
    format!("{:.2} ms", Duration::from_micros(micros).as_secs_f64() * 1e3)
}

fn tools(drift: &Drift) -> String {
    let kilobytes = drift.bytes.div_ceil(1000);
    format!("{} ({kilobytes} KB)", drift.summary())
}

fn replayed(replay: &ReplayReport) -> String {
    let different = match replay.different {
        0 => "none".to_owned(),
        some => some.to_string(),
    };
    let skipped = match replay.skipped {
        0 => String::new(),
        some => format!(", {some} skipped"),
    };
    format!("{} again, {different} answered differently{skipped}", calls(replay.calls.into()))
}

/// The first answers that differ.
fn differences(replay: &ReplayReport) -> String {
    let one = |difference: &crate::model::swap::Difference| {
        format!("the answer of {} differs:\n{}", difference.tool, difference.diff.trim_end())
    };
    replay.differences.iter().map(one).collect::<Vec<_>>().join("\n")
}

pub(super) fn calls(number: u64) -> String {
    if number == 1 { "1 call".to_owned() } else { format!("{number} calls") }
}
