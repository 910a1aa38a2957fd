//! Running a plugin's statements.

use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, ToSql};

use super::plugin_db::PluginDb;
use crate::model::sql::{Outcome, SqlError, Statement, Value};

impl PluginDb {
    /// Runs a plugin's statements in order, all or none.
    ///
    /// # Errors
    /// With the index of the statement that failed; none has happened then.
    pub fn execute(&mut self, statements: &[Statement]) -> Result<Vec<Outcome>, (u32, SqlError)> {
        self.in_transaction().map_err(|error| (0, classify(&error)))?;
        // One statement is atomic by itself.
        let batch = statements.len() > 1;
        if batch {
            self.host_sql("SAVEPOINT batch").map_err(|error| (0, classify(&error)))?;
        }
        let mut budget = self.crossing_bytes();
        let run = (0..)
            .zip(statements)
            .map(|(index, statement)| self.execute_one(statement, &mut budget).map_err(|error| (index, error)));
        let result: Result<Vec<_>, _> = run.collect();
        if batch {
            let end = if result.is_ok() { "RELEASE batch" } else { "ROLLBACK TO batch; RELEASE batch" };
            self.host_sql(end).map_err(|error| (0, classify(&error)))?;
        }
        result
    }

    fn execute_one(&self, statement: &Statement, budget: &mut usize) -> Result<Outcome, SqlError> {
        let guard = self.as_plugin(&statement.sql);
        // The comment keeps a plugin's text from ever meeting a statement of the host in the cache, which
        // would run without the authorizer having been asked.
        let sql = format!("/*plugin*/{}", statement.sql);
        let before = self.connection().total_changes();
        let outcome = self.connection().prepare_cached(&sql).and_then(|mut prepared| {
            if self.read_only() && !prepared.readonly() {
                return Ok(Err(SqlError::ReadOnly));
            }
            collect(&mut prepared, &statement.parameters, budget)
        });
        match outcome {
            Ok(Ok(mut outcome)) => {
                // `changes` keeps the count of the last statement that had one; most have none.
                let changed = self.connection().total_changes() != before;
                outcome.changes = if changed { self.connection().changes() } else { 0 };
                outcome.last_insert_rowid = self.connection().last_insert_rowid();
                Ok(outcome)
            }
            Ok(Err(error)) => Err(error),
            Err(error) => Err(guard.denied().map_or_else(|| classify(&error), SqlError::NotAllowed)),
        }
    }
}

fn collect(
    prepared: &mut CachedStatement<'_>,
    parameters: &[Value],
    budget: &mut usize,
) -> rusqlite::Result<Result<Outcome, SqlError>> {
    if parameters.len() != prepared.parameter_count() {
        let (given, wanted) = (parameters.len(), prepared.parameter_count());
        let message = format!("{given} parameters given, {wanted} wanted");
        return Ok(Err(SqlError::Invalid { message, offset: None }));
    }
    for (index, parameter) in (1..).zip(parameters) {
        prepared.raw_bind_parameter(index, parameter)?;
    }
    let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let mut values = Vec::new();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next()? {
        let row = (0..columns.len()).map(|i| row.get_ref(i).map(read)).collect::<Result<Vec<_>, _>>()?;
        let weight: usize = row.iter().map(Value::weight).sum();
        let Some(left) = budget.checked_sub(weight) else {
            return Ok(Err(SqlError::TooLarge("the rows are more than one call may return: ask for fewer".to_owned())));
        };
        *budget = left;
        values.push(row);
    }
    drop(rows);
    Ok(Ok(Outcome { columns, rows: values, changes: 0, last_insert_rowid: 0 }))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(SqlValue::Null),
            Self::Integer(integer) => ToSqlOutput::Owned(SqlValue::Integer(*integer)),
            Self::Real(real) => ToSqlOutput::Owned(SqlValue::Real(*real)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        // A database can hold text that is no UTF-8; a component's strings cannot.
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// What a plugin is told of an error of SQLite.
pub(crate) fn classify(error: &rusqlite::Error) -> SqlError {
    use rusqlite::Error as E;
    match error {
        E::SqlInputError { msg, offset, .. } => {
            let offset = u32::try_from(*offset).ok().and_then(|o| o.checked_sub(10));
            SqlError::Invalid { message: msg.clone(), offset }
        }
        E::MultipleStatement => SqlError::Invalid { message: "one statement at a time".to_owned(), offset: None },
        E::SqliteFailure(failure, message) => {
            let message = message.clone().unwrap_or_else(|| failure.to_string());
            if message.contains("VACUUM") {
                // Nobody asks the authorizer about it; SQLite refuses it in any transaction.
                return SqlError::NotAllowed("VACUUM".to_owned());
            }
            match failure.code {
                ErrorCode::ConstraintViolation => SqlError::Constraint(message),
                ErrorCode::ReadOnly => SqlError::ReadOnly,
                ErrorCode::DiskFull => SqlError::Full,
                ErrorCode::OperationInterrupted => SqlError::Interrupted,
                ErrorCode::TooBig => SqlError::TooLarge(message),
                ErrorCode::AuthorizationForStatementDenied => SqlError::NotAllowed(message),
                ErrorCode::Unknown => SqlError::Invalid { message, offset: None },
                _ => SqlError::Failed(message),
            }
        }
        other => SqlError::Failed(other.to_string()),
    }
}
