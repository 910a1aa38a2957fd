//! How far a benchmark is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// On standard error while it runs, where there is a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn start(steps: usize) -> Self {
        let style = ProgressStyle::with_template("  {spinner} {bar:20} {msg}  {elapsed}");
        let bar = ProgressBar::new(u64::try_from(steps).unwrap_or_default());
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    pub(super) fn say(&self, what: &str) {
        if !self.0.message().is_empty() {
            self.0.inc(1);
        }
        self.0.set_message(what.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
