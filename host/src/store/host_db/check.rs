//! Whether the host's own file can be written and read, tried.

use super::HostDb;
use crate::store::StoreError;

impl HostDb {
    /// Writes something and reads it back, in a transaction that is committed.
    ///
    /// # Errors
    /// If any of it fails, or what is read is not what was written.
    pub fn check(&self, now: u64) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let written = now.to_string();
        transaction.execute("INSERT OR REPLACE INTO meta VALUES ('checked_at', ?1)", [&written])?;
        let select = "SELECT value FROM meta WHERE key = 'checked_at'";
        let read: String = transaction.query_row(select, [], |row| row.get(0))?;
        if read != written {
            return Err(StoreError::NotCommitted("what was written reads otherwise".to_owned()));
        }
        Ok(transaction.commit()?)
    }
}
