//! In which form an answer is wanted.
//!
//! Clients have to accept both, plain JSON and a stream of events. They get JSON unless they like a stream better: a
//! higher quality in `Accept`. The order in which they name them says nothing, as HTTP has it; the SDKs name both without
//! a quality, and get JSON.

use http::HeaderMap;
use http::header::ACCEPT;

/// Whether the client likes a stream of events better than JSON.
pub(super) fn prefers_events(headers: &HeaderMap) -> bool {
    quality(headers, "text/event-stream") > quality(headers, "application/json")
}

/// In thousandths; the highest, if it is named several times.
fn quality(headers: &HeaderMap, wanted: &str) -> u32 {
    let said = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let entries = said.flat_map(|value| value.split(','));
    let of = |entry: &str| {
        let mut parts = entry.split(';').map(str::trim);
        parts.next().filter(|essence| essence.eq_ignore_ascii_case(wanted))?;
        let named = parts.filter_map(|part| part.split_once('='));
        let mut weights = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        Some(weights.next().map_or(1_000, |(_, weight)| thousandths(weight.trim())))
    };
    entries.filter_map(of).max().unwrap_or(0)
}

/// What is no weight is ignored.
fn thousandths(weight: &str) -> u32 {
    let parsed: Option<f32> = weight.parse().ok().filter(|weight| (0.0..=1.0).contains(weight));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1")]
    parsed.map_or(1_000, |weight| (weight * 1_000.0).round() as u32)
}

#[cfg(test)]
mod tests;
