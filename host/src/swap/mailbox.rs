//! What waits for a slot's writer: entries, a swap, a probe, in the order in which they came.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::oneshot;

use super::answer::Outcome;
use super::error::SlotError;
use super::exchange::SwapOrder;
use super::services::Reporter;
use super::tasks::TaskWork;
use crate::model::Digest;
use crate::plugin::contract::tools;
use crate::plugin::{KillSwitch, Surface};

/// One message in the mailbox.
pub(crate) enum Message {
    Entry(Entry),
    Swap(Box<SwapOrder>),
    /// Asks the plugin to test itself.
    Probe(oneshot::Sender<Option<Result<(), String>>>),
    /// Writes something and reads it back.
    Check(oneshot::Sender<Result<(), String>>),
    /// The host ends: what the plugin has in memory is to be kept, and nothing runs after it. Dropped when it is, or cannot be.
    Keep(oneshot::Sender<()>),
    /// The host has lived long enough with this version: its starts need not be counted any more.
    Proven,
    /// What is in place has been taken up, or serves anyway.
    TakenUp(Digest),
    /// Calls that have waited for too long are to go.
    Sweep,
}

/// One entry.
pub(crate) struct Entry {
    pub(crate) work: Work,
    pub(crate) kill: KillSwitch,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) turn: Turn,
    /// When it came.
    pub(crate) since: Instant,
    /// It was killed at its deadline once, and ran again after a swap that waited for it.
    pub(crate) again: bool,
    pub(crate) reply: oneshot::Sender<Result<Outcome, SlotError>>,
}

/// What an entry is to do.
pub(crate) enum Work {
    Call {
        call: Arc<tools::Call>,
        carried: bool,
        /// The component whose schemas its arguments were checked against.
        checked: Digest,
    },
    Resume {
        wait: String,
        answers: Vec<tools::KeyedAnswer>,
        carried: bool,
    },
    /// Nobody will answer any more.
    Abandon {
        wait: String,
    },
    /// A step of a call that goes on without its client.
    Task(TaskWork),
}

impl Entry {
    /// Gives the call that waits and that nobody will ever continue, if it has come to that: whoever would have
    /// heard of it has gone.
    pub(crate) fn answer(self, result: Result<Outcome, SlotError>) -> Option<String> {
        match self.reply.send(result) {
            Err(Ok(Outcome::Waiting(waiting))) => Some(waiting.id),
            _ => None,
        }
    }
}

/// Whether an entry's turn has come, or it has waited too long. Only one of the two can be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn(Arc<AtomicU8>);

const QUEUED: u8 = 0;
const TAKEN: u8 = 1;
const EXPIRED: u8 = 2;

impl Turn {
    /// For the writer: whether the entry is still wanted.
    pub(crate) fn take(&self) -> bool {
        self.0.compare_exchange(QUEUED, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// For whoever waits: whether the entry will never run.
    pub(crate) fn expire(&self) -> bool {
        self.0.compare_exchange(QUEUED, EXPIRED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// What runs on the writer's thread now, for whoever has to stop it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running(Arc<Mutex<Now>>);

#[derive(Debug, Default)]
struct Now {
    /// Of the entry that runs; none once somebody has stopped it.
    kill: Option<KillSwitch>,
    /// A swap that does not wait has been ordered and has not begun.
    ordered: bool,
}

impl Running {
    /// An entry begins. One that begins after an order that does not wait is stopped at once.
    pub(crate) fn begin(&self, kill: &KillSwitch) {
        let mut now = self.0.lock();
        if now.ordered {
            kill.kill();
        } else {
            now.kill = Some(kill.clone());
        }
    }

    /// Whether nobody stopped it.
    pub(crate) fn end(&self) -> bool {
        self.0.lock().kill.take().is_some()
    }

    /// Whether an entry runs.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.lock().kill.is_some()
    }

    pub(crate) fn stop(&self) {
        if let Some(kill) = self.0.lock().kill.take() {
            kill.kill();
        }
    }

    /// Gives an order and stops what runs, with nothing between the two. `give` does not wait.
    pub(crate) fn order(&self, give: impl FnOnce()) {
        let mut now = self.0.lock();
        give();
        now.ordered = true;
        if let Some(kill) = now.kill.take() {
            kill.kill();
        }
    }

    /// The order is carried out now.
    pub(crate) fn obey(&self) {
        self.0.lock().ordered = false;
    }
}

/// How many swaps are in the mailbox, for the writer before it comes to them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SwapsAhead(Arc<AtomicUsize>);

impl SwapsAhead {
    pub(crate) fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn one_less(&self) {
        self.0.fetch_sub(1, Ordering::Release);
    }

    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }
}

/// Checks a call against another version than the one it was accepted for.
pub(crate) fn check_again(surface: &Surface, call: &tools::Call) -> Result<(), SlotError> {
    let tool = surface.tool(&call.tool).ok_or(SlotError::Removed)?;
    let Ok(Value::Object(mut arguments)) = serde_json::from_str(&call.arguments) else {
        return Err(SlotError::Contract("the arguments are no object".to_owned()));
    };
    tool.check_arguments(&mut arguments).map_err(SlotError::Changed)
}
