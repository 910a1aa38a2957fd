//! A restart is a swap to what is in place, or to the same version anew. Nothing acknowledged is lost by it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use mainstay::model::restart::RestartReason;
use mainstay::model::swap::{Origin, SwapOutcome, SwapReport};
use mainstay::plugin::KillSwitch;
use mainstay::plugin::contract::log::Level;
use mainstay::swap::{Reporter, RestartRequest, SlotError};
use mainstay_tests::guests;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::inside::{Inside, alone, runtime};
use crate::{TestResult, serving};

/// Long enough for whatever is not held.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn claim_1_10_and_1_11_the_same_version_begins_anew_with_what_was_in_memory() -> TestResult {
    told(guests::RELAY, |_, inside| async move {
        append(&inside, 1).await?;
        assert_eq!(asked(&inside).await?, 1);
        let report = inside.restart(plain()).await;
        ensure!(report.outcome == SwapOutcome::Committed && report.restart, "{report:?}");
        let generation = |version: &Option<mainstay::model::swap::Version>| Some(version.as_ref()?.generation?.0);
        assert_eq!((generation(&report.from), generation(&report.to)), (Some(1), Some(2)));
        assert_eq!(report.from.as_ref().map(|v| v.digest), report.to.as_ref().map(|v| v.digest));
        assert_eq!(asked(&inside).await?, 2, "what was in memory is there still");
        assert_eq!(inside.call("count", json!({})).await?["count"], 1);
        Ok(())
    })
}

#[test]
fn a_restart_without_state_keeps_the_tables() -> TestResult {
    told(guests::SPINS, |_, inside| async move {
        inside.call("mark", json!({ "text": "a" })).await?;
        let report = inside.restart(RestartRequest { preserve_state: false, ..plain() }).await;
        ensure!(report.outcome == SwapOutcome::Committed, "{report:?}");
        let marks = inside.call("marks", json!({})).await?;
        assert_eq!((&marks["rows"], &marks["keys"]), (&json!(["a"]), &json!([])));
        Ok(())
    })
}

#[test]
fn a_restart_that_does_not_wait_stops_what_runs_and_nothing_else() -> TestResult {
    told(guests::SPINS, |_, inside| async move {
        let inside = Arc::new(inside);
        let (spins, heard) = (Arc::clone(&inside), Arc::new(Heard::default()));
        let reporter = Arc::clone(&heard);
        let spinning = tokio::spawn(async move {
            let kill = KillSwitch::default();
            spins.begin_heard("loop", json!({}), false, kill, reporter).await.map(drop)
        });
        heard.0.notified().await;
        let behind = Arc::clone(&inside);
        let behind = tokio::spawn(async move { behind.call("mark", json!({ "text": "behind" })).await });
        let request = RestartRequest { graceful: false, reason: RestartReason::EmergencyShutdown, ..plain() };
        let report = inside.restart(request).await;
        ensure!(report.outcome == SwapOutcome::Committed, "{report:?}");
        let stopped = spinning.await?;
        ensure!(matches!(stopped, Err(SlotError::Interrupted)), "{stopped:?}");
        behind.await??;
        inside.call("mark", json!({ "text": "after" })).await?;
        let marks = inside.call("marks", json!({})).await?;
        let rows = marks["rows"].as_array().context("no rows")?;
        ensure!(!rows.contains(&json!("loop")), "nothing of what was stopped remains: {marks}");
        ensure!(rows.contains(&json!("behind")) && rows.contains(&json!("after")), "what queued was served: {marks}");
        Ok(())
    })
}

#[test]
fn a_newer_file_in_place_is_taken_up() -> TestResult {
    told_with_copy(guests::RELAY, |file, inside| async move {
        fs::copy(guests::RELAY_NEXT, &file)?;
        let report = inside.restart(plain()).await;
        ensure!(report.outcome == SwapOutcome::Committed, "{report:?}");
        assert_eq!(inside.call("version", json!({})).await?["version"], "2.0.0");
        fs::copy(guests::RELAY_TRAPS_ON_START, &file)?;
        let report = inside.restart(plain()).await;
        ensure!(refusal(&report) == Some("start"), "{report:?}");
        assert_eq!(inside.call("version", json!({})).await?["version"], "2.0.0", "it goes on");
        let again = inside.restart(plain()).await;
        ensure!(again.outcome == SwapOutcome::Committed, "what failed is passed over: {again:?}");
        assert_eq!(inside.call("version", json!({})).await?["version"], "2.0.0");
        Ok(())
    })
}

#[test]
fn what_is_not_done_in_time_is_abandoned() -> TestResult {
    told(guests::RELAY, |dir, inside| async move {
        let order = dir.join("order-here");
        fs::write(&order, "hold")?;
        fail::cfg("swap::self-test", &format!("return({})", order.display())).map_err(anyhow::Error::msg)?;
        let inside = Arc::new(inside);
        let held = Arc::clone(&inside);
        let request = RestartRequest { timeout: Duration::from_millis(50), ..plain() };
        let held = tokio::spawn(async move { held.restart(request).await });
        // Calls are served while it is held, until its time is over.
        let over = Instant::now() + Duration::from_millis(60);
        let mut number = 0;
        while Instant::now() < over || number == 0 {
            number += 1;
            append(&inside, number).await?;
        }
        fs::remove_file(&order)?;
        let report = held.await?;
        fail::remove("swap::self-test");
        ensure!(refusal(&report) == Some("timeout"), "{report:?}");
        assert_eq!(inside.slots().status().await[0].serving.as_ref().and_then(|v| v.generation).map(|g| g.0), Some(1));
        Ok(())
    })
}

#[test]
fn the_same_restart_joins_and_another_is_refused() -> TestResult {
    told(guests::RELAY, |dir, inside| async move {
        let order = dir.join("order-here");
        fs::write(&order, "hold")?;
        fail::cfg("swap::quiesce", &format!("return({})", order.display())).map_err(anyhow::Error::msg)?;
        let inside = Arc::new(inside);
        let begin = || {
            let inside = Arc::clone(&inside);
            tokio::spawn(async move { inside.restart(plain()).await })
        };
        let (one, other) = (begin(), begin());
        let quiescing =
            |phase: &mainstay::model::swap::SwapPhase| *phase == mainstay::model::swap::SwapPhase::Quiescing;
        let mut phase = inside.slots().phase(&"guest".parse()?).context("no phase")?;
        tokio::time::timeout(PATIENCE, phase.wait_for(quiescing)).await??;
        let different = inside.restart(RestartRequest { preserve_state: false, ..plain() }).await;
        ensure!(refusal(&different) == Some("in-progress"), "{different:?}");
        fs::remove_file(&order)?;
        let (one, other) = (one.await?, other.await?);
        fail::remove("swap::quiesce");
        assert_eq!(one.id, other.id, "one restart, and both hear of it");
        ensure!(one.outcome == SwapOutcome::Committed, "{one:?}");
        assert_eq!(inside.slots().history(None, 10).await?.len(), 2, "the start, and this");
        Ok(())
    })
}

/// Hears that an entry has begun.
#[derive(Default)]
struct Heard(Notify);

impl Reporter for Heard {
    fn progress(&self, _: f64, _: Option<f64>, _: Option<String>) {
        self.0.notify_one();
    }

    fn log(&self, _: Level, _: String) {}
}

fn plain() -> RestartRequest {
    RestartRequest {
        slot: "guest".parse().expect("a name"),
        origin: Origin::CommandLine,
        reason: RestartReason::ManualRequest,
        graceful: true,
        preserve_state: true,
        force: false,
        timeout: PATIENCE,
    }
}

fn refusal(report: &SwapReport) -> Option<&str> {
    if let SwapOutcome::Refused(refusal) = &report.outcome { Some(&refusal.code) } else { None }
}

async fn append(inside: &Inside, number: i64) -> TestResult {
    inside.call("append", json!({ "client": "a", "number": number })).await?;
    Ok(())
}

async fn asked(inside: &Inside) -> anyhow::Result<u64> {
    let answer: Value = inside.call("version", json!({})).await?;
    answer["asked"].as_u64().context("no number")
}

fn told<F: Future<Output = TestResult>>(guest: &str, story: impl FnOnce(PathBuf, Inside) -> F) -> TestResult {
    let _alone = alone();
    let host = serving(guest)?;
    runtime().block_on(async {
        let inside = Inside::open(&host, guest).await?;
        story(host.dir().to_owned(), inside).await
    })
}

/// The same, served from a file that can be replaced.
fn told_with_copy<F: Future<Output = TestResult>>(guest: &str, story: impl FnOnce(PathBuf, Inside) -> F) -> TestResult {
    let _alone = alone();
    let host = serving(guest)?.knowing(&[guests::RELAY_NEXT, guests::RELAY_TRAPS_ON_START])?;
    let file = host.dir().join("in-place.wasm");
    fs::copy(guest, &file)?;
    runtime().block_on(async {
        let inside = Inside::open(&host, file.to_str().context("a path")?).await?;
        story(file, inside).await
    })
}
