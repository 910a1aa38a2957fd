//! From what came of a swap to what a tool answers.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Code, Problem};
use super::codes;
use super::time::timestamp;
use crate::model::swap::{Refusal, SwapOutcome, SwapReport, Version};
use crate::plugin::now;

/// What the answer says of a report, well or not.
pub(super) fn fields(report: &SwapReport) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut insert = |field: &str, value: Value| drop(fields.insert(field.to_owned(), value));
    insert("plugin", json!(report.slot));
    insert("swap_id", json!(report.id));
    for (field, known) in [("from", &report.from), ("to", &report.to)] {
        if let Some(known) = known {
            insert(field, version(known));
        }
    }
    let serves = if went_well(report) { report.to.as_ref().or(report.from.as_ref()) } else { report.from.as_ref() };
    if let Some(generation) = serves.and_then(|version| version.generation) {
        insert("generation", json!(generation));
    }
    if let Some(drift) = &report.drift {
        insert("drift", json!({ "kind": drift.kind, "summary": drift.summary() }));
    }
    if let Some(backup) = &report.backup {
        insert("backup", json!(backup));
    }
    insert("waited_calls", json!(report.waited_calls));
    insert("pause_ms", json!(milliseconds(report.pause_us)));
    insert("migrations", json!(report.migrations));
    insert("warnings", json!(report.warnings));
    fields
}

/// With a digest that people can compare.
pub(super) fn version(version: &Version) -> Value {
    let digest: String = version.digest.to_string().chars().take(12).collect();
    let mut object = json!({ "version": version.version, "digest": digest });
    if let (Some(generation), Some(object)) = (version.generation, object.as_object_mut()) {
        object.insert("generation".to_owned(), json!(generation));
    }
    object
}

/// Whether what was to serve does.
pub(super) fn went_well(report: &SwapReport) -> bool {
    matches!(report.outcome, SwapOutcome::Committed | SwapOutcome::Unchanged | SwapOutcome::Ready)
}

/// The answer to whoever asked for it. `what` is what it was, such as `Restart`.
pub(super) fn answer(report: &SwapReport, what: &str, preserve_state: bool) -> Answer {
    let mut more = fields(report);
    match &report.outcome {
        SwapOutcome::Refused(refusal) => Err(refused(refusal, more)),
        SwapOutcome::RolledBack { why, .. } => {
            let message = format!("It was done, and did not last: {why}. The version before serves again.");
            Err(Problem { more, ..Problem::new(Code::ProcessFailed, "failed", message) })
        }
        SwapOutcome::Committed | SwapOutcome::Unchanged | SwapOutcome::Ready => {
            more.insert("restored".to_owned(), restored(report, preserve_state));
            more.insert("success".to_owned(), Value::Bool(true));
            more.insert("phase".to_owned(), json!("complete"));
            more.insert("progress".to_owned(), json!(100));
            more.insert("message".to_owned(), json!(format!("{what} completed successfully: {}", summary(report))));
            more.insert("completed_at".to_owned(), json!(timestamp(now())));
            more.insert("errors".to_owned(), json!([]));
            Ok(more)
        }
    }
}

/// Such as `orchestrator 1.0.0 goes on, generation 3`.
pub(super) fn summary(report: &SwapReport) -> String {
    let slot = &report.slot;
    let Some(to) = &report.to else { return format!("{slot} goes on as it is") };
    let generation = to.generation.map(|generation| format!(", generation {generation}")).unwrap_or_default();
    match &report.from {
        Some(from) if from.digest == to.digest => format!("{slot} {} began anew{generation}", to.version),
        Some(from) => format!("{slot} went from {} to {}{generation}", from.version, to.version),
        None => format!("{slot} {} serves{generation}", to.version),
    }
}

fn refused(refusal: &Refusal, mut more: Map<String, Value>) -> Problem {
    let (code, phase, hint) = (codes::of(refusal), codes::phase(refusal), codes::hint(refusal));
    more.insert("refusal".to_owned(), json!(refusal.code));
    let mut message = sentence(&refusal.message);
    if let Some(hint) = hint {
        message = format!("{message} What to do: {}", sentence(&hint));
        more.insert("hint".to_owned(), json!(hint));
    }
    more.insert("errors".to_owned(), json!([format!("{}: {}", refusal.code, refusal.message)]));
    Problem { more, ..Problem::new(code, phase, message) }
}

/// What came through and what did not. Tables always do: nothing here ever touches them but migrations.
fn restored(report: &SwapReport, preserve_state: bool) -> Value {
    let mut lost = Vec::new();
    if preserve_state {
        lost.extend(report.losses().cloned());
    } else {
        lost.push("what was in memory, and the keys and values of `state`".to_owned());
    }
    let state = lost.is_empty();
    if report.orphaned_calls > 0 {
        lost.push(format!("{} calls that waited, and were told to call again", report.orphaned_calls));
    }
    json!({ "tables": true, "state": state, "lost": lost })
}

/// With a full stop, and without one that is there already.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// Microseconds as a number of milliseconds.
pub(super) fn milliseconds(micros: u64) -> f64 {
    // Exact for centuries.
    micros as f64 / 1_000.0
}

#[cfg(test)]
mod tests;
