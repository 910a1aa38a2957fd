//! The last recorded calls of each slot: one sealed value, whose inside is not the store's concern.

use rusqlite::OptionalExtension as _;

use super::HostDb;
use crate::model::SlotName;
use crate::store::StoreError;

impl HostDb {
    /// Keeps a recording instead of the one before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn save_recording(&self, slot: &SlotName, sealed: &[u8]) -> Result<(), StoreError> {
        let connection = self.connection.lock();
        let mut write = connection.prepare_cached("INSERT OR REPLACE INTO recording VALUES (?1, ?2)")?;
        write.execute((slot.as_str(), sealed))?;
        Ok(())
    }

    /// The recording that is kept, still sealed.
    ///
    /// # Errors
    /// If the database fails.
    pub fn recording(&self, slot: &SlotName) -> Result<Option<Vec<u8>>, StoreError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached("SELECT sealed FROM recording WHERE slot = ?1")?;
        Ok(select.query_row([slot.as_str()], |row| row.get(0)).optional()?)
    }
}
