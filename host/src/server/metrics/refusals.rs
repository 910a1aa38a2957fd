//! Requests that were refused because something was at its limit.

use std::sync::atomic::{AtomicU64, Ordering};

/// Which limit it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// `server.calls_in_flight`.
    CallsInFlight,
    /// How often a session may use one of the host's own tools.
    HostTools,
    /// The size of a request.
    Body,
    /// The size of its headers.
    Headers,
    Connections,
    Sessions,
    /// Streams of one session.
    Streams,
    /// Requests a second of one client.
    Rate,
    /// A client that does not read what it is sent.
    SlowReader,
    /// No token, or one that is not good.
    Authentication,
    /// Somebody who may do less.
    Role,
    /// A name of the host, or an origin, that is not expected.
    Origin,
}

impl Limit {
    pub(super) const ALL: [Self; 12] = [
        Self::CallsInFlight,
        Self::HostTools,
        Self::Body,
        Self::Headers,
        Self::Connections,
        Self::Sessions,
        Self::Streams,
        Self::Rate,
        Self::SlowReader,
        Self::Authentication,
        Self::Role,
        Self::Origin,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::CallsInFlight => "calls-in-flight",
            Self::HostTools => "host-tools",
            Self::Body => "body",
            Self::Headers => "headers",
            Self::Connections => "connections",
            Self::Sessions => "sessions",
            Self::Streams => "streams",
            Self::Rate => "rate",
            Self::SlowReader => "slow-reader",
            Self::Authentication => "authentication",
            Self::Role => "role",
            Self::Origin => "origin",
        }
    }
}

/// How often each limit refused something.
#[derive(Debug, Default)]
pub(crate) struct Refusals([AtomicU64; Limit::ALL.len()]);

impl Refusals {
    pub(crate) fn one_more(&self, limit: Limit) {
        self.0[limit as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn look(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = |limit: Limit| (limit.word(), self.0[limit as usize].load(Ordering::Relaxed));
        Limit::ALL.into_iter().map(counted)
    }
}
