//! What the tools that look look at: one file a check. Each has a time limit of its own, so that whatever is stuck is
//! told of and not waited for.

pub(super) mod buffers;
pub(super) mod calls;
pub(super) mod connections;
pub(super) mod databases;
pub(super) mod disk;
pub(super) mod event_loop;
pub(super) mod pings;
pub(super) mod reconnections;
pub(super) mod settings;
pub(super) mod slots;

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

/// What a part of the server is like, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Operational,
    /// It works, and somebody should look at it.
    Degraded,
    /// It has not answered in time.
    Stuck,
    Failed,
}

impl Status {
    /// Of something that must have no problem.
    pub(super) fn of(problem: Option<&String>) -> Self {
        if problem.is_none() { Self::Operational } else { Self::Failed }
    }
}

/// Whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// How many.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A part of an answer as JSON: its fields are plain, so this does not fail.
pub(super) fn to_json(part: impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or(Value::Null)
}

/// An answer, which is an object.
pub(super) fn object(answer: Value) -> Map<String, Value> {
    match answer {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Whether a part of the answer is wanted. Left out means yes.
pub(super) fn wanted(arguments: &Map<String, Value>, part: &str) -> bool {
    arguments.get(part).and_then(Value::as_bool).unwrap_or(true)
}
