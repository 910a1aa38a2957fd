//! When the disk takes no more in the midst of a swap, wherever that is, the swap is done as a whole or not at all, what
//! was acknowledged stays, and with room again everything goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use mainstay_tests::relay::{append, version};
use mainstay_tests::{Client, Host, Report, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, appended};

/// The version that serves.
const OLD: &str = "1.0.0";
/// The version that is to, which brings an index over all rows.
const NEW: &str = "2.0.0-schema-newer-with-way-back";
const CANDIDATE: &str = guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK;

/// Rows that are there before: the index over them is some tens of pages.
const ROWS: i64 = 3_000;
/// Below this not even SQLite's index of its log fits, and no file is opened. In KiB, as all sizes here.
const SMALLEST: u32 = 32;
/// A page of a file, which is a little more in its log.
const PAGE: usize = 4;

#[test]
fn claim_3_25_at_each_write_to_the_plugins_file_it_is_all_or_nothing() -> TestResult {
    // The component itself has been kept before, so that only the file of the slot grows.
    let sizes = (0..SMALLEST).step_by(8).chain((SMALLEST..104).step_by(PAGE));
    Prepared::new(Kept::Candidate)?.swap_on(sizes, "")?.has(&["no-host", "storage", "committed"])
}

#[test]
fn at_each_page_that_a_migration_does_not_keep_in_memory_it_is_all_or_nothing() -> TestResult {
    let little = "[database]\ncache_kib = 16\n";
    let sizes = (SMALLEST..104).step_by(2 * PAGE);
    Prepared::new(Kept::Candidate)?.swap_on(sizes, little)?.has(&["storage", "committed"])
}

#[test]
fn at_each_part_of_the_component_it_is_all_or_nothing() -> TestResult {
    let whole = u32::try_from(fs::metadata(CANDIDATE)?.len() / 1_024)?;
    let sizes = [200, whole - 1, whole, whole + 1, whole + 4];
    Prepared::new(Kept::Nothing)?.swap_on(sizes, "")?.has(&["storage", "committed"])
}

#[test]
fn at_each_part_of_a_copy_to_try_it_on_it_is_all_or_nothing() -> TestResult {
    let on_disk = "[swap]\nshadow_bytes = 0\n";
    let sizes = (SMALLEST..192).step_by(16);
    Prepared::new(Kept::Candidate)?.swap_on(sizes, on_disk)?.has(&["storage", "committed"])
}

#[test]
fn at_each_write_to_the_hosts_own_file_it_is_done_and_told_when_there_is_room() -> TestResult {
    let prepared = Prepared::new(Kept::Candidate)?;
    let log = prepared.grow_log_of_host()?;
    let seen = prepared.swap_on((log..log + 60).step_by(PAGE), "")?;
    ensure!(seen.0.keys().all(|outcome| ["untold", "committed"].contains(&outcome.as_str())), "{seen:?}");
    seen.has(&["untold", "committed"])
}

/// Gets in the way of what is to be written to the folder of components.
type Obstacle = fn(&Path) -> std::io::Result<()>;

fn a_file(components: &Path) -> std::io::Result<()> {
    fs::remove_dir_all(components)?;
    fs::write(components, "")
}

fn a_folder(components: &Path) -> std::io::Result<()> {
    fs::create_dir(components.join(format!("{}.wasm", digest_of(CANDIDATE)?)))
}

#[test]
fn what_is_in_the_way_of_a_component_leaves_the_version_that_serves() -> TestResult {
    let prepared = Prepared::new(Kept::Nothing)?;
    for (what, put) in
        [("a file where the folder was", a_file as Obstacle), ("a folder where the file is to be", a_folder)]
    {
        let host = prepared.host("")?;
        let mut client = host.client()?;
        append(&mut client, "a", 1)?;
        put(&host.dir().join("components"))?;
        host.control()?.swap("guest", CANDIDATE)?.refused("storage").context(what)?;
        append(&mut client, "a", 2)?;
        ensure!(version(&mut client)?.0 == OLD, "{what}");
        client.close()?;
        let components = host.dir().join("components");
        if components.is_dir() {
            fs::remove_dir_all(components)?;
        } else {
            fs::remove_file(components)?;
        }
        prepared.goes_on(&host, &[1, 2], OLD).context(what)?;
    }
    Ok(())
}

/// A data directory that is copied for each attempt.
struct Prepared(Host);

/// Which components are kept in it, beside the one that serves.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    Candidate,
    Nothing,
}

impl Prepared {
    fn new(kept: Kept) -> anyhow::Result<Self> {
        let host = PROGRAM.host(guests::RELAY)?.knowing(&[CANDIDATE])?;
        let mut client = host.client()?;
        version(&mut client)?;
        if kept == Kept::Candidate {
            // It has served before, so it need not be written.
            host.control()?.swap("guest", CANDIDATE)?.committed()?;
            host.control()?.force_back("guest")?.committed()?;
        }
        client.close()?;
        let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            INSERT INTO appended (client, number, version) SELECT 'before', i, '1.0.0' FROM n";
        rusqlite::Connection::open(host.database())?.execute(fill, [ROWS])?;
        Ok(Self(host))
    }

    /// Leaves the host's own file with a log that was never tidied up, and says how large it is, in KiB.
    fn grow_log_of_host(&self) -> anyhow::Result<u32> {
        let mut client = self.0.client()?;
        append(&mut client, "before", ROWS + 1)?;
        for _ in 0..8 {
            self.0.control()?.swap("guest", CANDIDATE)?.committed()?;
            self.0.control()?.force_back("guest")?.committed()?;
        }
        client.kill()?;
        // That of the slot is.
        let slot = rusqlite::Connection::open(self.0.database())?;
        slot.execute("DELETE FROM appended WHERE number > ?1", [ROWS])?;
        slot.close().map_err(|(_, error)| error)?;
        let log = fs::metadata(self.0.dir().join("host.sqlite-wal"))?.len();
        ensure!(log > 200 << 10, "the log of the host has {log} bytes only: the slot's would meet the limit first");
        Ok(u32::try_from(log.div_ceil(1_024))?)
    }

    /// A host on a copy.
    fn host(&self, settings: &str) -> anyhow::Result<Host> {
        let host = PROGRAM.host(guests::RELAY)?.knowing(&[CANDIDATE])?.with_settings(settings)?;
        for folder in ["", "slots", "components"] {
            let (from, to) = (self.0.dir().join(folder), host.dir().join(folder));
            fs::create_dir_all(&to)?;
            for file in fs::read_dir(from)? {
                let from = file?.path();
                let name = from.file_name().context("a file without a name")?;
                if from.is_file() && name != "mainstay.toml" {
                    fs::copy(&from, to.join(name))?;
                }
            }
        }
        Ok(host)
    }

    /// For each of these sizes, on a copy: appends, swaps and appends where no file can grow beyond so many KiB. Then
    /// looks, with room, whether everything is as was said.
    fn swap_on(&self, sizes: impl IntoIterator<Item = u32>, settings: &str) -> anyhow::Result<Seen> {
        let mut seen = Seen::default();
        for size in sizes {
            let host = self.host(settings)?;
            let outcome = self.attempt(&host, size).with_context(|| format!("{size} KiB"))?;
            *seen.0.entry(outcome).or_default() += 1;
        }
        Ok(seen)
    }

    /// Says what came of the swap: `committed`, or `untold` if the history does not have it yet, or the code of the
    /// refusal, or that there was `no-host`.
    fn attempt(&self, host: &Host, size: u32) -> anyhow::Result<String> {
        let mut client = host.client_on_small_disk(size)?;
        let mut acknowledged = Vec::new();
        append_what_fits(&mut client, 1..=3, &mut acknowledged)?;
        let nobody = acknowledged.is_empty() && !host.dir().join("control.sock").exists();
        let report = (!nobody).then(|| host.control()?.swap("guest", CANDIDATE)).transpose()?;
        append_what_fits(&mut client, 4..=6, &mut acknowledged)?;
        let outcome = report.map_or(Ok("no-host".to_owned()), |report| outcome(&report))?;
        let serves = if outcome == "committed" { NEW } else { OLD };
        if let Ok(answer) = client.call("version", json!({}))?.structured() {
            ensure!(answer["version"] == serves, "{outcome}, and {answer} answers");
        }
        let untold = client.kill()?.words.contains("could not be written to the history");
        self.goes_on(host, &acknowledged, serves)?;
        Ok(if untold && outcome == "committed" { "untold".to_owned() } else { outcome })
    }

    /// With room, that version serves, exactly what was acknowledged is there, and the swap can be done.
    fn goes_on(&self, host: &Host, acknowledged: &[i64], serves: &str) -> TestResult {
        let mut client = host.client()?;
        let found = version(&mut client)?.0;
        ensure!(found == serves, "{found} serves, not {serves}");
        let database = rusqlite::Connection::open(host.database())?;
        let select = "SELECT schema, EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'appended_by_client'),
            (SELECT count(*) FROM appended WHERE client = 'before') FROM _mainstay_slot";
        let whole: (u32, bool, i64) =
            database.query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        ensure!(whole == (if serves == NEW { (2, true, ROWS) } else { (1, false, ROWS) }), "{serves}: {whole:?}");
        let rows = appended(host)?;
        let numbers = rows.iter().filter(|(client, ..)| client == "a").map(|(_, number, _)| *number);
        ensure!(
            numbers.clone().eq(acknowledged.iter().copied()),
            "{acknowledged:?}, found {:?}",
            numbers.collect::<Vec<_>>()
        );
        let report = host.control()?.swap("guest", CANDIDATE)?;
        ensure!(report.outcome() == if serves == NEW { "unchanged" } else { "committed" }, "{report:?}");
        append(&mut client, "a", 7)?;
        ensure!(version(&mut client)?.0 == NEW);
        let latest = host.history("guest")?.remove(0).committed()?;
        ensure!(latest.0["to"]["version"] == NEW, "the history does not tell of it: {latest:?}");
        Ok(())
    }
}

/// What came of the swaps, and how often.
#[derive(Debug, Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    /// Otherwise the sizes that were tried are not those at which something happens.
    fn has(&self, outcomes: &[&str]) -> TestResult {
        ensure!(outcomes.iter().all(|outcome| self.0.contains_key(*outcome)), "not {outcomes:?}: {:?}", self.0);
        Ok(())
    }
}

/// Remembers which were acknowledged. Of the others nothing may be there.
fn append_what_fits(
    client: &mut Client,
    numbers: impl Iterator<Item = i64>,
    acknowledged: &mut Vec<i64>,
) -> TestResult {
    for number in numbers {
        let answer = client.call("append", json!({ "client": "a", "number": number }))?;
        match answer.structured() {
            Ok(_) => acknowledged.push(number),
            Err(_) => drop(answer.tool_error()?),
        }
    }
    Ok(())
}

fn outcome(report: &Report) -> anyhow::Result<String> {
    if report.outcome() == "committed" {
        return Ok("committed".to_owned());
    }
    let code = report.0["outcome"]["code"].as_str().with_context(|| format!("neither done nor refused: {report:?}"))?;
    ensure!(["disk-full", "storage", "not-open"].contains(&code), "refused for another reason: {report:?}");
    Ok(code.to_owned())
}

/// The name under which a component is kept.
fn digest_of(component: &str) -> std::io::Result<String> {
    Ok(mainstay::model::Digest::of(&fs::read(component)?).to_string())
}
