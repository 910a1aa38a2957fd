//! What a plugin keeps is kept twice: when the state itself is damaged, the newest snapshot takes its place, and what was
//! lost is said.

use std::fs;
use std::process::Output;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving, until};

#[test]
fn claim_1_8_each_version_that_takes_over_leaves_a_snapshot_and_the_oldest_go() -> TestResult {
    let host = PROGRAM.host(guests::KEEPER)?.with_settings("[snapshot]\nkeep = 3\n")?;
    let mut client = host.client()?;
    keep(&mut client, "a", "one", false)?;
    for generation in 2..=5 {
        swap(&host, &format!("remark {generation}"))?;
        until("the newest snapshot is of the new version", || Ok(generations(&host)?.first() == Some(&generation)))?;
    }
    assert_eq!(generations(&host)?, [5, 4, 3]);
    let listed = list(&host)?;
    assert!(listed.iter().all(|one| one["opens"] == true && one["snapshot"]["entries"] == 1), "{listed:?}");
    assert!(listed.iter().all(|one| one["snapshot"]["why"] == "swap" && one["slot"] == "guest"), "{listed:?}");
    let table = said(&host, &["snapshot", "list"])?;
    assert!(table.contains("generation") && table.contains("yes"), "{table}");

    // One that is asked for, and again of the same state.
    keep(&mut client, "b", "two", false)?;
    let taken: Value = serde_json::from_str(&said(&host, &["snapshot", "take", "guest", "--json"])?)?;
    assert_eq!((&taken["unchanged"], &taken["snapshot"]["entries"]), (&json!(false), &json!(2)));
    let again: Value = serde_json::from_str(&said(&host, &["snapshot", "take", "guest", "--json"])?)?;
    assert_eq!((&again["unchanged"], &again["snapshot"]), (&json!(true), &taken["snapshot"]));
    assert_eq!(generations(&host)?, [5, 5, 4]);
    assert!(said(&host, &["snapshot", "prune", "--keep", "1"])?.starts_with("2 "));
    assert_eq!(generations(&host)?, [5]);
    // And with no host running.
    client.kill()?;
    let alone: Value = serde_json::from_str(&said(&host, &["snapshot", "take", "guest", "--json"])?)?;
    assert_eq!((&alone["unchanged"], &alone["snapshot"]), (&json!(true), &taken["snapshot"]));
    Ok(())
}

#[test]
fn claim_1_37_what_is_secret_is_not_shown_and_not_exported() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "open", "for everybody", false)?;
    keep(&mut client, "password", "hunter2", true)?;
    // The mark stays when the key is written again.
    keep(&mut client, "password", "hunter3", false)?;
    let id = take(&host)?;
    for arguments in [&["snapshot", "show", &id, "--values"][..], &["snapshot", "show", &id, "--values", "--json"]] {
        let shown = said(&host, arguments)?;
        assert!(shown.contains("for everybody") && shown.contains("password"), "{shown}");
        assert!(!shown.contains("hunter"), "{shown}");
    }
    let shown = said(&host, &["snapshot", "show", &id])?;
    assert!(shown.contains("2, 1 of them secret") && !shown.contains("password"), "{shown}");

    let file = host.dir().join("exported.json");
    let path = file.to_str().context("a path")?;
    let told = said(&host, &["snapshot", "export", &id, path])?;
    assert!(told.starts_with("1 keys") && told.contains("1 secret ones left out"), "{told}");
    let exported: Value = serde_json::from_slice(&fs::read(&file)?)?;
    assert_eq!(exported["content"]["entries"].as_array().map(Vec::len), Some(1), "{exported}");
    assert_eq!(exported["content"]["entries"][0]["key"], "open");
    assert_eq!(exported["snapshot"]["secret_entries"], 1);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file)?.permissions()) & 0o777, 0o600);
    let before = fs::read(&file)?;
    let again = host.run(&["snapshot", "export", &id, path])?;
    assert_eq!((again.status.code(), fs::read(&file)?), (Some(2), before));
    Ok(())
}

#[test]
fn claim_1_26_and_3_16_a_snapshot_is_put_back_when_no_host_runs() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "old", true)?;
    let old = take(&host)?;
    keep(&mut client, "a", "new", false)?;
    keep(&mut client, "b", "newer", false)?;
    let refused = host.run(&["snapshot", "restore", "guest", &old])?;
    assert_eq!(refused.status.code(), Some(5), "a host runs");
    client.kill()?;
    let restored: Value = serde_json::from_str(&said(&host, &["snapshot", "restore", "guest", &old, "--json"])?)?;
    assert_eq!(restored["snapshot"]["id"], *old);
    let lost = restored["lost"].as_str().context("what was lost")?;
    assert!(lost.contains("keys written since") && lost.contains(&old) && lost.contains("1 entries"), "{lost}");
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "old" }));
    client.kill()?;
    // What was there before can be had again.
    let before = restored["before"]["id"].as_str().context("the state before")?;
    said(&host, &["snapshot", "restore", "guest", before])?;
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "new", "b": "newer" }));
    let newest = take(&host)?;
    let shown = said(&host, &["snapshot", "show", &newest])?;
    assert!(shown.contains("2, 1 of them secret"), "the marks are kept: {shown}");
    Ok(())
}

#[test]
fn what_a_plugin_read_at_its_start_is_given_up_too() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "old", false)?;
    client.reboot("restart_server", json!({ "reason": "error_recovery" }))?;
    assert_eq!(client.done("kept", json!({}))?["at_start"], "old");
    client.close()?;
    let mut client = host.client()?;
    client.reboot("restart_server", json!({ "preserve_state": false }))?;
    assert_eq!(client.done("kept", json!({}))?["at_start"], json!(null), "no instance saw what was given up");
    assert_eq!(words(&mut client)?, json!({}));
    Ok(())
}

#[test]
fn what_is_damaged_while_it_serves_is_restored_though_it_is_read_at_the_start() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "old", false)?;
    take(&host)?;
    let database = rusqlite::Connection::open(host.database())?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let damage = "UPDATE _mainstay_state SET value = CAST(value || x'00' AS BLOB)";
    assert_eq!(database.execute(damage, [])?, 1);
    drop(database);
    assert_eq!(client.call("kept", json!({}))?.tool_error()?.code, "state-corruption");
    until("it is restored", || Ok(client.call("kept", json!({}))?.tool_error().is_err()))?;
    assert_eq!(words(&mut client)?, json!({ "a": "old" }));
    let generation = host.status("guest")?["serving"]["generation"].clone();
    assert_eq!(words(&mut client)?, json!({ "a": "old" }));
    assert_eq!(host.status("guest")?["serving"]["generation"], generation, "once");
    Ok(())
}

#[test]
fn what_there_is_not_is_said() -> TestResult {
    let host = PROGRAM.cold_host(guests::KEEPER)?;
    assert!(said(&host, &["snapshot", "list"])?.contains("there are no snapshots"));
    assert_eq!(host.run(&["snapshot", "show", "nothing"])?.status.code(), Some(2));
    assert_eq!(host.run(&["snapshot", "take", "nobody"])?.status.code(), Some(2));
    assert_eq!(host.run(&["snapshot", "take", "guest"])?.status.code(), Some(5));
    assert_eq!(host.run(&["snapshot", "delete", "nothing"])?.status.code(), Some(2));
    assert_eq!(host.run(&["snapshot", "prune", "--keep", "0"])?.status.code(), Some(2));
    Ok(())
}

#[test]
fn another_key_opens_all_snapshots_there_are() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "one", true)?;
    let id = take(&host)?;
    assert_eq!(host.run(&["snapshot", "rotate-key"])?.status.code(), Some(5), "a host runs");
    client.kill()?;
    let key = fs::read(host.dir().join("key"))?;
    let rotated: Value = serde_json::from_str(&said(&host, &["snapshot", "rotate-key", "--json"])?)?;
    assert!(rotated["values"].as_u64() >= Some(2), "{rotated}");
    let rotated = fs::read(host.dir().join("key"))?;
    assert!(rotated.len() == key.len() && rotated != key);
    assert!(said(&host, &["snapshot", "show", &id])?.contains(&id));
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "one" }));
    client.kill()?;
    // The old key opens nothing any more, and says so.
    fs::write(host.dir().join("key"), &key)?;
    let listed = list(&host)?;
    let problem = listed[0]["problem"].as_str().context("a problem")?;
    assert!(listed[0]["opens"] == false && problem.contains("was sealed with key"), "{listed:?}");
    Ok(())
}

#[test]
fn claim_3_24_damaged_state_is_replaced_by_the_newest_snapshot_that_opens() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "in both", false)?;
    let older = take(&host)?;
    keep(&mut client, "b", "in the newer", false)?;
    let newer = take(&host)?;
    keep(&mut client, "c", "in none", false)?;
    client.kill()?;
    damage(&host)?;
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "in both", "b": "in the newer" }));
    let told = host.history("guest")?.iter().map(|swap| swap.0.to_string()).collect::<String>();
    assert!(told.contains(&newer), "the history says what was restored: {told}");
    let generation = host.status("guest")?["serving"]["generation"].clone();
    assert_eq!(generation, 2, "with the state, the generation is another");
    until("what was restored has a snapshot", || Ok(generations(&host)?.first() == Some(&2)))?;
    client.kill()?;

    // The newest does not open either.
    spoil(&host, &format!("id <> '{older}'"))?;
    damage(&host)?;
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "in both" }));
    Ok(())
}

#[test]
fn without_a_snapshot_that_opens_a_slot_does_not_start_until_its_state_is_given_up() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "one", false)?;
    take(&host)?;
    client.kill()?;
    damage(&host)?;
    spoil(&host, "true")?;
    let mut client = host.client()?;
    let refused = client.call("kept", json!({}))?.tool_error()?.text;
    ensure!(refused.contains("preserve_state"), "it says what to do: {refused}");
    let listed = list(&host)?;
    assert!(listed.iter().all(|one| one["opens"] == false), "{listed:?}");
    // Still the same: nothing was thrown away.
    let refused = client.call("kept", json!({}))?.tool_error()?.text;
    ensure!(refused.contains("preserve_state"), "{refused}");
    client.reboot("restart_server", json!({ "preserve_state": false }))?;
    assert_eq!(words(&mut client)?, json!({}));
    keep(&mut client, "a", "two", false)?;
    client.kill()?;
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "two" }));
    Ok(())
}

#[test]
fn a_host_that_ends_keeps_what_changed_since() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    words(&mut client)?;
    until("there is a snapshot of the start", || Ok(!list(&host)?.is_empty()))?;
    keep(&mut client, "a", "one", false)?;
    client.close()?;
    let listed = list(&host)?;
    assert_eq!((&listed[0]["snapshot"]["why"], &listed[0]["snapshot"]["entries"]), (&json!("shutdown"), &json!(1)));
    // Nothing has changed since, so there is no other.
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "one" }));
    client.close()?;
    assert_eq!(list(&host)?, listed);
    Ok(())
}

#[test]
fn a_snapshot_that_does_not_open_is_removed_by_name() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a", "one", false)?;
    let id = take(&host)?;
    client.kill()?;
    said(&host, &["snapshot", "prune", "--keep", "1"])?;
    spoil(&host, "true")?;
    assert_eq!(host.run(&["snapshot", "show", &id])?.status.code(), Some(5));
    // What cannot be sealed with another key is not left behind unasked.
    let refused = host.run(&["snapshot", "rotate-key"])?;
    let why = String::from_utf8(refused.stderr)?;
    ensure!(refused.status.code() == Some(5) && why.contains(&id) && why.contains("snapshot delete"), "{why}");
    said(&host, &["snapshot", "delete", &id])?;
    assert_eq!(list(&host)?, [] as [Value; 0]);
    said(&host, &["snapshot", "rotate-key"])?;
    let mut client = host.client()?;
    assert_eq!(words(&mut client)?, json!({ "a": "one" }));
    Ok(())
}

fn keep(client: &mut Client, key: &str, word: &str, secret: bool) -> TestResult {
    client.done("keep", json!({ "key": key, "word": word, "secret": secret })).map(drop)
}

fn words(client: &mut Client) -> anyhow::Result<Value> {
    Ok(client.done("kept", json!({}))?["words"].clone())
}

/// The same plugin takes over from itself.
fn swap(host: &Host, remark: &str) -> TestResult {
    let file = host.dir().join("next.wasm");
    guests::with_a_remark(guests::KEEPER, remark, &file)?;
    host.swap("guest", file.to_str().context("a path")?, &[])?.committed().map(drop)
}

/// Takes a snapshot and says which.
fn take(host: &Host) -> anyhow::Result<String> {
    let taken: Value = serde_json::from_str(&said(host, &["snapshot", "take", "guest", "--json"])?)?;
    Ok(taken["snapshot"]["id"].as_str().context("an id")?.to_owned())
}

fn list(host: &Host) -> anyhow::Result<Vec<Value>> {
    Ok(serde_json::from_str(&said(host, &["snapshot", "list", "guest", "--json"])?)?)
}

fn generations(host: &Host) -> anyhow::Result<Vec<u64>> {
    Ok(list(host)?.iter().filter_map(|one| one["snapshot"]["generation"].as_u64()).collect())
}

/// What a command that goes well prints.
fn said(host: &Host, arguments: &[&str]) -> anyhow::Result<String> {
    let Output { status, stdout, stderr } = host.run(arguments)?;
    ensure!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    Ok(String::from_utf8(stdout)?)
}

/// Changes the last byte of each value that the plugin keeps. No host runs.
fn damage(host: &Host) -> TestResult {
    let changed = change(&host.database(), "_mainstay_state", "value", "true")?;
    ensure!(changed > 0, "there is nothing to damage");
    Ok(())
}

/// Changes the last byte of snapshots.
fn spoil(host: &Host, of: &str) -> TestResult {
    let changed = change(&host.dir().join("host.sqlite"), "snapshot", "sealed", of)?;
    ensure!(changed > 0, "there is nothing to spoil");
    Ok(())
}

fn change(file: &std::path::Path, table: &str, column: &str, of: &str) -> anyhow::Result<usize> {
    let database = rusqlite::Connection::open(file)?;
    // Twelve other bits: a tag ends in a byte, whatever it is.
    let other = format!("CASE hex(substr({column}, -1)) WHEN '00' THEN x'01' ELSE x'00' END");
    let cut = format!("substr({column}, 1, length({column}) - 1)");
    let update = format!("UPDATE {table} SET {column} = CAST({cut} || {other} AS BLOB) WHERE {of}");
    Ok(database.execute(&update, [])?)
}
