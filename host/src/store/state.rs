//! The `state` import: keys and values beside the plugin's tables. Values are sealed, each for its key: none can be
//! read, changed or put in another's place without it being noticed.

use std::fmt;

use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::corruption::Corruption;
use super::plugin_db::{PluginDb, StoreError};
use super::sql::classify;
use crate::model::sql::SqlError;
use crate::seal::Sealer;

const KEY_BYTES: usize = 512;
const VALUE_BYTES: usize = 1 << 20;
const SCAN: u32 = 1_000;

/// Why a plugin's state was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("this entry may only read")]
    ReadOnly,
    #[error("{0}")]
    TooLarge(String),
    #[error("the disk is full")]
    Full,
    /// The database remembers it too, so that the entry comes to nothing whatever the plugin makes of it.
    #[error(transparent)]
    Corrupt(#[from] Corruption),
    #[error("{0}")]
    Failed(String),
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        match classify(&error) {
            SqlError::ReadOnly => Self::ReadOnly,
            SqlError::Full => Self::Full,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<StoreError> for StateError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sqlite(error) => error.into(),
            StoreError::Full => Self::Full,
            StoreError::Corrupt(corruption) => Self::Corrupt(corruption),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// A key of the working state, with its value.
#[derive(Clone, PartialEq, Eq)]
pub struct StateEntry {
    pub key: String,
    pub value: Vec<u8>,
    /// Left out of what is exported to a file.
    pub secret: bool,
}

impl fmt::Debug for StateEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateEntry").field("key", &self.key).field("secret", &self.secret).finish_non_exhaustive()
    }
}

/// What a value is sealed with: its key, and whether it is secret.
pub(super) fn place(key: &str, secret: bool) -> Vec<u8> {
    [if secret { "secret state " } else { "state " }, key].concat().into_bytes()
}

/// Seals what format 2 kept plain.
pub(super) fn seal_all(connection: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let mut select = connection.prepare("SELECT key, value FROM _mainstay_state_2")?;
    let mut insert = connection.prepare("INSERT INTO _mainstay_state VALUES (?1, ?2, 0)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let sealed = sealer.seal(&value, &place(&key, false)).map_err(StoreError::Seal)?;
        insert.execute((key, sealed))?;
    }
    Ok(())
}

/// Seals values with the newest key, in the transaction that has begun, and says how many were not.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    // Some at a time: it is nowhere said how many there are.
    let some = "SELECT key, secret, value FROM _mainstay_state WHERE key > ?1 ORDER BY key LIMIT 100";
    let mut select = connection.prepare(some)?;
    let mut update = connection.prepare("UPDATE _mainstay_state SET value = ?2 WHERE key = ?1")?;
    let (mut last, mut resealed) = (String::new(), 0);
    loop {
        let rows = select.query_map([&last], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let some: Vec<(String, bool, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        let Some((key, _, _)) = some.last() else { return Ok(resealed) };
        last.clone_from(key);
        for (key, secret, sealed) in some {
            let renewed = sealer.renew(&sealed, &place(&key, secret));
            let damaged = |problem| Corruption { what: value_of(&key), problem };
            let Some(renewed) = renewed.map_err(damaged)? else { continue };
            resealed += update.execute((key, renewed))?;
        }
    }
}

/// In words.
fn value_of(key: &str) -> String {
    format!("the value of {key:?} in the working state")
}

impl PluginDb {
    /// The values of `keys`, in the same order.
    ///
    /// # Errors
    /// If the database fails, or a value does not open.
    pub fn state_get(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        self.in_transaction()?;
        let mut select =
            self.connection().prepare_cached("SELECT value, secret FROM _mainstay_state WHERE key = ?1")?;
        let mut get = |key: &String| select.query_row([key], |row| self.value(key, row)).optional();
        keys.iter().map(|key| Ok(get(key)?.transpose().map_err(|corruption| self.met(corruption))?)).collect()
    }

    /// Writes all entries or none. One that is there already stays as secret as it is.
    ///
    /// # Errors
    /// If one is over a limit, the entry may only read, or the disk is full.
    pub fn state_put(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StateError> {
        self.writable()?;
        for (key, value) in entries {
            if key.is_empty() || key.len() > KEY_BYTES {
                return Err(StateError::TooLarge(format!(
                    "a key has {} bytes, allowed are 1 to {KEY_BYTES}",
                    key.len()
                )));
            }
            if value.len() > VALUE_BYTES {
                let problem = format!("the value of {key:?} has {} bytes, allowed are {VALUE_BYTES}", value.len());
                return Err(StateError::TooLarge(problem));
            }
        }
        // Only a failing disk can stop this halfway, and then the transaction is lost as a whole.
        let put = "INSERT INTO _mainstay_state VALUES (?1, ?2, 0) ON CONFLICT (key) DO UPDATE SET value = ?2
            WHERE secret = 0";
        let mut put = self.connection().prepare_cached(put)?;
        for (key, value) in entries {
            let sealed = self.seal(value, &place(key, false))?;
            if put.execute((key, sealed))? == 0 {
                // It is secret, and stays so.
                self.set_value(key, value, true)?;
            }
        }
        Ok(())
    }

    /// Marks keys that exist as secret or not, and says how many do.
    ///
    /// # Errors
    /// If the entry may only read, the database fails, or a value does not open.
    pub fn state_set_secret(&self, keys: &[String], secret: bool) -> Result<u32, StateError> {
        self.writable()?;
        let mut found = 0;
        for (key, value) in keys.iter().zip(self.state_get(keys)?) {
            let Some(value) = value else { continue };
            self.set_value(key, &value, secret)?;
            found += 1;
        }
        Ok(found)
    }

    /// Removes keys and says how many existed.
    ///
    /// # Errors
    /// If the entry may only read, or the database fails.
    pub fn state_delete(&self, keys: &[String]) -> Result<u32, StateError> {
        self.writable()?;
        let mut delete = self.connection().prepare_cached("DELETE FROM _mainstay_state WHERE key = ?1")?;
        let deleted = keys.iter().map(|key| delete.execute([key])).sum::<Result<usize, _>>()?;
        Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
    }

    /// Entries whose keys begin with `prefix`, in key order, after the key `after`.
    ///
    /// # Errors
    /// If the database fails, or a value does not open.
    pub fn state_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StateError> {
        self.in_transaction()?;
        let select =
            "SELECT value, secret, key FROM _mainstay_state WHERE key >= ?1 AND key > ?2 ORDER BY key LIMIT ?3";
        let mut select = self.connection().prepare_cached(select)?;
        let limit = limit.min(SCAN);
        let mut rows = select.query((prefix, after.unwrap_or_default(), limit))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get(2)?;
            if !key.starts_with(prefix) {
                break;
            }
            let value = self.value(&key, row)?.map_err(|corruption| self.met(corruption))?;
            entries.push((key, value));
        }
        Ok(entries)
    }

    fn set_value(&self, key: &str, value: &[u8], secret: bool) -> Result<(), StoreError> {
        let sealed = self.seal(value, &place(key, secret))?;
        let update = "UPDATE _mainstay_state SET value = ?2, secret = ?3 WHERE key = ?1";
        self.connection().prepare_cached(update)?.execute((key, sealed, secret))?;
        Ok(())
    }

    /// Opens the value in a row whose first columns are `value` and `secret`.
    pub(super) fn value(&self, key: &str, row: &Row<'_>) -> rusqlite::Result<Result<Vec<u8>, Corruption>> {
        let secret = row.get(1)?;
        let ValueRef::Blob(sealed) = row.get_ref(0)? else { return Err(FromSqlError::InvalidType.into()) };
        Ok(self.unseal(sealed, &place(key, secret), || value_of(key)))
    }

    fn writable(&self) -> Result<(), StateError> {
        if self.read_only() {
            return Err(StateError::ReadOnly);
        }
        Ok(self.in_transaction()?)
    }
}

#[cfg(test)]
mod tests;
