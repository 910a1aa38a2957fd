//! What a call came to, in few words.

use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ErrorCode};

use crate::server::errors;

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// The client has to answer something first, and comes back.
    Asked,
    /// The tool said that it went wrong.
    ToolError,
    /// There is no such tool, or the arguments do not fit it.
    Arguments,
    /// Something was at its limit.
    Busy,
    /// A restart, a swap or the end of the host was in the way.
    Interrupted,
    /// The plugin or the host failed at it.
    Fault,
    /// The client did not want it any more, or has gone.
    Cancelled,
}

impl Outcome {
    pub(crate) const ALL: [Self; 8] = [
        Self::Ok,
        Self::Asked,
        Self::ToolError,
        Self::Arguments,
        Self::Busy,
        Self::Interrupted,
        Self::Fault,
        Self::Cancelled,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Asked => "asked",
            Self::ToolError => "tool-error",
            Self::Arguments => "arguments",
            Self::Busy => "busy",
            Self::Interrupted => "interrupted",
            Self::Fault => "fault",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What that answer is.
pub(crate) fn outcome(answer: &Result<CallToolResponse, ErrorData>) -> Outcome {
    match answer {
        Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
            errors::code_of(result).map_or(Outcome::ToolError, of_code)
        }
        Ok(CallToolResponse::Complete(_)) => Outcome::Ok,
        Ok(_) => Outcome::Asked,
        Err(error) if error.code == ErrorCode::INVALID_PARAMS => Outcome::Arguments,
        Err(_) => Outcome::Fault,
    }
}

/// Of the words that [`errors`] and the host's own tools have; all others are the plugin's.
fn of_code(code: &str) -> Outcome {
    match code {
        "invalid-arguments" | "stale-schema" | "tool-removed" | "INVALID_PARAMETERS" => Outcome::Arguments,
        "busy" | "expired" | "RATE_LIMITED" => Outcome::Busy,
        "interrupted" | "stopped" | "orphaned" | "no-such-wait" | "SHUTDOWN_IN_PROGRESS" => Outcome::Interrupted,
        "cancelled" => Outcome::Cancelled,
        "plugin-fault" | "plugin-trapped" | "deadline" | "memory-limit" | "size-limit" | "host-fault" | "stalled"
        | "poisoned" | "storage" | "disk-full" | "state-corruption" | "data-directory" | "data" | "plugin" => {
            Outcome::Fault
        }
        _ => Outcome::ToolError,
    }
}

#[cfg(test)]
mod tests;
