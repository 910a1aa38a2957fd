//! What is seen while the plan is played: lines that stay, and bars below them on a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::super::load::{Ledger, Swapped};
use super::super::table::print;
use super::plan::{Plan, Task};
use super::swapper::Swaps;

/// A longer line would be broken by a narrow terminal, and then drawn over.
const WIDTH: usize = 79;

/// One bar for the plan, one line for what is being worked on, one for what goes on beside it. Clones are the same.
#[derive(Clone)]
pub(super) struct Stage {
    all: MultiProgress,
    plan: ProgressBar,
    task: ProgressBar,
    beside: ProgressBar,
}

impl Stage {
    pub(super) fn new(plan: &Plan, ledger: &Ledger, swaps: &Swaps) -> Self {
        let all = MultiProgress::new();
        let style =
            |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let length = u64::try_from(plan.tasks.len()).unwrap_or(u64::MAX);
        let tasks = all.add(ProgressBar::new(length).with_style(style("  {bar:32} {pos:>2}/{len} tasks  {elapsed}")));
        let task = all.add(ProgressBar::new_spinner().with_style(style("  {spinner} {msg}")));
        let (ledger, swaps) = (ledger.clone(), swaps.clone());
        let count = move |_: &ProgressState, text: &mut dyn Write| {
            let (calls, swaps) = (ledger.len(), swaps.count());
            // The line is drawn again in a moment.
            write!(text, "{calls} calls and {swaps} swaps beside it").ok();
        };
        let beside =
            all.add(ProgressBar::new_spinner().with_style(style("  {spinner} {count}").with_key("count", count)));
        Self { all, plan: tasks, task, beside }
    }

    /// What goes on beside the plan has begun.
    pub(super) fn begin(&self) {
        self.plan.tick();
        self.beside.enable_steady_tick(Duration::from_millis(100));
    }

    pub(super) fn working(&self, task: &Task) {
        self.task.set_message(shortened(&format!("{}: {}", task.specialist, task.title), WIDTH - 4));
        self.task.tick();
    }

    pub(super) fn done(&self, task: &Task) {
        self.plan.inc(1);
        self.say(&format!("done  {:<12} {}", task.specialist, task.title));
    }

    pub(super) fn swapped(&self, swapped: &Swapped) {
        let report = &swapped.report;
        let version = |version: &Option<crate::model::swap::Version>| {
            version.as_ref().map(|version| version.version.clone()).unwrap_or_default()
        };
        let (from, to) = (version(&report.from), version(&report.to));
        let pause = super::super::report::milliseconds(report.pause_us);
        let waited = super::super::report::calls(report.waited_calls);
        self.say(&format!("swap  {from} to {to}: calls paused for {pause}, {waited} waited"));
    }

    pub(super) fn say(&self, line: &str) {
        let line = shortened(&format!("  {line}"), WIDTH);
        // Where there is no terminal to draw on, the line is all there is.
        if self.all.is_hidden() {
            drop(print(&line));
        } else {
            drop(self.all.println(line));
        }
    }

    pub(super) fn finish(&self) {
        self.task.finish_and_clear();
        self.beside.finish_and_clear();
        self.plan.finish_and_clear();
    }
}

fn shortened(line: &str, most: usize) -> String {
    if line.chars().count() <= most {
        return line.to_owned();
    }
    line.chars().take(most - 1).chain(['…']).collect()
}
