//! What a snapshot is taken of, in a plugin's file.

use super::SnapshotError;
use crate::model::snapshot::{SnapshotContent, SnapshotEntry};
use crate::store::{Activation, Carried, PluginDb, StateEntry, StoreError};

/// What each value has more in the file than by itself, at most, in bytes.
const OVERHEAD: u64 = 64;

/// A slot's working state as one look at its file found it.
#[derive(Debug)]
pub struct WorkingState {
    /// Which version is active. What it was given is in here, sealed.
    pub activation: Activation,
    pub entries: Vec<StateEntry>,
}

impl PluginDb {
    /// The working state as it is at one moment: in the transaction that has begun, or in one look beside the writer.
    /// None if nothing was ever active.
    ///
    /// # Errors
    /// If it has more than `limit` bytes, or one of its values does not open.
    pub fn working_state(&self, limit: u64) -> Result<Option<WorkingState>, SnapshotError> {
        let own = self.connection().is_autocommit();
        if own {
            self.host("BEGIN")?;
        }
        let read = self.read_working_state(limit);
        if own {
            self.rollback();
        }
        read
    }

    fn read_working_state(&self, limit: u64) -> Result<Option<WorkingState>, SnapshotError> {
        let Some(activation) = self.activation()? else { return Ok(None) };
        let weigh = "SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0) FROM _mainstay_state";
        let weighed = self.connection().query_row(weigh, [], |row| Ok((row.get(0)?, row.get(1)?)));
        let (entries, bytes): (u64, u64) = weighed.map_err(StoreError::from)?;
        // Before it is read into memory. What is in the file is more than what is in a snapshot.
        let least = bytes.saturating_sub(entries * OVERHEAD);
        if least > limit {
            return Err(SnapshotError::TooLarge { bytes: least, limit });
        }
        Ok(Some(WorkingState { activation, entries: self.state_dump()? }))
    }

    /// Puts a snapshot's keys in place of all there are, in the transaction that has begun.
    ///
    /// # Errors
    /// If the database fails.
    pub fn restore_entries(&self, content: &SnapshotContent) -> Result<(), StoreError> {
        self.state_replace(&content.entries.iter().cloned().map(Into::into).collect::<Vec<_>>())
    }

    /// Puts state in place of what was carried into the active generation, in the transaction that has begun.
    ///
    /// # Errors
    /// If the database fails.
    pub fn set_carried(&self, carried: Option<&Carried>) -> Result<(), StoreError> {
        let update = "UPDATE _mainstay_generations SET carried_schema = ?1, carried = ?2
            WHERE generation = (SELECT generation FROM _mainstay_slot WHERE id = 1)";
        let (schema, sealed) = (carried.map(|c| c.schema), carried.map(|c| &c.sealed));
        self.connection().prepare_cached(update)?.execute((schema, sealed))?;
        // What was in memory is of another moment.
        self.forget_memory()
    }
}

impl From<SnapshotEntry> for StateEntry {
    fn from(entry: SnapshotEntry) -> Self {
        let SnapshotEntry { key, value, secret } = entry;
        Self { key, value, secret }
    }
}

impl From<StateEntry> for SnapshotEntry {
    fn from(entry: StateEntry) -> Self {
        let StateEntry { key, value, secret } = entry;
        Self { key, value, secret }
    }
}
