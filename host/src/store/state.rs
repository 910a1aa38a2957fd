//! The `state` import: keys and values beside the plugin's tables.

use rusqlite::OptionalExtension as _;

use super::plugin_db::PluginDb;
use super::sql::classify;
use crate::model::sql::SqlError;

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

impl PluginDb {
    /// The values of `keys`, in the same order.
    ///
    /// # Errors
    /// If the database fails.
    pub fn state_get(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        self.in_transaction()?;
        let mut select = self.connection().prepare_cached("SELECT value FROM _mainstay_state WHERE key = ?1")?;
        keys.iter().map(|key| Ok(select.query_row([key], |row| row.get(0)).optional()?)).collect()
    }

    /// Writes all entries or none.
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
        let put = "INSERT INTO _mainstay_state VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
        let mut put = self.connection().prepare_cached(put)?;
        for entry in entries {
            put.execute((&entry.0, &entry.1))?;
        }
        Ok(())
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
    /// If the database fails.
    pub fn state_scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StateError> {
        self.in_transaction()?;
        let select = "SELECT key, value FROM _mainstay_state WHERE key >= ?1 AND key > ?2 ORDER BY key LIMIT ?3";
        let mut select = self.connection().prepare_cached(select)?;
        let limit = limit.min(SCAN);
        let mut rows = select.query((prefix, after.unwrap_or_default(), limit))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            if !key.starts_with(prefix) {
                break;
            }
            entries.push((key, row.get(1)?));
        }
        Ok(entries)
    }

    fn writable(&self) -> Result<(), StateError> {
        if self.read_only() {
            return Err(StateError::ReadOnly);
        }
        Ok(self.in_transaction()?)
    }
}
