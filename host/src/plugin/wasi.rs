//! A WASI world without a world: clocks that stand still, random bytes that can be drawn again, no files,
//! no network, no environment.

use std::convert::Infallible;
use std::time::Duration;

use rand::{Rng as _, TryRng};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder};

use super::entry::Watch;

pub(crate) fn context(watch: &Watch) -> WasiCtx {
    WasiCtxBuilder::new()
        .wall_clock(Clock(watch.clone()))
        .monotonic_clock(Clock(watch.clone()))
        .secure_random(Random(watch.clone()))
        .insecure_random(Random(watch.clone()))
        .insecure_random_seed(0)
        .max_random_size(1 << 16)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build()
}

struct Clock(Watch);

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now())
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.0.now().saturating_mul(1_000_000)
    }
}

struct Random(Watch);

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.with_random(|random| random.next_u32()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.with_random(|random| random.next_u64()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.with_random(|random| random.fill_bytes(bytes));
        Ok(())
    }
}
