//! Settings: `default.toml`, overlaid by a file.
//!
//! The defaults are a file of this crate, embedded; it is the reference for every setting.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;

use crate::model::drift::Policy;

/// Every setting with its default and reason.
pub const DEFAULTS: &str = include_str!("../../default.toml");

/// What the host runs with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    pub entry: EntrySettings,
    pub mailbox: MailboxSettings,
    pub database: DatabaseSettings,
    pub compile: CompileSettings,
    pub wait: WaitSettings,
    pub swap: SwapSettings,
    pub probation: ProbationSettings,
    pub restart: RestartSettings,
    pub watch: WatchSettings,
}

/// The settings as they are now: clones of this see the same.
#[derive(Debug, Clone)]
pub struct Live(watch::Sender<Arc<Settings>>);

impl Live {
    pub fn new(settings: Settings) -> Self {
        Self(watch::Sender::new(Arc::new(settings)))
    }

    pub fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.0.borrow())
    }

    /// From now on these apply, wherever settings are looked at anew.
    pub fn set(&self, settings: Settings) {
        self.0.send_replace(Arc::new(settings));
    }

    /// Changes when they do.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Settings>> {
        self.0.subscribe()
    }
}

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

/// How versions are exchanged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwapSettings {
    pub policy: Policy,
    pub publish: Publish,
    pub replay: Replay,
    pub record: bool,
    pub recorded_calls: usize,
    pub recorded_bytes: usize,
    pub shadow_bytes: u64,
    pub quiesce_ms: u64,
    pub migrate_seconds: u64,
    pub keep: usize,
}

/// When clients hear of a changed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publish {
    Now,
    WhenIdle,
    NewSessions,
}

/// What a replay of recorded calls is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replay {
    Report,
    Require,
    Off,
}

/// How long the version before is kept ready, and what brings it back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbationSettings {
    pub seconds: u64,
    pub calls: u64,
    pub faults: u32,
    pub probe_ms: u64,
}

/// How often a plugin may fail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestartSettings {
    pub burst: usize,
    pub burst_seconds: u64,
    pub sustained: usize,
    pub sustained_seconds: u64,
    pub poison_seconds: u64,
    pub boots: u32,
}

/// When a file that changed is looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchSettings {
    pub settle_ms: u64,
    pub gone_ms: u64,
    pub give_up_ms: u64,
    pub poll: bool,
    pub poll_ms: u64,
}

impl WatchSettings {
    pub fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_ms)
    }

    pub fn gone(&self) -> Duration {
        Duration::from_millis(self.gone_ms)
    }

    pub fn give_up(&self) -> Duration {
        Duration::from_millis(self.give_up_ms)
    }

    /// At least a hundredth of a second: looking costs something.
    pub fn poll_every(&self) -> Duration {
        Duration::from_millis(self.poll_ms.max(10))
    }
}

/// Settings that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is not valid", path.display())]
    Invalid { path: PathBuf, source: toml::de::Error },
}

impl Settings {
    /// The defaults, overlaid by `file` if there is one.
    ///
    /// # Errors
    /// If the file cannot be read, is no TOML, or has a key that does not exist.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Ok(Self::default()) };
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let invalid = |source| ConfigError::Invalid { path: path.to_owned(), source };
        let overlay: toml::Table = toml::from_str(&text).map_err(invalid)?;
        let mut merged: toml::Table = toml::from_str(DEFAULTS).map_err(invalid)?;
        merge(&mut merged, overlay);
        merged.try_into().map_err(invalid)
    }
}

impl Default for Settings {
    #[expect(clippy::expect_used, reason = "a test holds the embedded file to the type")]
    fn default() -> Self {
        toml::from_str(DEFAULTS).expect("default.toml fits the settings")
    }
}

fn merge(base: &mut toml::Table, overlay: toml::Table) {
    for (key, value) in overlay {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(overlay)) => merge(base, overlay),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
