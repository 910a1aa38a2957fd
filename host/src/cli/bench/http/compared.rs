//! The host beside rmcp's own server, with so many clients.

use anyhow::{Context as _, ensure};

use super::client::{Client, Era, READ};
use super::crowd::{Crowd, Load};
use super::place::Place;
use super::results::{Measured, Setting};
use super::served::Served;

/// Calls of one client before anything is measured: code is loaded, and pools have their size.
const WARM_UP: usize = 200;
/// Of several rounds the best counts: the machine may be busy with other things. Where there are so many clients, one
/// round has enough calls of each.
const ROUNDS: usize = 3;
const MANY: usize = 1_000;

/// Which of the two.
#[derive(Debug, Clone, Copy)]
enum Who {
    Host,
    Native,
}

/// What the read answers with, which rmcp's server answers as well.
pub(super) async fn answer(place: &Place) -> anyhow::Result<String> {
    let host = place.host().await?;
    let mut client = Client::open(host.address(), Era::Sessions).await?;
    let answer = client.call(READ, &serde_json::json!({})).await?;
    client.leave().await?;
    host.end().await?;
    Ok(answer)
}

/// Each server in turn, some times; each time a process of its own.
pub(super) async fn measure(
    place: &Place,
    answer: &str,
    era: Era,
    clients: usize,
    calls: usize,
) -> anyhow::Result<Setting> {
    let rounds = if clients > MANY || calls < WARM_UP { 1 } else { ROUNDS };
    let (mut host, mut native) = (None, None);
    for _ in 0..rounds {
        keep_better(&mut host, once(place, Who::Host, answer, era, clients, calls).await?);
        keep_better(&mut native, once(place, Who::Native, answer, era, clients, calls).await?);
    }
    let (host, native) = host.zip(native).context("no round was run")?;
    Ok(Setting { protocol: era.version(), clients, host, native })
}

fn keep_better(best: &mut Option<Measured>, measured: Measured) {
    if best.as_ref().is_none_or(|best| best.per_second < measured.per_second) {
        *best = Some(measured);
    }
}

async fn once(
    place: &Place,
    who: Who,
    answer: &str,
    era: Era,
    clients: usize,
    calls: usize,
) -> anyhow::Result<Measured> {
    let served = match who {
        Who::Host => place.host().await?,
        Who::Native => Served::native(answer).await?,
    };
    let run = run(&served, answer, era, clients, calls).await;
    let measured = run.with_context(|| format!("with {clients} clients of {era}: {who:?}: {}", served.words()))?;
    served.end().await?;
    Ok(measured)
}

async fn run(served: &Served, answer: &str, era: Era, clients: usize, calls: usize) -> anyhow::Result<Measured> {
    let mut first = Crowd::open(served.address(), era, 1).await?;
    failed(&first.call(WARM_UP.min(calls), answer).await?)?;
    first.leave().await?;
    let before_kib = served.resident_kib();
    let began = std::time::Instant::now();
    let mut crowd = Crowd::open(served.address(), era, clients).await?;
    let opened_in = began.elapsed();
    let open_kib = served.resident_kib();
    let load = crowd.call(calls, answer).await?;
    let after_kib = served.resident_kib();
    failed(&load)?;
    crowd.leave().await?;
    Ok(Measured::of(&load, clients, opened_in, [before_kib, open_kib, after_kib]))
}

/// A benchmark of calls that fail measures something else.
pub(super) fn failed(load: &Load) -> anyhow::Result<()> {
    let Load { failed, failure, .. } = load;
    ensure!(*failed == 0, "{failed} calls failed, the first with: {}", failure.clone().unwrap_or_default());
    Ok(())
}
