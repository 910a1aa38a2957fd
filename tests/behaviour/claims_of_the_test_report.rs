//! What the report of the tests claims, as far as no other chapter tells it: nothing is left to do or left out, nothing
//! stays open, and neither many tasks nor many restarts make a difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;
use mainstay_tests::relay::{append, rows};
use mainstay_tests::{Client, guests};
use rusqlite::types::Value as Column;
use serde_json::json;

use crate::tidy::sources;
use crate::{PROGRAM, TestResult, mark, marks, serving, until};

/// As many restarts as a test likes.
const UNLIMITED: &str = "[reboot]\nrestarts_per_minute = 0\nstatus_per_minute = 0\n";
/// The report has more than a hundred.
const TASKS: usize = 200;
/// Calls queue for a shorter time than this while a restart takes place, in milliseconds, however many tasks are kept.
const PAUSE_MS: f64 = 1_000.0;

#[test]
fn claim_3_2_and_3_3_nothing_is_left_to_do_and_no_test_is_left_out() -> TestResult {
    let left_to_do = ["TODO", "FIXME", "todo!(", "unimplemented!("];
    let (mut tests, this) = (0, "tests/behaviour/claims_of_the_test_report.rs");
    for source in sources(&["host", "plugins", "tests"])?.into_iter().filter(|source| source.name != this) {
        for (number, line) in (1..).zip(source.text.lines()) {
            ensure!(!left_to_do.iter().any(|word| line.contains(word)), "{}:{number}: {line}", source.name);
            let line = line.trim();
            ensure!(!line.starts_with("#[ignore"), "{}:{number} leaves a test out", source.name);
            tests += usize::from(line == "#[test]" || line.starts_with("#[tokio::test"));
        }
    }
    ensure!(tests > 500, "only {tests} tests are found");
    Ok(())
}

#[test]
fn claim_3_11_a_host_that_ends_leaves_no_socket_no_lock_and_nothing_that_piles_up() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings(UNLIMITED)?;
    let mut left: Option<Vec<String>> = None;
    for (number, end) in (1..).zip([Client::close, Client::terminate, Client::close]) {
        let mut client = host.client()?;
        append(&mut client, "a", number)?;
        client.reboot("restart_server", json!({}))?;
        // It listens a moment after its first call.
        host.control()?;
        end(client)?;
        let found = files(host.dir())?;
        ensure!(!found.iter().any(|name| name.ends_with(".sock")), "{found:?}");
        ensure!(left.as_ref().is_none_or(|left| *left == found), "{left:?}, and then {found:?}");
        left = Some(found);
    }
    let database = rusqlite::Connection::open(host.database())?;
    let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(sound == "ok", "{sound}");
    ensure!(rows(&mut host.client()?)?.len() == 3, "another host has it all");
    Ok(())
}

#[test]
fn claim_3_17_after_a_restart_the_database_is_as_open_as_before() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(&format!("{UNLIMITED}[mailbox]\nreaders = 3\n"))?;
    let mut client = host.client()?;
    let connections = |client: &mut Client| {
        let prepared = client.reboot("shutdown_prepare", json!({}))?;
        Ok::<_, anyhow::Error>(prepared["checks"]["database"]["connections_open"].as_u64())
    };
    mark(&mut client, "before")?;
    let before = connections(&mut client)?;
    ensure!(before > Some(0), "{before:?}");
    for graceful in [true, false] {
        client.reboot("restart_server", json!({ "graceful": graceful }))?;
        let after = connections(&mut client)?;
        ensure!(after == before, "{before:?} connections, {after:?} after a restart");
    }
    mark(&mut client, "after")?;
    let health = client.reboot("health_check", json!({}))?;
    ensure!(health["checks"]["database"]["status"] == "operational", "{health}");
    assert_eq!(marks(&mut client)?, ["before", "after"]);
    Ok(())
}

#[test]
fn claim_3_26_two_hundred_tasks_are_the_same_after_a_restart_that_is_over_soon() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let mut client = host.client()?;
    client.done("orchestrator_initialize_session", json!({ "working_directory": "/workspace" }))?;
    let part = |number: usize| {
        let before: Vec<_> = (1..number).rev().take(2).map(|number| format!("part-{number}")).collect();
        json!({ "task_id": format!("part-{number}"), "title": format!("Part {number}"), "description": "Do it.",
                "specialist_type": "implementer", "dependencies": before })
    };
    let parts: Vec<_> = (1..=TASKS).map(part).collect();
    let plan = json!({ "task_id": "all", "title": "All", "description": "All parts.", "subtasks": parts });
    client.done("orchestrator_plan_task", plan)?;
    client.done("orchestrator_execute_task", json!({ "task_id": "part-1" }))?;
    let file = host.database_of("orchestrator");
    let before = tables(&file)?;
    let answer = client.reboot("restart_server", json!({}))?;
    ensure!(tables(&file)? == before, "something has changed");
    let tasks = before.iter().find(|(name, _)| name == "task").map(|(_, rows)| rows.len());
    ensure!(tasks == Some(TASKS + 1), "{tasks:?}");
    ensure!(answer["pause_ms"].as_f64().is_some_and(|pause| pause < PAUSE_MS), "{answer}");
    let work = json!({ "task_id": "part-1", "summary": "Done.", "detailed_work": "All.", "next_action": "complete" });
    client.done("orchestrator_complete_task", work).map(drop)
}

#[cfg(target_os = "linux")]
#[test]
fn claim_3_28_many_restarts_leave_no_file_no_thread_and_no_memory_behind() -> TestResult {
    const ENOUGH: usize = 20;
    const MANY: usize = 200;
    /// Threads that work for many come and go, and SQLite closes a file only when nobody in the process has locked it.
    const SPARE: usize = 4;
    /// An instance and its connections are more than a tenth of a MiB, so less could not be kept of each.
    const MIB: usize = 20;
    let host = serving(guests::RELAY)?.with_settings(UNLIMITED)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let process = PathBuf::from(format!("/proc/{}", client.process()));
    let count = |folder: &str| Ok::<_, anyhow::Error>(fs::read_dir(process.join(folder))?.count());
    restart(&mut client, ENOUGH)?;
    let before = (count("fd")?, count("task")?, resident_kib(&process)?);
    restart(&mut client, MANY)?;
    // What is done after a restart, such as a snapshot, has a file open for a moment.
    until("no more files are open", || Ok(count("fd")? <= before.0 + SPARE))?;
    until("no more threads run", || Ok(count("task")? <= before.1 + SPARE))?;
    let after = resident_kib(&process)?;
    ensure!(after < before.2 + MIB * 1024, "{} KiB, {after} KiB after {MANY} restarts", before.2);
    ensure!(host.status("guest")?["serving"]["generation"] == ENOUGH + MANY + 1, "each began anew");
    ensure!(rows(&mut client)?.len() == 1, "nothing is lost");
    Ok(())
}

#[test]
fn claim_3_29_a_component_that_hangs_does_not_hold_up_the_answer() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(&format!("{UNLIMITED}[entry]\ndeadline_ms = 600000\n"))?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let hanging = client.begin_watched_call("loop", json!({}), "hanging")?;
    client.hear("notifications/progress")?;
    let began = Instant::now();
    let failed = client.reboot_fails("restart_server", json!({ "timeout": 10 }), "TIMEOUT_EXCEEDED")?;
    let took = began.elapsed();
    ensure!(took < Duration::from_secs(12), "it took {took:?}: {failed}");
    ensure!(host.status("guest")?["serving"]["generation"] == 1, "nothing is changed");
    // The one that waited is in nobody's way: what it waited for is stopped.
    client.reboot("restart_server", json!({ "graceful": false, "timeout": 10 }))?;
    assert_eq!(client.answer(hanging)?.tool_error()?.code, "interrupted");
    until("the first is abandoned", || Ok(host.history("guest")?[1].refused("timeout").is_ok()))?;
    assert_eq!(marks(&mut client)?, ["before"]);
    Ok(())
}

#[cfg(target_os = "linux")]
fn restart(client: &mut Client, times: usize) -> TestResult {
    for _ in 0..times {
        let restarted = client.call("orchestrator_restart_server", json!({}))?;
        restarted.structured()?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn resident_kib(process: &Path) -> anyhow::Result<usize> {
    let status = fs::read_to_string(process.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The names of all files in a folder and below it, in order.
fn files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path.to_string_lossy().into_owned()),
        }
    }
    found.sort();
    Ok(found)
}

/// A table's name, and its rows.
type Table = (String, Vec<Vec<Column>>);

/// All tables of a plugin's file that are the plugin's.
fn tables(file: &Path) -> anyhow::Result<Vec<Table>> {
    let database = rusqlite::Connection::open(file)?;
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 1) <> '_' ORDER BY name";
    let mut names = database.prepare(names)?;
    let names = names.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    names.into_iter().map(|name| Ok((name.clone(), all_of(&database, &name)?))).collect()
}

fn all_of(database: &rusqlite::Connection, table: &str) -> anyhow::Result<Vec<Vec<Column>>> {
    let mut select = database.prepare(&format!("SELECT * FROM \"{table}\""))?;
    let columns = select.column_count();
    let rows = select.query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?;
    Ok(rows.collect::<Result<_, _>>()?)
}
