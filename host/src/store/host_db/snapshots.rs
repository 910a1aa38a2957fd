//! Snapshots as they are kept: sealed values beside what is said of them. What is inside is [`super::super::snapshots`]'s
//! concern.
//!
//! They are in the host's file and not in the slot's, so that damage to one is not damage to the other.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::HostDb;
use crate::model::{Generation, SlotName};
use crate::store::StoreError;

/// What is kept in a host's file since its format 2.
pub(super) const TABLE: &str = "
    CREATE TABLE snapshot (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        generation INTEGER NOT NULL,
        meta TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX snapshot_by_slot ON snapshot (slot, number);
";

/// A snapshot as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotRow {
    pub(crate) id: String,
    pub(crate) slot: String,
    /// What is said of it, as JSON. These very bytes are associated with what is sealed.
    pub(crate) meta: String,
    pub(crate) sealed: Vec<u8>,
}

/// The same without what is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotHead {
    pub(crate) id: String,
    pub(crate) slot: String,
    pub(crate) meta: String,
}

impl HostDb {
    /// Keeps a snapshot as the newest of its slot, and no more than `keep` of that slot. Both or neither.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) fn insert_snapshot(
        &self,
        row: &SnapshotRow,
        generation: Generation,
        keep: usize,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let insert = "INSERT INTO snapshot (id, slot, generation, meta, sealed) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (&row.id, &row.slot, generation.0, &row.meta, &row.sealed);
        transaction.prepare_cached(insert)?.execute(values)?;
        rotate(&transaction, &row.slot, keep)?;
        Ok(transaction.commit()?)
    }

    /// Keeps the newest `keep` of a slot, or of each, and at least one. Says how many were removed.
    ///
    /// # Errors
    /// If the database fails.
    pub fn prune_snapshots(&self, slot: Option<&SlotName>, keep: usize) -> Result<usize, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let slots: Vec<String> = match slot {
            Some(slot) => vec![slot.to_string()],
            None => {
                let mut select = transaction.prepare_cached("SELECT DISTINCT slot FROM snapshot")?;
                let slots = select.query_map([], |row| row.get(0))?;
                slots.collect::<Result<_, _>>()?
            }
        };
        let removed = slots.iter().map(|slot| rotate(&transaction, slot, keep)).sum::<Result<usize, _>>()?;
        transaction.commit()?;
        Ok(removed)
    }

    /// Removes one, and says whether it was there.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) fn remove_snapshot(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.connection.lock().execute("DELETE FROM snapshot WHERE id = ?1", [id])? > 0)
    }

    /// Those of a slot, or all, newest first: the order in which they were kept, whatever the clock said.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) fn snapshots(&self, slot: Option<&SlotName>) -> Result<Vec<SnapshotHead>, StoreError> {
        let connection = self.connection.lock();
        if !connection.table_exists(None, "snapshot")? {
            // Written by an older host.
            return Ok(Vec::new());
        }
        let select = "SELECT id, slot, meta FROM snapshot WHERE ?1 IS NULL OR slot = ?1 ORDER BY number DESC";
        let mut select = connection.prepare_cached(select)?;
        let head = |row: &Row<'_>| Ok(SnapshotHead { id: row.get(0)?, slot: row.get(1)?, meta: row.get(2)? });
        let rows = select.query_map([slot.map(SlotName::as_str)], head)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The one of that name.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) fn snapshot(&self, id: &str) -> Result<Option<SnapshotRow>, StoreError> {
        let connection = self.connection.lock();
        if !connection.table_exists(None, "snapshot")? {
            return Ok(None);
        }
        let mut select = connection.prepare_cached("SELECT id, slot, meta, sealed FROM snapshot WHERE id = ?1")?;
        let read = |row: &Row<'_>| {
            Ok(SnapshotRow { id: row.get(0)?, slot: row.get(1)?, meta: row.get(2)?, sealed: row.get(3)? })
        };
        Ok(select.query_row([id], read).optional()?)
    }
}

/// Puts what `reseal` makes of each sealed value in its place, in the transaction that has begun, and says how many
/// there are. `reseal` is given what is associated and what is sealed.
///
/// # Errors
/// The first of `reseal`, or the database's.
pub(crate) fn reseal_snapshots<E: From<rusqlite::Error>>(
    connection: &Connection,
    mut reseal: impl FnMut(&[u8], &[u8]) -> Result<Vec<u8>, E>,
) -> Result<usize, E> {
    let mut select = connection.prepare("SELECT number FROM snapshot")?;
    let numbers: Vec<i64> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut read = connection.prepare("SELECT meta, sealed FROM snapshot WHERE number = ?1")?;
    let mut write = connection.prepare("UPDATE snapshot SET sealed = ?2 WHERE number = ?1")?;
    for number in &numbers {
        let (meta, sealed): (String, Vec<u8>) = read.query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        write.execute((number, reseal(meta.as_bytes(), &sealed)?))?;
    }
    Ok(numbers.len())
}

fn rotate(connection: &Connection, slot: &str, keep: usize) -> rusqlite::Result<usize> {
    let rotate = "DELETE FROM snapshot WHERE slot = ?1 AND number <
        (SELECT min(number) FROM (SELECT number FROM snapshot WHERE slot = ?1 ORDER BY number DESC LIMIT ?2))";
    let keep = i64::try_from(keep.max(1)).unwrap_or(i64::MAX);
    connection.prepare_cached(rotate)?.execute((slot, keep))
}

#[cfg(test)]
mod tests;
