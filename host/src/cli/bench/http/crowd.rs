//! Many clients at once, and how long their calls take.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::future::{join_all, try_join_all};
use hdrhistogram::Histogram;
use serde_json::json;

use super::client::{Client, Era, READ};

/// So many calls are under way at a time: more would wait in a queue, on two processors or twenty, and it is the queue
/// that would be measured. The other clients have their turn later.
const AT_ONCE: usize = 32;
/// Two digits of a latency are more than any machine repeats; this has three.
const DIGITS: u8 = 3;

/// Clients that are connected, each with a connection of its own, in groups that take turns by themselves.
pub(super) struct Crowd(Vec<Vec<Client>>);

/// What came of so many calls.
#[derive(Debug)]
pub(super) struct Load {
    /// Microseconds, of those that were answered well.
    pub(super) micros: Histogram<u64>,
    pub(super) took: Duration,
    pub(super) failed: u64,
    /// The first failure in its own words.
    pub(super) failure: Option<String>,
}

impl Load {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { micros: Histogram::new(DIGITS)?, took: Duration::ZERO, failed: 0, failure: None })
    }

    pub(super) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.micros.add(&other.micros)?;
        self.took += other.took;
        self.failed += other.failed;
        self.failure = self.failure.take().or_else(|| other.failure.clone());
        Ok(())
    }

    pub(super) fn per_second(&self) -> f64 {
        Duration::from_secs(self.micros.len()).as_secs_f64() / self.took.as_secs_f64().max(1e-9)
    }

    fn count(&mut self, began: Instant, answered: anyhow::Result<()>) -> anyhow::Result<()> {
        match answered {
            Ok(()) => self.micros.record(u64::try_from(began.elapsed().as_micros())?)?,
            Err(error) => {
                self.failed += 1;
                self.failure.get_or_insert_with(|| format!("{error:#}"));
            }
        }
        Ok(())
    }
}

impl Crowd {
    pub(super) async fn open(address: SocketAddr, era: Era, clients: usize) -> anyhow::Result<Self> {
        let groups = clients.clamp(1, AT_ONCE);
        let group = |index: usize| async move {
            let mut group = Vec::new();
            for _ in (index..clients).step_by(groups) {
                group.push(Client::open(address, era).await?);
            }
            anyhow::Ok(group)
        };
        let groups = try_join_all((0..groups).map(group)).await;
        Ok(Self(groups.context("a client could not be opened")?))
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// At least so many calls in all, and one of each client at least. Each has to be answered with those words.
    pub(super) async fn call(&mut self, calls: usize, expected: &str) -> anyhow::Result<Load> {
        let rounds = calls.div_ceil(self.len().max(1)).max(1);
        let began = Instant::now();
        let loads = join_all(self.0.iter_mut().map(|group| take_turns(group, rounds, expected))).await;
        let took = began.elapsed();
        let mut all = Load::new()?;
        for load in loads {
            all.add(&load?)?;
        }
        all.took = took;
        Ok(all)
    }

    pub(super) async fn leave(self) -> anyhow::Result<()> {
        let leaving = self.0.into_iter().map(|group| async move {
            for client in group {
                client.leave().await?;
            }
            anyhow::Ok(())
        });
        try_join_all(leaving).await.map(drop)
    }
}

async fn take_turns(group: &mut [Client], rounds: usize, expected: &str) -> anyhow::Result<Load> {
    let mut load = Load::new()?;
    let nothing = json!({});
    for _ in 0..rounds {
        for client in &mut *group {
            let began = Instant::now();
            let answered = client.call(READ, &nothing).await.and_then(|text| {
                ensure!(text == expected, "{READ} answered something else: {text}");
                Ok(())
            });
            load.count(began, answered)?;
        }
    }
    Ok(load)
}
