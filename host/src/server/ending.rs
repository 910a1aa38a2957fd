//! How a host comes to rest, goes on elsewhere, or is replaced: what whoever runs it asks of its clients.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::lifecycle::Phase;
use super::lines::Held;
use super::places::CallState;
use super::reboot::HostOrder;
use super::session::Session;
use super::shared::Shared;
use crate::swap::Slots;

/// How often it is looked whether calls still run.
const LOOK: Duration = Duration::from_millis(5);

impl Shared {
    /// The slots, for a task.
    pub(crate) fn slots_now(&self) -> Arc<Slots> {
        Arc::clone(&self.slots)
    }

    /// All that is to serve serves, or it is known why it does not.
    pub(crate) fn is_ready(&self) {
        if self.lifecycle.phase() == Phase::Starting {
            self.lifecycle.enter(Phase::Ready);
        }
    }

    /// The program may be replaced by what is on disk, if `check` says that it can; then it is its version.
    pub(crate) fn may_be_replaced(
        &self,
        check: Box<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>,
    ) {
        self.reboot.host.offer(check);
    }

    /// Comes back when the program is to be replaced.
    pub(crate) async fn is_to_be_replaced(&self) -> HostOrder {
        self.reboot.host.asked().await
    }

    /// Comes back when a call came that only another process can answer.
    pub(crate) async fn is_answered_elsewhere(&self) {
        self.elsewhere.asked().await;
    }

    /// There is no other process after all.
    pub(crate) fn nobody_elsewhere(&self) {
        self.elsewhere.refuse();
    }

    /// The session of whoever started this process, if it has said anything.
    pub(crate) fn own_session(&self) -> Option<Session> {
        self.sessions.all().into_iter().map(|open| open.session).find(|session| session.transport() == "stdio")
    }

    /// The next image of this process goes on, with whoever is connected.
    pub(crate) fn gives_way(&self) {
        self.lifecycle.enter(Phase::Replacing);
    }

    /// Nothing more is read of clients; what was read is answered.
    pub(crate) fn stop_reading(&self) {
        if !self.lifecycle.phase().takes_nothing_new() {
            self.lifecycle.enter(Phase::Draining);
        }
        self.lines.pause();
    }

    /// Comes back when no call runs or waits for its turn. Those that wait for a person or a timer do not count.
    pub(crate) async fn work_is_done(&self) {
        let mut look = tokio::time::interval(LOOK);
        let under_way =
            || self.sessions.calls_that_are(CallState::Queued) + self.sessions.calls_that_are(CallState::Running);
        // Twice: what was read a moment ago may not have come that far.
        for _ in 0..2 {
            look.tick().await;
            while under_way() > 0 {
                look.tick().await;
            }
        }
    }

    /// Calls that wait for something end, with an answer.
    pub(crate) fn give_up_waiting(&self) {
        self.lifecycle.give_up();
    }

    /// Calls over HTTP that still run end, with an answer. Those of clients that speak in lines are answered when their
    /// lines are handed on.
    pub(crate) fn give_up_running(&self) {
        self.lifecycle.end();
    }

    /// Comes back when all that was read is answered.
    pub(crate) async fn everything_is_answered(&self) {
        self.lines.quiet().await;
    }

    /// All clients that speak in lines. They are not answered here any more.
    pub(crate) async fn gather_clients(&self) -> Vec<Held> {
        self.lines.gather().await
    }
}
