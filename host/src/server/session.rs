//! One connected client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use rmcp::RoleServer;
use rmcp::service::RequestContext;
use tokio::sync::watch;

use crate::plugin::contract::{log, types};
use crate::plugin::now;

/// The place of one call of a client's, free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(Session);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.calls.send_modify(|calls| *calls -= 1);
    }
}

/// What is known of a client, and what bounds it.
#[derive(Debug, Clone)]
pub(crate) struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    directory: Option<String>,
    /// Calls under way.
    calls: watch::Sender<usize>,
    most: usize,
    /// From which level on log lines are sent; a client that has not asked gets none.
    log_from: AtomicU8,
    /// When the client last asked for the list of tools, or came; in milliseconds since the epoch.
    listed_at: AtomicU64,
}

const NO_LOG: u8 = u8::MAX;

impl Session {
    pub(crate) fn new(directory: Option<String>, calls_in_flight: usize) -> Self {
        Self(Arc::new(Inner {
            id: uuid::Uuid::now_v7().simple().to_string(),
            directory,
            calls: watch::Sender::new(0),
            most: calls_in_flight,
            log_from: AtomicU8::new(NO_LOG),
            listed_at: AtomicU64::new(now()),
        }))
    }

    /// A place for one more call, if there is one.
    pub(crate) fn admit(&self) -> Option<Place> {
        let admitted = self.0.calls.send_if_modified(|calls| {
            let room = *calls < self.0.most;
            *calls += usize::from(room);
            room
        });
        admitted.then(|| Place(self.clone()))
    }

    /// Comes back when none of the client's calls is under way. Keeps none from beginning.
    pub(crate) async fn idle(&self) {
        // It fails only if the session is gone, and this is one.
        drop(self.0.calls.subscribe().wait_for(|calls| *calls == 0).await);
    }

    /// The client asks for the list of tools.
    pub(crate) fn listed(&self) {
        self.0.listed_at.store(now(), Ordering::Relaxed);
    }

    /// Whether something that changed at that time may be news to the client.
    pub(crate) fn may_not_know(&self, changed_at: u64) -> bool {
        changed_at >= self.0.listed_at.load(Ordering::Relaxed)
    }

    pub(crate) fn log_from(&self, level: log::Level) {
        self.0.log_from.store(level as u8, Ordering::Relaxed);
    }

    pub(crate) fn wants_log(&self, level: log::Level) -> bool {
        let from = self.0.log_from.load(Ordering::Relaxed);
        from != NO_LOG && level as u8 >= from
    }

    /// In the contract's words.
    pub(crate) fn caller(&self, context: &RequestContext<RoleServer>) -> types::Caller {
        let client = context.client_info();
        types::Caller {
            session: self.0.id.clone(),
            client_name: client.as_ref().map(|client| client.name.clone()).unwrap_or_default(),
            client_version: client.map(|client| client.version).unwrap_or_default(),
            protocol: context.protocol_version().map(|version| version.to_string()).unwrap_or_default(),
            working_directory: self.0.directory.clone(),
        }
    }
}
