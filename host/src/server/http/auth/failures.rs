//! How often somebody may fail, and how much of that is written down.
//!
//! Nobody guesses a token, however often he tries. What is bounded is what it costs: answers, rows and words in the log.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::InMemoryState;
use governor::state::NotKeyed;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

/// So many a minute from one address are told what was wrong: enough for a person who pastes the wrong thing, and for a
/// client that tries again while its token is renewed.
const A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);
/// Addresses that are counted apart; beyond that they are counted together.
const ADDRESSES: usize = 10_000;
/// After so many failures, addresses of which there were none lately are forgotten. That takes longer than to count one.
const SWEEP: u64 = 1_000;
/// Of one address there is a row in the audit log at most so often, in milliseconds.
const WINDOW: u64 = 10 * 60 * 1_000;
/// And of all addresses together so many at once and then one in so many seconds: 480 a day, of the 10,000 rows that are
/// kept.
const ROWS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
const ROW_SECONDS: u64 = 180;

type Addresses<C> = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, C, NoOpMiddleware<<C as Clock>::Instant>>;
type Together<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// What is known of failures.
pub(super) struct Failures<C: Clock = MonotonicClock> {
    clock: C,
    addresses: Addresses<C>,
    counted: AtomicU64,
    rows: Together<C>,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    /// When there was last a row of an address. Not longer than there are rows in a window.
    addresses: HashMap<IpAddr, u64>,
    /// Failures since the last row, of any address.
    unwritten: u64,
}

/// A row is to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// So many others have failed since the last one.
    pub(super) unwritten: u64,
}

impl Default for Failures {
    fn default() -> Self {
        Self::new(MonotonicClock)
    }
}

impl<C: Clock + Clone> Failures<C> {
    pub(super) fn new(clock: C) -> Self {
        let addresses = RateLimiter::hashmap_with_clock(Quota::per_minute(A_MINUTE), clock.clone());
        let one = Quota::with_period(Duration::from_secs(ROW_SECONDS)).unwrap_or(Quota::per_hour(ROWS));
        let rows = RateLimiter::direct_with_clock(one.allow_burst(ROWS), clock.clone());
        Self { clock, addresses, counted: AtomicU64::new(0), rows, written: Mutex::default() }
    }

    /// Counts one.
    ///
    /// # Errors
    /// If there were too many: the seconds after which there may be another.
    pub(super) fn take(&self, peer: Option<IpAddr>) -> Result<(), u64> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.addresses.retain_recent();
        }
        let own = peer.filter(|_| self.addresses.len() < ADDRESSES);
        let address = own.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), network);
        self.addresses.check_key(&address).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        })
    }

    /// Whether this one is to be written down.
    pub(super) fn report(&self, peer: Option<IpAddr>, now: u64) -> Option<Row> {
        let address = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), network);
        let mut written = self.written.lock();
        let lately = |at: u64| now < at.saturating_add(WINDOW);
        if written.addresses.get(&address).is_some_and(|at| lately(*at)) || self.rows.check().is_err() {
            written.unwritten += 1;
            return None;
        }
        written.addresses.retain(|_, at| lately(*at));
        written.addresses.insert(address, now);
        Some(Row { unwritten: std::mem::take(&mut written.unwritten) })
    }
}

/// What one party has of addresses: of IPv6 the first half.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
