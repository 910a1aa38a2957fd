//! The ids of events. For clients they are words without a meaning; for us they say which event of which stream it is,
//! and which request that stream answers, so that even a process that knows nothing of the stream can end it.
//!
//! `<incarnation>-<stream>-<place>`, and for the stream of a request `-<its id as JSON, in base64>`. A client may send
//! anything: what is not exactly what we would have written is none.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use rmcp::model::RequestId;

/// The longest there are. Half of it is the longest id of a request that is carried along.
const LONGEST: usize = 256;
const LONGEST_REQUEST: usize = 128;

/// A stream of a session, in whichever process it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::http) struct StreamId {
    /// Another one each time that the session comes into memory.
    pub(in crate::server::http) incarnation: u32,
    /// 0 is the one that is of no request.
    pub(in crate::server::http) number: u64,
    /// What it answers, if that is short enough to be said.
    pub(in crate::server::http) request: Option<RequestId>,
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::http) struct EventId {
    pub(super) stream: StreamId,
    /// From 1; 0 is before the first.
    pub(super) place: u64,
}

impl StreamId {
    /// The one that is of no request.
    pub(super) fn common(incarnation: u32) -> Self {
        Self { incarnation, number: 0, request: None }
    }

    pub(super) fn is_common(&self) -> bool {
        self.number == 0
    }

    /// Its name where it is kept.
    pub(super) fn name(&self) -> String {
        format!("{:08x}-{}", self.incarnation, self.number)
    }

    pub(in crate::server::http) fn at(&self, place: u64) -> EventId {
        EventId { stream: self.clone(), place }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stream.name(), self.place)?;
        let request = self.stream.request.as_ref().and_then(|id| serde_json::to_vec(id).ok());
        match request.filter(|json| json.len() <= LONGEST_REQUEST) {
            Some(json) => write!(f, "-{}", BASE64.encode(json)),
            None => Ok(()),
        }
    }
}

impl EventId {
    /// What a client says, if it is one of ours or could be.
    pub(in crate::server::http) fn parse(said: &str) -> Option<Self> {
        if said.len() > LONGEST {
            return None;
        }
        let mut parts = said.splitn(4, '-');
        let incarnation = u32::from_str_radix(parts.next()?, 16).ok()?;
        let number = parts.next()?.parse().ok()?;
        let place = parts.next()?.parse().ok()?;
        let request = match parts.next() {
            Some(_) if number == 0 => return None,
            Some(encoded) => Some(serde_json::from_slice(&BASE64.decode(encoded).ok()?).ok()?),
            None => None,
        };
        let id = Self { stream: StreamId { incarnation, number, request }, place };
        // One event has one id.
        (id.to_string() == said).then_some(id)
    }
}
