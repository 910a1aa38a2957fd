//! A host that is killed while it swaps is afterwards wholly of the old version or wholly of the new one: code, schema,
//! state in memory and the record of it. Nothing that was acknowledged is missing, and nothing is there twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use mainstay_tests::relay::version;
use mainstay_tests::{Client, Control, Host, Report, STEPS, Writers, guests};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::{PROGRAM, TestResult, appended, until};

/// The versions that take turns. Each differs from the others in what the file says of it.
const FIRST: (&str, &str) = (guests::RELAY, "1.0.0");
const NEXT: (&str, &str) = (guests::RELAY_NEXT, "2.0.0");
/// Has an index that the others do not have, and a schema of its own.
const INDEXED: (&str, &str) = (guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, "2.0.0-schema-newer-with-way-back");

/// How often a host is killed at random, if `MAINSTAY_TEST_KILLS` does not say.
const KILLS: u64 = 200;
/// At most so many swaps go through before that.
const SWAPS: u64 = 2;

#[test]
fn claim_3_25_a_host_that_is_killed_at_a_step_is_of_one_version_afterwards() -> TestResult {
    for step in STEPS {
        killed_at(step).with_context(|| format!("killed at {step}"))?;
    }
    Ok(())
}

#[test]
fn a_host_that_is_killed_again_and_again_is_of_one_version_each_time() -> TestResult {
    let seed = std::env::var("MAINSTAY_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random());
    let kills = std::env::var("MAINSTAY_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    println!("MAINSTAY_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let host = PROGRAM.host(FIRST.0)?.knowing(&[NEXT.0, INDEXED.0])?;
    let mut lives = Lives { host, writers: Writers::new(8, 8), before: None, acknowledged: 1, micros: 0 };
    lives.serve_each_once()?;
    for life in 0..kills {
        let (swaps, share) = (random.random_range(0..=SWAPS), random.random_range(0.0..1.0));
        lives.live(swaps, share).with_context(|| format!("life {life} of seed {seed}"))?;
    }
    let rows = appended(&lives.host)?;
    lives.writers.check(&rows)?;
    println!("{} generations, {} rows", lives.acknowledged, rows.len());
    ensure!(lives.acknowledged > kills / 2, "hardly a swap was committed");
    Ok(())
}

fn killed_at(step: &str) -> TestResult {
    let (host, mut writers) = second_generation()?;
    host.hold(step)?;
    let mut client = host.connect_saying("mainstay::swap=debug")?;
    client.initialize("2025-11-25", &json!({}))?;
    writers.begin(&mut client)?;
    ensure!(version(&mut client)? == (NEXT.1.to_owned(), 5), "the four before were handed over");
    host.control()?.begin_swap("guest", INDEXED.0)?;
    until("the swap is held", || {
        writers.catch_up(&mut client)?;
        Ok(client.words().contains(&format!("point={step:?}")))
    })?;
    writers.take(&client.kill()?)?;
    host.release(step)?;

    let mut client = host.client()?;
    let found = (version(&mut client)?, Recorded::of(&host)?);
    let (old, new) = (((NEXT.1.to_owned(), 5), at(2, NEXT, 1)), ((INDEXED.1.to_owned(), 6), at(3, INDEXED, 2)));
    // Only at the last step is the new version there.
    let expected = if step == "committed" { &new } else { &old };
    ensure!(found == *expected, "found {found:?}, expected {expected:?}");
    writers.check(&appended(&host)?)?;
    let history = host.history("guest")?;
    ensure!(history.len() == if step == "committed" { 3 } else { 2 }, "{history:?}");
    history.into_iter().try_for_each(|report| report.committed().map(drop))?;

    // Nothing is in the way of what comes next.
    next(&mut host.control()?, expected.1.generation)?.committed()?;
    writers.write(&mut client, 50)?;
    ensure!(version(&mut client)?.0 == turn(expected.1.generation + 1).1);
    writers.check(&appended(&host)?)
}

/// A host whose second generation has served and ended in good order, and which was asked for its version four times.
fn second_generation() -> anyhow::Result<(Host, Writers)> {
    let host = PROGRAM.host(FIRST.0)?.knowing(&[NEXT.0, INDEXED.0])?;
    let (mut client, mut writers) = (host.client()?, Writers::new(8, 8));
    writers.write(&mut client, 50)?;
    for _ in 0..3 {
        version(&mut client)?;
    }
    host.control()?.swap("guest", NEXT.0)?.committed()?;
    ensure!(version(&mut client)? == (NEXT.1.to_owned(), 4));
    writers.write(&mut client, 50)?;
    client.close()?;
    Ok((host, writers))
}

/// One process after the other on the same data.
struct Lives {
    host: Host,
    writers: Writers,
    /// The generation that served at the beginning of the life before, and how often it said it was asked.
    before: Option<(u64, u64)>,
    /// The latest generation that a report of a swap has named.
    acknowledged: u64,
    /// How long a swap took, when one was last seen to its end.
    micros: u64,
}

impl Lives {
    /// Otherwise a component that was kept for a swap that did not come to its end would be removed at each start, with
    /// its compiled form, and each life would be spent compiling it.
    fn serve_each_once(&mut self) -> TestResult {
        let mut client = self.host.client()?;
        let asked = version(&mut client)?.1;
        self.before = Some((1, asked));
        while self.acknowledged < 4 {
            let began = Instant::now();
            next(&mut self.host.control()?, self.acknowledged)?.committed()?;
            self.acknowledged += 1;
            self.micros = u64::try_from(began.elapsed().as_micros())?;
        }
        client.close().map(drop)
    }

    /// Begins, looks at what is there, swaps so often under load, and ends in the midst of the next: when this share of
    /// the time has gone that one takes.
    fn live(&mut self, swaps: u64, share: f64) -> TestResult {
        let mut client = self.host.client()?;
        let asked = self.is_of_one_version(&mut client)?;
        self.writers.begin(&mut client)?;
        self.writers.go_on(&mut client)?;
        let progress = Arc::new(Progress { swaps: AtomicU64::new(0), micros: AtomicU64::new(self.micros) });
        let (swapping, mut end) = (self.swap_on(&progress), None);
        until("it is time", || {
            self.writers.catch_up(&mut client)?;
            if end.is_none() && progress.swaps.load(Ordering::Relaxed) >= swaps {
                let long = Duration::from_micros(progress.micros.load(Ordering::Relaxed));
                end = Some(Instant::now() + long.mul_f64(share));
            }
            Ok(swapping.is_finished() || end.is_some_and(|end| Instant::now() >= end))
        })?;
        self.writers.take(&client.kill()?)?;
        let latest = swapping.join().map_err(|_| anyhow::anyhow!("a thread of the test panicked"))??;
        self.acknowledged = self.acknowledged.max(latest);
        self.before = Some(asked);
        self.micros = progress.micros.load(Ordering::Relaxed);
        Ok(())
    }

    /// What is recorded, what answers and what was in memory are of one generation: the latest that was acknowledged,
    /// or the one whose swap was under way.
    fn is_of_one_version(&mut self, client: &mut Client) -> anyhow::Result<(u64, u64)> {
        let (answers, asked) = version(client)?;
        let recorded = Recorded::of(&self.host)?;
        let generation = recorded.generation;
        let expected = at(generation, turn(generation), if turn(generation) == INDEXED { 2 } else { 1 });
        ensure!(recorded == expected, "found {recorded:?}, expected {expected:?}");
        ensure!(answers == recorded.version, "{answers} answers, found {recorded:?}");
        ensure!(
            (self.acknowledged..=self.acknowledged + 1).contains(&generation),
            "generation {generation} after {} was acknowledged",
            self.acknowledged
        );
        let handed_over = self.before.map_or(0, |(before, asked)| handed_over(before, asked, generation));
        ensure!(asked == handed_over + 1, "generation {generation} was asked {asked} times, {handed_over} before");
        self.acknowledged = generation;
        self.writers.check(&appended(&self.host)?)?;
        Ok((generation, asked))
    }

    /// Swaps until the host is gone, and says which generation was the last that was reported.
    fn swap_on(&self, progress: &Arc<Progress>) -> JoinHandle<anyhow::Result<u64>> {
        let (control, generation, progress) = (self.host.control(), self.acknowledged, Arc::clone(progress));
        thread::spawn(move || {
            let (mut control, mut latest) = (control?, generation);
            loop {
                let began = Instant::now();
                let Ok(report) = next(&mut control, latest) else { return Ok(latest) };
                latest = report.committed()?.0["to"]["generation"].as_u64().context("no generation")?;
                progress.micros.store(u64::try_from(began.elapsed().as_micros())?, Ordering::Relaxed);
                progress.swaps.fetch_add(1, Ordering::Relaxed);
            }
        })
    }
}

/// What a thread that swaps has done so far.
struct Progress {
    swaps: AtomicU64,
    /// How long the last one took.
    micros: AtomicU64,
}

/// The version of a generation.
fn turn(generation: u64) -> (&'static str, &'static str) {
    [NEXT, FIRST, NEXT, INDEXED][usize::try_from(generation % 4).unwrap_or_default()]
}

/// Asks for the generation that comes after this one: of an older schema, by going back to it.
fn next(control: &mut Control, generation: u64) -> anyhow::Result<Report> {
    if turn(generation) == INDEXED {
        control.force_back("guest")
    } else {
        control.swap("guest", turn(generation + 1).0)
    }
}

/// What the generation `now` begins with in memory, if at the beginning of the last life generation `before` was asked for
/// the `asked`th time, and never again in that life.
fn handed_over(before: u64, asked: u64, now: u64) -> u64 {
    let (mut received, mut has) = (asked - 1, asked);
    for generation in before..now {
        // A version of an older schema does not read what one of a newer has in memory: it takes up what that received.
        received = if turn(generation) == INDEXED { received } else { has };
        has = received;
    }
    received
}

/// What the file of the slot says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Recorded {
    generation: u64,
    version: String,
    schema: u32,
    /// Whether the migration to schema 2 has left its mark.
    index: bool,
    /// Whether the record of the active version and that of its generation agree in everything.
    agree: bool,
}

impl Recorded {
    fn of(host: &Host) -> anyhow::Result<Self> {
        let select = "SELECT generation, version, schema,
            EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'appended_by_client'),
            EXISTS (SELECT 1 FROM _mainstay_generations AS g WHERE (g.generation, g.plugin, g.version, g.digest, g.schema,
                g.activated_at) = (s.generation, s.plugin, s.version, s.digest, s.schema, s.activated_at))
            AND NOT EXISTS (SELECT 1 FROM _mainstay_generations AS g WHERE g.generation > s.generation)
            FROM _mainstay_slot AS s";
        let database = rusqlite::Connection::open(host.database())?;
        Ok(database.query_row(select, [], |row| {
            let (generation, version, schema) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Self { generation, version, schema, index: row.get(3)?, agree: row.get(4)? })
        })?)
    }
}

fn at(generation: u64, (_, version): (&str, &str), schema: u32) -> Recorded {
    Recorded { generation, version: version.to_owned(), schema, index: schema == 2, agree: true }
}
