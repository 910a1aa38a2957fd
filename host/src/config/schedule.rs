//! What is to be done at certain times.

use std::str::FromStr as _;
use std::time::Duration;

use croner::Cron;
use serde::Deserialize;

use crate::model::SlotName;

/// One entry of `[[schedule]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Schedule {
    pub when: When,
    pub action: Action,
    /// None means each slot.
    pub slot: Option<SlotName>,
    /// Goes into the audit log.
    pub reason: Option<String>,
}

/// When it is time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// At these times of the calendar, in the host's time zone.
    Cron(Box<Cron>),
    /// Once no client has asked for anything for so long; again only after one has.
    Idle(Duration),
}

/// What is done then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Restart,
    Backup,
    /// Remove what is kept for longer than the settings ask for.
    Prune,
    Snapshot,
}

/// Why an entry is none.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("say when, once: either cron or idle_minutes")]
    When,
    #[error(
        "cron = {pattern:?} is no schedule ({source}): five fields, such as \"0 3 * * *\" for every night at three"
    )]
    Cron { pattern: String, source: croner::errors::CronError },
    #[error("idle_minutes must be at least 1 and at most {MONTH}")]
    Idle,
}

/// The most `idle_minutes`: thirty days.
const MONTH: u64 = 30 * 24 * 60;

/// The form it has in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cron: Option<String>,
    idle_minutes: Option<u64>,
    action: Action,
    slot: Option<SlotName>,
    reason: Option<String>,
}

impl Action {
    /// The same word as in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Backup => "backup",
            Self::Prune => "prune",
            Self::Snapshot => "snapshot",
        }
    }
}

impl TryFrom<Written> for Schedule {
    type Error = ScheduleError;

    fn try_from(written: Written) -> Result<Self, ScheduleError> {
        let when = match (written.cron, written.idle_minutes) {
            (Some(pattern), None) => match Cron::from_str(&pattern) {
                Ok(cron) => When::Cron(Box::new(cron)),
                Err(source) => return Err(ScheduleError::Cron { pattern, source }),
            },
            (None, Some(minutes @ 1..=MONTH)) => When::Idle(Duration::from_secs(minutes * 60)),
            (None, Some(_)) => return Err(ScheduleError::Idle),
            _ => return Err(ScheduleError::When),
        };
        Ok(Self { when, action: written.action, slot: written.slot, reason: written.reason })
    }
}

#[cfg(test)]
mod tests;
