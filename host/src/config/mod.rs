//! Settings: `default.toml`, overlaid by a file, the environment and flags.
//!
//! The defaults are a file of this crate, embedded; it is the reference for every setting. [`Sources`] reads them all
//! and knows where each value came from, [`known`] says what a value may be and when a changed one applies, and
//! [`Reloader`] reads again while the host runs.

mod check;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod key;
mod known;
mod layer;
mod live;
mod overlay;
mod plugins;
mod reload;
mod schedule;
mod sections;
mod sources;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::error::{ConfigError, Problem};
pub use self::key::{Key, Place};
pub use self::live::Live;
pub use self::overlay::{Loaded, Valued};
pub use self::plugins::PluginSettings;
pub use self::reload::{Applied, Changed, Reloader};
pub use self::schedule::{Action, Schedule, ScheduleError, When};
pub(crate) use self::sections::is_url;
pub use self::sections::{
    BackupSettings, Claim, ClaimError, CompileSettings, DatabaseSettings, EntrySettings, HttpSettings, LogSettings,
    MailboxSettings, OAuthSettings, ProbationSettings, Publish, RebootSettings, Replay, RestartSettings, Role,
    ServerSettings, SnapshotSettings, SwapSettings, Synchronous, TelemetrySettings, TlsSettings, WaitSettings,
    WatchSettings,
};
pub use self::sources::Sources;
use crate::model::{Grant, SlotName};

/// Every setting with its default and reason.
pub const DEFAULTS: &str = include_str!("../../default.toml");

/// What the host runs with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    pub http: HttpSettings,
    pub oauth: OAuthSettings,
    pub entry: EntrySettings,
    pub mailbox: MailboxSettings,
    pub database: DatabaseSettings,
    pub compile: CompileSettings,
    pub wait: WaitSettings,
    pub swap: SwapSettings,
    pub probation: ProbationSettings,
    pub restart: RestartSettings,
    pub watch: WatchSettings,
    pub log: LogSettings,
    pub reboot: RebootSettings,
    pub backup: BackupSettings,
    pub snapshot: SnapshotSettings,
    pub telemetry: TelemetrySettings,
    #[serde(default)]
    pub schedule: Vec<Schedule>,
    #[serde(default)]
    pub plugins: BTreeMap<SlotName, PluginSettings>,
}

impl Settings {
    /// The configuration of the plugin in that slot, a JSON object.
    pub fn plugin_config(&self, slot: &SlotName) -> String {
        let config = self.plugins.get(slot).map(|plugin| plugin.config.clone()).unwrap_or_default();
        plugins::to_json(&config.into()).to_string()
    }

    /// What the plugin in that slot may see of directories that it names.
    pub fn file_grants(&self, slot: &SlotName) -> Vec<Grant> {
        // What is no pattern was refused when the settings were read.
        let parsed = |pattern: &str| pattern.parse().ok();
        match self.plugins.get(slot).and_then(|plugin| plugin.files.as_ref()) {
            Some(patterns) => patterns.iter().filter_map(|pattern| parsed(pattern)).collect(),
            None if *slot == SlotName::orchestrator() => {
                plugins::OF_ORCHESTRATOR.iter().filter_map(|pattern| parsed(pattern)).collect()
            }
            None => Vec::new(),
        }
    }
}

impl Default for Settings {
    #[expect(clippy::expect_used, reason = "a test holds the embedded file to the type")]
    fn default() -> Self {
        toml::from_str(DEFAULTS).expect("default.toml fits the settings")
    }
}

#[cfg(test)]
mod tests;
