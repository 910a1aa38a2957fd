//! Settings of how versions take each other's place.

use std::time::Duration;

use serde::Deserialize;

use crate::model::drift::Policy;

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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
