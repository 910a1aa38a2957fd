//! Who is connected.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::service::Peer;
use tokio::sync::{Notify, watch};

use super::places::CallState;
use super::session::Session;

/// The sessions that are open in this process.
#[derive(Debug)]
pub(crate) struct Sessions {
    open: watch::Sender<Vec<Connected>>,
    /// When a client was last there: asked for something, or left.
    active: Mutex<Instant>,
    /// A client has asked for something.
    asked: Notify,
}

/// A session, and the way to its client.
#[derive(Debug, Clone)]
pub(crate) struct Connected {
    pub(crate) session: Session,
    pub(crate) peer: Peer<RoleServer>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { open: watch::Sender::new(Vec::new()), active: Mutex::new(Instant::now()), asked: Notify::new() }
    }
}

impl Sessions {
    /// A client asks for something. If it is news that it is there, or this is a better way to it, it is noted.
    pub(crate) fn seen(&self, session: &Session, peer: &Peer<RoleServer>) {
        *self.active.lock() = Instant::now();
        self.open.send_if_modified(|open| match open.iter_mut().find(|known| known.session.id() == session.id()) {
            Some(known) => {
                // `server/discover` comes before there is a way to the client.
                if known.peer.is_transport_closed() {
                    known.peer = peer.clone();
                }
                false
            }
            None => {
                open.push(Connected { session: session.clone(), peer: peer.clone() });
                true
            }
        });
        self.asked.notify_one();
    }

    pub(crate) fn close(&self, session: &Session) {
        *self.active.lock() = Instant::now();
        self.open.send_if_modified(|open| {
            let before = open.len();
            open.retain(|known| known.session.id() != session.id());
            open.len() < before
        });
    }

    /// Those that are open now, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<Connected> {
        self.open.borrow().clone()
    }

    /// The one of that id.
    pub(crate) fn get(&self, id: &str) -> Option<Connected> {
        self.open.borrow().iter().find(|known| known.session.id() == id).cloned()
    }

    /// Calls under way, of all clients.
    pub(crate) fn calls(&self) -> usize {
        self.open.borrow().iter().map(|known| known.session.running().len()).sum()
    }

    /// Calls of all clients that are that far.
    pub(crate) fn calls_that_are(&self, state: CallState) -> usize {
        let open = self.open.borrow();
        let calls = open.iter().flat_map(|known| known.session.running());
        calls.filter(|call| call.state == state).count()
    }

    /// For how long no client has asked for anything and no call was under way.
    pub(crate) fn idle_for(&self) -> Duration {
        if self.calls() > 0 {
            return Duration::ZERO;
        }
        let asked = *self.active.lock();
        let ended = self.open.borrow().iter().filter_map(|known| known.session.ended()).max();
        ended.unwrap_or(asked).max(asked).elapsed()
    }

    /// Changes when one opens or closes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Vec<Connected>> {
        self.open.subscribe()
    }

    /// Comes back when a client has asked for something since this came back last.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}
