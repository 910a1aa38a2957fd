//! Settings of what looks after a host: its log, its reboot tools, what it keeps copies of.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the host says of itself on standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// As tracing's `EnvFilter` has it.
    pub filter: String,
}

/// What clients may do with the host's own tools. Of the numbers a minute, 0 is no limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RebootSettings {
    pub restarts_per_minute: u32,
    pub rollbacks_per_minute: u32,
    pub status_per_minute: u32,
    pub reconnect_tests_per_minute: u32,
    pub health_per_minute: u32,
    /// Who a client over standard input and output is.
    pub stdio_role: Role,
    /// Whether the list of tools says what their answers look like.
    pub output_schemas: bool,
    pub check_ms: u64,
}

impl RebootSettings {
    /// The longest that one check of the health may take.
    pub fn check(&self) -> Duration {
        Duration::from_millis(self.check_ms)
    }
}

/// What a client may ask of the host itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Operator,
    /// To look, and nothing that others would notice.
    User,
}

impl Role {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::User => "user",
        }
    }

    /// The one that is written so.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Operator, Self::User].into_iter().find(|role| role.as_str() == name)
    }
}

/// Backups of a slot's data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    pub keep: usize,
}

/// What is told to those who watch over many programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Where spans are sent to, without the path; empty for nowhere.
    pub otlp: String,
    /// Whether anybody may read `/metrics`.
    pub metrics_public: bool,
}

/// Snapshots of a slot's working state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSettings {
    pub keep: usize,
    pub bytes: usize,
}
