//! How values spread over ranges, counted with two atomic additions a value.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts values by the first bound that they do not exceed.
#[derive(Debug)]
pub struct Spread {
    bounds: &'static [u64],
    /// One more than there are bounds: the last is for what exceeds all.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// What a [`Spread`] had counted when somebody looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub bounds: &'static [u64],
    /// For each bound, and for what exceeds all, how many; none is counted twice.
    pub counts: Vec<u64>,
    pub sum: u64,
}

impl Spread {
    /// `bounds` rise.
    pub fn new(bounds: &'static [u64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    /// One more value.
    pub fn add(&self, value: u64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// One more length of time, in microseconds.
    pub fn took(&self, time: std::time::Duration) {
        self.add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// As it is now. What is counted meanwhile may be in one number and not yet in another.
    pub fn look(&self) -> Seen {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        Seen { bounds: self.bounds, counts, sum: self.sum.load(Ordering::Relaxed) }
    }
}

impl Seen {
    /// How many values there were.
    pub fn all(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests;
