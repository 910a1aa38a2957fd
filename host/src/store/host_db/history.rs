//! The history: a row for each swap, attempted or done.

use rusqlite::{OptionalExtension as _, Row};

use super::{HostDb, from_json, to_json};
use crate::model::SlotName;
use crate::model::swap::{SwapOutcome, SwapReport};
use crate::store::StoreError;

/// How many swaps are remembered: years of a person's work, and some 20 MB at most.
const KEPT: u64 = 10_000;

impl HostDb {
    /// Writes a report, or another version of one that was written before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_swap(&self, report: &SwapReport) -> Result<(), StoreError> {
        let (outcome, generation) = (word(&report.outcome), report.to.as_ref().and_then(|to| to.generation));
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        let write = "INSERT INTO swap (id, slot, requested_at, outcome, generation, report)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE
            SET slot = ?2, requested_at = ?3, outcome = ?4, generation = ?5, report = ?6";
        let row = (
            &report.id,
            report.slot.as_str(),
            report.requested_at,
            outcome,
            generation.map(|generation| generation.0),
            to_json(report)?,
        );
        transaction.prepare_cached(write)?.execute(row)?;
        // Numbers have no gaps, so this needs no counting.
        let forget = "DELETE FROM swap WHERE number <= (SELECT max(number) FROM swap) - ?1";
        transaction.prepare_cached(forget)?.execute([KEPT])?;
        Ok(transaction.commit()?)
    }

    /// What came of one swap.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub fn swap(&self, id: &str) -> Result<Option<SwapReport>, StoreError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached("SELECT id, report FROM swap WHERE id = ?1")?;
        Ok(select.query_row([id], read).optional()?)
    }

    /// The last `limit` swaps of one slot, or of all, newest first: in the order in which they were first recorded.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub fn history(&self, slot: Option<&SlotName>, limit: u32) -> Result<Vec<SwapReport>, StoreError> {
        let connection = self.connection.lock();
        let reports = match slot {
            Some(slot) => connection
                .prepare_cached("SELECT id, report FROM swap WHERE slot = ?1 ORDER BY number DESC LIMIT ?2")?
                .query_map((slot.as_str(), limit), read)?
                .collect::<Result<_, _>>()?,
            None => connection
                .prepare_cached("SELECT id, report FROM swap ORDER BY number DESC LIMIT ?1")?
                .query_map([limit], read)?
                .collect::<Result<_, _>>()?,
        };
        Ok(reports)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<SwapReport> {
    let id: String = row.get(0)?;
    let report: String = row.get(1)?;
    from_json(&report, || format!("swap {id} of the history"))
}

/// The same word as in the report.
fn word(outcome: &SwapOutcome) -> &'static str {
    match outcome {
        SwapOutcome::Committed => "committed",
        SwapOutcome::Ready => "ready",
        SwapOutcome::Unchanged => "unchanged",
        SwapOutcome::Refused(_) => "refused",
        SwapOutcome::RolledBack { .. } => "rolled-back",
    }
}
