//! The host's own SQLite file: what is known of all slots together.
//!
//! [`history`] is what came of every swap, [`restarts`] those that were restarts, [`catalogue`] the tools that are
//! published, [`quarantine`] the components that were refused, [`audit`] who tried what, [`tokens`] who may come over HTTP.
//! Recordings of calls are kept here too, sealed by whoever makes them.
//!
//! All of it waits for the disk: call it where a thread may wait.

mod audit;
mod catalogue;
mod check;
mod history;
mod http;
mod quarantine;
mod recordings;
mod restarts;
mod schedule_runs;
mod sessions;
mod snapshots;
mod tokens;

use std::path::Path;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::de::DeserializeOwned;

pub use self::audit::{AuditEntry, AuditOutcome, AuditWho};
pub use self::catalogue::{PublishedTool, Tombstone};
pub(crate) use self::http::HTTP_EVENTS;
pub use self::http::{EventBounds, HttpEvent, HttpSession, SessionKey};
pub use self::quarantine::Quarantine;
pub use self::restarts::RestartTotals;
pub use self::sessions::{ClosedBy, Reconnections, SessionRow};
use self::snapshots::reseal_snapshots;
pub(crate) use self::snapshots::{SnapshotHead, SnapshotRow};
pub use self::tokens::{Revoked, TokenReader, TokenRow};
use crate::model::snapshot::Snapshot;
use crate::seal::Sealer;
use crate::store::{Corruption, DataDir, StoreError};

/// Marks the file as the host's: "MSTH".
pub(super) const APPLICATION_ID: i64 = 0x4D53_5448;
/// The format of the tables. An older host refuses a newer one.
const FORMAT: i64 = 4;

const TABLES: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE swap (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        requested_at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        generation INTEGER,
        report TEXT NOT NULL
    ) STRICT;
    CREATE INDEX swap_by_slot ON swap (slot, number);
    CREATE TABLE tool (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        slot TEXT NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        published_at INTEGER NOT NULL,
        edited_by TEXT,
        edited_at INTEGER,
        removed_by TEXT,
        removed_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX tool_live ON tool (slot, name) WHERE removed_at IS NULL;
    CREATE INDEX tool_by_name ON tool (name);
    CREATE TABLE surface (slot TEXT PRIMARY KEY, digest TEXT NOT NULL, published_at INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
    CREATE TABLE quarantine (
        slot TEXT NOT NULL,
        digest TEXT NOT NULL,
        refusal TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (slot, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE recording (slot TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
";

/// What each later format has and the one before had not.
const SINCE: [(i64, &[&str]); 3] = [
    (2, &[restarts::TABLE, audit::TABLE, schedule_runs::TABLE, sessions::TABLE, snapshots::TABLE]),
    (3, &[http::TABLES, tokens::TABLE]),
    (4, &[http::SUBSCRIPTIONS]),
];

/// The host's own file.
pub struct HostDb {
    connection: Mutex<Connection>,
}

impl std::fmt::Debug for HostDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostDb").finish_non_exhaustive()
    }
}

impl HostDb {
    /// Opens the file for writing and makes it if need be. Only the process that holds the directory's lock does.
    ///
    /// # Errors
    /// If the file is not ours, or newer than we are.
    pub fn open(dir: &DataDir) -> Result<Self, StoreError> {
        let path = dir.host_database();
        // SQLite would make it readable to everyone.
        super::data_dir::private_options().open(&path).map_err(|error| {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, Some(error.to_string())))
        })?;
        let connection = writable(&path)?;
        // Before anything else: a file that is not ours stays as it is.
        let (mut make, earlier) = match found(&connection)? {
            Found::Nothing => (format!("{TABLES} PRAGMA application_id = {APPLICATION_ID};"), 1),
            Found::Format(format) => (String::new(), format),
        };
        SINCE.iter().filter(|(since, _)| *since > earlier).for_each(|(_, tables)| make += &tables.concat());
        if !make.is_empty() {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {make} INSERT OR REPLACE INTO meta VALUES ('written_by', '{}');
                 PRAGMA user_version = {FORMAT}; COMMIT",
                env!("CARGO_PKG_VERSION")
            ))?;
        }
        Self::durable(connection)
    }

    /// Opens the file for tokens, beside a host that may have it open; none if its format has none, or it is not there: then
    /// it is for a host to make it so. Two processes write in turns.
    ///
    /// # Errors
    /// If the file is not ours, or newer than we are.
    pub fn open_beside(dir: &DataDir) -> Result<Option<Self>, StoreError> {
        let path = dir.host_database();
        if !path.exists() {
            return Ok(None);
        }
        let connection = writable(&path)?;
        match found(&connection)? {
            Found::Format(3..) => Ok(Some(Self::durable(connection)?)),
            Found::Nothing | Found::Format(_) => Ok(None),
        }
    }

    fn durable(connection: Connection) -> Result<Self, StoreError> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self::new(connection))
    }

    /// Opens the file for a look, whether a host is running or not; none if no host ever wrote one. Makes nothing
    /// and changes nothing. Not for keeping: it need not notice a host that starts later.
    ///
    /// # Errors
    /// If the file is not ours, or newer than we are.
    pub fn open_reader(dir: &DataDir) -> Result<Option<Self>, StoreError> {
        let path = dir.host_database();
        if !path.exists() {
            return Ok(None);
        }
        let read_only = flags(OpenFlags::SQLITE_OPEN_READ_ONLY);
        let connection = if log_of(&path).exists() {
            Connection::open_with_flags(&path, read_only)?
        } else {
            // Nobody has it open, and all is in the one file. Only when told that it stays so does SQLite read it
            // without making a log and an index of it.
            Connection::open_with_flags(immutable_uri(&path), read_only | OpenFlags::SQLITE_OPEN_URI)?
        };
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(match found(&connection)? {
            Found::Nothing => None,
            Found::Format(_) => Some(Self::new(connection)),
        })
    }

    fn new(connection: Connection) -> Self {
        Self { connection: Mutex::new(connection) }
    }
}

/// How long to wait for another process that looks at the file.
const BUSY: Duration = Duration::from_secs(5);

/// Every transaction begins by waiting for its turn: one that only begins to read cannot go on to write if another process
/// has written meanwhile.
fn writable(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.busy_timeout(BUSY)?;
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    Ok(connection)
}

/// Our mutex is the one lock that is needed.
fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// What a file is to us.
enum Found {
    Nothing,
    /// From 1 to [`FORMAT`].
    Format(i64),
}

/// What was written so far; or why the file is not for us.
fn found(connection: &Connection) -> Result<Found, StoreError> {
    // One snapshot: the host may be making the tables at this moment.
    let select = "SELECT (SELECT application_id FROM pragma_application_id),
        (SELECT user_version FROM pragma_user_version), (SELECT count(*) = 0 FROM sqlite_schema)";
    let found = connection.query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    match found {
        (0, 0, true) => Ok(Found::Nothing),
        (APPLICATION_ID, format @ 1..=FORMAT, _) => Ok(Found::Format(format)),
        (APPLICATION_ID, newer, _) if newer > FORMAT => {
            let read = "SELECT value FROM meta WHERE key = 'written_by'";
            let by = connection.query_row(read, [], |row| row.get(0)).unwrap_or_else(|_| "unknown".to_owned());
            Err(StoreError::NewerFormat { found: newer, written_by: by })
        }
        _ => Err(StoreError::NotOurs),
    }
}

/// Seals everything that is kept sealed with the newest key, in the transaction that has begun, and says how many values
/// were not.
pub(super) fn reseal(connection: &Connection, sealers: &Sealers) -> Result<usize, StoreError> {
    let Found::Format(format) = found(connection)? else { return Ok(0) };
    let mut resealed = recordings::reseal(connection, &sealers.recorded)?;
    if format < 2 {
        return Ok(resealed);
    }
    if format >= 3 {
        resealed += http::reseal(connection, &sealers.http_events)?;
    }
    reseal_snapshots(connection, |meta, sealed| match sealers.snapshots.renew(sealed, meta) {
        Ok(None) => Ok(sealed.to_vec()),
        Ok(Some(renewed)) => {
            resealed += 1;
            Ok(renewed)
        }
        Err(problem) => {
            let id = serde_json::from_slice::<Snapshot>(meta).map_or_else(|_| String::new(), |said| said.id);
            let what = format!("snapshot {id} (`mainstay snapshot delete` removes it)");
            Err(StoreError::from(Corruption { what, problem }))
        }
    })?;
    Ok(resealed)
}

/// For what is kept sealed in the host's file.
pub(super) struct Sealers {
    pub(super) recorded: Sealer,
    pub(super) snapshots: Sealer,
    pub(super) http_events: Sealer,
}

/// Where SQLite keeps what is not yet in the file itself.
fn log_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn immutable_uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri + "?immutable=1"
}

/// A row that says something this version does not understand.
#[derive(Debug, thiserror::Error)]
#[error("{row} cannot be read: {problem}")]
struct Unreadable {
    row: String,
    problem: String,
}

fn unreadable(row: impl FnOnce() -> String, problem: &dyn std::fmt::Display) -> rusqlite::Error {
    let cause = Unreadable { row: row(), problem: problem.to_string() };
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(cause))
}

/// The JSON in the row that `row` names.
fn from_json<T: DeserializeOwned>(json: &str, row: impl FnOnce() -> String) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(|problem| unreadable(row, &problem))
}

/// JSON for a row.
fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

#[cfg(test)]
mod tests;
