//! One connected client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rmcp::RoleServer;
use rmcp::service::RequestContext;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::plugin::contract::{log, types};

/// What is known of a client, and what bounds it.
#[derive(Debug, Clone)]
pub(crate) struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    directory: Option<String>,
    calls: Arc<Semaphore>,
    /// From which level on log lines are sent; a client that has not asked gets none.
    log_from: AtomicU8,
}

const NO_LOG: u8 = u8::MAX;

impl Session {
    pub(crate) fn new(directory: Option<String>, calls_in_flight: usize) -> Self {
        Self(Arc::new(Inner {
            id: uuid::Uuid::now_v7().simple().to_string(),
            directory,
            calls: Arc::new(Semaphore::new(calls_in_flight)),
            log_from: AtomicU8::new(NO_LOG),
        }))
    }

    /// A place for one more call, if there is one.
    pub(crate) fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.calls).try_acquire_owned().ok()
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
