//! Calls that wait, as rows. Written in the entry that decided to wait, removed in the entry that goes on. What was
//! asked, and what it goes on with, are sealed.

use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::corruption::Corruption;
use super::plugin_db::{PluginDb, StoreError};
use crate::seal::Sealer;

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

/// What a sealed column of a row is sealed with: the column, and what never changes in the row.
fn place(column: &str, id: &str, round: u32, continuation_version: u32) -> Vec<u8> {
    format!("{column} of wait {id}, round {round}, continuation version {continuation_version}").into_bytes()
}

/// Seals what format 2 kept plain.
pub(super) fn seal_all(connection: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let insert = "INSERT INTO _mainstay_waits SELECT id, round, ?2, continuation_version, ?3, ?4, holder, created_at,
        expires_at, orphaned_by FROM _mainstay_waits_2 WHERE id = ?1";
    let mut insert = connection.prepare(insert)?;
    let select = "SELECT id, round, continuation_version, call, continuation, requests FROM _mainstay_waits_2";
    let mut select = connection.prepare(select)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, round, version): (String, u32, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (call, continuation, requests): (String, Vec<u8>, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let seal = |column: &str, plain: &[u8]| {
            sealer.seal(plain, &place(column, &id, round, version)).map_err(StoreError::Seal)
        };
        let sealed = (
            seal("call", call.as_bytes())?,
            seal("continuation", &continuation)?,
            seal("requests", requests.as_bytes())?,
        );
        insert.execute((&id, sealed.0, sealed.1, sealed.2))?;
    }
    Ok(())
}

/// Seals rows with the newest key, in the transaction that has begun, and says how many values were not.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    let mut resealed = 0;
    for column in ["call", "continuation", "requests"] {
        let select = format!("SELECT id, round, continuation_version, {column} FROM _mainstay_waits");
        let mut select = connection.prepare(&select)?;
        let mut update = connection.prepare(&format!("UPDATE _mainstay_waits SET {column} = ?2 WHERE id = ?1"))?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        for (id, round, version, sealed) in rows.collect::<Result<Vec<(String, u32, u32, Vec<u8>)>, _>>()? {
            let renewed = sealer.renew(&sealed, &place(column, &id, round, version));
            let renewed = renewed.map_err(|problem| Corruption { what: value_of(column, &id), problem })?;
            let Some(renewed) = renewed else { continue };
            resealed += update.execute((id, renewed))?;
        }
    }
    Ok(resealed)
}

/// In words.
fn value_of(column: &str, id: &str) -> String {
    format!("the {column} of a call that waits ({id})")
}

impl PluginDb {
    /// Keeps a call that waits, as part of the running entry.
    ///
    /// # Errors
    /// If the database fails.
    pub fn insert_wait(&self, row: &WaitRow) -> Result<(), StoreError> {
        let insert = "INSERT INTO _mainstay_waits VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let seal =
            |column: &str, plain: &[u8]| self.seal(plain, &place(column, &row.id, row.round, row.continuation_version));
        self.connection().prepare_cached(insert)?.execute((
            &row.id,
            row.round,
            seal("call", row.call.as_bytes())?,
            row.continuation_version,
            seal("continuation", &row.continuation)?,
            seal("requests", row.requests.as_bytes())?,
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
    /// If the database fails, or the row does not open.
    pub fn wait(&self, id: &str, now: u64) -> Result<Option<WaitRow>, StoreError> {
        let select = "SELECT round, call, continuation_version, continuation, requests, holder, created_at, expires_at,
            orphaned_by FROM _mainstay_waits WHERE id = ?1 AND expires_at > ?2";
        let mut select = self.connection().prepare_cached(select)?;
        let row = select.query_row((id, now), |row| self.read_wait(id, row)).optional()?;
        Ok(row.transpose()?)
    }

    fn read_wait(&self, id: &str, row: &Row<'_>) -> rusqlite::Result<Result<WaitRow, Corruption>> {
        let (round, continuation_version) = (row.get(0)?, row.get(2)?);
        let open = |index: usize, column: &str| -> rusqlite::Result<_> {
            let ValueRef::Blob(sealed) = row.get_ref(index)? else { return Err(FromSqlError::InvalidType.into()) };
            let place = place(column, id, round, continuation_version);
            // Not remembered: it is of this one call, and no reason to doubt the rest.
            Ok(self.sealer().open(sealed, &place).map_err(|problem| Corruption { what: value_of(column, id), problem }))
        };
        let (call, continuation, requests) = match (open(1, "call")?, open(3, "continuation")?, open(4, "requests")?) {
            (Ok(call), Ok(continuation), Ok(requests)) => (call, continuation, requests),
            (Err(corruption), _, _) | (_, Err(corruption), _) | (_, _, Err(corruption)) => return Ok(Err(corruption)),
        };
        let text = |bytes| String::from_utf8(bytes).map_err(|error| FromSqlError::Utf8Error(error.utf8_error()));
        Ok(Ok(WaitRow {
            id: id.to_owned(),
            round,
            call: text(call)?,
            continuation_version,
            continuation,
            requests: text(requests)?,
            holder: row.get(5)?,
            created_at: row.get(6)?,
            expires_at: row.get(7)?,
            orphaned_by: row.get(8)?,
        }))
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

    /// The ids of the calls that wait, the oldest first, at most `most`.
    ///
    /// # Errors
    /// If the database fails.
    pub fn wait_ids(&self, now: u64, most: u32) -> Result<Vec<String>, StoreError> {
        let select = "SELECT id FROM _mainstay_waits WHERE expires_at > ?1 ORDER BY created_at, id LIMIT ?2";
        let mut select = self.connection().prepare_cached(select)?;
        let ids = select.query_map((now, most), |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
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
