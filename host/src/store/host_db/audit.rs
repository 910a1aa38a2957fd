//! The audit log: a row for each attempt to act on what serves, allowed or not.

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::{HostDb, from_json, to_json};
use crate::store::StoreError;

/// What is kept in a host's file since its format 2.
pub(super) const TABLE: &str = "
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL,
        entry TEXT NOT NULL
    ) STRICT;
";

/// How many attempts are remembered: as many as swaps, and some 10 MB at most.
const KEPT: u64 = 10_000;

/// Who made an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditWho {
    /// Name and version, as the client itself says.
    pub client: String,
    pub version: String,
    /// None for the command line.
    pub session: Option<String>,
    /// `stdio`, `http`, `socket`, `schedule`, or `command line` if no host was asked.
    pub transport: String,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditOutcome {
    /// Not over. Stays so if the host ends on the way.
    Begun,
    Done,
    /// It is to happen at a time.
    Scheduled,
    /// Whoever asked may not, or may not yet, or not like this: nothing was tried.
    Denied,
    Failed,
}

/// An attempt: a row of the audit log. Sent as JSON too: fields may be added, never renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Unique.
    pub id: String,
    /// Milliseconds since the epoch.
    pub at: u64,
    pub who: AuditWho,
    /// The tool, or what else it was.
    pub action: String,
    /// As they were given; left out if they are long.
    pub arguments: serde_json::Value,
    pub reason: Option<String>,
    pub outcome: AuditOutcome,
    /// Such as `RATE_LIMITED`, if it came to nothing.
    pub error_code: Option<String>,
    /// The rows of the history that it led to.
    pub swaps: Vec<String>,
}

impl HostDb {
    /// Writes an entry, or what came of one that was written before. What is over is not begun again, whatever order
    /// the two come in.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        write(&transaction, entry)?;
        Ok(transaction.commit()?)
    }

    /// The last `limit` attempts, newest first.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub fn audit(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let connection = self.connection.lock();
        if !connection.table_exists(None, "audit")? {
            // Written by an older host.
            return Ok(Vec::new());
        }
        let mut select = connection.prepare_cached("SELECT id, entry FROM audit ORDER BY number DESC LIMIT ?1")?;
        let rows = select.query_map([limit], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Writes an entry in the transaction that has begun.
pub(super) fn write(transaction: &Connection, entry: &AuditEntry) -> rusqlite::Result<()> {
    let write = "INSERT INTO audit (id, at, action, outcome, entry) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (id) DO UPDATE SET outcome = ?4, entry = ?5 WHERE outcome = 'begun'";
    let row = (&entry.id, entry.at, &entry.action, entry.outcome.as_str(), to_json(entry)?);
    transaction.prepare_cached(write)?.execute(row)?;
    // Numbers have no gaps, so this needs no counting.
    let forget = "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?1";
    transaction.prepare_cached(forget)?.execute([KEPT])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let id: String = row.get(0)?;
    let entry: String = row.get(1)?;
    from_json(&entry, || format!("attempt {id} of the audit log"))
}

impl AuditOutcome {
    /// The same word as in the entry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Scheduled => "scheduled",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests;
