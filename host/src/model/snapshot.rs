//! Snapshots: what a slot's working state was at a moment.
//!
//! [`Snapshot`] is what is said of one. It is kept with it, and sent as JSON: fields may be added, never renamed.
//! [`SnapshotContent`] is what is in it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{Generation, SlotName};

/// The format of [`SnapshotContent`] that this version writes, and the newest that it reads.
pub const SNAPSHOT_FORMAT: u32 = 1;

/// Why a snapshot was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotCause {
    /// The host found the state as it is when it started.
    Start,
    /// A version took over, or was restarted.
    Swap,
    /// The settings said when.
    Schedule,
    /// A person asked for it.
    Command,
    /// Another snapshot was to take the place of this state.
    Restore,
    /// The host ended.
    Shutdown,
}

/// What is said of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Unique, and in order of time.
    pub id: String,
    pub slot: SlotName,
    /// Which was active.
    pub generation: Generation,
    pub plugin: String,
    pub version: String,
    /// Of the data.
    pub schema: u32,
    /// Milliseconds since the epoch.
    pub taken_at: u64,
    pub why: SnapshotCause,
    /// Keys, secret ones too.
    pub entries: u64,
    pub secret_entries: u64,
    /// Keys, values and what was carried into the generation.
    pub bytes: u64,
}

/// A snapshot in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotListed {
    pub id: String,
    pub slot: String,
    /// Whether it is what it was, and can be restored.
    pub opens: bool,
    /// Why not, if it cannot.
    pub problem: Option<String>,
    /// None if not even that can be read.
    pub snapshot: Option<Snapshot>,
}

/// What is in a snapshot: format 1. Kept as JSON, sealed; bytes are in base64. A host refuses what is of a newer
/// format.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotContent {
    pub format: u32,
    /// What was carried into the generation.
    pub carried: Option<SnapshotCarried>,
    /// In key order.
    pub entries: Vec<SnapshotEntry>,
}

/// State that one instance exported and the next one was given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotCarried {
    pub schema: u32,
    #[serde(with = "in_base64")]
    pub data: Vec<u8>,
}

/// A key with its value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotEntry {
    pub key: String,
    #[serde(with = "in_base64")]
    pub value: Vec<u8>,
    /// Left out of what is exported to a file.
    pub secret: bool,
}

impl SnapshotCause {
    /// The same word as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Swap => "swap",
            Self::Schedule => "schedule",
            Self::Command => "command",
            Self::Restore => "restore",
            Self::Shutdown => "shutdown",
        }
    }
}

impl fmt::Display for SnapshotCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SnapshotContent {
    pub fn new(carried: Option<SnapshotCarried>, entries: Vec<SnapshotEntry>) -> Self {
        Self { format: SNAPSHOT_FORMAT, carried, entries }
    }

    /// Keys, values and what was carried.
    pub fn bytes(&self) -> u64 {
        let carried = self.carried.as_ref().map_or(0, |carried| carried.data.len());
        let entries = self.entries.iter().map(|entry| entry.key.len() + entry.value.len()).sum::<usize>();
        u64::try_from(carried + entries).unwrap_or(u64::MAX)
    }

    pub fn secret_entries(&self) -> u64 {
        self.entries.iter().filter(|entry| entry.secret).count() as u64
    }

    /// The same without what is secret. What was carried is left out too: nobody but the plugin knows what is in it.
    pub fn without_secrets(mut self) -> Self {
        self.entries.retain(|entry| !entry.secret);
        self.carried = None;
        self
    }
}

impl fmt::Debug for SnapshotCarried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotCarried").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl fmt::Debug for SnapshotEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotEntry").field("key", &self.key).field("secret", &self.secret).finish_non_exhaustive()
    }
}

impl fmt::Debug for SnapshotContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotContent").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

/// Bytes as a string.
mod in_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
