//! What was measured, as `--json` prints it. Times are in microseconds unless they say otherwise.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::super::super::load::Latency;
use super::crowd::Load;

#[derive(Debug, Serialize)]
pub(super) struct Results {
    pub(super) processors: usize,
    pub(super) settings: Vec<Setting>,
    pub(super) swapping: Option<Swapping>,
}

/// So many clients at once.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    pub(super) protocol: &'static str,
    pub(super) clients: usize,
    pub(super) host: Measured,
    /// rmcp's own server with a native tool.
    pub(super) native: Measured,
}

#[derive(Debug, Serialize)]
pub(super) struct Measured {
    pub(super) per_second: f64,
    pub(super) latency: Spread,
    /// Clients that were opened, in a second.
    pub(super) opened_per_second: f64,
    /// The process before there were clients, with all of them, and after their calls. None where the system does not
    /// tell.
    pub(super) resident_kib: [Option<u64>; 3],
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Spread {
    pub(super) count: u64,
    pub(super) p50: u64,
    pub(super) p99: u64,
    pub(super) max: u64,
}

/// Calls beside swaps.
#[derive(Debug, Serialize)]
pub(super) struct Swapping {
    pub(super) clients: usize,
    pub(super) swaps: usize,
    /// No swap was under way.
    pub(super) quiet: Spread,
    /// A candidate was being tried.
    pub(super) beside: Spread,
    /// Calls queued for a swap at some moment.
    pub(super) met: Spread,
    /// From the moment that calls queue to the moment that the new version takes them.
    pub(super) pause: Spread,
    /// Calls that add a numbered task.
    pub(super) writes: u64,
    /// Of those, acknowledged and not there, and there twice.
    pub(super) lost: usize,
    pub(super) doubled: usize,
    /// Calls of all kinds that were not answered well.
    pub(super) failed: usize,
}

impl Measured {
    pub(super) fn of(load: &Load, clients: usize, opened_in: Duration, resident_kib: [Option<u64>; 3]) -> Self {
        let clients = Duration::from_secs(u64::try_from(clients).unwrap_or_default()).as_secs_f64();
        let opened_per_second = clients / opened_in.as_secs_f64().max(1e-9);
        Self { per_second: load.per_second(), latency: Spread::of(&load.micros), opened_per_second, resident_kib }
    }

    /// What a client takes in memory, in bytes.
    pub(super) fn bytes_a_client(&self, clients: usize) -> Option<u64> {
        let [before, _, after] = self.resident_kib;
        Some(after?.saturating_sub(before?) * 1_024 / u64::try_from(clients.max(1)).ok()?)
    }
}

impl Spread {
    pub(super) fn of(micros: &Histogram<u64>) -> Self {
        let at = |quantile| micros.value_at_quantile(quantile);
        Self { count: micros.len(), p50: at(0.5), p99: at(0.99), max: micros.max() }
    }

    pub(super) fn of_latency(latency: &Latency) -> Self {
        let micros = |percent| u64::try_from(latency.at(percent).as_micros()).unwrap_or(u64::MAX);
        let count = u64::try_from(latency.len()).unwrap_or(u64::MAX);
        Self { count, p50: micros(50), p99: micros(99), max: micros(100) }
    }
}
