//! Calls that wait: what a plugin returned, checked and turned into a row, and back.

use std::collections::HashSet;

use super::error::SlotError;
use crate::plugin::contract::{lifecycle, tools};
use crate::store::WaitRow;

/// The largest continuation: it is written with every wait and read with every resume.
const CONTINUATION_BYTES: usize = 64 << 10;

/// Whether something may be asked under that key.
pub(crate) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// A call that waits, committed.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Hand it to [`super::Slot::resume`]. Unguessable.
    pub id: String,
    pub call: tools::Call,
    /// How often the call has waited before.
    pub round: u32,
    /// Each wants one answer.
    pub requests: Vec<tools::KeyedRequest>,
}

/// For how long, and for whom, a wait is kept.
#[derive(Debug, Clone)]
pub(crate) struct Keep {
    pub(crate) holder: Option<String>,
    pub(crate) now: u64,
    pub(crate) expires_at: u64,
    pub(crate) rounds: u32,
}

impl Waiting {
    pub(crate) fn check(
        wait: &tools::Wait,
        call: tools::Call,
        round: u32,
        plugin: &lifecycle::Description,
        keep: &Keep,
    ) -> Result<Self, SlotError> {
        let broken = |what: String| Err(SlotError::Contract(what));
        if round >= keep.rounds {
            return broken(format!("the call has waited {round} times, which is a loop"));
        }
        if wait.requests.is_empty() {
            return broken("a wait without a request would never end".to_owned());
        }
        let keys: HashSet<_> = wait.requests.iter().map(|request| &request.key).collect();
        if keys.len() < wait.requests.len() {
            return broken("two requests of a wait have the same key".to_owned());
        }
        if let Some(key) = keys.iter().find(|key| !is_key(key)) {
            return broken(format!("the key {key:?} is not 1 to 64 letters, digits, `_` and `-`"));
        }
        if wait.continuation.data.len() > CONTINUATION_BYTES {
            let length = wait.continuation.data.len();
            return broken(format!("the continuation has {length} bytes, allowed are {CONTINUATION_BYTES}"));
        }
        if !plugin.continuations.contains(&wait.continuation.version) {
            let version = wait.continuation.version;
            return broken(format!("continuation version {version} is not among those it says it reads"));
        }
        Ok(Self { id: uuid::Uuid::new_v4().simple().to_string(), call, round, requests: wait.requests.clone() })
    }

    pub(crate) fn to_row(&self, continuation: tools::Continuation, keep: &Keep) -> Result<WaitRow, SlotError> {
        Ok(WaitRow {
            id: self.id.clone(),
            round: self.round,
            call: to_json(&self.call)?,
            continuation_version: continuation.version,
            continuation: continuation.data,
            requests: to_json(&self.requests)?,
            holder: keep.holder.clone(),
            created_at: keep.now,
            expires_at: keep.expires_at,
            orphaned_by: None,
        })
    }

    pub(crate) fn from_row(row: WaitRow) -> Result<(Self, tools::Continuation), SlotError> {
        let unreadable = |error| SlotError::Contract(format!("a stored wait cannot be read: {error}"));
        let call = serde_json::from_str(&row.call).map_err(unreadable)?;
        let requests = serde_json::from_str(&row.requests).map_err(unreadable)?;
        let continuation = tools::Continuation { version: row.continuation_version, data: row.continuation };
        Ok((Self { id: row.id, call, round: row.round, requests }, continuation))
    }
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, SlotError> {
    serde_json::to_string(value).map_err(|error| SlotError::Contract(format!("a wait cannot be stored: {error}")))
}
