//! What bounds an entry: its deadline, its kill switch, its clock and its random bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Under which conditions an entry runs. The same conditions on the same tables give the same answer.
#[derive(Debug, Clone)]
pub struct EntryContext {
    /// What the guest's clocks say throughout, in milliseconds since the epoch.
    pub now: u64,
    /// Where the guest's random bytes come from.
    pub seed: u64,
    /// How long it may run.
    pub deadline: Duration,
    /// Stops it from outside.
    pub kill: KillSwitch,
}

impl EntryContext {
    /// Conditions of now.
    pub fn new(deadline: Duration, kill: KillSwitch) -> Self {
        Self { now: now(), seed: rand::rng().random(), deadline, kill }
    }
}

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds since the epoch.
pub fn now_us() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}

/// Stops an entry that runs, and one that has not begun. Cheap to clone; all clones are one switch.
#[derive(Debug, Clone, Default)]
pub struct KillSwitch(Arc<AtomicBool>);

impl KillSwitch {
    pub fn kill(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_killed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An error of wasmtime's, for those who do not know wasmtime.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an entry came to no answer. The instance it ran in is gone; whatever it wrote is to be undone.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error("the plugin trapped: {message}")]
    Trapped { message: String },
    #[error("the plugin ran longer than {} ms and was stopped", limit.as_millis())]
    Deadline { limit: Duration },
    #[error("the call was cancelled")]
    Killed,
    #[error("the plugin asked for more than {limit} bytes of memory")]
    Memory { limit: usize },
    #[error("the plugin handed over more than {limit} bytes at once")]
    Crossing { limit: usize },
    #[error("a fresh instance could not be made")]
    Instantiate(#[source] Cause),
}

/// What runs now and until when: shared between an instance's store, its WASI clocks and the database's interrupt.
#[derive(Debug, Clone)]
pub struct Watch(Arc<WatchState>);

#[derive(Debug)]
struct WatchState {
    now: AtomicU64,
    random: Mutex<StdRng>,
    bounds: Mutex<Bounds>,
}

#[derive(Debug)]
struct Bounds {
    until: Instant,
    limit: Duration,
    kill: KillSwitch,
}

/// Why the running code should stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    Deadline(Duration),
    Killed,
}

impl From<Stop> for EntryError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Killed => Self::Killed,
            Stop::Deadline(limit) => Self::Deadline { limit },
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl Watch {
    /// For one thread's instances, one after the other.
    pub fn new() -> Self {
        let bounds = Bounds { until: Instant::now(), limit: Duration::ZERO, kill: KillSwitch::default() };
        Self(Arc::new(WatchState {
            now: AtomicU64::new(now()),
            random: Mutex::new(StdRng::seed_from_u64(0)),
            bounds: Mutex::new(bounds),
        }))
    }

    /// Sets the conditions of the next entry.
    pub(crate) fn begin(&self, context: &EntryContext) {
        self.0.now.store(context.now, Ordering::Relaxed);
        *self.0.random.lock() = StdRng::seed_from_u64(context.seed);
        *self.0.bounds.lock() =
            Bounds { until: Instant::now() + context.deadline, limit: context.deadline, kill: context.kill.clone() };
    }

    /// For [`crate::store::PluginDb::interrupt_with`].
    pub fn is_over(&self) -> bool {
        self.should_stop().is_some()
    }

    pub(crate) fn should_stop(&self) -> Option<Stop> {
        let bounds = self.0.bounds.lock();
        if bounds.kill.is_killed() {
            Some(Stop::Killed)
        } else if Instant::now() >= bounds.until {
            Some(Stop::Deadline(bounds.limit))
        } else {
            None
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.now.load(Ordering::Relaxed)
    }

    pub(crate) fn with_random<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.random.lock())
    }
}
