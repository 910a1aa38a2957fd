//! How long calls took, and which of them met a swap.

use std::time::Duration;

use super::ledger::{Answer, Call};
use super::swaps::Swapped;

/// Durations in microseconds, the shortest first.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Latency(Vec<u64>);

/// Answered calls by what happened between sent and answered.
#[derive(Debug, Default)]
pub(in crate::cli) struct Split {
    /// No swap was under way.
    pub(in crate::cli) quiet: Latency,
    /// A candidate was being tried, and nothing paused.
    pub(in crate::cli) beside: Latency,
    /// Calls queued for a swap during some of it.
    pub(in crate::cli) met: Latency,
    /// Those of the quiet ones that were under way in a moment like a pause, midway between two swaps. A long call is
    /// likelier to be under way in any moment, so it is these that calls that met a swap compare with.
    pub(in crate::cli) like_met: Latency,
}

impl Latency {
    /// All of both.
    pub(in crate::cli) fn with(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    pub(in crate::cli) fn len(&self) -> usize {
        self.0.len()
    }

    /// The one that `percent` of them do not exceed. Zero if there is none.
    pub(in crate::cli) fn at(&self, percent: usize) -> Duration {
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        Duration::from_micros(self.0.get(index).copied().unwrap_or_default())
    }

    pub(in crate::cli) fn max(&self) -> Duration {
        self.at(100)
    }

    /// How many took longer than `over` and no longer than `most`, in microseconds.
    pub(super) fn between(&self, over: u64, most: u64) -> usize {
        let up_to = |limit: u64| self.0.partition_point(|micros| *micros <= limit);
        up_to(most) - up_to(over)
    }
}

impl FromIterator<u64> for Latency {
    fn from_iter<I: IntoIterator<Item = u64>>(micros: I) -> Self {
        let mut sorted: Vec<u64> = micros.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }
}

/// Sorts calls that were answered without an error. `swaps` are in order of time, one after the other.
pub(in crate::cli) fn split<'a>(calls: impl IntoIterator<Item = &'a Call>, swaps: &[Swapped]) -> Split {
    let (mut quiet, mut beside, mut met, mut like_met) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let moments: Vec<(u64, u64)> = swaps.windows(2).map(|pair| moment_between(&pair[0], &pair[1])).collect();
    for call in calls.into_iter().filter(|call| call.answer == Answer::Done) {
        // Those that were not over when the call was sent, and had begun when it was answered.
        let first = swaps.partition_point(|swap| swap.answered_us < call.sent_us);
        let under_way = &swaps[first..swaps.partition_point(|swap| swap.asked_us <= call.ended_us).max(first)];
        let class = match under_way.iter().any(|swap| swap.made_wait(call)) {
            true => &mut met,
            false if under_way.is_empty() => &mut quiet,
            false => &mut beside,
        };
        class.push(call.took_us());
        if under_way.is_empty() {
            let next = moments.partition_point(|(_, to)| *to < call.sent_us);
            if moments.get(next).is_some_and(|(from, _)| *from <= call.ended_us) {
                like_met.push(call.took_us());
            }
        }
    }
    let sorted = |micros: Vec<u64>| micros.into_iter().collect();
    Split { quiet: sorted(quiet), beside: sorted(beside), met: sorted(met), like_met: sorted(like_met) }
}

/// From when to when a pause like that of the second swap would have been, midway between the two.
fn moment_between(before: &Swapped, after: &Swapped) -> (u64, u64) {
    let (middle, half) = (before.answered_us.midpoint(after.asked_us), after.report.pause_us / 2);
    (middle.saturating_sub(half), middle + half)
}
