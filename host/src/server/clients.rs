//! Clients that have no session of the protocol's.
//!
//! Since 2026-07-28 a request over HTTP stands for itself: it says which program it is from, and that is all there is to
//! tell clients apart by. Requests of the same principal and program from the same address are taken for one client's.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::model::ProtocolVersion;
use rmcp::service::RequestContext;

use super::principal::{Principal, SessionTag};
use super::session::{Session, names};
use super::shared::Shared;
use crate::config::Role;
use crate::plugin::now;

/// How many are told apart: as many as sessions of the protocol's. The one that was silent for longest makes room.
const MOST: usize = 10_000;

/// How many of one principal, which so makes room for itself, and not at the cost of all others.
const MOST_OF_ONE: usize = MOST / 10;

/// Among how many of those that were silent for longest one is looked for that waits for nothing.
const LOOKS: usize = 64;

/// Whoever says nothing for so long is taken to have left.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// How often they are looked through.
const ROUND: Duration = Duration::from_secs(60);

/// Those that were there lately.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    sessions: HashMap<Arc<Key>, (u64, Session)>,
    /// By when they were there last: all, and those of each principal.
    order: Order,
    of: HashMap<String, Order>,
    next: u64,
}

type Order = BTreeMap<u64, Arc<Key>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    principal: String,
    operator: bool,
    program: String,
    version: String,
    address: Option<IpAddr>,
}

impl Shared {
    /// Whose session a request over HTTP is of, and whether it ends with the handler of that request.
    pub(crate) fn session_of(&self, context: &RequestContext<RoleServer>) -> (Session, bool) {
        let parts = context.extensions.get::<http::request::Parts>();
        let extensions = parts.map(|parts| &parts.extensions);
        let principal = extensions.and_then(|extensions| extensions.get::<Principal>()).cloned();
        // Whatever let it in without saying who it is let it look, no more.
        let principal = principal.unwrap_or_else(|| Principal::anonymous(Role::User));
        if context.protocol_version().is_none_or(|version| version < ProtocolVersion::V_2026_07_28) {
            let tag = context.extensions.get::<SessionTag>().map(|tag| tag.id.clone());
            return (Session::over_http(tag, principal), true);
        }
        let (program, version) = context.client_info().map(names).unwrap_or_default();
        let peer = extensions.and_then(|extensions| extensions.get::<axum::extract::ConnectInfo<SocketAddr>>());
        let key = Key {
            principal: principal.id.clone(),
            operator: principal.role == Role::Operator,
            program,
            version,
            address: peer.map(|peer| peer.0.ip()),
        };
        let (found, left) = self.clients.find(key, &principal);
        left.iter().for_each(|left| self.close(left));
        match found {
            Some(session) => (session, false),
            // There is no room for it beyond this request.
            None => (Session::over_http(None, principal), true),
        }
    }

    /// Takes those for gone that are silent. Does not end.
    pub async fn forget_clients(&self) {
        let mut round = tokio::time::interval(ROUND);
        loop {
            round.tick().await;
            let since = now().saturating_sub(u64::try_from(SILENCE.as_millis()).unwrap_or(u64::MAX));
            let gone = self.clients.silent(since);
            gone.iter().for_each(|gone| self.close(gone));
        }
    }
}

impl Clients {
    /// The client's session, if there is room for it, and who had to make room.
    fn find(&self, key: Key, principal: &Principal) -> (Option<Session>, Option<Session>) {
        let mut known = self.0.lock();
        if let Some(session) = known.again(&key) {
            return (Some(session), None);
        }
        let Ok(left) = known.make_room(&key.principal) else { return (None, None) };
        let session = Session::over_http(None, principal.clone());
        known.add(Arc::new(key), session.clone());
        (Some(session), left)
    }

    /// Those that have said nothing since that time, in milliseconds since the epoch, and wait for nothing. They are
    /// forgotten.
    fn silent(&self, since: u64) -> Vec<Session> {
        let mut known = self.0.lock();
        let is_silent = |session: &Session| session.active_at() < since && !session.is_busy();
        let silent = known.sessions.iter().filter(|(_, (_, session))| is_silent(session));
        let silent: Vec<_> = silent.map(|(key, _)| Arc::clone(key)).collect();
        silent.iter().filter_map(|key| known.remove(key)).collect()
    }
}

/// All are there that may be, and none can go.
struct NoRoom;

impl Known {
    /// One that was there before, and is now.
    fn again(&mut self, key: &Key) -> Option<Session> {
        let (key, _) = self.sessions.get_key_value(key)?;
        let key = Arc::clone(key);
        let session = self.remove(&key)?;
        self.add(key, session.clone());
        Some(session)
    }

    fn add(&mut self, key: Arc<Key>, session: Session) {
        let place = self.next;
        self.next += 1;
        self.order.insert(place, Arc::clone(&key));
        self.of.entry(key.principal.clone()).or_default().insert(place, Arc::clone(&key));
        self.sessions.insert(key, (place, session));
    }

    fn remove(&mut self, key: &Key) -> Option<Session> {
        let (place, session) = self.sessions.remove(key)?;
        self.order.remove(&place);
        if let Some(own) = self.of.get_mut(&key.principal) {
            own.remove(&place);
            if own.is_empty() {
                self.of.remove(&key.principal);
            }
        }
        Some(session)
    }

    /// Comes back with who had to go.
    fn make_room(&mut self, principal: &str) -> Result<Option<Session>, NoRoom> {
        let own = self.of.get(principal).filter(|own| own.len() >= MOST_OF_ONE);
        let Some(among) = own.or_else(|| (self.order.len() >= MOST).then_some(&self.order)) else { return Ok(None) };
        let is_busy = |key: &Key| self.sessions.get(key).is_some_and(|(_, session)| session.is_busy());
        let longest = among.values().take(LOOKS).find(|key| !is_busy(key)).cloned();
        longest.map(|key| self.remove(&key)).ok_or(NoRoom)
    }
}

#[cfg(test)]
mod tests;
