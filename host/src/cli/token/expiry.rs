//! How long a token is good, as it is said on the command line.

use std::str::FromStr;

use chrono::{Days, NaiveDate};

use crate::cli::exit_code::WrongUsage;

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    Never,
    /// So many milliseconds from then on.
    In(u64),
    /// Milliseconds since the epoch.
    At(u64),
}

const HOUR: u64 = 60 * 60 * 1_000;
const DAY: u64 = 24 * HOUR;
/// Ten years. Who wants more says never.
const LONGEST: u64 = 3_653 * DAY;

impl Expiry {
    /// When it ends, if it begins now; none is never.
    ///
    /// # Errors
    /// If that is over.
    pub(super) fn after(self, now: u64) -> Result<Option<u64>, WrongUsage> {
        match self {
            Self::Never => Ok(None),
            Self::In(milliseconds) => Ok(Some(now.saturating_add(milliseconds))),
            Self::At(at) if at > now => Ok(Some(at)),
            Self::At(_) => Err(WrongUsage("the day on which it is to expire is over".to_owned())),
        }
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            "say how long, such as 30d or 12h and at most ten years, or a day such as 2026-12-31, or never".to_owned()
        };
        if text == "never" {
            return Ok(Self::Never);
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            // That day is the last.
            let next = day.checked_add_days(Days::new(1)).and_then(|day| day.and_hms_opt(0, 0, 0)).ok_or_else(wrong)?;
            return u64::try_from(next.and_utc().timestamp_millis()).map(Self::At).map_err(|_| wrong());
        }
        let (number, unit) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
            (Some(days), _) => (days, DAY),
            (_, Some(hours)) => (hours, HOUR),
            (None, None) => return Err(wrong()),
        };
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number { number.parse::<u64>().ok() } else { None };
        let length = number.and_then(|number| number.checked_mul(unit));
        length.filter(|length| (1..=LONGEST).contains(length)).map(Self::In).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests;
