//! Moments as people write them.

use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

/// Milliseconds since the epoch in UTC, such as `2026-11-21 09:05:24Z`.
pub(super) fn utc(milliseconds: u64) -> String {
    let seconds = Duration::from_millis(milliseconds).as_secs();
    let (days, second) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

/// The date that many days after 1970-01-01. Counts from 1 March of the year 0, so that a leap day is the last of its
/// year, and in eras of 400 years, which are all equally long.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1_460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}
