//! What is said at the end.

use std::time::Duration;

use serde_json::Value;

use super::super::load::{Answer, Books, Call, Latency, Swapped, chart, split};
use super::super::table::{print, table};
use super::plan::Plan;

/// All that was counted and measured.
pub(super) struct Figures {
    /// The answer of the orchestrator.
    pub(super) synthesis: Value,
    /// Of the plan: acknowledged, and not there.
    pub(super) results_lost: usize,
    /// From the kill to the first answer of the next server.
    pub(super) back_after: Duration,
    pub(super) plan_calls: usize,
    /// Beside the plan.
    pub(super) calls: Vec<Call>,
    /// The words of the first error among their answers.
    pub(super) refusal: Option<String>,
    pub(super) books: Books,
    pub(super) swaps: Vec<Swapped>,
    pub(super) took: Duration,
}

/// Prints the tables.
///
/// # Errors
/// If anything was lost, done twice or refused.
pub(super) fn conclude(plan: &Plan, figures: &Figures) -> anyhow::Result<()> {
    let Figures { results_lost, refusal, books, .. } = figures;
    print_table(plan, figures)?;
    let split = split(&figures.calls, &figures.swaps);
    let (no_swap, met) = (split.quiet.with(&split.beside), split.met);
    print(&"\nHow long the calls beside the plan took:\n")?;
    let heading = |what: &str, latency: &Latency| format!("{what}: {} calls", latency.len());
    let (left, right) = (heading("met no swap", &no_swap), heading("met a swap", &met));
    print(&chart((&left, &no_swap), (&right, &met)))?;
    anyhow::ensure!(*results_lost == 0 && books.lost == 0, "something acknowledged was lost");
    anyhow::ensure!(books.doubled == 0, "something was done twice");
    match refusal {
        Some(refusal) => anyhow::bail!("a call was answered with an error: {refusal}"),
        None => Ok(()),
    }
}

fn print_table(plan: &Plan, figures: &Figures) -> anyhow::Result<()> {
    let Figures { synthesis, books, swaps, .. } = figures;
    let mut rows = table(&[plan.title.as_str(), ""]);
    let mut row = |name: &str, value: String| {
        rows.add_row([name.to_owned(), value]);
    };
    row("tasks completed", format!("{} of {}", synthesis["completed"], synthesis["total"]));
    row("synthesis", if synthesis["complete"] == true { "complete" } else { "incomplete" }.to_owned());
    row("swaps of the orchestrator", swaps.len().to_string());
    row("kills (SIGKILL)", "1".to_owned());
    row("tool calls", (figures.plan_calls + figures.calls.len()).to_string());
    row("acknowledged and lost", (figures.results_lost + books.lost).to_string());
    row("done twice", books.doubled.to_string());
    let refused = figures.calls.iter().filter(|call| call.answer == Answer::Refused).count();
    row("answered with an error", refused.to_string());
    row("without an answer at the kill", format!("{}, of which {} took effect", books.unanswered, books.kept));
    let waited: u64 = swaps.iter().map(|swap| swap.report.waited_calls).sum();
    row("calls that waited for a swap", waited.to_string());
    let pauses: Latency = swaps.iter().map(|swap| swap.report.pause_us).collect();
    let values = [pauses.at(50), pauses.at(99), pauses.max()].map(milliseconds).join(", ");
    row("pause of a swap: p50, p99, max", values);
    row("kill to first answer of the next process", milliseconds(figures.back_after));
    row("all of it", format!("{:.1} s", figures.took.as_secs_f64()));
    print(&rows)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}
