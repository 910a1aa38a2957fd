//! A swap a second while clients of both times call, and whether any call was lost or done twice.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{bail, ensure};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::super::super::load::{
    Answer, Call, Control, Swapped, compare, numbered_part, numbered_plan, read_back, split,
};
use super::client::{Client, Era, READ};
use super::place::Place;
use super::results::{Spread, Swapping};
use crate::plugin::now_us;

/// Of each time; every other of them adds a numbered task with each call, the others read.
const CLIENTS: usize = 8;
/// Between an answer and the client's next call. Leaves the processor time for others: what is measured is the swap, not
/// a queue.
const PAUSE: Duration = Duration::from_millis(2);
const BETWEEN_SWAPS: Duration = Duration::from_secs(1);

/// What a client called, and the first failure in its own words.
type Called = (Vec<Call>, Option<String>);

pub(super) async fn measure(place: &Place, swaps: usize) -> anyhow::Result<Swapping> {
    let host = place.host().await?;
    let mut control = Control::connect(&place.dir).await?;
    let mut clients = open(host.address()).await?;
    clients[0].call("orchestrator_plan_task", &numbered_plan()).await?;
    // Both have served once, so that both are compiled.
    let mut serving = control.serving().await?.digest;
    for _ in 0..2 {
        serving = control.swap(place.versions.other(serving)).await?.digest()?;
    }
    let (numbers, stop) = (AtomicU64::new(0), CancellationToken::new());
    let calling =
        clients.into_iter().enumerate().map(|(index, client)| call_on(client, index % 2 == 0, &numbers, &stop));
    let swapping = async {
        let mut made: Vec<Swapped> = Vec::new();
        let mut due = tokio::time::interval(BETWEEN_SWAPS);
        due.tick().await;
        let swapped = async {
            for _ in 0..swaps {
                due.tick().await;
                let swapped = control.swap(place.versions.other(serving)).await?;
                serving = swapped.digest()?;
                made.push(swapped);
            }
            // As long again, so that the last one has a quiet time after it as well.
            due.tick().await;
            anyhow::Ok(())
        };
        let swapped = swapped.await;
        stop.cancel();
        swapped.map(|()| made)
    };
    let (called, made) = tokio::join!(join_all(calling), swapping);
    let made = made?;
    host.end().await?;
    let failure = called.iter().find_map(|(_, failure)| failure.clone());
    let calls: Vec<Call> = called.into_iter().flat_map(|(calls, _)| calls).collect();
    let results = sum_up(place, &calls, &made)?;
    let Swapping { lost, doubled, failed, .. } = results;
    ensure!(lost == 0 && doubled == 0, "{lost} acknowledged calls were lost, {doubled} were done twice");
    if let Some(failure) = failure {
        bail!("{failed} calls failed; the first failure: {failure}");
    }
    Ok(results)
}

/// An even number of both times, so that both kinds of call are made in both.
async fn open(address: SocketAddr) -> anyhow::Result<Vec<Client>> {
    let mut clients = Vec::new();
    for era in Era::ALL {
        for _ in 0..CLIENTS {
            clients.push(Client::open(address, era).await?);
        }
    }
    Ok(clients)
}

/// Calls until it is told to stop.
async fn call_on(mut client: Client, writes: bool, numbers: &AtomicU64, stop: &CancellationToken) -> Called {
    let (mut calls, mut failure) = (Vec::new(), None);
    while !stop.is_cancelled() {
        let number = numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let (tool, arguments) = match writes {
            true => ("orchestrator_plan_task", Value::Object(numbered_part(number))),
            false => (READ, json!({})),
        };
        let sent_us = now_us();
        let answered = client.call(tool, &arguments).await;
        let ended_us = now_us();
        let answered = answered.and_then(|text| {
            let said = if writes { text.contains(&format!(": {number}\n")) } else { text.starts_with("/bench: ") };
            ensure!(said, "{tool} answered something else: {text}");
            Ok(())
        });
        let answer = if answered.is_ok() { Answer::Done } else { Answer::Refused };
        calls.push(Call { number, writes, sent_us, ended_us, answer });
        if let Err(error) = answered {
            failure.get_or_insert_with(|| format!("{error:#}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
    if let Err(error) = client.leave().await {
        failure.get_or_insert_with(|| format!("{error:#}"));
    }
    (calls, failure)
}

fn sum_up(place: &Place, calls: &[Call], made: &[Swapped]) -> anyhow::Result<Swapping> {
    let books = compare(calls, &read_back(&place.dir)?);
    let split = split(calls, made);
    let [quiet, beside, met] = [&split.quiet, &split.beside, &split.met].map(Spread::of_latency);
    let pause = made.iter().map(|swap| swap.report.pause_us).collect();
    Ok(Swapping {
        clients: CLIENTS * Era::ALL.len(),
        swaps: made.len(),
        quiet,
        beside,
        met,
        pause: Spread::of_latency(&pause),
        writes: u64::try_from(calls.iter().filter(|call| call.writes).count())?,
        lost: books.lost,
        doubled: books.doubled,
        failed: calls.iter().filter(|call| call.answer != Answer::Done).count(),
    })
}
