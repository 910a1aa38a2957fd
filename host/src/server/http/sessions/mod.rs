//! The sessions of clients before 2026-07-28 over HTTP.
//!
//! [`Sessions`] is rmcp's manager of sessions and its store of them at once. A [`session`] decides which message goes on
//! which [`stream`]; a stream is a ring that its [`reader`] takes from, so that nobody ever waits for a client that does
//! not read. The ids of events ([`event_id`]) say enough that a process that has never seen a stream can end it. What
//! outlives the process is on [`disk`].
//!
//! There is no event store of rmcp's: with one, it would not notice that a client of 2026-07-28 has gone.

mod asked;
mod disk;
mod event_id;
mod lasting;
mod manager;
mod reader;
mod resumption;
mod session;
mod store;
mod stream;
mod transport;
mod upkeep;

use std::collections::HashMap;
use std::sync::Arc;

use http::StatusCode;
use parking_lot::RwLock;
use rmcp::transport::streamable_http_server::session::SessionId;

pub(in crate::server::http) use self::disk::Disk;
use self::disk::Journal;
pub(in crate::server::http) use self::event_id::{EventId, StreamId};
pub(in crate::server::http) use self::resumption::is_event_id;
use self::session::Session;
use super::asking;
use super::refusal::Refusal;
use crate::config::Live;
use crate::plugin::now;
use crate::server::metrics::{Limit, Refusals};
use crate::store::SessionKey;

/// All sessions that are in memory, and the way to those that are not.
#[derive(Debug)]
pub(in crate::server::http) struct Sessions {
    open: RwLock<HashMap<SessionId, Arc<Session>>>,
    journal: Arc<Journal>,
    live: Live,
    refusals: Arc<Refusals>,
}

/// Why rmcp is not served. Its words for the client are replaced by ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::server::http) enum SessionError {
    #[error("the session has ended, or never was")]
    NoSession,
    #[error("there are too many sessions")]
    TooManySessions,
    #[error("there are too many streams")]
    TooManyStreams,
    #[error("a request of that id is under way")]
    SameId,
    #[error("the client says too much of itself")]
    TooMuch,
    #[error("that is no id of an event of ours")]
    NoEvent,
}

impl Sessions {
    pub(in crate::server::http) fn new(disk: Disk, live: Live, refusals: Arc<Refusals>) -> Arc<Self> {
        Arc::new(Self { open: RwLock::default(), journal: Journal::new(disk), live, refusals })
    }

    /// How many are in memory.
    pub(in crate::server::http) fn len(&self) -> usize {
        self.open.read().len()
    }

    /// The session of that id, if it is in memory and belongs to whoever asks for it.
    fn find(&self, id: &SessionId) -> Option<Arc<Session>> {
        let found = self.open.read().get(id).cloned()?;
        (!found.is_closed() && asks(&found.principal)).then_some(found)
    }

    fn get(&self, id: &SessionId) -> Result<Arc<Session>, SessionError> {
        self.find(id).ok_or_else(|| {
            asking::refuse(Refusal::no_session());
            SessionError::NoSession
        })
    }

    /// A new one in memory, in the place of another if there is no room.
    fn add(
        &self,
        id: SessionId,
        principal: Option<String>,
        opened_at: u64,
    ) -> Result<transport::SessionTransport, SessionError> {
        let most = self.live.get().http.sessions;
        let mut open = self.open.write();
        if open.len() >= most && !self.make_room(&mut open) {
            let message = format!("There are {most} sessions, and all of them are in use. Try again later.");
            asking::refuse(Refusal::busy(StatusCode::SERVICE_UNAVAILABLE, message, 30).by(Limit::Sessions));
            return Err(SessionError::TooManySessions);
        }
        let (session, messages) = Session::new(Arc::clone(&id), key_of(&id), principal, opened_at);
        open.insert(id, Arc::clone(&session));
        drop(open);
        Ok(transport::SessionTransport { session, messages, journal: Arc::clone(&self.journal) })
    }

    /// Puts the one away that has been idle longest; its client finds it on disk. False if there is none.
    fn make_room(&self, open: &mut HashMap<SessionId, Arc<Session>>) -> bool {
        let now = std::time::Instant::now();
        let idle = open.values().filter_map(|session| Some((session.idle_for(now)?, Arc::clone(session))));
        let Some((_, oldest)) = idle.max_by_key(|(idle, _)| *idle) else { return false };
        for unread in oldest.hand_over() {
            self.journal.keep(oldest.key, unread);
        }
        open.remove(&oldest.id);
        oldest.close();
        true
    }

    /// It is in memory no more.
    fn remove(&self, id: &SessionId) {
        if let Some(session) = self.open.write().remove(id) {
            session.close();
        }
    }
}

/// Whether whoever asks now may use what belongs to `principal`. The host itself may.
fn asks(principal: &Option<String>) -> bool {
    asking::principal().is_none_or(|asks| asks == *principal)
}

/// What a session is known by on disk.
fn key_of(id: &SessionId) -> SessionKey {
    blake3::derive_key("mainstay http session", id.as_bytes())
}

/// A new id: 122 random bits.
fn new_id() -> SessionId {
    uuid::Uuid::new_v4().to_string().into()
}

/// Milliseconds since the epoch.
fn epoch() -> u64 {
    now()
}

#[cfg(test)]
mod tests;
