//! How far a swap or a tool is, on standard error while it runs. Where there is no terminal, nothing is shown.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::model::swap::SwapPhase;

/// A bar. Gone when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// With the steps of a swap.
    pub(super) fn of_steps() -> Self {
        let steps = u64::try_from(SwapPhase::ORDER.len()).unwrap_or_default();
        Self::start(steps, "  {spinner} {bar:20} {msg:<12} {elapsed}")
    }

    /// Of what says itself how far it is.
    pub(super) fn of_percent() -> Self {
        Self::start(100, "  {spinner} {bar:20} {percent:>3} % {elapsed} {wide_msg}")
    }

    /// Of what has no known end, or counts something.
    pub(super) fn of_anything() -> Self {
        Self::start(0, "  {spinner} {elapsed} {wide_msg}")
    }

    fn start(length: u64, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(length).with_style(style);
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

    /// What is being done.
    pub(super) fn words(&self, words: &str) {
        self.0.set_message(words.to_owned());
    }

    /// So much of it is done.
    pub(super) fn at(&self, percent: f64, words: Option<&str>) {
        self.0.set_position(format!("{percent:.0}").parse().unwrap_or_default());
        if let Some(words) = words {
            self.0.set_message(words.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
