//! How much time an effort is, as people write it.

/// Working time, in minutes.
const HOUR: f64 = 60.0;
const DAY: f64 = 8.0 * HOUR;
const WEEK: f64 = 5.0 * DAY;

/// What the table takes: ten years of minutes.
const MOST: f64 = 5_256_000.0;

/// The minutes in a text such as `2 hours`, `1.5 h`, `1h 30m`, `3 days` (of eight hours), `1w` (of five days),
/// `90` (minutes) or `2-3 h` (the mean); none if it says no time, or none that a task could take.
pub(crate) fn minutes(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let text = text.trim_start_matches(['~', '≈']).trim_start_matches("about ").trim_start_matches("ca. ");
    let minutes = sum(text)?;
    let possible = minutes.is_finite() && (0.5..=MOST).contains(&minutes);
    #[expect(clippy::cast_possible_truncation, reason = "it is between 1 and the most there is")]
    possible.then(|| minutes.round() as i64)
}

/// Of one or more amounts with their units, such as `1h 30m`.
fn sum(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    let mut amounts = 0;
    while !rest.is_empty() {
        let (amount, after) = amount(rest)?;
        let word_ends = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(word_ends);
        // A bare number is minutes, but only if it stands alone.
        if unit.is_empty() && (amounts > 0 || !after.is_empty()) {
            return None;
        }
        total += amount * per(unit)?;
        amounts += 1;
        rest = after.trim_start_matches(['.', ',']).trim_start();
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    (amounts > 0).then_some(total)
}

/// A number, or the mean of a range, at the beginning of `text`, and what comes after it.
fn amount(text: &str) -> Option<(f64, &str)> {
    let (low, after) = number(text)?;
    for dash in ["-", "–", "—", "to "] {
        if let Some(rest) = after.strip_prefix(dash) {
            let (high, after) = number(rest.trim_start())?;
            return (low <= high).then_some((f64::midpoint(low, high), after));
        }
    }
    Some((low, after))
}

/// Digits with at most one point or comma, and what comes after them and after blanks.
fn number(text: &str) -> Option<(f64, &str)> {
    let ends = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (digits, after) = text.split_at(ends);
    let number = digits.replace(',', ".").parse().ok()?;
    Some((number, after.trim_start()))
}

fn per(unit: &str) -> Option<f64> {
    match unit {
        "" | "m" | "min" | "mins" | "minute" | "minutes" => Some(1.0),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(HOUR),
        "d" | "day" | "days" => Some(DAY),
        "w" | "wk" | "wks" | "week" | "weeks" => Some(WEEK),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
