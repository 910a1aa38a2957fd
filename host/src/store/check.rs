//! Whether a file can be written and read, tried.

use super::plugin_db::{PluginDb, StoreError};

impl PluginDb {
    /// Starts of the host with the active version since one that went well.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn starts(&self) -> Result<u64, StoreError> {
        let select = "SELECT coalesce(max(boots), 0) FROM _mainstay_slot";
        Ok(self.connection().prepare_cached(select)?.query_row([], |row| row.get(0))?)
    }

    /// Writes something and reads it back, in the transaction that has begun.
    ///
    /// # Errors
    /// If either fails, or what is read is not what was written.
    pub fn check(&self, now: u64) -> Result<(), StoreError> {
        let upsert = "INSERT INTO _mainstay_meta VALUES ('checked_at', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1";
        let written = now.to_string();
        self.connection().prepare_cached(upsert)?.execute([&written])?;
        let select = "SELECT value FROM _mainstay_meta WHERE key = 'checked_at'";
        let read: String = self.connection().prepare_cached(select)?.query_row([], |row| row.get(0))?;
        if read == written {
            Ok(())
        } else {
            Err(StoreError::NotCommitted("what was written reads otherwise".to_owned()))
        }
    }
}
