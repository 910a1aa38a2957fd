//! Sessions of clients over HTTP, and what they have not read: what a host that starts anew goes on with.
//!
//! The id of a session is as good as a password: only its hash is here. What a client is to read is sealed.

mod subscriptions;

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row};

pub(super) use self::subscriptions::TABLE as SUBSCRIPTIONS;
use super::HostDb;
use crate::seal::Sealer;
use crate::store::{Corruption, StoreError};

/// What is kept in a host's file since its format 3.
pub(super) const TABLES: &str = "
    CREATE TABLE http_session (
        key BLOB PRIMARY KEY,
        principal TEXT,
        params TEXT NOT NULL,
        log_level TEXT,
        opened_at INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX http_session_by_expiry ON http_session (expires);
    CREATE TABLE http_event (
        number INTEGER PRIMARY KEY,
        key BLOB NOT NULL,
        stream TEXT NOT NULL,
        place INTEGER NOT NULL,
        common INTEGER NOT NULL,
        handed INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        UNIQUE (key, stream, place)
    ) STRICT;
    CREATE INDEX http_event_by_expiry ON http_event (expires);
";

/// What is sealed here, as a purpose of keys.
pub(crate) const HTTP_EVENTS: &str = "http events";

/// The hash of a session's id.
pub type SessionKey = [u8; 32];

/// A session that outlives the process it was opened in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSession {
    pub key: SessionKey,
    /// Whose it is, if clients say who they are.
    pub principal: Option<String>,
    /// What the client said when it came, as JSON.
    pub params: String,
    /// From which level on it wants log lines, if it has said so.
    pub log_level: Option<String>,
    /// Milliseconds since the epoch.
    pub opened_at: u64,
    pub last_seen: u64,
    pub expires: u64,
}

/// A message of a stream that its client may not have read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpEvent {
    pub key: SessionKey,
    pub stream: String,
    /// Which one it is in that stream.
    pub place: u64,
    /// The stream is not of one request.
    pub common: bool,
    /// It was given to a connection; whether it arrived is not known.
    pub handed: bool,
    /// Milliseconds since the epoch.
    pub expires: u64,
    pub sealed: Vec<u8>,
}

/// How much is kept of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBounds {
    pub events: u32,
    pub bytes: u64,
}

impl HttpEvent {
    /// What is associated with what is sealed.
    pub(crate) fn place_of(key: &SessionKey, stream: &str, place: u64) -> Vec<u8> {
        [key.as_slice(), stream.as_bytes(), &place.to_le_bytes()].concat()
    }
}

impl HostDb {
    /// Keeps a session, so that its client finds it again.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keep_http_session(&self, session: &HttpSession) -> Result<(), StoreError> {
        let insert = "INSERT OR REPLACE INTO http_session VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let HttpSession { key, principal, params, log_level, opened_at, last_seen, expires } = session;
        let values = (key, principal, params, log_level, opened_at, last_seen, expires);
        self.connection.lock().prepare_cached(insert)?.execute(values)?;
        Ok(())
    }

    /// The session of that key, if it has not expired.
    ///
    /// # Errors
    /// If the database fails.
    pub fn http_session(&self, key: &SessionKey, now: u64) -> Result<Option<HttpSession>, StoreError> {
        let select = "SELECT key, principal, params, log_level, opened_at, last_seen, expires FROM http_session
            WHERE key = ?1 AND expires > ?2";
        let read = |row: &Row<'_>| {
            Ok(HttpSession {
                key: row.get(0)?,
                principal: row.get(1)?,
                params: row.get(2)?,
                log_level: row.get(3)?,
                opened_at: row.get(4)?,
                last_seen: row.get(5)?,
                expires: row.get(6)?,
            })
        };
        Ok(self.connection.lock().prepare_cached(select)?.query_row((key, now), read).optional()?)
    }

    /// Notes from which level on the client wants log lines.
    ///
    /// # Errors
    /// If the database fails.
    pub fn set_http_log_level(&self, key: &SessionKey, level: &str) -> Result<(), StoreError> {
        let update = "UPDATE http_session SET log_level = ?2 WHERE key = ?1";
        self.connection.lock().prepare_cached(update)?.execute((key, level))?;
        Ok(())
    }

    /// Notes when clients were there last, and until when their sessions are kept.
    ///
    /// # Errors
    /// If the database fails.
    pub fn touch_http_sessions(&self, seen: &[(SessionKey, u64)], idle: Duration) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let idle = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX / 4);
        for (key, at) in seen {
            let update = "UPDATE http_session SET last_seen = ?2, expires = ?3 WHERE key = ?1";
            transaction.prepare_cached(update)?.execute((key, at, at.saturating_add(idle)))?;
        }
        Ok(transaction.commit()?)
    }

    /// The session has ended: nothing of it remains.
    ///
    /// # Errors
    /// If the database fails.
    pub fn forget_http_session(&self, key: &SessionKey) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        transaction.prepare_cached("DELETE FROM http_session WHERE key = ?1")?.execute([key])?;
        transaction.prepare_cached("DELETE FROM http_event WHERE key = ?1")?.execute([key])?;
        transaction.prepare_cached("DELETE FROM http_subscription WHERE key = ?1")?.execute([key])?;
        Ok(transaction.commit()?)
    }

    /// Forgets what has expired, and of the sessions those that were used longest ago, so that `most` remain. Says how
    /// many sessions went.
    ///
    /// # Errors
    /// If the database fails.
    pub fn prune_http(&self, now: u64, most: usize) -> Result<usize, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let old = transaction.prepare_cached("DELETE FROM http_session WHERE expires <= ?1")?.execute([now])?;
        let many = "DELETE FROM http_session WHERE key IN
            (SELECT key FROM http_session ORDER BY last_seen DESC LIMIT -1 OFFSET ?1)";
        let many = transaction.prepare_cached(many)?.execute([most])?;
        transaction.prepare_cached("DELETE FROM http_event WHERE expires <= ?1")?.execute([now])?;
        if old + many > 0 {
            for orphans in [
                "DELETE FROM http_event WHERE key NOT IN (SELECT key FROM http_session)",
                "DELETE FROM http_subscription WHERE key NOT IN (SELECT key FROM http_session)",
            ] {
                transaction.prepare_cached(orphans)?.execute([])?;
            }
        }
        transaction.commit()?;
        Ok(old + many)
    }

    /// Keeps messages that may not have been read, and of each session no more than `bounds`: the newest. A session that
    /// is not kept has none.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keep_http_events(&self, events: &[HttpEvent], bounds: EventBounds) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let mut keys: Vec<&SessionKey> = Vec::new();
        for event in events {
            let insert = "INSERT INTO http_event (key, stream, place, common, handed, expires, sealed)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM http_session WHERE key = ?1)
                ON CONFLICT DO UPDATE SET handed = max(handed, excluded.handed)";
            let HttpEvent { key, stream, place, common, handed, expires, sealed } = event;
            let values = (key, stream, place, common, handed, expires, sealed);
            transaction.prepare_cached(insert)?.execute(values)?;
            if keys.last() != Some(&key) {
                keys.push(key);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let forget = "DELETE FROM http_event WHERE key = ?1 AND number IN (SELECT number FROM (
                    SELECT number, row_number() OVER newest AS place, sum(length(sealed)) OVER newest AS bytes
                    FROM http_event WHERE key = ?1 WINDOW newest AS (ORDER BY number DESC))
                WHERE place > ?2 OR bytes > ?3)";
            transaction.prepare_cached(forget)?.execute((key, bounds.events, bounds.bytes))?;
        }
        Ok(transaction.commit()?)
    }

    /// What is kept of a stream after that place, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub fn http_events(
        &self,
        key: &SessionKey,
        stream: &str,
        after: u64,
        now: u64,
    ) -> Result<Vec<HttpEvent>, StoreError> {
        let select = "SELECT key, stream, place, common, handed, expires, sealed FROM http_event
            WHERE key = ?1 AND stream = ?2 AND place > ?3 AND expires > ?4 ORDER BY place";
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(select)?;
        let rows = select.query_map((key, stream, after, now), event)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is kept of streams that were of no request, and was given to nobody, in order. From now on it was.
    ///
    /// # Errors
    /// If the database fails.
    pub fn take_http_notices(&self, key: &SessionKey, now: u64) -> Result<Vec<HttpEvent>, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let select = "SELECT key, stream, place, common, handed, expires, sealed FROM http_event
            WHERE key = ?1 AND common AND NOT handed AND expires > ?2 ORDER BY number";
        let events = {
            let mut select = transaction.prepare_cached(select)?;
            let rows = select.query_map((key, now), event)?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        if !events.is_empty() {
            let update = "UPDATE http_event SET handed = 1 WHERE key = ?1 AND common";
            transaction.prepare_cached(update)?.execute([key])?;
        }
        transaction.commit()?;
        Ok(events)
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<HttpEvent> {
    Ok(HttpEvent {
        key: row.get(0)?,
        stream: row.get(1)?,
        place: row.get(2)?,
        common: row.get(3)?,
        handed: row.get(4)?,
        expires: row.get(5)?,
        sealed: row.get(6)?,
    })
}

/// Seals what clients have not read with the newest key, in the transaction that has begun, and says how many were not.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    let mut select = connection.prepare("SELECT number, key, stream, place, sealed FROM http_event")?;
    let mut update = connection.prepare("UPDATE http_event SET sealed = ?2 WHERE number = ?1")?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    let rows = select.query_map([], row)?.collect::<Result<Vec<(i64, SessionKey, String, u64, Vec<u8>)>, _>>()?;
    let mut resealed = 0;
    for (number, key, stream, place, sealed) in rows {
        let renewed = sealer.renew(&sealed, &HttpEvent::place_of(&key, &stream, place));
        let what = || format!("message {number} that a client over HTTP has not read");
        let Some(renewed) = renewed.map_err(|problem| Corruption { what: what(), problem })? else { continue };
        resealed += update.execute((number, renewed))?;
    }
    Ok(resealed)
}

#[cfg(test)]
mod tests;
