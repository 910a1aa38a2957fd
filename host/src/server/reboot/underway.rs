//! The restarts that are under way in this process, and the last one that is over.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::SlotName;
use crate::plugin::now;

/// What is known of them: as many as there are slots, for a slot has one at a time, and those who joined it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restarts(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    next: u64,
    running: Vec<(u64, Running)>,
    last: Option<Over>,
}

/// A restart under way.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) slot: SlotName,
    pub(crate) reason: String,
    /// Milliseconds since the epoch, as is all that follows.
    pub(crate) started_at: u64,
    /// Which of the phases it has come to.
    pub(crate) phase: usize,
    pub(crate) phase_since: u64,
}

/// A restart that is over.
#[derive(Debug, Clone)]
pub(crate) struct Over {
    pub(crate) slot: SlotName,
    pub(crate) reason: String,
    pub(crate) started_at: u64,
    pub(crate) success: bool,
    pub(crate) message: String,
    /// None if it went well.
    pub(crate) problem: Option<OverProblem>,
    pub(crate) swap: Option<String>,
}

/// Why it did not go well.
#[derive(Debug, Clone)]
pub(crate) struct OverProblem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// A restart that has begun; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Underway {
    of: Restarts,
    number: u64,
}

impl Restarts {
    pub(crate) fn begin(&self, slot: &SlotName, reason: &str) -> Underway {
        let mut known = self.0.lock();
        let (number, at) = (known.next, now());
        known.next += 1;
        let (slot, reason) = (slot.clone(), reason.to_owned());
        known.running.push((number, Running { slot, reason, started_at: at, phase: 0, phase_since: at }));
        Underway { of: self.clone(), number }
    }

    /// Those that are under way, in the order in which they began.
    pub(crate) fn running(&self) -> Vec<Running> {
        self.0.lock().running.iter().map(|(_, running)| running.clone()).collect()
    }

    /// The one that was over last.
    pub(crate) fn last(&self) -> Option<Over> {
        self.0.lock().last.clone()
    }

    pub(crate) fn over(&self, over: Over) {
        self.0.lock().last = Some(over);
    }
}

impl Underway {
    pub(crate) fn reach(&self, phase: usize) {
        let mut known = self.of.0.lock();
        if let Some((_, running)) = known.running.iter_mut().find(|(number, _)| *number == self.number) {
            (running.phase, running.phase_since) = (phase, now());
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.of.0.lock().running.retain(|(number, _)| *number != self.number);
    }
}
