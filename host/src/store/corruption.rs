//! What is kept and does not open: how it is told, and remembered until whoever has to know asks.

use super::plugin_db::{PluginDb, StoreError};
use crate::seal::SealError;

/// Something that was kept sealed and does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be opened: {problem}")]
pub struct Corruption {
    /// What it is, in words.
    pub what: String,
    pub problem: SealError,
}

impl Corruption {
    /// Whether it is not what was sealed. Otherwise it may well be whole, and a key or a newer version opens it.
    pub fn is_damage(&self) -> bool {
        self.problem.is_corruption()
    }
}

impl PluginDb {
    /// What the plugin met since the last time that does not open: an entry that met it must come to nothing, whatever it
    /// answered. Of several, the first. What the host reads for itself is told at once, and not here.
    pub fn take_corruption(&self) -> Option<Corruption> {
        self.corruption.take()
    }

    /// The plugin met it.
    pub(super) fn met(&self, corruption: Corruption) -> Corruption {
        self.corruption.borrow_mut().get_or_insert_with(|| corruption.clone());
        corruption
    }

    pub(super) fn unseal(
        &self,
        sealed: &[u8],
        associated: &[u8],
        what: impl FnOnce() -> String,
    ) -> Result<Vec<u8>, Corruption> {
        self.sealer().open(sealed, associated).map_err(|problem| Corruption { what: what(), problem })
    }

    pub(super) fn seal(&self, plain: &[u8], associated: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.sealer().seal(plain, associated).map_err(StoreError::Seal)
    }
}
