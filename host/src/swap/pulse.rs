//! What a slot does, in numbers: whoever wants to know looks. They are of this process, and only grow but for the last.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::spread::{Seen, Spread};
use crate::model::swap::{Origin, SwapOutcome, SwapReport};

/// From what takes no time to what is far too long, in microseconds. Beyond a minute there is more than one: whoever asks
/// how long the slowest took is told the bound that it did not exceed.
const TIMES: &[u64] = &[
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
];
/// Up to the most that share a commit unless the settings say otherwise.
const BATCHES: &[u64] = &[1, 2, 4, 8, 16, 32, 64];

/// The outcomes of a swap, in the order in which they are counted.
pub const OUTCOMES: [&str; 5] = ["committed", "ready", "unchanged", "refused", "withdrawn"];

/// The counters of one slot.
#[derive(Debug)]
pub struct Pulse {
    entries: AtomicU64,
    reads: AtomicU64,
    commits: AtomicU64,
    uncommitted: AtomicU64,
    batches: Spread,
    waits: Spread,
    full: AtomicU64,
    expired: AtomicU64,
    swaps: [AtomicU64; OUTCOMES.len()],
    restarts: [AtomicU64; 2],
    recoveries: AtomicU64,
    losses: AtomicU64,
    pauses: Spread,
    durations: Spread,
    exported: AtomicU64,
}

/// The numbers at one moment.
#[derive(Debug, Clone)]
pub struct PulseNow {
    /// Into the plugin by the writer.
    pub entries: u64,
    /// By readers.
    pub reads: u64,
    pub commits: u64,
    /// Transactions that came to nothing.
    pub uncommitted: u64,
    /// Entries that shared a commit.
    pub batches: Seen,
    /// How long entries waited in the mailbox, in microseconds.
    pub waits: Seen,
    /// Entries for which the mailbox had no room.
    pub full: u64,
    /// Entries whose turn did not come in time.
    pub expired: u64,
    /// In the order of [`OUTCOMES`].
    pub swaps: [u64; OUTCOMES.len()],
    pub restarts_successful: u64,
    pub restarts_failed: u64,
    /// Swaps of the host itself, because a version did not do well.
    pub recoveries: u64,
    /// Swaps that kept working state from nobody's wish, and could not bring all of it over.
    pub losses: u64,
    /// How long calls queued for a swap, in microseconds.
    pub pauses: Seen,
    /// How long the steps of a committed swap took, in microseconds.
    pub durations: Seen,
    /// The size of the state that was exported last, in bytes.
    pub exported: u64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            entries: AtomicU64::default(),
            reads: AtomicU64::default(),
            commits: AtomicU64::default(),
            uncommitted: AtomicU64::default(),
            batches: Spread::new(BATCHES),
            waits: Spread::new(TIMES),
            full: AtomicU64::default(),
            expired: AtomicU64::default(),
            swaps: Default::default(),
            restarts: Default::default(),
            recoveries: AtomicU64::default(),
            losses: AtomicU64::default(),
            pauses: Spread::new(TIMES),
            durations: Spread::new(TIMES),
            exported: AtomicU64::default(),
        }
    }
}

impl Pulse {
    /// An entry had its turn after it had waited that long.
    pub(crate) fn begins(&self, waited: std::time::Duration) {
        self.waits.took(waited);
    }

    pub(crate) fn entered(&self) {
        one_more(&self.entries);
    }

    pub(crate) fn read(&self) {
        one_more(&self.reads);
    }

    /// A transaction of so many entries was committed, or came to nothing.
    pub(crate) fn committed(&self, entries: usize, well: bool) {
        if well {
            one_more(&self.commits);
            self.batches.add(u64::try_from(entries).unwrap_or(u64::MAX));
        } else {
            one_more(&self.uncommitted);
        }
    }

    pub(crate) fn was_full(&self) {
        one_more(&self.full);
    }

    pub(crate) fn has_expired(&self) {
        one_more(&self.expired);
    }

    pub(crate) fn exported(&self, bytes: usize) {
        self.exported.store(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// An attempt to exchange versions is over.
    pub(crate) fn swapped(&self, report: &SwapReport) {
        let (place, well) = match &report.outcome {
            SwapOutcome::Committed => (0, true),
            SwapOutcome::Ready => (1, true),
            SwapOutcome::Unchanged => (2, true),
            SwapOutcome::Refused(_) => (3, false),
            SwapOutcome::RolledBack { .. } => (4, false),
        };
        one_more(&self.swaps[place]);
        if report.restart {
            one_more(&self.restarts[usize::from(!well)]);
        }
        if place != 0 {
            return;
        }
        if report.origin == Origin::Recovery {
            one_more(&self.recoveries);
        }
        if report.losses().next().is_some() {
            one_more(&self.losses);
        }
        self.pauses.add(report.pause_us);
        self.durations.add(report.steps.iter().map(|step| step.micros).sum());
    }

    /// What had been committed did not last.
    pub(crate) fn withdrawn(&self) {
        one_more(&self.swaps[4]);
    }

    /// As they are now.
    pub fn look(&self) -> PulseNow {
        let [restarts_successful, restarts_failed] = self.restarts.each_ref().map(read);
        PulseNow {
            entries: read(&self.entries),
            reads: read(&self.reads),
            commits: read(&self.commits),
            uncommitted: read(&self.uncommitted),
            batches: self.batches.look(),
            waits: self.waits.look(),
            full: read(&self.full),
            expired: read(&self.expired),
            swaps: self.swaps.each_ref().map(read),
            restarts_successful,
            restarts_failed,
            recoveries: read(&self.recoveries),
            losses: read(&self.losses),
            pauses: self.pauses.look(),
            durations: self.durations.look(),
            exported: read(&self.exported),
        }
    }
}

fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests;
