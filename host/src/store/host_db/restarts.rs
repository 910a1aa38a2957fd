//! The restarts among the swaps of the history, and what they are in sum.

use rusqlite::Connection;

use super::{HostDb, from_json};
use crate::model::swap::SwapReport;
use crate::store::StoreError;

/// What holds of a row that is of a restart. A query that says it in the same words uses the index.
macro_rules! of_restart {
    () => {
        "CASE WHEN json_valid(report) THEN report ->> '$.restart' END = 1"
    };
}

/// Restarts are few among many swaps: an index of them alone.
pub(super) const TABLE: &str = concat!("CREATE INDEX swap_restart ON swap (number) WHERE ", of_restart!(), ";\n");

/// All restarts that are remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestartTotals {
    pub all: u64,
    pub successful: u64,
    /// When the last one that was successful was asked for; milliseconds since the epoch.
    pub last_success_at: Option<u64>,
    /// Of those that were successful, in microseconds, in no order.
    pub durations_us: Vec<u64>,
}

impl HostDb {
    /// The last `limit` restarts, newest first.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub fn restarts(&self, limit: u32) -> Result<Vec<SwapReport>, StoreError> {
        let connection = self.connection.lock();
        let select = concat!("SELECT id, report FROM swap WHERE ", of_restart!(), " ORDER BY number DESC LIMIT ?1");
        let mut select = connection.prepare_cached(select)?;
        let rows = select.query_map([limit], |row| {
            let (id, report): (String, String) = (row.get(0)?, row.get(1)?);
            from_json(&report, || format!("swap {id} of the history"))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What all of them are in sum.
    ///
    /// # Errors
    /// If the database fails.
    pub fn restart_totals(&self) -> Result<RestartTotals, StoreError> {
        let connection = self.connection.lock();
        let all = concat!("SELECT count(*) FROM swap WHERE ", of_restart!());
        let mut totals = RestartTotals { all: connection.query_row(all, [], |row| row.get(0))?, ..Default::default() };
        for (at, duration) in successful(&connection)? {
            totals.successful += 1;
            totals.last_success_at = totals.last_success_at.max(Some(at));
            totals.durations_us.push(duration);
        }
        Ok(totals)
    }
}

/// When each was asked for, and how long its steps took.
fn successful(connection: &Connection) -> Result<Vec<(u64, u64)>, StoreError> {
    let select = concat!(
        "SELECT requested_at, (SELECT coalesce(sum(value ->> '$.micros'), 0) FROM json_each(report, '$.steps'))
            FROM swap WHERE outcome = 'committed' AND ",
        of_restart!()
    );
    let mut select = connection.prepare_cached(select)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests;
