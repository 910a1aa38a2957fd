//! What all clients of a host have in common.

use std::sync::Arc;

use super::reboot::Reboot;
use super::sessions::Sessions;
use crate::config::Reloader;
use crate::swap::Slots;

/// The slots, who is connected, and what the reboot tools keep.
#[derive(Debug)]
pub struct Shared {
    pub(crate) slots: Arc<Slots>,
    pub(crate) sessions: Sessions,
    pub(crate) reboot: Reboot,
    /// Reads the settings again.
    pub(crate) reloader: Reloader,
}

impl Shared {
    pub fn new(slots: Arc<Slots>, reloader: Reloader) -> Arc<Self> {
        Arc::new(Self { slots, sessions: Sessions::default(), reboot: Reboot::default(), reloader })
    }
}
