//! Points in time, and lengths of work, as text. The host keeps milliseconds since 1970; people write ISO 8601.

pub(crate) const DAY: i64 = 86_400_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const MINUTE: i64 = 60_000;

/// `45 min`, `1.5 h`, `12 h`, and from 40 hours days of work, which have eight.
pub(crate) fn duration(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{minutes} min"),
        60..2_400 => format!("{} h", in_halves(minutes, 60)),
        2_400.. => format!("{} days", in_halves(minutes, 480)),
    }
}

/// How often `unit` is in `minutes`: to a half below ten, which is as well as anyone needs to know it.
fn in_halves(minutes: i64, unit: i64) -> String {
    let halves = (minutes * 2 + unit / 2) / unit;
    match halves {
        ..20 if halves % 2 == 1 => format!("{}.5", halves / 2),
        ..20 => format!("{}", halves / 2),
        20.. => format!("{}", (minutes + unit / 2) / unit),
    }
}

/// `2026-01-31T12:00:00Z`, or only the day if it is midnight.
pub(crate) fn format(at: i64) -> String {
    let (year, month, day) = date_of(at.div_euclid(DAY));
    let seconds = at.rem_euclid(DAY) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Understands `2026-01-31` and `2026-01-31T12:00[:00[.000]][Z|+01:00]`; without an offset it is UTC.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', 't', ' ']).map_or((text, None), |(date, time)| (date, Some(time)));
    let days = days_of(date)?;
    let Some(time) = time else { return Some(days * DAY) };
    let (clock, offset) = split_offset(time)?;
    Some(days * DAY + clock_of(clock)? - offset)
}

fn days_of(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    let days = days_from_civil(year, month, day);
    // 31 February would come out as another date.
    (parts.next().is_none() && (1..=12).contains(&month) && date_of(days) == (year, month, day)).then_some(days)
}

fn clock_of(clock: &str) -> Option<i64> {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = whole.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    let digits: String = fraction.chars().chain("00".chars()).take(3).collect();
    let milliseconds = number(&digits, 3)?;
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    valid.then_some(((hour * 60 + minute) * 60 + second) * 1000 + milliseconds)
}

/// The time of day, and how far it is ahead of UTC in milliseconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, 0)) };
    let (clock, offset) = time.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':')?;
    let ahead = (number(hours, 2)? * 60 + number(minutes, 2)?) * MINUTE;
    Some((clock, if offset.starts_with('-') { -ahead } else { ahead }))
}

fn number(digits: &str, length: usize) -> Option<i64> {
    (digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// Days since 1970 of a date in the Gregorian calendar. Years begin in March, so that leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
