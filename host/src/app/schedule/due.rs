//! Whether it is time, for one schedule. Nothing here looks at a clock: it is told what they say.
//!
//! A wall clock may be put back or forth, and stands ahead after a machine has slept. So a schedule notes up to which
//! moment it has been seen to. What lies between that and now is done once, however much it is. What a clock that was put
//! back brings again is not done again, unless it was put back so far that it must have been wrong.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use croner::Cron;

use crate::config::When;

/// Farther ahead than this, what was seen to last was noted by a clock that was wrong.
const WRONG: TimeDelta = TimeDelta::days(1);
/// How long to wait at most before the clocks are looked at again: neither a clock that is put forward nor a machine
/// that wakes up ends a sleep.
const LOOK: Duration = Duration::from_secs(30);

/// What the clocks say.
#[derive(Debug, Clone)]
pub(super) struct Moment<Tz: TimeZone> {
    pub(super) wall: DateTime<Tz>,
    /// Never goes back.
    pub(super) steady: Instant,
    /// For how long no client has asked for anything.
    pub(super) idle: Duration,
}

/// One schedule, and up to when it has been seen to.
#[derive(Debug)]
pub(super) enum Due {
    Cron {
        cron: Box<Cron>,
        seen_to: DateTime<Utc>,
    },
    Idle {
        long: Duration,
        /// When it was done last.
        done: Option<Instant>,
    },
}

impl Due {
    /// `seen_to` is in milliseconds since the epoch, and now if it is not known.
    pub(super) fn new<Tz: TimeZone>(when: &When, seen_to: Option<u64>, now: &Moment<Tz>) -> Self {
        match when {
            When::Cron(cron) => {
                let noted = seen_to.and_then(|at| DateTime::from_timestamp_millis(i64::try_from(at).ok()?));
                Self::Cron { cron: cron.clone(), seen_to: noted.unwrap_or_else(|| now.wall.to_utc()) }
            }
            When::Idle(long) => Self::Idle { long: *long, done: None },
        }
    }

    /// Whether it is time. If so, it is not again before the next occurrence.
    pub(super) fn take<Tz: TimeZone>(&mut self, now: &Moment<Tz>) -> bool {
        let due = self.wait(now).is_zero();
        match self {
            Self::Cron { seen_to, .. } if due => *seen_to = now.wall.to_utc(),
            Self::Cron { seen_to, .. } => *seen_to = believable(*seen_to, now),
            Self::Idle { done, .. } if due => *done = Some(now.steady),
            Self::Idle { .. } => {}
        }
        due
    }

    /// How long to wait before looking again; nothing if it is time.
    pub(super) fn wait<Tz: TimeZone>(&self, now: &Moment<Tz>) -> Duration {
        let wait = match self {
            Self::Cron { cron, seen_to } => {
                let after = believable(*seen_to, now).with_timezone(&now.wall.timezone());
                // One that never comes, such as 30 February, may be waited for.
                let next = cron.find_next_occurrence(&after, false);
                next.map_or(LOOK, |next| (next.to_utc() - now.wall.to_utc()).to_std().unwrap_or_default())
            }
            Self::Idle { long, done } => {
                let active = now.steady.checked_sub(now.idle);
                let done_since = done.is_some_and(|done| active.is_none_or(|active| active <= done));
                if done_since { *long } else { long.saturating_sub(now.idle) }
            }
        };
        wait.min(LOOK)
    }

    /// Up to when it has been seen to, in milliseconds since the epoch; none if that is nothing to remember.
    pub(super) fn seen_to(&self) -> Option<u64> {
        match self {
            Self::Cron { seen_to, .. } => u64::try_from(seen_to.timestamp_millis()).ok(),
            Self::Idle { .. } => None,
        }
    }
}

fn believable<Tz: TimeZone>(seen_to: DateTime<Utc>, now: &Moment<Tz>) -> DateTime<Utc> {
    let wall = now.wall.to_utc();
    if seen_to - wall > WRONG { wall } else { seen_to }
}

#[cfg(test)]
mod tests;
