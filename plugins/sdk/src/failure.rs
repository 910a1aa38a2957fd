//! Why a call came to nothing, written for the model that reads it.

use crate::bindings::exports::mainstay::plugin::tools::CallError;
pub use crate::bindings::exports::mainstay::plugin::tools::InvalidArgument;
use crate::bindings::mainstay::plugin::types;
use crate::database::DatabaseError;

/// Ends a call with an error and rolls back everything its entry wrote.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Arguments that the schema allows and the logic does not.
    #[error("{}", describe_arguments(.0))]
    InvalidArguments(Vec<InvalidArgument>),
    /// There is no such tool: the protocol's error, which models do not see.
    #[error("there is no such tool")]
    UnknownTool,
    /// Anything else: what is wrong, and what to do.
    #[error("{message}")]
    Failed {
        /// A stable, machine-readable word such as `unknown-task`.
        code: String,
        message: String,
        hint: Option<String>,
        retryable: bool,
    },
}

impl Failure {
    /// A failure with a stable machine-readable `code`.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self::Failed { code: code.to_owned(), message: message.into(), hint: None, retryable: false }
    }

    /// One argument is wrong; `field` is a JSON Pointer such as `/title`.
    pub fn argument(field: &str, problem: impl Into<String>) -> Self {
        Self::InvalidArguments(vec![InvalidArgument { field: field.to_owned(), problem: problem.into() }])
    }

    /// Says what to do next.
    #[must_use]
    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Failed { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    /// The same call may succeed later.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        if let Self::Failed { retryable, .. } = &mut self {
            *retryable = true;
        }
        self
    }

    /// The stable word: `invalid-arguments` or what [`Failure::new`] was given.
    pub fn code(&self) -> &str {
        match self {
            Self::InvalidArguments(_) => "invalid-arguments",
            Self::UnknownTool => "unknown-tool",
            Self::Failed { code, .. } => code,
        }
    }
}

fn describe_arguments(arguments: &[InvalidArgument]) -> String {
    let parts: Vec<_> = arguments.iter().map(|a| format!("{}: {}", a.field, a.problem)).collect();
    parts.join("; ")
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        match failure {
            Failure::InvalidArguments(_) => {
                Self { code: "invalid-arguments".to_owned(), message, hint: None, retryable: false }
            }
            Failure::UnknownTool => Self { code: "unknown-tool".to_owned(), message, hint: None, retryable: false },
            Failure::Failed { code, hint, retryable, .. } => Self { code, message, hint, retryable },
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::InvalidArguments(arguments) => Self::InvalidArguments(arguments),
            Failure::UnknownTool => Self::UnknownTool,
            other @ Failure::Failed { .. } => Self::Failed(other.into()),
        }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let code = match &error {
            DatabaseError::Full => "disk-full",
            DatabaseError::Interrupted => "interrupted",
            _ => "database",
        };
        Self::new(code, error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("stored-data", format!("stored data is not of the expected shape: {error}"))
    }
}
