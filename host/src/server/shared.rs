//! What all clients of a host have in common.

use std::sync::Arc;

use super::sessions::Sessions;
use crate::config::Reloader;
use crate::swap::Slots;

/// The slots, and who is connected.
#[derive(Debug)]
pub struct Shared {
    pub(crate) slots: Arc<Slots>,
    pub(crate) sessions: Sessions,
    /// Reads the settings again.
    pub(crate) reloader: Reloader,
}

impl Shared {
    pub fn new(slots: Arc<Slots>, reloader: Reloader) -> Arc<Self> {
        Arc::new(Self { slots, sessions: Sessions::default(), reloader })
    }
}
