//! The results, for people.

use std::fmt;

use comfy_table::{CellAlignment, Table};

use super::super::super::table::{figures, print};
use super::Data;
use super::results::{Classes, Results, Scenario, Spread};
use crate::config::Synchronous;

/// The steps of a swap, in order, as far as they have a column.
const STEPS: [&str; 10] =
    ["load", "shadow", "replay", "quiesce", "export", "import", "migrate", "start", "record", "commit"];

pub(super) fn print_all(results: &Results) -> anyhow::Result<()> {
    let Results { swaps, scenarios, .. } = results;
    print(&format!(
        "How long calls took, p50 / p99 in ms, with {swaps} swaps in each line. A call met a swap if calls"
    ))?;
    print(
        &"queued for the swap at some moment between its sending and its answer. Long calls are likelier to be under",
    )?;
    print(&"way in any moment, so \"extra\" is against calls that met a moment as long, midway between two swaps.")?;
    print(&calls(scenarios))?;
    print(
        &"\nHow long the steps of a swap took, p50 in ms. Calls queue from quiesce to commit, which is the pause; all",
    )?;
    print(&"of it is from the request to the answer at the command line.")?;
    print(&steps(scenarios))?;
    print(&"\nResident memory:")?;
    print(&memory(results))?;
    print(&"\nFrom a saved file to its version serving, in ms:")?;
    print(&drop_in(results))?;
    print(&"\nThe worst of it against the targets of the design:")?;
    print(&targets(results))
}

fn calls(scenarios: &[Scenario]) -> Table {
    let mut rows =
        figures(&["data", "sync", "calls", "no swap", "met no swap", "met a swap", "max", "number", "extra"]);
    for scenario in scenarios {
        for (name, classes) in [("write", &scenario.writes), ("read", &scenario.reads)] {
            let Classes { quiet, like_met, met, extra_p50, extra_p99, .. } = classes;
            rows.add_row([
                data(scenario),
                scenario.synchronous.to_owned(),
                name.to_owned(),
                both(quiet),
                both(like_met),
                both(met),
                ms(met.max),
                met.count.to_string(),
                format!("{} / {}", signed(*extra_p50), signed(*extra_p99)),
            ]);
        }
    }
    right(rows, 3)
}

fn steps(scenarios: &[Scenario]) -> Table {
    let last = ["pause: p50 / p99", "all of it: p50 / p99"];
    let mut rows = figures(&[&["data", "sync"], &STEPS[..], &last].concat());
    for scenario in scenarios {
        let step = |name: &&str| {
            let step = scenario.steps.iter().find(|step| step.step == *name);
            step.map_or_else(String::new, |step| ms(step.spread.p50))
        };
        let mut row = vec![data(scenario), scenario.synchronous.to_owned()];
        row.extend(STEPS.iter().map(step));
        row.extend([both(&scenario.pause), both(&scenario.whole)]);
        rows.add_row(row);
    }
    right(rows, 2)
}

fn memory(results: &Results) -> Table {
    let memory = &results.memory;
    let mut rows = figures(&["after", "MB"]);
    let size = |kib: Option<u64>| kib.map_or_else(|| "not known here".to_owned(), megabytes);
    rows.add_row(["the first call".to_owned(), size(memory.at_first_kib)]);
    rows.add_row([format!("{} swaps", memory.warm_up_swaps), size(memory.before_kib)]);
    rows.add_row([format!("{} swaps more", memory.swaps), size(memory.after_kib)]);
    right(rows, 1)
}

fn megabytes(kib: u64) -> String {
    let tenths = kib * 1_024 / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn drop_in(results: &Results) -> Table {
    let mut rows = figures(&["component", "KB", "p50", "max", "times"]);
    for saved in &results.drop_in {
        let Spread { count, p50, max, .. } = saved.served_after;
        let kilobytes = saved.bytes.div_ceil(1_000).to_string();
        rows.add_row([saved.component.clone(), kilobytes, ms(p50), ms(max), count.to_string()]);
    }
    right(rows, 1)
}

/// The worst of everything that was measured.
fn targets(results: &Results) -> Table {
    let mut rows = figures(&["", "target", "measured", ""]);
    let writes = || results.scenarios.iter().map(|scenario| &scenario.writes);
    let whole = |of: fn(&Scenario) -> &Spread| results.scenarios.iter().map(|scenario| of(scenario).p50).max();
    let saved = results.drop_in.iter().map(|saved| saved.served_after.p50).max();
    let signed_of = |micros: Option<u64>| micros.map(u64::cast_signed);
    let targets = [
        ("extra latency of a call that writes and meets a swap, p50", 200, writes().map(|w| w.extra_p50).max()),
        ("the same, p99", 2_000, writes().map(|w| w.extra_p99).max()),
        ("swap from request to answer, without the replay, p50", 10_000, signed_of(whole(|s| &s.whole_without_replay))),
        ("saved file to serving, p50", 1_000_000, signed_of(saved)),
    ];
    for (name, target, worst) in targets {
        let worst = worst.unwrap_or_default();
        let verdict = if worst < target { "met" } else { "missed" };
        let under = format!("under {} ms", ms(target.unsigned_abs()));
        rows.add_row([name, &under, &format!("{} ms", signed(worst).trim_start_matches('+')), verdict]);
    }
    rows
}

fn data(scenario: &Scenario) -> String {
    match (scenario.state_keys, scenario.tasks) {
        (Some(keys), _) => Data::StateKeys(keys).to_string(),
        (None, tasks) => Data::Tasks(tasks.unwrap_or_default()).to_string(),
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, what) = match self {
            Self::StateKeys(1) => (1, "key"),
            Self::StateKeys(keys) => (*keys, "keys"),
            Self::Tasks(tasks) => (*tasks, "tasks"),
        };
        write!(f, "{} {what}", grouped(number))
    }
}

/// With a comma between thousands.
pub(in super::super) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn synchronous(synchronous: Synchronous) -> &'static str {
    match synchronous {
        Synchronous::Full => "full",
        Synchronous::Normal => "normal",
    }
}

fn ms(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}

/// The median, and what one in a hundred exceeds.
fn both(spread: &Spread) -> String {
    format!("{} / {}", ms(spread.p50), ms(spread.p99))
}

fn signed(micros: i64) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    format!("{sign}{}", ms(micros.unsigned_abs()))
}

/// Numbers, from this column on.
fn right(mut table: Table, from: usize) -> Table {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
