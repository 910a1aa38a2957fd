//! Settings of what serves calls.

use std::time::Duration;

use serde::Deserialize;

/// What a client may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    pub message_bytes: usize,
    pub calls_in_flight: usize,
    pub surface_ttl_ms: u64,
}

/// What one entry into a plugin may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntrySettings {
    pub deadline_ms: u64,
    pub memory_bytes: usize,
    pub crossing_bytes: usize,
    pub exported_state_bytes: usize,
    pub fresh_instances: bool,
}

impl EntrySettings {
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// How entries queue and are batched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailboxSettings {
    pub entries: usize,
    pub batch: usize,
    pub readers: usize,
    pub wait_seconds: u64,
}

/// How SQLite keeps data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    pub synchronous: Synchronous,
    pub cache_kib: u32,
}

/// SQLite's `synchronous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    Full,
    Normal,
}

/// Bounds on compiling a component.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileSettings {
    pub component_bytes: usize,
    pub seconds: u64,
    pub memory_bytes: u64,
}

/// Bounds on calls that wait.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitSettings {
    pub answer_seconds: u64,
    pub keep_hours: u64,
    pub rounds: usize,
}
