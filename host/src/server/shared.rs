//! What all clients of a host have in common.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::clients::Clients;
use super::elsewhere::Elsewhere;
use super::lifecycle::Lifecycle;
use super::lines::LineClients;
use super::listed::Listed;
use super::metrics::Metrics;
use super::reboot::Reboot;
use super::session::Session;
use super::sessions::Sessions;
use super::state::StateKeys;
use super::tasks::Tasks;
use super::traces::Traces;
use crate::config::Reloader;
use crate::plugin::now;
use crate::seal::Keyring;
use crate::swap::{OpenError, Slots};

/// The slots, who is connected, and what the reboot tools keep.
#[derive(Debug)]
pub struct Shared {
    pub(crate) slots: Arc<Slots>,
    /// When this image of the process began, in milliseconds since the epoch.
    pub(crate) began_at: u64,
    pub(crate) sessions: Sessions,
    /// Those over HTTP that have no session of the protocol's.
    pub(crate) clients: Clients,
    /// Those that speak in lines.
    pub(crate) lines: LineClients,
    pub(crate) elsewhere: Elsewhere,
    pub(crate) listed: Listed,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) reboot: Reboot,
    pub(crate) tasks: Tasks,
    /// Reads the settings again.
    pub(crate) reloader: Reloader,
    /// Made of the keyring beside them.
    keys: Mutex<Option<(Arc<Keyring>, Arc<StateKeys>)>>,
    pub(crate) metrics: Metrics,
    /// Where spans go to, once it is known that they go anywhere.
    pub(crate) traces: OnceLock<Traces>,
}

impl Shared {
    pub fn new(slots: Arc<Slots>, reloader: Reloader) -> Arc<Self> {
        Arc::new(Self {
            slots,
            began_at: now(),
            sessions: Sessions::default(),
            clients: Clients::default(),
            lines: LineClients::default(),
            elsewhere: Elsewhere::default(),
            listed: Listed::default(),
            lifecycle: Lifecycle::default(),
            reboot: Reboot::default(),
            tasks: Tasks::default(),
            reloader,
            keys: Mutex::default(),
            metrics: Metrics::default(),
            traces: OnceLock::new(),
        })
    }

    /// A client has left.
    pub(crate) fn close(&self, session: &Session) {
        self.sessions.close(session);
        self.reboot.forget(session);
    }

    /// The keys with which clients of 2026-07-28 come back to calls that wait.
    ///
    /// # Errors
    /// If the installation's keys can be neither read nor made.
    pub(crate) fn state_keys(&self) -> Result<Arc<StateKeys>, OpenError> {
        let keyring = self.slots.keyring()?;
        let mut keys = self.keys.lock();
        if let Some((of, keys)) = &*keys
            && Arc::ptr_eq(of, &keyring)
        {
            return Ok(Arc::clone(keys));
        }
        let made = Arc::new(StateKeys::new(&keyring));
        *keys = Some((keyring, Arc::clone(&made)));
        Ok(made)
    }
}
