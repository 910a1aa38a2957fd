//! Calls that go on without their client, as rows. Written before the client hears of the task, and with each entry of the
//! call. Whose it is, what was asked, what was answered and what came of it are sealed.

use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::corruption::Corruption;
use super::plugin_db::{PluginDb, StoreError};
use crate::seal::Sealer;

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Unguessable.
    pub id: String,
    /// `working`, or how it ended.
    pub state: String,
    /// JSON of the call, and of whose it is.
    pub call: String,
    /// The call waits under this id.
    pub wait: Option<String>,
    /// JSON of what was answered of what it waits for.
    pub answers: Option<String>,
    /// JSON of what came of it.
    pub outcome: Option<String>,
    /// Milliseconds since the epoch.
    pub created_at: u64,
    pub updated_at: u64,
    pub expires_at: u64,
}

/// The state of one that has not ended.
pub const WORKING: &str = "working";

const SEALED: [&str; 3] = ["call", "answers", "outcome"];

/// What a sealed column of a row is sealed with.
fn place(column: &str, id: &str) -> Vec<u8> {
    format!("{column} of task {id}").into_bytes()
}

/// In words.
fn value_of(column: &str, id: &str) -> String {
    format!("the {column} of a task ({id})")
}

/// Seals rows with the newest key, in the transaction that has begun, and says how many values were not.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    let mut resealed = 0;
    for column in SEALED {
        let select = format!("SELECT id, {column} FROM _mainstay_tasks WHERE {column} IS NOT NULL");
        let mut select = connection.prepare(&select)?;
        let mut update = connection.prepare(&format!("UPDATE _mainstay_tasks SET {column} = ?2 WHERE id = ?1"))?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (id, sealed) in rows.collect::<Result<Vec<(String, Vec<u8>)>, _>>()? {
            let renewed = sealer.renew(&sealed, &place(column, &id));
            let renewed = renewed.map_err(|problem| Corruption { what: value_of(column, &id), problem })?;
            let Some(renewed) = renewed else { continue };
            resealed += update.execute((id, renewed))?;
        }
    }
    Ok(resealed)
}

impl PluginDb {
    /// Keeps a task, as part of the running entry.
    ///
    /// # Errors
    /// If the database fails.
    pub fn insert_task(&self, row: &TaskRow) -> Result<(), StoreError> {
        let insert = "INSERT INTO _mainstay_tasks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let seal = |column: &str, plain: &str| self.seal(plain.as_bytes(), &place(column, &row.id));
        self.connection().prepare_cached(insert)?.execute((
            &row.id,
            &row.state,
            seal("call", &row.call)?,
            &row.wait,
            row.answers.as_deref().map(|answers| seal("answers", answers)).transpose()?,
            row.outcome.as_deref().map(|outcome| seal("outcome", outcome)).transpose()?,
            row.created_at,
            row.updated_at,
            row.expires_at,
        ))?;
        Ok(())
    }

    /// The task of that id, unless it has expired.
    ///
    /// # Errors
    /// If the database fails, or the row does not open.
    pub fn task(&self, id: &str, now: u64) -> Result<Option<TaskRow>, StoreError> {
        let select = "SELECT state, call, wait, answers, outcome, created_at, updated_at, expires_at
            FROM _mainstay_tasks WHERE id = ?1 AND expires_at > ?2";
        let mut select = self.connection().prepare_cached(select)?;
        let row = select.query_row((id, now), |row| self.read_task(id, row)).optional()?;
        Ok(row.transpose()?)
    }

    fn read_task(&self, id: &str, row: &Row<'_>) -> rusqlite::Result<Result<TaskRow, Corruption>> {
        let open = |index: usize, column: &str| -> rusqlite::Result<Result<Option<String>, Corruption>> {
            let sealed = match row.get_ref(index)? {
                ValueRef::Null => return Ok(Ok(None)),
                ValueRef::Blob(sealed) => sealed,
                _ => return Err(FromSqlError::InvalidType.into()),
            };
            match self.sealer().open(sealed, &place(column, id)) {
                Ok(plain) => {
                    let text = String::from_utf8(plain);
                    Ok(Ok(Some(text.map_err(|error| FromSqlError::Utf8Error(error.utf8_error()))?)))
                }
                // Not remembered: it is of this one task, and no reason to doubt the rest.
                Err(problem) => Ok(Err(Corruption { what: value_of(column, id), problem })),
            }
        };
        let (call, answers, outcome) = match (open(1, "call")?, open(3, "answers")?, open(4, "outcome")?) {
            (Ok(call), Ok(answers), Ok(outcome)) => (call, answers, outcome),
            (Err(corruption), _, _) | (_, Err(corruption), _) | (_, _, Err(corruption)) => return Ok(Err(corruption)),
        };
        Ok(Ok(TaskRow {
            id: id.to_owned(),
            state: row.get(0)?,
            call: call.unwrap_or_default(),
            wait: row.get(2)?,
            answers,
            outcome,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
            expires_at: row.get(7)?,
        }))
    }

    /// The task's call waits under another id now, or goes on. Nothing is answered of what it waits for.
    ///
    /// # Errors
    /// If the database fails.
    pub fn task_waits(&self, id: &str, wait: &str, now: u64) -> Result<(), StoreError> {
        let update = "UPDATE _mainstay_tasks SET wait = ?2, answers = NULL, updated_at = ?3 WHERE id = ?1";
        self.connection().prepare_cached(update)?.execute((id, wait, now))?;
        Ok(())
    }

    /// What is answered of what the task waits for.
    ///
    /// # Errors
    /// If the database fails.
    pub fn task_answers(&self, id: &str, answers: &str, now: u64) -> Result<(), StoreError> {
        let sealed = self.seal(answers.as_bytes(), &place("answers", id))?;
        let update = "UPDATE _mainstay_tasks SET answers = ?2, updated_at = ?3 WHERE id = ?1";
        self.connection().prepare_cached(update)?.execute((id, sealed, now))?;
        Ok(())
    }

    /// Ends a task and forgets what it waited for, unless it has ended already; says whether it had not.
    ///
    /// # Errors
    /// If the database fails.
    pub fn end_task(&self, id: &str, state: &str, outcome: Option<&str>, now: u64) -> Result<bool, StoreError> {
        let sealed = outcome.map(|outcome| self.seal(outcome.as_bytes(), &place("outcome", id))).transpose()?;
        let forget = "DELETE FROM _mainstay_waits WHERE id = (SELECT wait FROM _mainstay_tasks WHERE id = ?1)";
        self.connection().prepare_cached(forget)?.execute([id])?;
        let update = "UPDATE _mainstay_tasks SET state = ?2, outcome = ?3, wait = NULL, answers = NULL, updated_at = ?4
            WHERE id = ?1 AND state = 'working'";
        Ok(self.connection().prepare_cached(update)?.execute((id, state, sealed, now))? == 1)
    }

    /// Those that have not ended, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn unfinished_tasks(&self, now: u64) -> Result<Vec<String>, StoreError> {
        let select =
            "SELECT id FROM _mainstay_tasks WHERE state = 'working' AND expires_at > ?1 ORDER BY created_at, id";
        let mut select = self.connection().prepare_cached(select)?;
        let ids = select.query_map([now], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// How many there are, ended or not.
    ///
    /// # Errors
    /// If the database fails.
    pub fn count_tasks(&self, now: u64) -> Result<u64, StoreError> {
        let count = "SELECT count(*) FROM _mainstay_tasks WHERE expires_at > ?1";
        Ok(self.connection().prepare_cached(count)?.query_row([now], |row| row.get(0))?)
    }

    /// Removes those whose time is over, and says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_expired_tasks(&self, now: u64) -> Result<usize, StoreError> {
        Ok(self.connection().execute("DELETE FROM _mainstay_tasks WHERE expires_at <= ?1", [now])?)
    }
}

#[cfg(test)]
mod tests;
