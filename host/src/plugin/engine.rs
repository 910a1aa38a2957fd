//! The one wasmtime engine of the process, and the clock that stops what runs too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Config, OptLevel};

/// How often running code is asked whether it should stop.
const TICK: Duration = Duration::from_millis(1);
/// The ticker sleeps after this many ticks without anything running.
const IDLE_TICKS: u32 = 100;

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: wasmtime::Engine,
    ticker: Arc<Ticker>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

#[derive(Debug)]
struct Ticker {
    running: AtomicUsize,
    thread: Thread,
}

/// While this lives the engine's epoch advances.
#[derive(Debug)]
pub(crate) struct Running(Arc<Ticker>);

/// Compilation is deterministic in these; the parent and the compiling child must agree on them.
fn configuration() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .max_wasm_stack(512 << 10)
        // One instance a thread at a time: reserving gigabytes of address space for each buys nothing here.
        .memory_reservation_for_growth(16 << 20)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16));
    config
}

impl Engine {
    /// Makes the engine and starts its ticker, which ends with the last clone.
    ///
    /// # Errors
    /// If wasmtime does not run on this machine.
    pub fn new() -> wasmtime::Result<Self> {
        let inner = wasmtime::Engine::new(&configuration())?;
        let weak = inner.weak();
        let (give, take) = std::sync::mpsc::channel::<Arc<Ticker>>();
        let handle = thread::Builder::new().name("epoch".to_owned()).spawn(move || {
            let Ok(ticker) = take.recv() else { return };
            let ticker = Arc::downgrade(&ticker);
            let mut idle = 0;
            loop {
                let Some(ticker) = ticker.upgrade() else { return };
                let Some(engine) = weak.upgrade() else { return };
                engine.increment_epoch();
                idle = if ticker.running.load(Ordering::Relaxed) == 0 { idle + 1 } else { 0 };
                drop((ticker, engine));
                if idle < IDLE_TICKS {
                    thread::sleep(TICK);
                } else {
                    // Woken by the next entry; the limit is for the case that the engine is gone.
                    thread::park_timeout(Duration::from_secs(60));
                    idle = 0;
                }
            }
        })?;
        let ticker = Arc::new(Ticker { running: AtomicUsize::new(0), thread: handle.thread().clone() });
        // The thread has been waiting for it; if it is gone already nothing can be done with the engine.
        give.send(Arc::clone(&ticker)).map_err(|_| wasmtime::format_err!("the epoch thread did not start"))?;
        Ok(Self { inner, ticker })
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }

    /// Keeps the epoch advancing.
    pub(crate) fn run(&self) -> Running {
        if self.ticker.running.fetch_add(1, Ordering::Relaxed) == 0 {
            self.ticker.thread.unpark();
        }
        Running(Arc::clone(&self.ticker))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}
