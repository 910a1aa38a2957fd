//! What was called, and what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// A call that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Call {
    /// No other call in the ledger has it.
    pub(in crate::cli) number: u64,
    pub(in crate::cli) writes: bool,
    /// Microseconds since the epoch.
    pub(in crate::cli) sent_us: u64,
    pub(in crate::cli) ended_us: u64,
    pub(in crate::cli) answer: Answer,
}

/// What a client heard of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Answer {
    Done,
    /// An error.
    Refused,
    /// Nothing: the connection ended.
    None,
}

/// All calls of a run. Clones are the same ledger.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Ledger(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    numbers: AtomicU64,
    calls: Mutex<Vec<Call>>,
    /// The first error, in its own words.
    refusal: Mutex<Option<String>>,
}

impl Call {
    /// Microseconds from sent to answered.
    pub(in crate::cli) fn took_us(&self) -> u64 {
        self.ended_us.saturating_sub(self.sent_us)
    }
}

impl Ledger {
    /// A number for the next call.
    pub(super) fn number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn write(&self, call: Call) {
        self.0.calls.lock().push(call);
    }

    /// Keeps the words of the first error.
    pub(super) fn refused(&self, why: &str) {
        self.0.refusal.lock().get_or_insert_with(|| why.to_owned());
    }

    pub(in crate::cli) fn refusal(&self) -> Option<String> {
        self.0.refusal.lock().clone()
    }

    /// How many calls have ended.
    pub(in crate::cli) fn len(&self) -> usize {
        self.0.calls.lock().len()
    }

    /// All that have ended, in the order in which they did.
    pub(in crate::cli) fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().clone()
    }
}
