//! How far a swap is, on standard error while it runs. Where there is no terminal, nothing is shown.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::model::swap::SwapPhase;

/// A bar with the steps. Gone when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn start() -> Self {
        let style = ProgressStyle::with_template("  {spinner} {bar:20} {msg:<12} {elapsed}");
        let steps = u64::try_from(SwapPhase::ORDER.len()).unwrap_or_default();
        let bar = ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message("asking");
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// The swap is in this step now.
    pub(super) fn reached(&self, phase: SwapPhase) {
        let before = SwapPhase::ORDER.iter().filter(|step| **step < phase).count();
        self.0.set_position(u64::try_from(before).unwrap_or_default());
        self.0.set_message(phase.as_str());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
