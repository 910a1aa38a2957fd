//! The tokens that this host made: who may come over HTTP, until when, and what is kept to know one again.

use std::path::Path;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};
use serde::Serialize;

use super::audit::{self, AuditEntry};
use super::{Found, HostDb, found, unreadable};
use crate::config::Role;
use crate::model::TokenHash;
use crate::store::{DataDir, StoreError};

/// What is kept in a host's file since its format 3.
pub(super) const TABLE: &str = "
    CREATE TABLE token (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        last_used_at INTEGER,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
";

/// How many may be good at once, and how many more are remembered that are not any longer. Whoever needs more clients than
/// that has somebody who issues tokens: see the settings `[oauth]`.
const GOOD: u64 = 1_000;
const KEPT: u64 = 1_000;

/// How long a look at a token waits for another process. A reader waits for nobody but one that repairs the file after a
/// crash.
const BUSY: Duration = Duration::from_millis(100);

/// What is known of a token; not the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub role: Role,
    /// Milliseconds since the epoch.
    pub created_at: u64,
    /// None is never.
    pub expires_at: Option<u64>,
    /// To some minutes.
    pub last_used_at: Option<u64>,
    pub revoked_at: Option<u64>,
}

/// What came of taking a token back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revoked {
    Now(TokenRow),
    /// It had been before.
    Before(TokenRow),
    Unknown,
}

impl TokenRow {
    /// Whether it lets anybody in.
    pub fn is_good(&self, now: u64) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

const COLUMNS: &str = "id, name, role, created_at, expires_at, last_used_at, revoked_at, hash";

impl HostDb {
    /// Keeps what is known of a new token, and that it was made: both or neither. `false` if there are too many already.
    ///
    /// # Errors
    /// If the database fails.
    pub fn create_token(&self, row: &TokenRow, hash: &TokenHash, attempt: &AuditEntry) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        if good_tokens(&transaction, row.created_at)? >= GOOD {
            return Ok(false);
        }
        let insert = "INSERT INTO token (id, hash, name, role, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = (&row.id, hash.as_bytes(), &row.name, row.role.as_str(), row.created_at, row.expires_at);
        transaction.prepare_cached(insert)?.execute(values)?;
        let forget = "DELETE FROM token WHERE id IN (SELECT id FROM token
            WHERE revoked_at IS NOT NULL OR expires_at <= ?1 ORDER BY created_at DESC LIMIT -1 OFFSET ?2)";
        transaction.prepare_cached(forget)?.execute((row.created_at, KEPT))?;
        audit::write(&transaction, attempt)?;
        transaction.commit()?;
        Ok(true)
    }

    /// From now on that token lets nobody in. `attempt` is written with it, or alone if there is no such token.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub fn revoke_token(
        &self,
        id: &str,
        at: u64,
        attempt: impl FnOnce(&Revoked) -> AuditEntry,
    ) -> Result<Revoked, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let revoke = "UPDATE token SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
        let changed = transaction.prepare_cached(revoke)?.execute((id, at))?;
        let revoked = match find(&transaction, id)? {
            Some((row, _)) if changed > 0 => Revoked::Now(row),
            Some((row, _)) => Revoked::Before(row),
            None => Revoked::Unknown,
        };
        audit::write(&transaction, &attempt(&revoked))?;
        transaction.commit()?;
        Ok(revoked)
    }

    /// All that are remembered, the newest first.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let connection = self.connection.lock();
        if !connection.table_exists(None, "token")? {
            // Written by an older host.
            return Ok(Vec::new());
        }
        let select = format!("SELECT {COLUMNS} FROM token ORDER BY created_at DESC, id");
        let mut select = connection.prepare_cached(&select)?;
        let rows = select.query_map([], |row| read(row).map(|(row, _)| row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many let somebody in.
    ///
    /// # Errors
    /// If the database fails.
    pub fn good_tokens(&self, now: u64) -> Result<u64, StoreError> {
        let connection = self.connection.lock();
        Ok(if connection.table_exists(None, "token")? { good_tokens(&connection, now)? } else { 0 })
    }

    /// It was used.
    ///
    /// # Errors
    /// If the database fails.
    pub fn note_token(&self, id: &str, at: u64) -> Result<(), StoreError> {
        let note = "UPDATE token SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, 0) < ?2";
        self.connection.lock().prepare_cached(note)?.execute((id, at))?;
        Ok(())
    }
}

/// Looks tokens up for whoever answers requests, on a connection of its own: it waits neither for the disk nor for what
/// the host writes, so it may be asked for every request, and what is revoked is so at once.
pub struct TokenReader {
    connection: Mutex<Connection>,
}

impl std::fmt::Debug for TokenReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenReader").finish_non_exhaustive()
    }
}

impl TokenReader {
    /// For the process that has the file open as the host, for as long as it is. None if the file is of an older format:
    /// it has no tokens yet.
    ///
    /// # Errors
    /// If the file is not there or not ours.
    pub fn open(dir: &DataDir) -> Result<Option<Self>, StoreError> {
        let path: &Path = &dir.host_database();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(match found(&connection)? {
            Found::Format(3..) => Some(Self { connection: Mutex::new(connection) }),
            Found::Nothing | Found::Format(_) => None,
        })
    }

    /// What is known of the token of that id.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub fn find(&self, id: &str) -> Result<Option<(TokenRow, TokenHash)>, StoreError> {
        Ok(find(&self.connection.lock(), id)?)
    }
}

fn good_tokens(connection: &Connection, now: u64) -> rusqlite::Result<u64> {
    let select = "SELECT count(*) FROM token WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)";
    connection.prepare_cached(select)?.query_row([now], |row| row.get(0))
}

fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<(TokenRow, TokenHash)>> {
    let select = format!("SELECT {COLUMNS} FROM token WHERE id = ?1");
    connection.prepare_cached(&select)?.query_row([id], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<(TokenRow, TokenHash)> {
    let (id, role): (String, String) = (row.get(0)?, row.get(2)?);
    let Some(role) = Role::named(&role) else {
        return Err(unreadable(|| format!("token {id}"), &format!("there is no role {role:?}")));
    };
    let known = TokenRow {
        id,
        name: row.get(1)?,
        role,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
        last_used_at: row.get(5)?,
        revoked_at: row.get(6)?,
    };
    Ok((known, TokenHash::from_bytes(row.get(7)?)))
}

#[cfg(test)]
mod tests;
