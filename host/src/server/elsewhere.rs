//! A call that only the host can answer, in a process that is not the host.
//!
//! Two processes may have begun side by side, each for a client of its own, before either was the host. The one whose
//! client calls first becomes it; the other finds that out with the first call of its own, and joins.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, watch};

use super::handler::Handler;

/// Calls that are another process's to answer.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    /// Somebody sees to them.
    is_watched: AtomicBool,
    /// There is one.
    asked: Notify,
    /// How often it was found that nobody can be joined.
    refused: watch::Sender<u64>,
}

impl Default for Elsewhere {
    fn default() -> Self {
        Self { is_watched: AtomicBool::new(false), asked: Notify::new(), refused: watch::Sender::new(0) }
    }
}

impl Elsewhere {
    /// Comes back when a call has to be answered by another process. Such calls wait for what comes of it from now on.
    pub(crate) async fn asked(&self) {
        self.is_watched.store(true, Ordering::Release);
        self.asked.notified().await;
    }

    /// Nobody can be joined: such calls are answered with what is in the way.
    pub(crate) fn refuse(&self) {
        self.refused.send_modify(|refused| *refused += 1);
    }
}

impl Handler {
    /// Another process is the host. Comes back if it cannot be joined; if it can, nobody hears of the answer.
    pub(crate) async fn goes_elsewhere(&self) {
        let elsewhere = &self.shared().elsewhere;
        if !elsewhere.is_watched.load(Ordering::Acquire) {
            return;
        }
        let mut refused = elsewhere.refused.subscribe();
        refused.mark_unchanged();
        elsewhere.asked.notify_one();
        tokio::select! {
            // It fails only if the sender is gone, and that is kept by the handler.
            changed = refused.changed() => drop(changed),
            () = self.client_left() => {}
        }
    }
}
