//! What was measured, as `--json` prints it. Times are in microseconds.

use std::collections::HashMap;

use serde::Serialize;

use super::super::super::load::{Latency, Split, Swapped};

#[derive(Debug, Serialize)]
pub(super) struct Results {
    /// In each scenario.
    pub(super) swaps: usize,
    pub(super) scenarios: Vec<Scenario>,
    pub(super) memory: Memory,
    pub(super) drop_in: Vec<DropIn>,
}

#[derive(Debug, Serialize)]
pub(super) struct Scenario {
    pub(super) state_keys: Option<u32>,
    pub(super) tasks: Option<u32>,
    pub(super) synchronous: &'static str,
    /// Of the orchestrator's file.
    pub(super) database_bytes: u64,
    /// Calls that write, one commit each or shared.
    pub(super) writes: Classes,
    /// Calls that only read.
    pub(super) reads: Classes,
    /// Each step of the swaps, in order.
    pub(super) steps: Vec<Step>,
    /// From the moment that calls queue to the moment that the new version takes them.
    pub(super) pause: Spread,
    /// From the request to the answer, at the client.
    pub(super) whole: Spread,
    /// The same less what the recorded calls took that both versions answered once more.
    pub(super) whole_without_replay: Spread,
    /// Calls that queued, as the host counts them.
    pub(super) waited_calls: u64,
}

/// Calls by what went on between sending and answer.
#[derive(Debug, Serialize)]
pub(super) struct Classes {
    /// No swap was under way.
    pub(super) quiet: Spread,
    /// A candidate was being tried.
    pub(super) beside: Spread,
    /// Calls queued for a swap.
    pub(super) met: Spread,
    /// Of the quiet ones, those that were under way in a moment like a pause.
    pub(super) like_met: Spread,
    /// By how much `met` is above `like_met`.
    pub(super) extra_p50: i64,
    pub(super) extra_p99: i64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Spread {
    pub(super) count: usize,
    pub(super) p50: u64,
    pub(super) p99: u64,
    pub(super) max: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) step: String,
    #[serde(flatten)]
    pub(super) spread: Spread,
}

/// Resident memory in KiB; none where the system does not tell.
#[derive(Debug, Serialize)]
pub(super) struct Memory {
    /// After the first call.
    pub(super) at_first_kib: Option<u64>,
    pub(super) warm_up_swaps: usize,
    /// After as many swaps as it takes until caches and recordings are full.
    pub(super) before_kib: Option<u64>,
    pub(super) swaps: usize,
    pub(super) after_kib: Option<u64>,
}

/// From a saved file to the new version serving.
#[derive(Debug, Serialize)]
pub(super) struct DropIn {
    pub(super) component: String,
    pub(super) bytes: usize,
    pub(super) served_after: Spread,
}

impl Spread {
    pub(super) fn of(latency: &Latency) -> Self {
        let micros = |percent| u64::try_from(latency.at(percent).as_micros()).unwrap_or(u64::MAX);
        Self { count: latency.len(), p50: micros(50), p99: micros(99), max: micros(100) }
    }
}

impl FromIterator<u64> for Spread {
    fn from_iter<I: IntoIterator<Item = u64>>(micros: I) -> Self {
        Self::of(&micros.into_iter().collect())
    }
}

impl Classes {
    pub(super) fn of(split: &Split) -> Self {
        let [quiet, beside, met, like_met] = [&split.quiet, &split.beside, &split.met, &split.like_met].map(Spread::of);
        let above = |met: u64, like: u64| met.cast_signed() - like.cast_signed();
        let (extra_p50, extra_p99) = (above(met.p50, like_met.p50), above(met.p99, like_met.p99));
        Self { quiet, beside, met, like_met, extra_p50, extra_p99 }
    }
}

/// Each step that any of the swaps had, in the order of the first that had it.
pub(super) fn steps(swaps: &[Swapped]) -> Vec<Step> {
    let mut order: Vec<&str> = Vec::new();
    let mut times: HashMap<&str, Vec<u64>> = HashMap::new();
    for step in swaps.iter().flat_map(|swap| &swap.report.steps) {
        if !times.contains_key(step.step.as_str()) {
            order.push(&step.step);
        }
        times.entry(&step.step).or_default().push(step.micros);
    }
    let step = |step: &str| {
        let spread = times.remove(step).unwrap_or_default().into_iter().collect();
        Step { step: step.to_owned(), spread }
    };
    order.into_iter().map(step).collect()
}
