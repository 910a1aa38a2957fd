//! What crosses between a plugin's SQL and the store.

/// A parameter or a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// Roughly what it takes to hand over, in bytes.
    pub fn weight(&self) -> usize {
        16 + match self {
            Self::Null | Self::Integer(_) | Self::Real(_) => 0,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

/// SQL with positional parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub sql: String,
    pub parameters: Vec<Value>,
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
    pub changes: u64,
    pub last_insert_rowid: i64,
}

/// Why a plugin's statement was not run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SqlError {
    #[error("{message}")]
    Invalid { message: String, offset: Option<u32> },
    #[error("{0}")]
    Constraint(String),
    #[error("not allowed: {0}")]
    NotAllowed(String),
    #[error("this entry may only read")]
    ReadOnly,
    #[error("{0}")]
    TooLarge(String),
    #[error("the disk is full")]
    Full,
    #[error("interrupted")]
    Interrupted,
    #[error("{0}")]
    Failed(String),
}
