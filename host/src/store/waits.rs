//! Calls that wait, as rows. Written in the entry that decided to wait, removed in the entry that goes on.

use rusqlite::OptionalExtension as _;

use super::plugin_db::{PluginDb, StoreError};

/// A call that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitRow {
    /// Unguessable.
    pub id: String,
    /// How often the call has waited before.
    pub round: u32,
    /// JSON of the call.
    pub call: String,
    pub continuation_version: u32,
    pub continuation: Vec<u8>,
    /// JSON of the keyed requests.
    pub requests: String,
    /// The process that does the waiting; none if the client carries it.
    pub holder: Option<String>,
    /// Milliseconds since the epoch.
    pub created_at: u64,
    pub expires_at: u64,
    /// The swap whose new version cannot continue it.
    pub orphaned_by: Option<String>,
}

impl PluginDb {
    /// Keeps a call that waits, as part of the running entry.
    ///
    /// # Errors
    /// If the database fails.
    pub fn insert_wait(&self, row: &WaitRow) -> Result<(), StoreError> {
        let insert = "INSERT INTO _mainstay_waits VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.connection().prepare_cached(insert)?.execute((
            &row.id,
            row.round,
            &row.call,
            row.continuation_version,
            &row.continuation,
            &row.requests,
            &row.holder,
            row.created_at,
            row.expires_at,
            &row.orphaned_by,
        ))?;
        Ok(())
    }

    /// The call that waits under `id`, unless it has gone on already or has expired.
    ///
    /// # Errors
    /// If the database fails.
    pub fn wait(&self, id: &str, now: u64) -> Result<Option<WaitRow>, StoreError> {
        let select = "SELECT round, call, continuation_version, continuation, requests, holder, created_at, expires_at,
            orphaned_by FROM _mainstay_waits WHERE id = ?1 AND expires_at > ?2";
        let mut select = self.connection().prepare_cached(select)?;
        let row = select.query_row((id, now), |row| {
            Ok(WaitRow {
                id: id.to_owned(),
                round: row.get(0)?,
                call: row.get(1)?,
                continuation_version: row.get(2)?,
                continuation: row.get(3)?,
                requests: row.get(4)?,
                holder: row.get(5)?,
                created_at: row.get(6)?,
                expires_at: row.get(7)?,
                orphaned_by: row.get(8)?,
            })
        });
        Ok(row.optional()?)
    }

    /// Removes one, and says whether it was there.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_wait(&self, id: &str) -> Result<bool, StoreError> {
        let removed = self.connection().prepare_cached("DELETE FROM _mainstay_waits WHERE id = ?1")?.execute([id])?;
        Ok(removed == 1)
    }

    /// How many calls wait.
    ///
    /// # Errors
    /// If the database fails.
    pub fn count_waits(&self, now: u64) -> Result<u64, StoreError> {
        let count = "SELECT count(*) FROM _mainstay_waits WHERE expires_at > ?1 AND orphaned_by IS NULL";
        Ok(self.connection().prepare_cached(count)?.query_row([now], |row| row.get(0))?)
    }

    /// How many calls wait with a continuation of a version that is not among `readable`.
    ///
    /// # Errors
    /// If the database fails.
    pub fn count_unreadable_waits(&self, readable: &[u32], now: u64) -> Result<u64, StoreError> {
        let count = "SELECT count(*) FROM _mainstay_waits WHERE expires_at > ?1 AND orphaned_by IS NULL
            AND continuation_version NOT IN (SELECT value FROM json_each(?2))";
        Ok(self.connection().prepare_cached(count)?.query_row((now, json_list(readable)), |row| row.get(0))?)
    }

    /// Marks those as orphaned by `swap`, in the transaction that has begun, and says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub fn orphan_unreadable_waits(&self, readable: &[u32], swap: &str) -> Result<u64, StoreError> {
        let mark = "UPDATE _mainstay_waits SET orphaned_by = ?1 WHERE orphaned_by IS NULL
            AND continuation_version NOT IN (SELECT value FROM json_each(?2))";
        let marked = self.connection().prepare_cached(mark)?.execute((swap, json_list(readable)))?;
        Ok(u64::try_from(marked).unwrap_or(u64::MAX))
    }

    /// Removes those whose time is over, and says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_expired_waits(&self, now: u64) -> Result<usize, StoreError> {
        Ok(self.connection().execute("DELETE FROM _mainstay_waits WHERE expires_at <= ?1", [now])?)
    }

    /// Removes those nobody can answer any more: expired, or held by a process that is gone. Says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_dead_waits(&self, holder: &str, now: u64) -> Result<usize, StoreError> {
        let delete = "DELETE FROM _mainstay_waits WHERE expires_at <= ?2 OR (holder IS NOT NULL AND holder <> ?1)";
        Ok(self.connection().execute(delete, (holder, now))?)
    }
}

fn json_list(numbers: &[u32]) -> String {
    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
    format!("[{}]", numbers.join(","))
}
