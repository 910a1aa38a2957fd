//! Swaps under load, with so much data.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::super::super::load::{Callers, Control, Ledger, Swapped, Work, split};
use super::place::Place;
use super::results::{Classes, Scenario, steps};
use super::{Data, fill};
use crate::config::Synchronous;

/// Callers of a tool that writes two keys, and of one that reads tasks.
const WRITERS: usize = 3;
const READERS: usize = 1;
/// Between an answer and the caller's next call. Leaves the processor time for others: what is measured is the
/// swap, not a queue.
const PAUSE: Duration = Duration::from_millis(1);
/// Between two swaps: some calls meet none.
const REST: Duration = Duration::from_millis(10);

pub(super) async fn measure(
    place: &Place,
    data: Data,
    synchronous: Synchronous,
    swaps: usize,
) -> anyhow::Result<Scenario> {
    // There has to be a file to fill.
    place.server().await?.leave().await?;
    fill::fill(&place.dir, &place.database(), data)?;
    let server = place.server().await?;
    let mut control = Control::connect(&place.dir).await?;
    let mut serving = place.warm(&mut control).await?;
    let ledger = Ledger::default();
    let callers = Callers::start(&server, &works(), &ledger);
    let mut made = Vec::with_capacity(swaps);
    for _ in 0..swaps {
        tokio::time::sleep(REST).await;
        let swapped = control.swap(place.versions.other(serving)).await?;
        serving = swapped.digest()?;
        made.push(swapped);
    }
    callers.stop().await;
    server.leave().await?;
    if let Some(refusal) = ledger.refusal() {
        anyhow::bail!("a call was answered with an error: {refusal}");
    }
    let calls = ledger.calls();
    let classes = |writes: bool| Classes::of(&split(calls.iter().filter(|call| call.writes == writes), &made));
    let (state_keys, tasks) = match data {
        Data::StateKeys(keys) => (Some(keys), None),
        Data::Tasks(tasks) => (None, Some(tasks)),
    };
    Ok(Scenario {
        state_keys,
        tasks,
        synchronous: super::tables::synchronous(synchronous),
        database_bytes: std::fs::metadata(place.database())?.len(),
        writes: classes(true),
        reads: classes(false),
        steps: steps(&made),
        pause: made.iter().map(|swap| swap.report.pause_us).collect(),
        whole: made.iter().map(Swapped::took_us).collect(),
        whole_without_replay: made.iter().map(|swap| swap.took_us().saturating_sub(replay_us(swap))).collect(),
        waited_calls: made.iter().map(|swap| swap.report.waited_calls).sum(),
    })
}

fn replay_us(swap: &Swapped) -> u64 {
    swap.report.steps.iter().filter(|step| step.step == "replay").map(|step| step.micros).sum()
}

/// What callers do. Neither makes the data grow.
pub(super) fn works() -> Vec<Work> {
    let work = |tool: &'static str, writes: bool| Work {
        tool,
        writes,
        arguments: Arc::new(|_| Map::<String, Value>::new()),
        pause: PAUSE,
    };
    let writes = work("orchestrator_initialize_session", true);
    let reads = work("orchestrator_get_status", false);
    [vec![writes; WRITERS], vec![reads; READERS]].concat()
}
