//! Whether the settings that apply are those that are written.

use serde::Serialize;

use super::Status;
use crate::config::Reloader;

/// What came of reading them the last time.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct SettingsFigures {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Settings that cannot be read leave those before them in force: that works, and is not what somebody wanted.
pub(in crate::server::reboot) fn check(reloader: &Reloader) -> SettingsFigures {
    let problem = reloader.problem();
    let status = if problem.is_some() { Status::Degraded } else { Status::Operational };
    SettingsFigures { status, problem }
}
