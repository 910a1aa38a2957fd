//! What all clients of a host have in common.

use std::sync::Arc;

use crate::swap::Slots;

/// The slots.
#[derive(Debug)]
pub struct Shared {
    pub(crate) slots: Arc<Slots>,
}

impl Shared {
    pub fn new(slots: Arc<Slots>) -> Arc<Self> {
        Arc::new(Self { slots })
    }
}
