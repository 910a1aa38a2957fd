//! The results, for people and for programs.

use comfy_table::CellAlignment;
use serde::Serialize;

use super::super::super::load::Latency;
use super::super::super::table::{figures, print};
use super::super::swap::grouped;

/// What a call may take with a million tasks, in microseconds.
const TARGET: u64 = 10_000;

#[derive(Debug, Serialize)]
pub(super) struct Results {
    /// Tasks.
    pub(super) sizes: Vec<u32>,
    /// Of each tool, at each size.
    pub(super) calls: u32,
    /// Of the file, in the end.
    pub(super) bytes: u64,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) call: String,
    /// One for each size.
    pub(super) timed: Vec<Timed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Timed {
    In {
        p50_us: u64,
        p99_us: u64,
        max_us: u64,
    },
    /// Why it was not.
    Not(String),
}

pub(super) fn print_all(results: &Results) -> anyhow::Result<()> {
    let Results { sizes, calls, bytes, rows } = results;
    print(&format!(
        "How long calls took over stdio, p50 / p99 / max in ms, {calls} calls in each cell. The ratio is of the p50."
    ))?;
    let tasks: Vec<_> = sizes.iter().map(|size| format!("{} tasks", grouped(*size))).collect();
    let mut header = vec!["call"];
    header.extend(tasks.iter().map(String::as_str));
    header.push("ratio");
    let mut table = figures(&header);
    for row in rows.iter().filter(|row| row.is_timed()) {
        let mut cells = vec![row.call.clone()];
        cells.extend(row.timed.iter().map(Timed::cell));
        cells.push(row.ratio().unwrap_or_default());
        table.add_row(cells);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    print(&table)?;
    for row in rows.iter().filter(|row| !row.is_timed()) {
        if let Some(Timed::Not(why)) = row.timed.iter().find(|timed| matches!(timed, Timed::Not(_))) {
            print(&format!("{}: {why}", row.call))?;
        }
    }
    print(&format!("The file has {} MB.", bytes / 1_000_000))?;
    print(&verdict(rows))
}

impl Row {
    fn is_timed(&self) -> bool {
        self.timed.iter().all(|timed| matches!(timed, Timed::In { .. }))
    }

    fn ratio(&self) -> Option<String> {
        match (self.timed.first()?, self.timed.last()?) {
            (Timed::In { p50_us: small, .. }, Timed::In { p50_us: large, .. }) => {
                let tenths = large * 10 / (*small).max(1);
                Some(format!("{}.{}", tenths / 10, tenths % 10))
            }
            _ => None,
        }
    }
}

impl Timed {
    /// Of durations in microseconds.
    pub(super) fn of(micros: Vec<u64>) -> Self {
        let micros: Latency = micros.into_iter().collect();
        let at = |percent| u64::try_from(micros.at(percent).as_micros()).unwrap_or(u64::MAX);
        Self::In { p50_us: at(50), p99_us: at(99), max_us: at(100) }
    }

    fn cell(&self) -> String {
        match self {
            Self::In { p50_us, p99_us, max_us } => format!("{} / {} / {}", ms(*p50_us), ms(*p99_us), ms(*max_us)),
            Self::Not(_) => "-".to_owned(),
        }
    }
}

/// Which calls take too long with as many tasks as there were.
fn verdict(rows: &[Row]) -> String {
    let slow =
        rows.iter().filter(|row| matches!(row.timed.last(), Some(Timed::In { p50_us, .. }) if *p50_us >= TARGET));
    let slow: Vec<_> = slow.map(|row| row.call.as_str()).collect();
    let target = ms(TARGET);
    if slow.is_empty() {
        return format!("With the most tasks every call takes less than {target} ms (p50).");
    }
    format!("With the most tasks these take {target} ms or more (p50): {}.", slow.join("; "))
}

fn ms(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}
