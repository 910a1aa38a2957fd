//! What the settings schedule is done at its time, while the host runs, and made up for when it did not.

use std::fs;
use std::path::PathBuf;

use mainstay_tests::relay::{append, are, rows};
use mainstay_tests::{Host, guests};
use rusqlite::Connection;

use crate::{TestResult, serving, until};

#[test]
fn claim_0_34_a_restart_happens_at_its_time_and_is_in_the_history() -> TestResult {
    let host = scheduled("[[schedule]]\ncron = \"* * * * * *\"\naction = \"restart\"\nreason = \"a test\"\n")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let ours = |host: &Host| {
        let history = host.history("guest")?;
        anyhow::Ok(history.into_iter().find(|swap| swap.0["origin"]["kind"] == "schedule"))
    };
    until("the slot is restarted", || Ok(ours(&host)?.is_some()))?;
    let restart = ours(&host)?.expect("it is there").committed()?;
    assert_eq!((&restart.0["restart"], &restart.0["from"]["version"]), (&true.into(), &restart.0["to"]["version"]));
    append(&mut client, "a", 2)?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 2, "1.0.0")]));
    let noted = "SELECT count(*) FROM audit WHERE action = 'scheduled restart' AND outcome = 'done'
        AND entry ->> '$.reason' = 'a test' AND entry ->> '$.swaps[0]' = ?1";
    until("it is in the audit log", || {
        let database = Connection::open(host.dir().join("host.sqlite"))?;
        Ok(database.query_row(noted, [restart.id()], |row| row.get::<_, u32>(0))? == 1)
    })
}

#[test]
fn backups_are_made_at_their_time_and_the_oldest_go() -> TestResult {
    let host = scheduled("[backup]\nkeep = 2\n[[schedule]]\ncron = \"* * * * * *\"\naction = \"backup\"\n")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    until("there are backups", || Ok(backups(&host, "guest-")?.len() == 2 && !backups(&host, "_host-")?.is_empty()))?;
    let first = backups(&host, "guest-")?;
    until("others have taken their place", || {
        let now = backups(&host, "guest-")?;
        anyhow::ensure!(now.len() <= 3, "there are too many: {now:?}");
        Ok(now.iter().all(|backup| !first.contains(backup)))
    })?;
    client.close()?;
    let newest = backups(&host, "guest-")?.pop().expect("there is one");
    let database = Connection::open(newest)?;
    assert_eq!(database.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?, "ok");
    assert_eq!(database.query_row("SELECT count(*) FROM appended", [], |row| row.get::<_, u32>(0))?, 1);
    Ok(())
}

#[test]
fn a_backup_for_which_no_host_was_running_is_made_once_one_is() -> TestResult {
    let host = scheduled("[[schedule]]\ncron = \"0 0 * * *\"\naction = \"backup\"\nslot = \"guest\"\n")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let database = host.dir().join("host.sqlite");
    let seen_to = || {
        let database = Connection::open(&database)?;
        let mut select = database.prepare("SELECT seen_to FROM schedule_run")?;
        let rows = select.query_map([], |row| row.get::<_, u64>(0))?;
        anyhow::Ok(rows.collect::<Result<Vec<_>, _>>()?)
    };
    until("the schedule is known", || Ok(seen_to()?.len() == 1))?;
    client.close()?;
    // As if the host had not been running for two days.
    Connection::open(&database)?.execute("UPDATE schedule_run SET seen_to = seen_to - 2 * 86400000", [])?;
    let before = seen_to()?[0];
    let mut client = host.client()?;
    append(&mut client, "a", 2)?;
    until("the backup is made", || Ok(backups(&host, "guest-")?.len() == 1))?;
    assert!(seen_to()?[0] > before + 86_400_000);
    client.close()?;
    Ok(())
}

#[test]
fn a_schedule_that_is_written_while_the_host_runs_is_seen_to() -> TestResult {
    let host = scheduled("")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let slot = "[[schedule]]\ncron = \"* * * * * *\"\naction = \"snapshot\"\nslot = ";
    let host = host.with_settings(&format!("{slot}\"guest\"\n{slot}\"nobody\"\n"))?;
    let outcomes = |outcome: &str, words: &str| {
        let database = Connection::open(host.dir().join("host.sqlite"))?;
        let select = "SELECT count(*) FROM audit WHERE action = 'scheduled snapshot' AND outcome = ?1
            AND instr(entry ->> '$.arguments', ?2)";
        anyhow::Ok(database.query_row(select, [outcome, words], |row| row.get::<_, u32>(0))?)
    };
    until("a snapshot is taken", || Ok(outcomes("done", "guest")? > 0))?;
    until("what cannot be done is written down", || Ok(outcomes("failed", "nobody")? > 0))?;
    append(&mut client, "a", 2)?;
    Ok(())
}

fn scheduled(settings: &str) -> anyhow::Result<Host> {
    serving(guests::RELAY)?.with_settings(settings)
}

/// The files of that beginning, oldest first.
fn backups(host: &Host, of: &str) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(host.dir().join("backups")) else { return Ok(Vec::new()) };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    let ours = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(of));
    let mut paths: Vec<_> = paths.into_iter().filter(ours).collect();
    paths.sort();
    Ok(paths)
}
