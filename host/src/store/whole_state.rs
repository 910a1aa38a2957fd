//! The working state as a whole: looked through, taken out, put in, emptied.

use super::plugin_db::{PluginDb, StoreError};
use super::state::{StateEntry, place};

impl PluginDb {
    /// Everything that is kept, in key order.
    ///
    /// # Errors
    /// If the database fails, or a value does not open.
    pub fn state_dump(&self) -> Result<Vec<StateEntry>, StoreError> {
        let mut entries = Vec::new();
        self.each_value(|key, value, secret| entries.push(StateEntry { key, value, secret }))?;
        Ok(entries)
    }

    /// Opens every value once.
    ///
    /// # Errors
    /// Which value does not open; or that the database fails.
    pub fn verify_state(&self) -> Result<(), StoreError> {
        self.each_value(|_, _, _| ())
    }

    /// Removes all keys, in the transaction that has begun.
    ///
    /// # Errors
    /// If the database fails.
    pub fn state_clear(&self) -> Result<(), StoreError> {
        self.host("DELETE FROM _mainstay_state")
    }

    /// Puts these keys in place of all there are, in the transaction that has begun.
    ///
    /// # Errors
    /// If the database fails.
    pub fn state_replace(&self, entries: &[StateEntry]) -> Result<(), StoreError> {
        self.state_clear()?;
        let mut insert = self.connection().prepare_cached("INSERT INTO _mainstay_state VALUES (?1, ?2, ?3)")?;
        for StateEntry { key, value, secret } in entries {
            insert.execute((key, self.seal(value, &place(key, *secret))?, secret))?;
        }
        Ok(())
    }

    fn each_value(&self, mut each: impl FnMut(String, Vec<u8>, bool)) -> Result<(), StoreError> {
        let mut select = self.connection().prepare("SELECT value, secret, key FROM _mainstay_state ORDER BY key")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let key: String = row.get(2)?;
            let value = self.value(&key, row)??;
            each(key, value, row.get(1)?);
        }
        Ok(())
    }
}
