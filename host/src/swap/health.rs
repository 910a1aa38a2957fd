//! How a version does: which calls it fails at, and when that is enough.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::error::SlotError;
use crate::config::{Live, RestartSettings};
use crate::model::swap::Attempts;
use crate::model::{Generation, chain};
use crate::plugin::contract::tools;
use crate::store::Corruption;

/// Verdicts that may wait to be carried out. One is enough; more say the same.
const VERDICTS: usize = 4;
/// Calls that are remembered as failed at. Beyond it the oldest are forgotten.
const STRIKES: usize = 256;

/// A version does not do well: another is to serve, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Of which generation.
    pub(crate) of: Generation,
    pub(crate) why: String,
    /// It is not the version that is to blame, but what was kept for it.
    pub(crate) corruption: Option<Corruption>,
}

/// Counts, for one slot.
#[derive(Debug)]
pub(crate) struct Health {
    live: Live,
    calls: AtomicU64,
    traps: AtomicU64,
    /// Spares calls the lock below.
    any_strikes: AtomicBool,
    faults: Mutex<Faults>,
    verdicts: mpsc::Sender<Verdict>,
}

#[derive(Debug)]
struct Faults {
    /// Each is one call that was charged.
    charged: VecDeque<Instant>,
    strikes: HashMap<CallKey, Strike>,
    on_probation: Option<OnProbation>,
    /// What serves: faults are its.
    generation: Generation,
}

#[derive(Debug)]
struct Strike {
    count: u32,
    last: Instant,
}

#[derive(Debug)]
struct OnProbation {
    since: Instant,
    calls_before: u64,
    faults: u32,
}

/// Tool and arguments.
type CallKey = [u8; 32];

/// What a version may fail at that has not failed yet.
pub(crate) fn unused(limits: &RestartSettings) -> Attempts {
    Attempts {
        burst_limit: count(limits.burst),
        burst_seconds: limits.burst_seconds,
        sustained_limit: count(limits.sustained),
        sustained_seconds: limits.sustained_seconds,
        starts_limit: limits.boots.into(),
        ..Attempts::default()
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Health {
    pub(crate) fn new(generation: Generation, live: Live) -> (Self, mpsc::Receiver<Verdict>) {
        let (verdicts, judge) = mpsc::channel(VERDICTS);
        let health = Self {
            live,
            calls: AtomicU64::new(0),
            traps: AtomicU64::new(0),
            any_strikes: AtomicBool::new(false),
            faults: Mutex::new(Faults {
                charged: VecDeque::new(),
                strikes: HashMap::new(),
                on_probation: None,
                generation,
            }),
            verdicts,
        };
        (health, judge)
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn traps(&self) -> u64 {
        self.traps.load(Ordering::Relaxed)
    }

    /// How much of what a version may fail at is used up. Starts are not counted here.
    pub(crate) fn attempts(&self) -> Attempts {
        let faults = self.faults.lock();
        let within = |seconds: u64| {
            let lately = faults.charged.iter().filter(|at| at.elapsed() < Duration::from_secs(seconds));
            count(lately.count())
        };
        let limits = &self.live.get().restart;
        Attempts { burst: within(limits.burst_seconds), sustained: within(limits.sustained_seconds), ..unused(limits) }
    }

    /// Whether a call may enter.
    ///
    /// # Errors
    /// If the plugin failed at it twice a moment ago.
    pub(crate) fn admit(&self, call: &tools::Call) -> Result<(), SlotError> {
        if !self.any_strikes.load(Ordering::Relaxed) {
            return Ok(());
        }
        let refused_for = Duration::from_secs(self.live.get().restart.poison_seconds);
        let mut faults = self.faults.lock();
        faults.strikes.retain(|_, strike| strike.last.elapsed() < refused_for);
        self.any_strikes.store(!faults.strikes.is_empty(), Ordering::Relaxed);
        match faults.strikes.get(&key(call)) {
            Some(strike) if strike.count >= 2 => {
                Err(SlotError::Poisoned(refused_for.saturating_sub(strike.last.elapsed()).as_secs().max(1)))
            }
            _ => Ok(()),
        }
    }

    /// A call has been answered, well or not.
    pub(crate) fn answered(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// An instance was lost, whatever comes of the call.
    pub(crate) fn trapped(&self) {
        self.traps.fetch_add(1, Ordering::Relaxed);
    }

    /// The plugin failed at a call, `times` in a row.
    pub(crate) fn failed(&self, call: &tools::Call, times: u32, error: &SlotError) {
        let mut faults = self.faults.lock();
        let known = strike(&mut faults, key(call), times);
        self.any_strikes.store(true, Ordering::Relaxed);
        if known {
            return;
        }
        // Outside a probation only what costs an instance counts.
        if faults.on_probation.is_some() || matches!(error, SlotError::Entry(_)) {
            self.charge(&mut faults, &format!("{} failed: {}", call.tool, chain(error)));
        }
    }

    /// The plugin failed otherwise than at a call.
    pub(crate) fn failed_probe(&self, why: &str) {
        let mut faults = self.faults.lock();
        if faults.on_probation.take().is_some() {
            self.pronounce(&faults, format!("its self-test failed: {why}"));
        } else {
            self.charge(&mut faults, why);
        }
    }

    fn charge(&self, faults: &mut Faults, why: &str) {
        if let Some(probation) = &mut faults.on_probation {
            probation.faults += 1;
            if probation.faults > self.live.get().probation.faults {
                let count = probation.faults;
                faults.on_probation = None;
                self.pronounce(faults, format!("it failed at {count} calls; the last: {why}"));
            }
            return;
        }
        let (now, limits) = (Instant::now(), &self.live.get().restart);
        faults.charged.push_back(now);
        let sustained = Duration::from_secs(limits.sustained_seconds);
        faults.charged.retain(|at| now.duration_since(*at) < sustained);
        let burst = Duration::from_secs(limits.burst_seconds);
        let lately = faults.charged.iter().filter(|at| now.duration_since(**at) < burst).count();
        if lately > limits.burst || faults.charged.len() > limits.sustained {
            let count = faults.charged.len();
            faults.charged.clear();
            self.pronounce(faults, format!("it failed at {count} calls in a short time; the last: {why}"));
        }
    }

    /// If one waits already, it says enough.
    fn pronounce(&self, faults: &Faults, why: String) {
        drop(self.verdicts.try_send(Verdict { of: faults.generation, why, corruption: None }));
    }

    /// State was met that does not open, by an instance of that generation.
    pub(crate) fn corrupt(&self, of: Option<Generation>, corruption: &Corruption) {
        let Some(of) = of else { return };
        let why = corruption.to_string();
        drop(self.verdicts.try_send(Verdict { of, why, corruption: Some(corruption.clone()) }));
    }

    /// Another generation serves from now on: faults are its, and count for more as long as it is on probation.
    pub(crate) fn serve(&self, generation: Generation, on_probation: bool) {
        let calls_before = self.calls();
        let mut faults = self.faults.lock();
        faults.generation = generation;
        faults.charged.clear();
        faults.strikes.clear();
        let begun = || OnProbation { since: Instant::now(), calls_before, faults: 0 };
        faults.on_probation = on_probation.then(begun);
        self.any_strikes.store(false, Ordering::Relaxed);
    }

    pub(crate) fn end_probation(&self) {
        self.faults.lock().on_probation = None;
    }

    /// Whether a probation has gone well, or there is none.
    pub(crate) fn is_proven(&self) -> bool {
        let faults = self.faults.lock();
        let Some(probation) = &faults.on_probation else { return true };
        let wanted = &self.live.get().probation;
        let (lasted, whole) = (probation.since.elapsed(), Duration::from_secs(wanted.seconds));
        let calls = self.calls().saturating_sub(probation.calls_before);
        lasted >= whole && (calls >= wanted.calls || lasted >= whole * 10)
    }
}

/// Adds strikes and says whether the call was known to fail.
fn strike(faults: &mut Faults, key: CallKey, times: u32) -> bool {
    let now = Instant::now();
    if faults.strikes.len() >= STRIKES
        && let Some(oldest) = faults.strikes.iter().min_by_key(|(_, strike)| strike.last).map(|(key, _)| *key)
    {
        faults.strikes.remove(&oldest);
    }
    let strike = faults.strikes.entry(key).or_insert(Strike { count: 0, last: now });
    let known = strike.count > 0;
    strike.count += times;
    strike.last = now;
    known
}

fn key(call: &tools::Call) -> CallKey {
    let mut hasher = blake3::Hasher::new();
    hasher.update(call.tool.as_bytes()).update(&[0]).update(call.arguments.as_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests;
