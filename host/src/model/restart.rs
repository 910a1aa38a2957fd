//! Why a server is restarted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Tools of the host's own, which no plugin can have.
pub const HOST_TOOLS: [&str; 6] = [
    "orchestrator_restart_server",
    "orchestrator_health_check",
    "orchestrator_shutdown_prepare",
    "orchestrator_restart_status",
    "orchestrator_reconnect_test",
    "orchestrator_rollback",
];

/// Each has an effect of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartReason {
    /// The settings are read again first.
    ConfigurationUpdate,
    /// The data is backed up first, and a restart that would leave migrations undone fails.
    SchemaMigration,
    /// What serves has no say: whatever it refuses on the way is done without.
    ErrorRecovery,
    #[default]
    ManualRequest,
    /// Never graceful.
    EmergencyShutdown,
}

impl RestartReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfigurationUpdate => "configuration_update",
            Self::SchemaMigration => "schema_migration",
            Self::ErrorRecovery => "error_recovery",
            Self::ManualRequest => "manual_request",
            Self::EmergencyShutdown => "emergency_shutdown",
        }
    }
}

/// What so many percent do not exceed, by the nearest rank: of values in ascending order. None if there are none.
pub fn percentile(ascending: &[u64], percent: usize) -> Option<u64> {
    let rank = (ascending.len() * percent).div_ceil(100).max(1);
    ascending.get(rank - 1).copied()
}

impl fmt::Display for RestartReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
