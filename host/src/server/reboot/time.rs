//! Moments as the tools write them.

use chrono::{DateTime, SecondsFormat, Utc};

/// Milliseconds since the epoch as RFC 3339 in UTC, such as `2026-11-21T09:05:24.017Z`.
pub(crate) fn timestamp(milliseconds: u64) -> String {
    let moment = i64::try_from(milliseconds).ok().and_then(DateTime::<Utc>::from_timestamp_millis);
    // None of ours is after the year 262,000.
    moment.unwrap_or(DateTime::<Utc>::MAX_UTC).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The same the other way round; none if it is no moment since 1970.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    u64::try_from(moment.timestamp_millis()).ok()
}

#[cfg(test)]
mod tests;
