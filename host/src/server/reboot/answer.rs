//! What a reboot tool answers, well or not.

use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::definition::Definition;

/// A JSON object, or why there is none.
pub(crate) type Answer = Result<Map<String, Value>, Problem>;

/// A stable word for what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Code {
    /// The slot, or the whole host, could not be made ready.
    InitializationFailed,
    /// Another restart is under way.
    ShutdownInProgress,
    InvalidParameters,
    /// Something is in the way that may pass or can be overruled.
    SystemNotReady,
    TimeoutExceeded,
    /// State at rest does not open.
    StateCorruption,
    /// The version that was to serve cannot.
    ProcessFailed,
    /// Whoever asked may not.
    PermissionDenied,
    RateLimited,
}

impl Code {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InitializationFailed => "INITIALIZATION_FAILED",
            Self::ShutdownInProgress => "SHUTDOWN_IN_PROGRESS",
            Self::InvalidParameters => "INVALID_PARAMETERS",
            Self::SystemNotReady => "SYSTEM_NOT_READY",
            Self::TimeoutExceeded => "TIMEOUT_EXCEEDED",
            Self::StateCorruption => "STATE_CORRUPTION",
            Self::ProcessFailed => "PROCESS_FAILED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::RateLimited => "RATE_LIMITED",
        }
    }

    /// Whether the same request may do better in a while.
    fn is_passing(self) -> bool {
        matches!(self, Self::ShutdownInProgress | Self::TimeoutExceeded | Self::RateLimited)
    }
}

/// Why a tool did not do what it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    /// What is wrong and what to do, in whole sentences.
    pub(crate) message: String,
    pub(crate) phase: &'static str,
    /// Seconds after which it may be tried again.
    pub(crate) retry_after: Option<u64>,
    /// More fields of the answer.
    pub(crate) more: Map<String, Value>,
}

impl Problem {
    pub(crate) fn new(code: Code, phase: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), phase, retry_after: None, more: Map::new() }
    }

    /// With these fields, as far as it has not others of the same name.
    #[must_use]
    pub(crate) fn with(mut self, more: Map<String, Value>) -> Self {
        for (field, value) in more {
            self.more.entry(field).or_insert(value);
        }
        self
    }

    fn into_object(self, timestamp: &str) -> Map<String, Value> {
        let mut object = self.more;
        object.insert("success".to_owned(), Value::Bool(false));
        object.insert("error".to_owned(), Value::String(self.message));
        object.insert("error_code".to_owned(), json!(self.code));
        object.insert("phase".to_owned(), Value::String(self.phase.to_owned()));
        object.insert("timestamp".to_owned(), Value::String(timestamp.to_owned()));
        if let Some(seconds) = self.retry_after {
            object.insert("retry_after".to_owned(), json!(seconds));
        }
        object
    }
}

/// The answer as one object, and whether it tells of an error. `timestamp` is of now.
pub(crate) fn object(answer: Answer, timestamp: &str) -> (Map<String, Value>, bool) {
    match answer {
        Ok(object) => (object, false),
        Err(problem) => (problem.into_object(timestamp), true),
    }
}

/// For a client, of that tool. `timestamp` is of now.
pub(crate) fn to_mcp(answer: Answer, tool: &Definition, timestamp: &str) -> CallToolResult {
    let machine = answer.as_ref().err().map(|problem| {
        let retryable = problem.retry_after.is_some() || problem.code.is_passing();
        json!({ "code": problem.code, "retryable": retryable })
    });
    let (object, is_error) = object(answer, timestamp);
    let object = Value::Object(object);
    let content = vec![ContentBlock::text(object.to_string())];
    let mut result = if is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
    result.meta = machine.map(|machine| MetaObject(Map::from_iter([("mainstay/error".to_owned(), machine)])));
    // An error need not be of the schema, and what is not may not be sent as if it were.
    result.structured_content = (!is_error || tool.answers(&object)).then_some(object);
    result
}
