//! The calls of one client that are under way, each in a place of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::model::SlotName;
use crate::plugin::now;

/// A call under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunningCall {
    number: u64,
    pub(crate) tool: String,
    /// None until it is known whose tool it is.
    pub(crate) slot: Option<SlotName>,
    /// When it began, in milliseconds since the epoch.
    pub(crate) since_ms: u64,
    pub(crate) state: CallState,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallState {
    /// Its turn has not come.
    Queued,
    /// The plugin is at it.
    Running,
    /// For a person, a model, a timer: as a row, not in memory.
    Waiting,
}

/// As many places as a client may have calls under way.
#[derive(Debug)]
pub(crate) struct Places {
    calls: watch::Sender<Vec<RunningCall>>,
    next: AtomicU64,
    /// When the last one ended.
    ended: Mutex<Option<Instant>>,
}

/// The place of one call of a client's, free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(Mark);

/// Says how far the call in a place is. Harmless when the place is free again.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    places: Arc<Places>,
    number: u64,
}

impl Places {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { calls: watch::Sender::new(Vec::new()), next: AtomicU64::new(0), ended: Mutex::default() })
    }

    /// A place for one more call of `tool`, unless as many as `most` are taken.
    pub(crate) fn admit(self: &Arc<Self>, tool: &str, most: usize) -> Option<Place> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let admitted = self.calls.send_if_modified(|calls| {
            let room = calls.len() < most;
            if room {
                calls.push(RunningCall {
                    number,
                    tool: tool.to_owned(),
                    slot: None,
                    since_ms: now(),
                    state: CallState::Queued,
                });
            }
            room
        });
        admitted.then(|| Place(Mark { places: Arc::clone(self), number }))
    }

    /// How many calls the client has made, those that found no place too.
    pub(crate) fn count(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// In the order in which they began.
    pub(crate) fn running(&self) -> Vec<RunningCall> {
        self.calls.borrow().clone()
    }

    /// When the last one ended, if any has.
    pub(crate) fn ended(&self) -> Option<Instant> {
        *self.ended.lock()
    }

    /// Comes back when none is under way. Keeps none from beginning.
    pub(crate) async fn idle(&self) {
        // It fails only if the sender is gone, and this is it.
        drop(self.calls.subscribe().wait_for(Vec::is_empty).await);
    }
}

impl Place {
    /// Whose tool it is has become known.
    pub(crate) fn in_slot(&self, slot: &SlotName) {
        self.0.change(|call| call.slot = Some(slot.clone()));
    }

    pub(crate) fn mark(&self) -> Mark {
        self.0.clone()
    }
}

impl Mark {
    pub(crate) fn set(&self, state: CallState) {
        self.change(|call| call.state = state);
    }

    fn change(&self, change: impl FnOnce(&mut RunningCall)) {
        self.places.calls.send_if_modified(|calls| {
            if let Some(call) = calls.iter_mut().find(|call| call.number == self.number) {
                change(call);
            }
            // Whoever listens wants to know whether there are calls, not how they do.
            false
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.places.ended.lock() = Some(Instant::now());
        self.0.places.calls.send_modify(|calls| calls.retain(|call| call.number != self.0.number));
    }
}

#[cfg(test)]
mod tests;
