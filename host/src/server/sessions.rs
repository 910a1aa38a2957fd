//! Who is connected.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::service::Peer;
use tokio::sync::{Notify, watch};

use super::places::CallState;
use super::session::Session;

/// How clients are connected.
pub(crate) const TRANSPORTS: [&str; 4] = ["stdio", "joined", "http", "command-line"];

/// The sessions that are open in this process.
#[derive(Debug)]
pub(crate) struct Sessions {
    open: Mutex<Open>,
    /// How often one has opened or closed.
    changes: watch::Sender<u64>,
    /// When a client was last there: asked for something, or left.
    active: Mutex<Instant>,
    /// A client has asked for something.
    asked: Notify,
}

#[derive(Debug, Default)]
struct Open {
    /// In the order in which they came.
    sessions: BTreeMap<u64, Connected>,
    numbers: HashMap<String, u64>,
    next: u64,
}

/// A session, and the way to its client.
#[derive(Debug, Clone)]
pub(crate) struct Connected {
    pub(crate) session: Session,
    pub(crate) peer: Peer<RoleServer>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            open: Mutex::default(),
            changes: watch::Sender::new(0),
            active: Mutex::new(Instant::now()),
            asked: Notify::new(),
        }
    }
}

impl Sessions {
    /// A client asks for something. If it is news that it is there, or this is a better way to it, it is noted.
    pub(crate) fn seen(&self, session: &Session, peer: &Peer<RoleServer>) {
        *self.active.lock() = Instant::now();
        if self.open.lock().seen(session, peer) {
            self.changes.send_modify(|changes| *changes += 1);
        }
        self.asked.notify_one();
    }

    pub(crate) fn close(&self, session: &Session) {
        *self.active.lock() = Instant::now();
        if self.open.lock().close(session.id()) {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// Those that are open now, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<Connected> {
        self.open.lock().sessions.values().cloned().collect()
    }

    /// How many are connected that way.
    pub(crate) fn over(&self, transport: &str) -> usize {
        self.open.lock().sessions.values().filter(|known| known.session.transport() == transport).count()
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.open.lock().sessions.len()
    }

    /// The one of that id.
    pub(crate) fn get(&self, id: &str) -> Option<Connected> {
        let open = self.open.lock();
        open.sessions.get(open.numbers.get(id)?).cloned()
    }

    /// Calls under way, of all clients.
    pub(crate) fn calls(&self) -> usize {
        self.open.lock().sessions.values().map(|known| known.session.running().len()).sum()
    }

    /// Calls of all clients that are that far.
    pub(crate) fn calls_that_are(&self, state: CallState) -> usize {
        let open = self.open.lock();
        let calls = open.sessions.values().flat_map(|known| known.session.running());
        calls.filter(|call| call.state == state).count()
    }

    /// For how long no client has asked for anything and no call was under way.
    pub(crate) fn idle_for(&self) -> Duration {
        if self.calls() > 0 {
            return Duration::ZERO;
        }
        let asked = *self.active.lock();
        let ended = self.open.lock().sessions.values().filter_map(|known| known.session.ended()).max();
        ended.unwrap_or(asked).max(asked).elapsed()
    }

    /// Changes when one opens or closes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Comes back when a client has asked for something since this came back last.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}

impl Open {
    /// Whether it is news.
    fn seen(&mut self, session: &Session, peer: &Peer<RoleServer>) -> bool {
        let known = self.numbers.get(session.id()).and_then(|number| self.sessions.get_mut(number));
        if let Some(known) = known {
            // A request may come on a way of its own, and `server/discover` before there is any.
            if known.peer.is_transport_closed() {
                known.peer = peer.clone();
            }
            return false;
        }
        self.numbers.insert(session.id().to_owned(), self.next);
        self.sessions.insert(self.next, Connected { session: session.clone(), peer: peer.clone() });
        self.next += 1;
        true
    }

    /// Whether it was open.
    fn close(&mut self, id: &str) -> bool {
        self.numbers.remove(id).and_then(|number| self.sessions.remove(&number)).is_some()
    }
}
