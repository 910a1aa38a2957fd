//! Typed access to the plugin's SQLite database.

use crate::bindings::mainstay::plugin::database as contract;
pub use crate::bindings::mainstay::plugin::database::Value;
use crate::imports::Imports;

/// The `database` import. Statements belong to the entry: they are committed with it or not at all.
#[derive(Clone, Copy)]
pub struct Database<'a> {
    imports: &'a dyn Imports,
}

impl std::fmt::Debug for Database<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

/// SQL and the values of its `?1`, `?2`, …
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    sql: String,
    parameters: Vec<Value>,
}

impl Statement {
    /// See [`params!`](crate::params).
    pub fn new(sql: impl Into<String>, parameters: Vec<Value>) -> Self {
        Self { sql: sql.into(), parameters }
    }
}

/// Values for the parameters of a statement: `params![id, title, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

impl<'a> Database<'a> {
    pub(crate) fn new(imports: &'a dyn Imports) -> Self {
        Self { imports }
    }

    /// Runs one statement and says how many rows it changed.
    ///
    /// # Errors
    /// If the database refuses; nothing has happened then.
    pub fn execute(&self, sql: &str, parameters: Vec<Value>) -> Result<u64, DatabaseError> {
        Ok(self.run(vec![Statement::new(sql, parameters)])?.changes())
    }

    /// Runs statements in order, all or none, in one crossing to the host.
    ///
    /// # Errors
    /// If the database refuses one of them; none has happened then.
    pub fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let statements: Vec<_> =
            statements.into_iter().map(|s| contract::Statement { sql: s.sql, parameters: s.parameters }).collect();
        let outcomes = self.imports.execute(&statements).map_err(|error| {
            let sql = statements.get(error.statement as usize).map(|s| s.sql.clone()).unwrap_or_default();
            DatabaseError::from_contract(error.error, sql)
        })?;
        Ok(outcomes.into_iter().map(Rows).collect())
    }

    /// Every row of a query.
    ///
    /// # Errors
    /// If the database refuses, or a column is of another type than asked for.
    pub fn query<T: FromRow>(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<T>, DatabaseError> {
        let rows = self.run(vec![Statement::new(sql, parameters)])?;
        rows.iter().map(|row| T::from_row(&row)).collect()
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// As [`Database::query`].
    pub fn query_one<T: FromRow>(&self, sql: &str, parameters: Vec<Value>) -> Result<Option<T>, DatabaseError> {
        let rows = self.run(vec![Statement::new(sql, parameters)])?;
        rows.iter().next().map(|row| T::from_row(&row)).transpose()
    }

    fn run(&self, statements: Vec<Statement>) -> Result<Rows, DatabaseError> {
        let mut outcomes = self.batch(statements)?;
        outcomes.pop().ok_or_else(|| DatabaseError::Failed("the host returned no outcome".to_owned()))
    }
}

/// Why the database refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DatabaseError {
    #[error("invalid SQL: {message} in {sql}")]
    InvalidSql { message: String, sql: String },
    #[error("{0}")]
    Constraint(String),
    #[error("a plugin may not do this: {0}")]
    NotAllowed(String),
    #[error("this entry may only read")]
    ReadOnly,
    #[error("too much for one call: {0}")]
    TooLarge(String),
    #[error("the disk is full")]
    Full,
    #[error("the entry has run out of time or was cancelled")]
    Interrupted,
    #[error("{0}")]
    Failed(String),
    #[error("column {column} does not hold {expected}")]
    Type { column: String, expected: &'static str },
}

impl DatabaseError {
    fn from_contract(error: contract::DatabaseError, sql: String) -> Self {
        match error {
            contract::DatabaseError::InvalidSql(e) => Self::InvalidSql { message: e.message, sql },
            contract::DatabaseError::Constraint(what) => Self::Constraint(what),
            contract::DatabaseError::NotAllowed(what) => Self::NotAllowed(what),
            contract::DatabaseError::ReadOnly => Self::ReadOnly,
            contract::DatabaseError::TooLarge(what) => Self::TooLarge(what),
            contract::DatabaseError::Full => Self::Full,
            contract::DatabaseError::Interrupted => Self::Interrupted,
            contract::DatabaseError::Failed(what) => Self::Failed(what),
        }
    }
}

/// What one statement gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows(contract::Outcome);

impl Rows {
    /// Rows that the statement inserted, updated or deleted.
    pub fn changes(&self) -> u64 {
        self.0.changes
    }

    /// Of the last row inserted on this connection.
    pub fn last_insert_rowid(&self) -> i64 {
        self.0.last_insert_rowid
    }

    /// The result rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.0.rows.iter().map(|values| Row { columns: &self.0.columns, values })
    }
}

/// One result row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl Row<'_> {
    /// The column of that name.
    ///
    /// # Errors
    /// If there is none, or it is of another type.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, DatabaseError> {
        let index = self.columns.iter().position(|c| c == column);
        self.at(index.unwrap_or(usize::MAX), column)
    }

    fn at<T: FromValue>(&self, index: usize, column: &str) -> Result<T, DatabaseError> {
        let value = self.values.get(index).and_then(T::from_value);
        value.ok_or_else(|| DatabaseError::Type { column: column.to_owned(), expected: T::EXPECTED })
    }
}

/// Something a whole row can become. Implemented for tuples, by position.
pub trait FromRow: Sized {
    /// # Errors
    /// If a column is of another type.
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError>;
}

/// Something a single value can become.
pub trait FromValue: Sized {
    /// For error messages.
    const EXPECTED: &'static str;

    /// `None` if the value is of another type.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! tuple_from_row {
    ($($name:ident $index:tt),+) => {
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
                Ok(($(row.at($index, stringify!($index))?,)+))
            }
        }
    };
}
tuple_from_row!(A 0);
tuple_from_row!(A 0, B 1);
tuple_from_row!(A 0, B 1, C 2);
tuple_from_row!(A 0, B 1, C 2, D 3);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4, F 5);

impl FromValue for i64 {
    const EXPECTED: &'static str = "an integer";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(i) = value { Some(*i) } else { None }
    }
}

impl FromValue for u64 {
    const EXPECTED: &'static str = "a non-negative integer";

    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "0 or 1";

    fn from_value(value: &Value) -> Option<Self> {
        Some(i64::from_value(value)? != 0)
    }
}

impl FromValue for f64 {
    const EXPECTED: &'static str = "a number";

    #[expect(clippy::cast_precision_loss, reason = "a caller who asks for a float gets one")]
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Real(r) => Some(*r),
            Value::Integer(i) => Some(*i as Self),
            _ => None,
        }
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "text";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(s) = value { Some(s.clone()) } else { None }
    }
}

impl FromValue for Vec<u8> {
    const EXPECTED: &'static str = "a blob";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Blob(b) = value { Some(b.clone()) } else { None }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
