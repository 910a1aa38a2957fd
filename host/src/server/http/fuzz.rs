//! Doors for `tests/fuzz` to the ids of events.

use serde_json::Value;

use super::sessions::{EventId, StreamId};

/// An id as it is written.
pub fn event_id(incarnation: u32, number: u64, request: Option<&Value>, place: u64) -> String {
    let request = request.and_then(|id| serde_json::from_value(id.clone()).ok());
    StreamId { incarnation, number, request }.at(place).to_string()
}

/// An id as a client says it, and what it is written as then.
pub fn read_event_id(said: &str) -> Option<String> {
    EventId::parse(said).map(|id| id.to_string())
}
