//! How often a session may ask, so that a model in a loop restarts nobody to death.

use std::collections::HashMap;
use std::num::NonZeroU32;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

use crate::config::RebootSettings;

/// What is counted apart from everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Restart,
    /// So that it can follow a graceful one that failed.
    Emergency,
    Rollback,
    Status,
    ReconnectTest,
    Health,
}

impl Kind {
    /// How many a minute; 0 for any number.
    pub(crate) fn a_minute(self, settings: &RebootSettings) -> u32 {
        match self {
            Self::Restart | Self::Emergency => settings.restarts_per_minute,
            Self::Rollback => settings.rollbacks_per_minute,
            Self::Status => settings.status_per_minute,
            Self::ReconnectTest => settings.reconnect_tests_per_minute,
            Self::Health => settings.health_per_minute,
        }
    }
}

/// The buckets of all sessions: as many tokens as may be used in a minute, and one more whenever that part of a minute
/// has passed. The clock is one that cannot be set.
pub(crate) struct Limits<C: Clock = MonotonicClock> {
    clock: C,
    sessions: Mutex<HashMap<String, HashMap<Kind, Bucket<C>>>>,
}

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Bucket<C: Clock> {
    a_minute: NonZeroU32,
    limiter: Limiter<C>,
}

impl<C: Clock> std::fmt::Debug for Limits<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("sessions", &self.sessions.lock().len()).finish_non_exhaustive()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(MonotonicClock)
    }
}

impl<C: Clock + Clone> Limits<C> {
    pub(crate) fn new(clock: C) -> Self {
        Self { clock, sessions: Mutex::default() }
    }

    /// Uses up a token. A limit that has changed is a new bucket.
    ///
    /// # Errors
    /// If there is none: the seconds after which there is one.
    pub(crate) fn take(&self, session: &str, kind: Kind, a_minute: u32) -> Result<(), u64> {
        let Some(a_minute) = NonZeroU32::new(a_minute) else { return Ok(()) };
        let mut sessions = self.sessions.lock();
        let buckets = sessions.entry(session.to_owned()).or_default();
        if buckets.get(&kind).is_none_or(|bucket| bucket.a_minute != a_minute) {
            let limiter = RateLimiter::direct_with_clock(Quota::per_minute(a_minute), self.clock.clone());
            buckets.insert(kind, Bucket { a_minute, limiter });
        }
        let Some(bucket) = buckets.get(&kind) else { return Ok(()) };
        bucket.limiter.check().map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        })
    }

    /// The session has closed.
    pub(crate) fn forget(&self, session: &str) {
        self.sessions.lock().remove(session);
    }
}

#[cfg(test)]
mod tests;
