//! The host's reserved tables in a plugin's file.

use rusqlite::Connection;

use super::plugin_db::StoreError;

/// Marks a file as ours: "MSTY".
const APPLICATION_ID: i64 = 0x4D53_5459;
/// The format of the reserved tables. An older host refuses a newer one.
pub(crate) const FORMAT: i64 = 2;

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

/// Makes or checks the reserved tables. Runs in a transaction of its own.
pub(crate) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let empty: bool = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, format) {
        (0, 0) if empty => {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {RESERVED_TABLES} {FROM_FORMAT_1}
                 INSERT INTO _mainstay_meta VALUES ('written_by', '{}');
                 PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT",
                env!("CARGO_PKG_VERSION")
            ))?;
            Ok(())
        }
        (APPLICATION_ID, FORMAT) => Ok(()),
        (APPLICATION_ID, 1) => {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {FROM_FORMAT_1}
                 UPDATE _mainstay_meta SET value = '{}' WHERE key = 'written_by';
                 PRAGMA user_version = {FORMAT}; COMMIT",
                env!("CARGO_PKG_VERSION")
            ))?;
            Ok(())
        }
        (APPLICATION_ID, newer) if newer > FORMAT => {
            let read = "SELECT value FROM _mainstay_meta WHERE key = 'written_by'";
            let by = connection.query_row(read, [], |row| row.get(0)).unwrap_or_else(|_| "unknown".to_owned());
            Err(StoreError::NewerFormat { found: newer, written_by: by })
        }
        _ => Err(StoreError::NotOurs),
    }
}
