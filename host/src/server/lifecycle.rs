//! How far a host's life is.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What can be expected of the host now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not all that is to serve serves.
    Starting,
    /// Requests are answered.
    Ready,
    /// What was begun is finished; nothing new is begun.
    Draining,
    /// The same, and the next image of this process goes on.
    Replacing,
}

impl Phase {
    pub(crate) fn takes_nothing_new(self) -> bool {
        matches!(self, Self::Draining | Self::Replacing)
    }
}

/// Where it is said.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    phase: watch::Sender<Phase>,
    /// What waits for a person or a timer is waited for no longer.
    giving_up: CancellationToken,
    /// What runs is waited for no longer.
    over: CancellationToken,
}

impl Default for Lifecycle {
    fn default() -> Self {
        let (giving_up, over) = (CancellationToken::new(), CancellationToken::new());
        Self { phase: watch::Sender::new(Phase::Starting), giving_up, over }
    }
}

impl Lifecycle {
    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Comes back when the host is about to end, and nobody goes on in its place.
    pub(crate) async fn drains(&self) {
        // It fails only if the sender is gone, and this is it.
        drop(self.phase.subscribe().wait_for(|phase| *phase == Phase::Draining).await);
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Calls that wait end, with an answer.
    pub(crate) fn give_up(&self) {
        self.giving_up.cancel();
    }

    /// Comes back when calls are to wait no longer.
    pub(crate) async fn given_up(&self) {
        self.giving_up.cancelled().await;
    }

    /// Calls that run end, with an answer.
    pub(crate) fn end(&self) {
        self.over.cancel();
    }

    /// Comes back when what runs is waited for no longer.
    pub(crate) async fn is_over(&self) {
        self.over.cancelled().await;
    }
}
