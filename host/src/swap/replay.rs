//! Recorded calls, run again by two versions on the same data under the same conditions.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use similar::TextDiff;

use super::error::SlotError;
use super::recorder::Recorded;
use super::services::Workbench;
use super::serving::Serving;
use super::slot::SlotSettings;
use crate::model::chain;
use crate::model::swap::{Difference, ReplayReport};
use crate::plugin::contract::tools;
use crate::plugin::{EntryContext, Instance, KillSwitch, Watch};

/// All calls together may take this long; the rest is skipped. A swap is not to wait for a slow tool.
const ALL: Duration = Duration::from_secs(2);
/// Differences that are shown, and the bytes of each.
const SHOWN: usize = 10;
const DIFF_BYTES: usize = 2 << 10;

/// One version's answers; none for a call that was skipped.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    answers: Vec<Option<String>>,
    pub(crate) took: Duration,
}

/// Runs the calls, each in a savepoint that is undone. Without `writes`, only those that read.
pub(crate) fn run(
    recorded: &[Recorded],
    serving: &Serving,
    bench: &Workbench,
    watch: &Watch,
    settings: &SlotSettings,
    writes: bool,
) -> Replayed {
    let began = Instant::now();
    let until = began + ALL;
    let deadline = settings.live.get().entry.deadline().min(ALL);
    let mut instance = None;
    let answers = recorded.iter().map(|recorded| {
        // Calls that are really asked go first: they would wait for all of this where processors are few.
        std::thread::yield_now();
        if Instant::now() > until || !(writes || recorded.read_only) {
            return None;
        }
        let ready = match instance.take() {
            Some(ready) => Ok(ready),
            None => serving.fresh(bench, watch, deadline),
        };
        let answer = ready.and_then(|ready| one(recorded, ready, bench, deadline, writes));
        Some(match answer {
            Ok((back, answer)) => {
                instance = Some(back);
                in_words(&answer)
            }
            Err(error) => chain(&error),
        })
    });
    let answers = answers.collect();
    Replayed { answers, took: began.elapsed() }
}

fn one(
    recorded: &Recorded,
    instance: Instance,
    bench: &Workbench,
    deadline: Duration,
    writes: bool,
) -> Result<(Instance, Result<tools::Step, tools::CallError>), SlotError> {
    let context = EntryContext { now: recorded.now, seed: recorded.seed, deadline, kill: KillSwitch::default() };
    let was = {
        let mut bench = bench.lock();
        if writes {
            bench.db.savepoint()?;
        }
        bench.db.set_read_only(recorded.read_only)
    };
    let answer = instance.call_tool(&context, &recorded.call);
    let mut bench = bench.lock();
    bench.db.set_read_only(was);
    if writes {
        bench.db.undo_entry()?;
    }
    Ok(answer?)
}

/// Compares what two versions answered.
pub(crate) fn compare(recorded: &[Recorded], old: &Replayed, new: &Replayed) -> ReplayReport {
    let mut report = ReplayReport::default();
    for ((recorded, old), new) in recorded.iter().zip(&old.answers).zip(&new.answers) {
        let (Some(old), Some(new)) = (old, new) else {
            report.skipped += 1;
            continue;
        };
        report.calls += 1;
        if old == new {
            continue;
        }
        report.different += 1;
        if report.differences.len() < SHOWN {
            report.differences.push(Difference { tool: recorded.call.tool.clone(), diff: diff(old, new) });
        }
    }
    report
}

fn diff(old: &str, new: &str) -> String {
    let mut text = TextDiff::from_lines(old, new).unified_diff().header("serves", "candidate").to_string();
    if text.len() > DIFF_BYTES {
        text.truncate(text.floor_char_boundary(DIFF_BYTES));
        text.push_str("\n... (cut)\n");
    }
    text
}

/// An answer as text, a line a field.
fn in_words(answer: &Result<tools::Step, tools::CallError>) -> String {
    let value = match answer {
        // Structured content is in the text once more.
        Ok(tools::Step::Done(result)) => json!({
            "content": if result.structured_content.is_none() { json!(result.content) } else { Value::Null },
            "structuredContent": result.structured_content.as_deref().map(parsed),
            "isError": result.is_error,
            "meta": result.meta.as_deref().map(parsed),
        }),
        Ok(tools::Step::Wait(wait)) => json!({ "waits for": wait.requests }),
        Err(error) => json!({ "refused": error }),
    };
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
