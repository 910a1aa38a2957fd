//! Clients that have no session of the protocol's.
//!
//! Since 2026-07-28 a request over HTTP stands for itself: it says which program it is from, and that is all there is to
//! tell clients apart by. Requests of the same principal and program from the same address are taken for one client's.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::model::ProtocolVersion;
use rmcp::service::RequestContext;

use super::principal::{Principal, SessionTag};
use super::session::Session;
use super::shared::Shared;
use crate::config::Role;
use crate::plugin::now;

/// How many are told apart: as many as sessions of the protocol's. The one that was silent for longest makes room.
const MOST: usize = 10_000;

/// Whoever says nothing for so long is taken to have left.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// How often they are looked through.
const ROUND: Duration = Duration::from_secs(60);

/// Those that were there lately.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<HashMap<Key, Session>>);

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
        let client = context.client_info();
        let peer = extensions.and_then(|extensions| extensions.get::<axum::extract::ConnectInfo<SocketAddr>>());
        let key = Key {
            principal: principal.id.clone(),
            operator: principal.role == Role::Operator,
            program: client.as_ref().map(|client| client.name.clone()).unwrap_or_default(),
            version: client.map(|client| client.version).unwrap_or_default(),
            address: peer.map(|peer| peer.0.ip()),
        };
        let (session, left) = self.clients.find(key, principal);
        left.iter().for_each(|left| self.close(left));
        (session, false)
    }

    /// Takes those for gone that are silent. Does not end.
    pub async fn forget_clients(&self) {
        let mut round = tokio::time::interval(ROUND);
        loop {
            round.tick().await;
            let gone = self.clients.silent(SILENCE);
            gone.iter().for_each(|gone| self.close(gone));
        }
    }
}

impl Clients {
    /// The client's session, and who had to make room for it.
    fn find(&self, key: Key, principal: Principal) -> (Session, Option<Session>) {
        let mut known = self.0.lock();
        if let Some(session) = known.get(&key) {
            return (session.clone(), None);
        }
        let longest = (known.len() >= MOST).then(|| {
            let silent = known.iter().filter(|(_, session)| session.running().is_empty());
            silent.min_by_key(|(_, session)| session.active_at()).map(|(key, _)| key.clone())
        });
        let left = longest.flatten().and_then(|key| known.remove(&key));
        let session = Session::over_http(None, principal);
        known.insert(key, session.clone());
        (session, left)
    }

    /// Those that have said nothing for so long, and wait for nothing. They are forgotten.
    fn silent(&self, since: Duration) -> Vec<Session> {
        let until = now().saturating_sub(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        let is_silent = |session: &Session| session.active_at() < until && session.running().is_empty();
        self.0.lock().extract_if(|_, session| is_silent(session)).map(|(_, session)| session).collect()
    }
}
