//! The last recorded calls of each slot: one sealed value, whose inside is not the store's concern.

use rusqlite::{Connection, OptionalExtension as _};

use super::HostDb;
use crate::model::SlotName;
use crate::seal::Sealer;
use crate::store::{Corruption, StoreError};

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

/// Seals recordings with the newest key, in the transaction that has begun, and says how many were not.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    let mut select = connection.prepare("SELECT slot, sealed FROM recording")?;
    let mut update = connection.prepare("UPDATE recording SET sealed = ?2 WHERE slot = ?1")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut resealed = 0;
    for (slot, sealed) in rows.collect::<Result<Vec<(String, Vec<u8>)>, _>>()? {
        let renewed = sealer.renew(&sealed, slot.as_bytes());
        let what = || format!("what was recorded of slot {slot}");
        let Some(renewed) = renewed.map_err(|problem| Corruption { what: what(), problem })? else { continue };
        resealed += update.execute((&slot, renewed))?;
    }
    Ok(resealed)
}
