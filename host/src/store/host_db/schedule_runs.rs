//! When schedules were last seen to, so that an occurrence is neither done twice nor forgotten when the host ends.

use std::collections::HashMap;

use super::HostDb;
use crate::store::StoreError;

/// What is kept in a host's file since its format 2.
pub(super) const TABLE: &str = "
    CREATE TABLE schedule_run (schedule TEXT PRIMARY KEY, seen_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

impl HostDb {
    /// Up to when each schedule has been seen to, in milliseconds since the epoch.
    ///
    /// # Errors
    /// If the database fails.
    pub fn schedule_runs(&self) -> Result<HashMap<String, u64>, StoreError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached("SELECT schedule, seen_to FROM schedule_run")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the settings said at or before `seen_to` is done, or is not to be.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_schedule_run(&self, schedule: &str, seen_to: u64) -> Result<(), StoreError> {
        let connection = self.connection.lock();
        connection
            .prepare_cached("INSERT OR REPLACE INTO schedule_run VALUES (?1, ?2)")?
            .execute((schedule, seen_to))?;
        Ok(())
    }

    /// Forgets all schedules but these: should one come back, it is a new one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn forget_schedules_except(&self, schedules: &[String]) -> Result<(), StoreError> {
        let known = serde_json::Value::from(schedules).to_string();
        let forget = "DELETE FROM schedule_run WHERE schedule NOT IN (SELECT value FROM json_each(?1))";
        self.connection.lock().prepare_cached(forget)?.execute([known])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
