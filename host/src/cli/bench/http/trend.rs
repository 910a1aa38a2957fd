//! Whether something grows, told from looks at it.

use serde::Serialize;

/// The smallest piece that an allocator hands out. Whatever is forgotten with every call takes one at least.
const PIECE: u64 = 32;
/// By as much a process that leaks nothing may seem to grow: two versions of a plugin are in memory or one, and threads
/// keep some of what they free. In a run of so few calls that a piece a call is less, only more than this is told.
const NOISE: u64 = 4 << 20;
/// Files by which a look may differ from the next: a connection that its client has closed and the host has not, yet.
const FILES: u64 = 4;

/// Looks that a line through half of them says something: before, caches fill and pools find their size.
const ENOUGH: usize = 40;

/// One look at the process.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Sample {
    /// So far.
    pub(super) calls: u64,
    pub(super) resident_kib: u64,
    pub(super) open_files: u64,
}

/// From the middle to the end, along the straight line that fits best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Grown {
    /// Calls in that time.
    pub(super) calls: u64,
    pub(super) bytes: f64,
    pub(super) files: f64,
    /// More than that is growth.
    pub(super) bound_bytes: u64,
    pub(super) bound_files: u64,
}

impl Grown {
    /// Of the second half of the looks. None if there are too few to tell.
    pub(super) fn of(samples: &[Sample]) -> Option<Self> {
        if samples.len() < ENOUGH {
            return None;
        }
        let half = &samples[samples.len() / 2..];
        let [first, .., last] = half else { return None };
        let calls = last.calls - first.calls;
        let over = |what: fn(&Sample) -> u64| {
            let points: Vec<_> = half.iter().map(|sample| (float(sample.calls), float(what(sample)))).collect();
            slope(&points) * float(calls)
        };
        Some(Self {
            calls,
            bytes: over(|sample| sample.resident_kib * 1_024),
            files: over(|sample| sample.open_files),
            bound_bytes: (calls * PIECE).max(NOISE),
            bound_files: FILES,
        })
    }

    /// Whether it grows. To shrink is fine.
    pub(super) fn is_growth(&self) -> bool {
        self.bytes > float(self.bound_bytes) || self.files > float(self.bound_files)
    }
}

/// Of the line with the least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.iter().map(|_| 1.0).sum::<f64>();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let alone: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if alone > 0.0 { both / alone } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of calls, bytes and files are far below 2^52")]
pub(super) fn float(number: u64) -> f64 {
    number as f64
}
