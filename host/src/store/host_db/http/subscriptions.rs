//! Resources that clients over HTTP want to hear of, for as long as their sessions.

use super::{HostDb, SessionKey};
use crate::store::StoreError;

/// What is kept in a host's file since its format 4.
pub(in crate::store::host_db) const TABLE: &str = "
    CREATE TABLE http_subscription (key BLOB NOT NULL, uri TEXT NOT NULL, PRIMARY KEY (key, uri)) STRICT, WITHOUT ROWID;
";

impl HostDb {
    /// Notes that a client wants to hear of a resource. A session that is not kept has none, and one that is has at most
    /// `most`.
    ///
    /// # Errors
    /// If the database fails.
    pub fn subscribe_over_http(&self, key: &SessionKey, uri: &str, most: usize) -> Result<(), StoreError> {
        let insert = "INSERT OR IGNORE INTO http_subscription
            SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM http_session WHERE key = ?1)
                AND (SELECT count(*) FROM http_subscription WHERE key = ?1) < ?3";
        self.connection.lock().prepare_cached(insert)?.execute((key, uri, most))?;
        Ok(())
    }

    /// Notes that it wants to hear of it no more.
    ///
    /// # Errors
    /// If the database fails.
    pub fn unsubscribe_over_http(&self, key: &SessionKey, uri: &str) -> Result<(), StoreError> {
        let delete = "DELETE FROM http_subscription WHERE key = ?1 AND uri = ?2";
        self.connection.lock().prepare_cached(delete)?.execute((key, uri))?;
        Ok(())
    }

    /// What the client of a session wants to hear of.
    ///
    /// # Errors
    /// If the database fails.
    pub fn subscriptions_over_http(&self, key: &SessionKey) -> Result<Vec<String>, StoreError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached("SELECT uri FROM http_subscription WHERE key = ?1 ORDER BY uri")?;
        let uris = select.query_map([key], |row| row.get(0))?;
        Ok(uris.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests;
