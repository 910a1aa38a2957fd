//! Who was connected, and who came back after the host had gone.

use super::HostDb;
use crate::store::StoreError;

/// What is kept in a host's file since its format 2.
pub(super) const TABLE: &str = "
    CREATE TABLE session (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        client TEXT NOT NULL,
        version TEXT NOT NULL,
        protocol TEXT NOT NULL,
        transport TEXT NOT NULL,
        directory TEXT,
        process INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        closed_at INTEGER,
        closed_by TEXT,
        interrupted_at INTEGER,
        continues TEXT UNIQUE
    ) STRICT;
";

/// How many sessions are remembered: some 2 MB.
const KEPT: u64 = 10_000;

/// Whoever comes later than this has not come back, but come anew. In milliseconds.
const WINDOW: u64 = 10 * 60 * 1_000;

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    /// Its name, as it says.
    pub client: String,
    pub version: String,
    pub protocol: String,
    pub transport: String,
    pub directory: Option<String>,
    /// Of the host.
    pub process: u32,
    /// Milliseconds since the epoch.
    pub opened_at: u64,
    pub last_seen: u64,
}

/// Who ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    Client,
    /// It was told to end. Its clients may come back.
    Host,
}

/// Who came back after the host had ended under its clients.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reconnections {
    /// Sessions whose client came back.
    pub successful: u64,
    /// Those whose client did not, in ten minutes.
    pub failed: u64,
    /// Those whose client may still come.
    pub pending: u64,
    /// From the last that was seen of a client to its return, in milliseconds, over those that returned within ten
    /// minutes of that; none if there is none.
    pub average_ms: Option<f64>,
    /// Sessions that were cut off without a word, of all that are remembered.
    pub interrupted: u64,
    pub remembered: u64,
}

impl HostDb {
    /// The host begins: sessions that nobody closed were interrupted. Says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interrupt_sessions(&self, now: u64) -> Result<usize, StoreError> {
        let mark = "UPDATE session SET interrupted_at = ?1 WHERE closed_at IS NULL AND interrupted_at IS NULL";
        Ok(self.connection.lock().prepare_cached(mark)?.execute([now])?)
    }

    /// Notes that sessions are open. If one is news, and the same client was cut off from the same directory by the
    /// end of a host, it has come back.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keep_sessions(&self, rows: &[SessionRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        rows.iter().try_for_each(|row| keep(&transaction, row))?;
        // Numbers have no gaps, so this needs no counting.
        let forget = "DELETE FROM session WHERE number <= (SELECT max(number) FROM session) - ?1";
        transaction.prepare_cached(forget)?.execute([KEPT])?;
        Ok(transaction.commit()?)
    }

    /// Notes that those sessions have ended.
    ///
    /// # Errors
    /// If the database fails.
    pub fn close_each(&self, ids: &[String], by: ClosedBy, now: u64) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        for id in ids {
            let close = "UPDATE session SET closed_at = ?2, closed_by = ?3 WHERE id = ?1 AND closed_at IS NULL";
            transaction.prepare_cached(close)?.execute((id, now, by.word()))?;
        }
        Ok(transaction.commit()?)
    }

    /// Notes that all sessions that were open have ended.
    ///
    /// # Errors
    /// If the database fails.
    pub fn close_sessions(&self, by: ClosedBy, now: u64) -> Result<(), StoreError> {
        let close = "UPDATE session SET closed_at = ?1, closed_by = ?2
            WHERE closed_at IS NULL AND interrupted_at IS NULL";
        self.connection.lock().prepare_cached(close)?.execute((now, by.word()))?;
        Ok(())
    }

    /// What became of sessions that the end of a host cut off.
    ///
    /// # Errors
    /// If the database fails.
    pub fn reconnections(&self, now: u64) -> Result<Reconnections, StoreError> {
        let select = "WITH cut AS (
                SELECT coalesce(closed_at, interrupted_at) AS ended, coalesce(closed_at, last_seen) AS seen,
                    (SELECT back.opened_at FROM session AS back WHERE back.continues = session.id) AS back_at
                FROM session WHERE interrupted_at IS NOT NULL OR closed_by = 'host')
            SELECT count(back_at),
                count(*) FILTER (WHERE back_at IS NULL AND ended + ?2 < ?1),
                count(*) FILTER (WHERE back_at IS NULL AND ended + ?2 >= ?1),
                avg(back_at - seen) FILTER (WHERE back_at - seen <= ?2),
                (SELECT count(*) FROM session WHERE interrupted_at IS NOT NULL),
                (SELECT count(*) FROM session)
            FROM cut";
        let connection = self.connection.lock();
        let counted = connection.prepare_cached(select)?.query_row((now, WINDOW), |row| {
            Ok(Reconnections {
                successful: row.get(0)?,
                failed: row.get(1)?,
                pending: row.get(2)?,
                average_ms: row.get(3)?,
                interrupted: row.get(4)?,
                remembered: row.get(5)?,
            })
        });
        Ok(counted?)
    }

    /// The clients that have ever come back, by name and transport.
    ///
    /// # Errors
    /// If the database fails.
    pub fn clients_that_returned(&self) -> Result<Vec<(String, String)>, StoreError> {
        let select = "SELECT DISTINCT client, transport FROM session WHERE continues IS NOT NULL";
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(select)?;
        Ok(select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }
}

/// Notes one that is open. What was taken for its end was none if it goes on under the same id.
fn keep(transaction: &rusqlite::Transaction<'_>, row: &SessionRow) -> Result<(), StoreError> {
    let touch = "UPDATE session SET last_seen = ?2, closed_at = NULL, closed_by = NULL, interrupted_at = NULL
        WHERE id = ?1";
    if transaction.prepare_cached(touch)?.execute((&row.id, row.last_seen))? == 0 {
        let insert = "INSERT INTO session (id, client, version, protocol, transport, directory, process, opened_at,
            last_seen, continues) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
            (SELECT cut.id FROM session AS cut WHERE (cut.interrupted_at IS NOT NULL OR cut.closed_by = 'host')
                AND cut.client = ?2 AND cut.transport = ?5 AND cut.directory IS ?6
                AND coalesce(cut.closed_at, cut.last_seen) <= ?8
                AND ?8 <= coalesce(cut.closed_at, cut.interrupted_at) + ?10
                AND NOT EXISTS (SELECT 1 FROM session AS back WHERE back.continues = cut.id)
                ORDER BY cut.number DESC LIMIT 1))";
        let (client, transport, directory) = (&row.client, &row.transport, &row.directory);
        let (version, protocol) = (&row.version, &row.protocol);
        let values = (&row.id, client, version, protocol, transport, directory, row.process, row.opened_at);
        let (id, client, version, protocol, transport, directory, process, opened_at) = values;
        transaction.prepare_cached(insert)?.execute(rusqlite::params![
            id,
            client,
            version,
            protocol,
            transport,
            directory,
            process,
            opened_at,
            row.last_seen,
            WINDOW
        ])?;
    }
    Ok(())
}

impl ClosedBy {
    fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Host => "host",
        }
    }
}

#[cfg(test)]
mod tests;
