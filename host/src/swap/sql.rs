//! Between the contract's words for SQL and the store's.

use crate::model::sql::{Outcome, SqlError, Statement, Value};
use crate::plugin::contract::{database, state};
use crate::store::StateError;

pub(crate) fn statement(statement: database::Statement) -> Statement {
    Statement { sql: statement.sql, parameters: statement.parameters.into_iter().map(value).collect() }
}

fn value(value: database::Value) -> Value {
    match value {
        database::Value::Null => Value::Null,
        database::Value::Integer(integer) => Value::Integer(integer),
        database::Value::Real(real) => Value::Real(real),
        database::Value::Text(text) => Value::Text(text),
        database::Value::Blob(bytes) => Value::Blob(bytes),
    }
}

pub(crate) fn outcome(outcome: Outcome) -> database::Outcome {
    let row = |row: Vec<Value>| row.into_iter().map(contract_value).collect();
    database::Outcome {
        columns: outcome.columns,
        rows: outcome.rows.into_iter().map(row).collect(),
        changes: outcome.changes,
        last_insert_rowid: outcome.last_insert_rowid,
    }
}

fn contract_value(value: Value) -> database::Value {
    match value {
        Value::Null => database::Value::Null,
        Value::Integer(integer) => database::Value::Integer(integer),
        Value::Real(real) => database::Value::Real(real),
        Value::Text(text) => database::Value::Text(text),
        Value::Blob(bytes) => database::Value::Blob(bytes),
    }
}

pub(crate) fn error(error: SqlError) -> database::DatabaseError {
    match error {
        SqlError::Invalid { message, offset } => {
            database::DatabaseError::InvalidSql(database::InvalidSql { message, offset })
        }
        SqlError::Constraint(what) => database::DatabaseError::Constraint(what),
        SqlError::NotAllowed(what) => database::DatabaseError::NotAllowed(what),
        SqlError::ReadOnly => database::DatabaseError::ReadOnly,
        SqlError::TooLarge(what) => database::DatabaseError::TooLarge(what),
        SqlError::Full => database::DatabaseError::Full,
        SqlError::Interrupted => database::DatabaseError::Interrupted,
        SqlError::Failed(what) => database::DatabaseError::Failed(what),
    }
}

pub(crate) fn state_error(error: StateError) -> state::StateError {
    match error {
        StateError::ReadOnly => state::StateError::ReadOnly,
        StateError::TooLarge(what) => state::StateError::TooLarge(what),
        StateError::Full => state::StateError::Full,
        StateError::Corrupt(corruption) => state::StateError::Failed(corruption.to_string()),
        StateError::Failed(what) => state::StateError::Failed(what),
    }
}
