//! Settings of what is served over HTTP.

use std::time::Duration;

use serde::Deserialize;

use super::Role;

/// What clients over HTTP may do, and what is kept for them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    pub listen: String,
    pub hosts: Vec<String>,
    pub origins: Vec<String>,
    pub json_responses: bool,
    pub sessions: usize,
    pub session_idle_hours: u64,
    pub streams_per_session: usize,
    pub resume_minutes: u64,
    pub slow_reader_seconds: u64,
    pub requests_per_second: u32,
    pub connections: usize,
    pub header_bytes: usize,
    pub header_seconds: u64,
    pub require_token: bool,
    pub anonymous_role: Role,
    pub tls: TlsSettings,
}

/// Where the certificate is, if there is one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    pub cert: String,
    pub key: String,
}

impl HttpSettings {
    /// For how long a session is kept that nobody uses.
    pub fn session_idle(&self) -> Duration {
        Duration::from_secs(self.session_idle_hours * 3_600)
    }

    /// For how long what was not read is kept.
    pub fn resume(&self) -> Duration {
        Duration::from_secs(self.resume_minutes * 60)
    }

    /// For how long a client may leave unread what is there for it.
    pub fn slow_reader(&self) -> Duration {
        Duration::from_secs(self.slow_reader_seconds)
    }

    /// How long a client may take to ask for something.
    pub fn header(&self) -> Duration {
        Duration::from_secs(self.header_seconds)
    }
}
