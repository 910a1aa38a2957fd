//! The host's reserved tables in a plugin's file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::plugin_db::StoreError;
use super::{state, waits};
use crate::seal::Sealer;

/// Marks a file as ours: "MSTY".
pub(super) const APPLICATION_ID: i64 = 0x4D53_5459;
/// The format of the reserved tables. An older host refuses a newer one.
pub(crate) const FORMAT: i64 = 4;

/// How long a look at a file waits for whoever writes it.
const BUSY: Duration = Duration::from_secs(5);

const RESERVED_TABLES: &str = "
    CREATE TABLE _mainstay_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE _mainstay_slot (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        generation INTEGER NOT NULL,
        plugin TEXT NOT NULL,
        version TEXT NOT NULL,
        digest TEXT NOT NULL,
        schema INTEGER NOT NULL,
        activated_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE _mainstay_state (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE _mainstay_waits (
        id TEXT PRIMARY KEY,
        round INTEGER NOT NULL,
        call TEXT NOT NULL,
        continuation_version INTEGER NOT NULL,
        continuation BLOB NOT NULL,
        requests TEXT NOT NULL,
        holder TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX _mainstay_waits_expiry ON _mainstay_waits (expires_at);
";

/// From format 1, which knew the active version alone.
const FROM_FORMAT_1: &str = "
    ALTER TABLE _mainstay_slot ADD COLUMN boots INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE _mainstay_waits ADD COLUMN orphaned_by TEXT;
    CREATE TABLE _mainstay_generations (
        generation INTEGER PRIMARY KEY,
        plugin TEXT NOT NULL,
        version TEXT NOT NULL,
        digest TEXT NOT NULL,
        schema INTEGER NOT NULL,
        activated_at INTEGER NOT NULL,
        swap TEXT NOT NULL,
        carried_schema INTEGER,
        carried BLOB
    ) STRICT;
    INSERT INTO _mainstay_generations
        SELECT generation, plugin, version, digest, schema, activated_at, '', NULL, NULL FROM _mainstay_slot;
";

/// From format 2, in which values and what calls wait with were not sealed: tables in place of those that are renamed.
const FROM_FORMAT_2: &str = "
    ALTER TABLE _mainstay_state RENAME TO _mainstay_state_2;
    CREATE TABLE _mainstay_state (key TEXT PRIMARY KEY, value BLOB NOT NULL, secret INTEGER NOT NULL DEFAULT 0)
        STRICT, WITHOUT ROWID;
    ALTER TABLE _mainstay_waits RENAME TO _mainstay_waits_2;
    DROP INDEX _mainstay_waits_expiry;
    CREATE TABLE _mainstay_waits (
        id TEXT PRIMARY KEY,
        round INTEGER NOT NULL,
        call BLOB NOT NULL,
        continuation_version INTEGER NOT NULL,
        continuation BLOB NOT NULL,
        requests BLOB NOT NULL,
        holder TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        orphaned_by TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX _mainstay_waits_expiry ON _mainstay_waits (expires_at);
";

/// From format 3, which had no tasks.
const FROM_FORMAT_3: &str = "
    CREATE TABLE _mainstay_tasks (
        id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        call BLOB NOT NULL,
        wait TEXT,
        answers BLOB,
        outcome BLOB,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX _mainstay_tasks_expiry ON _mainstay_tasks (expires_at);
";

/// Makes or checks the reserved tables. Runs in a transaction of its own.
pub(crate) fn prepare(connection: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let empty: bool = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, format) {
        (0, 0) if empty => Ok(connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {RESERVED_TABLES} {FROM_FORMAT_1} {FROM_FORMAT_2}
             DROP TABLE _mainstay_state_2; DROP TABLE _mainstay_waits_2; {FROM_FORMAT_3}
             INSERT INTO _mainstay_meta VALUES ('written_by', '{}');
             PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT",
            env!("CARGO_PKG_VERSION")
        ))?),
        (APPLICATION_ID, FORMAT) => Ok(()),
        (APPLICATION_ID, earlier @ 1..FORMAT) => upgrade(connection, sealer, earlier),
        (APPLICATION_ID, newer) if newer > FORMAT => Err(newer_format(connection, newer)),
        _ => Err(StoreError::NotOurs),
    }
}

fn newer_format(connection: &Connection, found: i64) -> StoreError {
    let read = "SELECT value FROM _mainstay_meta WHERE key = 'written_by'";
    let written_by = connection.query_row(read, [], |row| row.get(0)).unwrap_or_else(|_| "unknown".to_owned());
    StoreError::NewerFormat { found, written_by }
}

/// Whether a slot's file is of a format that this version reads. Changes nothing.
///
/// # Errors
/// If it is not.
pub fn check_format(path: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match (application, format) {
        (0, 0) | (APPLICATION_ID, 1..=FORMAT) => Ok(()),
        (APPLICATION_ID, newer) if newer > FORMAT => Err(newer_format(&connection, newer)),
        _ => Err(StoreError::NotOurs),
    }
}

/// What an earlier version wrote becomes what this one writes, as a whole or not at all.
fn upgrade(connection: &Connection, sealer: &Sealer, earlier: i64) -> Result<(), StoreError> {
    // What was plain is not to be found in the file afterwards.
    connection.pragma_update(None, "secure_delete", true)?;
    // A plugin may have views and triggers that name what is not there: to rename a table, SQLite would read them all.
    connection.pragma_update(None, "legacy_alter_table", true)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let upgraded = sealed(connection, sealer, earlier).and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if upgraded.is_err() {
        // The error says what is to be known. If this fails too, SQLite has rolled back by itself.
        drop(connection.execute_batch("ROLLBACK"));
    } else if earlier < 3 {
        rewrite(connection);
    }
    connection.pragma_update(None, "legacy_alter_table", false)?;
    connection.pragma_update(None, "secure_delete", false)?;
    upgraded
}

/// Has nothing in the file but what is there: SQLite leaves what was deleted or moved where it was, until the room is
/// needed. As far as there is room for another copy.
pub(super) fn rewrite(connection: &Connection) {
    if let Err(error) = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "the file could not be rewritten: what was in it earlier may still be found in it");
    }
}

fn sealed(connection: &Connection, sealer: &Sealer, earlier: i64) -> Result<(), StoreError> {
    if earlier == 1 {
        connection.execute_batch(FROM_FORMAT_1)?;
    }
    if earlier < 3 {
        connection.execute_batch(FROM_FORMAT_2)?;
        state::seal_all(connection, sealer)?;
        waits::seal_all(connection, sealer)?;
        connection.execute_batch("DROP TABLE _mainstay_state_2; DROP TABLE _mainstay_waits_2")?;
    }
    let end = format!(
        "{FROM_FORMAT_3}
         UPDATE _mainstay_meta SET value = '{}' WHERE key = 'written_by'; PRAGMA user_version = {FORMAT}",
        env!("CARGO_PKG_VERSION")
    );
    Ok(connection.execute_batch(&end)?)
}

#[cfg(test)]
mod tests;
