//! Components that were refused, so that they are not tried again and again.

use rusqlite::OptionalExtension as _;

use super::{HostDb, from_json, to_json};
use crate::model::swap::Refusal;
use crate::model::{Digest, SlotName};
use crate::store::StoreError;

/// How many are remembered, the latest ones; one that is forgotten is tried once more.
const KEPT: u32 = 1_000;

/// Why and when a component was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    pub refusal: Refusal,
    /// Milliseconds since the epoch.
    pub at: u64,
}

impl HostDb {
    /// Remembers why a component was refused. What was remembered of it before is replaced.
    ///
    /// # Errors
    /// If the database fails.
    pub fn quarantine(&self, slot: &SlotName, digest: Digest, refusal: &Refusal, now: u64) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let row = (slot.as_str(), digest.to_string(), to_json(refusal)?, now);
        transaction.prepare_cached("INSERT OR REPLACE INTO quarantine VALUES (?1, ?2, ?3, ?4)")?.execute(row)?;
        let forget = "DELETE FROM quarantine WHERE (slot, digest) IN
            (SELECT slot, digest FROM quarantine ORDER BY at DESC LIMIT -1 OFFSET ?1)";
        transaction.prepare_cached(forget)?.execute([KEPT])?;
        Ok(transaction.commit()?)
    }

    /// Whether a component was refused.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub fn quarantined(&self, slot: &SlotName, digest: Digest) -> Result<Option<Quarantine>, StoreError> {
        let connection = self.connection.lock();
        let mut select =
            connection.prepare_cached("SELECT refusal, at FROM quarantine WHERE slot = ?1 AND digest = ?2")?;
        let quarantine = select.query_row((slot.as_str(), digest.to_string()), |row| {
            let refusal: String = row.get(0)?;
            let refusal = from_json(&refusal, || format!("the quarantine of {digest} in {slot}"))?;
            Ok(Quarantine { refusal, at: row.get(1)? })
        });
        Ok(quarantine.optional()?)
    }

    /// Forgets that a component was refused.
    ///
    /// # Errors
    /// If the database fails.
    pub fn release(&self, slot: &SlotName, digest: Digest) -> Result<(), StoreError> {
        let connection = self.connection.lock();
        let mut delete = connection.prepare_cached("DELETE FROM quarantine WHERE slot = ?1 AND digest = ?2")?;
        delete.execute((slot.as_str(), digest.to_string()))?;
        Ok(())
    }
}
