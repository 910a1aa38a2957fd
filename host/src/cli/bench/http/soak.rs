//! An hour's worth of calls, with swaps and with clients that come and go, and what the process has grown by.
//!
//! Calls are made in rounds. In each there is one swap, and between two rounds nothing is under way: then it is looked
//! how large the process is. [`Grown`] says by how much it grew in the second half.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use serde::Serialize;

use super::super::super::load::{Control, Versions};
use super::super::progress::Progress;
use super::client::{Client, DIRECTORY, Era, OPEN, READ};
use super::place::Place;
use super::served::Served;
use super::trend::{Grown, Sample};
use crate::model::Digest;

/// What a host with some dozen agents has to do in a second.
pub(super) const A_SECOND: u64 = 100;
/// Looks at the process; half of them are what is judged.
const ROUNDS: u64 = 120;
/// Fewer calls than that are no round.
const ROUND: u64 = 25;
/// Clients of each time that stay.
const STAY: u64 = 8;
/// So many calls to a client that comes, calls once, and leaves.
const TO_A_GUEST: u64 = 100;
/// Every so many calls one writes. What it writes does not make the data grow.
const TO_A_WRITE: u64 = 10;

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Soak {
    pub(super) calls: u64,
    pub(super) swaps: u64,
    /// Clients that came and went.
    pub(super) guests: u64,
    pub(super) seconds: f64,
    /// None if there were too few calls to tell.
    pub(super) grown: Option<Grown>,
    /// After each round.
    pub(super) samples: Vec<Sample>,
}

/// How much is done in how many rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) rounds: u64,
    /// Of each client that stays, in each round.
    pub(super) calls: u64,
    pub(super) guests: u64,
}

impl Plan {
    /// For so many calls at least.
    pub(super) fn of(calls: u64) -> Self {
        let rounds = (calls / ROUND).clamp(4, ROUNDS);
        let in_a_round = calls.div_ceil(rounds);
        Self { rounds, calls: in_a_round.div_ceil(2 * STAY), guests: in_a_round.div_ceil(TO_A_GUEST) }
    }

    fn of_a_round(self) -> u64 {
        self.calls * 2 * STAY + self.guests
    }
}

pub(super) async fn measure(place: &Place, seconds: u64) -> anyhow::Result<Soak> {
    let plan = Plan::of(seconds * A_SECOND);
    let host = place.host().await?;
    let soaked = soak(place, &host, plan).await;
    let soaked = soaked.with_context(|| format!("the host said: {}", host.words()))?;
    host.end().await?;
    Ok(soaked)
}

async fn soak(place: &Place, host: &Served, plan: Plan) -> anyhow::Result<Soak> {
    let mut control = Control::connect(&place.dir).await?;
    let mut clients = Vec::new();
    for era in Era::ALL {
        for _ in 0..STAY {
            clients.push(Client::open(host.address(), era).await?);
        }
    }
    let mut serving = control.serving().await?.digest;
    let progress = Progress::start(usize::try_from(plan.rounds)?);
    let (began, mut samples) = (Instant::now(), Vec::new());
    for round in 1..=plan.rounds {
        progress.say(&format!("round {round} of {}", plan.rounds));
        let staying = try_join_all(clients.iter_mut().map(|client| calls(client, plan.calls)));
        let swapping = swap(&mut control, &place.versions, serving);
        let visiting = visits(host, plan.guests, round);
        let (_, swapped, ()) = tokio::try_join!(staying, swapping, visiting)?;
        serving = swapped;
        samples.push(look(host, round * plan.of_a_round())?);
    }
    let seconds = began.elapsed().as_secs_f64();
    try_join_all(clients.into_iter().map(Client::leave)).await?;
    let (calls, guests) = (plan.rounds * plan.of_a_round(), plan.rounds * plan.guests);
    let grown = Grown::of(&samples);
    Ok(Soak { calls, swaps: plan.rounds, guests, seconds, grown, samples })
}

async fn calls(client: &mut Client, calls: u64) -> anyhow::Result<()> {
    for number in 0..calls {
        match number % TO_A_WRITE == 0 {
            true => client.call(OPEN, &serde_json::json!({ "working_directory": DIRECTORY })).await?,
            false => read(client).await?,
        };
    }
    Ok(())
}

async fn read(client: &mut Client) -> anyhow::Result<String> {
    let text = client.call(READ, &serde_json::json!({})).await?;
    ensure!(text.starts_with("/bench: "), "{READ} answered something else: {text}");
    Ok(text)
}

async fn swap(control: &mut Control, versions: &Versions, serving: Digest) -> anyhow::Result<Digest> {
    control.swap(versions.other(serving)).await?.digest()
}

/// Clients that come, call once, and leave, one after the other: with a stream that breaks off, or without.
async fn visits(host: &Served, guests: u64, round: u64) -> anyhow::Result<()> {
    for guest in 0..guests {
        let era = if (guest + round).is_multiple_of(2) { Era::Sessions } else { Era::Requests };
        let mut client = Client::open(host.address(), era).await?;
        client.listen_a_moment().await?;
        read(&mut client).await?;
        client.leave().await?;
    }
    Ok(())
}

fn look(host: &Served, calls: u64) -> anyhow::Result<Sample> {
    let looked = host.resident_kib().zip(host.open_files());
    let (resident_kib, open_files) = looked.context("the system does not tell how large a process is")?;
    Ok(Sample { calls, resident_kib, open_files })
}
