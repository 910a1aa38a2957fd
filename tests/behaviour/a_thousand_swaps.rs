//! However often the logic is exchanged under full load, and however often that fails, nothing that was acknowledged is
//! lost, nothing is done twice, and every call is answered once.

use std::thread;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Client, Host, Report, STEPS, Writers, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, appended};

/// Swaps that go well.
const THOUSAND: usize = 1_000;
/// Swaps of which some fail.
const REQUESTS: usize = 300;
/// Clients that write, and calls that one more has under way at once.
const WRITERS: usize = 8;
const HASTE: usize = 16;

/// Versions that take turns. Three, because of two the one before would always be in memory yet.
const TURNS: [&str; 3] = [guests::RELAY, guests::RELAY_NEXT, guests::RELAY_REORDERS];

#[test]
fn claim_0_28_and_1_1_a_thousand_swaps_under_full_load_lose_nothing_and_double_nothing() -> TestResult {
    let host = begun()?;
    let mut load = Load::on(&host)?;
    let reports = load.during(|| take_turns(&host, &[None; THOUSAND]))?;
    load.finish(&host)?;
    for (report, generation) in reports.into_iter().zip(2..) {
        let report = report.committed()?;
        ensure!(report.0["to"]["generation"] == json!(generation), "generation {generation}: {}", report.0);
    }
    load.is_at(&host, THOUSAND + 1)?;
    ensure!(load.writers.answers() > THOUSAND, "there was no load: {}", load.writers.answers());
    load.client.close()?;
    let history = host.history("guest")?;
    ensure!(history.len() == THOUSAND + 1, "{} rows of history", history.len());
    history.into_iter().try_for_each(|report| report.committed().map(drop))
}

#[test]
fn swaps_of_which_every_second_fails_lose_nothing_either() -> TestResult {
    let host = begun()?;
    let mut load = Load::on(&host)?;
    // All steps but the last, at which nothing can fail any more, in turn.
    let failing = STEPS[..STEPS.len() - 1].iter().copied().cycle();
    let fails_at: Vec<_> = failing.flat_map(|step| [None, Some(step)]).take(REQUESTS).collect();
    let reports = load.during(|| take_turns(&host, &fails_at))?;
    load.finish(&host)?;
    let mut generation = 1;
    for (report, step) in reports.into_iter().zip(fails_at) {
        let latest = match step {
            None => {
                generation += 1;
                report.committed()?.0["to"]["generation"].take()
            }
            Some(step) => {
                let words = report.refused("injected").with_context(|| format!("failing at {step}"))?;
                ensure!(words.ends_with(&format!("the step {step}")), "{step}: {words}");
                report.0["from"]["generation"].clone()
            }
        };
        ensure!(latest == json!(generation), "{latest} after generation {generation}");
    }
    ensure!(generation == 1 + REQUESTS / 2, "{generation}");
    load.is_at(&host, generation)
}

/// One client that carries the calls of all writers.
struct Load {
    client: Client,
    writers: Writers,
}

impl Load {
    fn on(host: &Host) -> anyhow::Result<Self> {
        let (mut client, mut writers) = (host.client()?, Writers::new(WRITERS, HASTE));
        writers.begin(&mut client)?;
        // The process is the host from its first call on.
        writers.go_on(&mut client)?;
        Ok(Self { client, writers })
    }

    /// Writes on until that is done.
    fn during<T: Send>(&mut self, swaps: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
        thread::scope(|scope| {
            let swaps = scope.spawn(swaps);
            while !swaps.is_finished() {
                self.writers.go_on(&mut self.client)?;
            }
            swaps.join().map_err(|_| anyhow::anyhow!("a thread of the test panicked"))?
        })
    }

    /// Every call was answered, well, and once; each is there once, and no version wrote after the next had begun to.
    fn finish(&mut self, host: &Host) -> TestResult {
        self.writers.finish(&mut self.client)?;
        ensure!(self.client.unread()?.is_empty(), "said unasked: {:?}", self.client.unread()?);
        self.writers.check(&appended(host)?)
    }

    /// That generation serves, and as many versions have written as it says at most.
    fn is_at(&mut self, host: &Host, generation: usize) -> TestResult {
        let status = host.control()?.status("guest")?;
        ensure!(status["serving"]["generation"] == json!(generation), "not generation {generation}: {status}");
        ensure!((&status["traps"], &status["stalled"]) == (&json!(0), &Value::Null), "{status}");
        let rows = appended(host)?;
        let turns = 1 + rows.windows(2).filter(|pair| pair[0].2 != pair[1].2).count();
        ensure!(turns <= generation, "generation {generation}, and versions took turns {turns} times");
        Ok(())
    }
}

/// A host whose first version has served already.
fn begun() -> anyhow::Result<Host> {
    let host = PROGRAM.host(guests::RELAY)?.knowing(&TURNS)?;
    let mut client = host.client()?;
    client.done("version", json!({}))?;
    client.close()?;
    Ok(host)
}

/// Asks for one version after the other, again if it failed. Has each fail where it is said to.
fn take_turns(host: &Host, fails_at: &[Option<&str>]) -> anyhow::Result<Vec<Report>> {
    let (mut control, mut next) = (host.control()?, 1);
    let mut reports = Vec::with_capacity(fails_at.len());
    for step in fails_at {
        step.map(|step| host.fail(step)).transpose()?;
        let report = control.swap("guest", TURNS[next])?;
        step.map(|step| host.release(step)).transpose()?;
        next = if report.outcome() == "committed" { (next + 1) % TURNS.len() } else { next };
        reports.push(report);
    }
    Ok(reports)
}
