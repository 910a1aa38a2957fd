//! How long restarts took, and so how long one is going to.

use serde_json::{Value, json};

use super::outcome::milliseconds;
use super::progress::PHASES;
use crate::model::restart::percentile;
use crate::model::swap::{SwapOutcome, SwapReport};

/// For each phase, the middle of how long it took, in microseconds; none if nothing is known.
pub(super) struct Estimate(Option<[u64; PHASES.len()]>);

/// In which of [`PHASES`] a step of a swap is done.
fn phase_of(step: &str) -> usize {
    match step {
        "quiesce" | "stop" => 2,
        "export" | "import" | "serialize" => 3,
        "migrate" | "record" | "start" => 4,
        "commit" => 5,
        _ => 0,
    }
}

impl Estimate {
    /// From restarts that went well.
    pub(super) fn from(reports: &[SwapReport]) -> Self {
        let went_well: Vec<_> = reports.iter().filter(|report| report.outcome == SwapOutcome::Committed).collect();
        if went_well.is_empty() {
            return Self(None);
        }
        Self(Some(std::array::from_fn(|phase| {
            let of_phase = |report: &&SwapReport| -> u64 {
                let steps = report.steps.iter().filter(|step| phase_of(&step.step) == phase);
                steps.map(|step| step.micros).sum()
            };
            let mut durations: Vec<u64> = went_well.iter().map(of_phase).collect();
            durations.sort_unstable();
            durations[durations.len() / 2]
        })))
    }

    /// When a restart will be over that came to a phase at `since`; in milliseconds since the epoch. Never before now.
    pub(super) fn completion(&self, phase: usize, since: u64, now: u64) -> Option<u64> {
        let medians = self.0?;
        let later: u64 = medians[phase + 1..].iter().sum();
        Some((since + medians[phase].div_ceil(1_000)).max(now) + later.div_ceil(1_000))
    }
}

/// Seconds that so many of all durations did not exceed; none if there is no duration.
pub(super) fn percentiles(mut micros: Vec<u64>) -> Option<Value> {
    micros.sort_unstable();
    let at = |percent| percentile(&micros, percent).map(|micros| milliseconds(micros) / 1_000.0);
    Some(json!({ "p50": at(50)?, "p90": at(90)?, "p99": at(99)? }))
}

#[cfg(test)]
mod tests;
