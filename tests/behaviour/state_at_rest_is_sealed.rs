//! What is kept of a plugin's working state and of calls that wait can be neither read nor changed without the key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use mainstay::seal::{KeyId, Keyring};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving};

const SECRET: &str = "correct horse battery staple";

#[test]
fn claim_1_35_values_are_not_to_be_found_on_disk() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "a key in the clear", SECRET)?;
    // While it runs, and after it was killed and another one has read it.
    assert_eq!(files_with(&host, SECRET)?, Vec::<String>::new());
    assert!(!files_with(&host, "a key in the clear")?.is_empty(), "the test looks in the wrong place");
    client.kill()?;
    let mut client = host.client()?;
    assert_eq!(kept(&mut client, "a key in the clear")?, SECRET);
    client.close()?;
    assert_eq!(files_with(&host, SECRET)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn what_a_call_waits_with_is_not_to_be_found_on_disk() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    let asked = client.call("ask", json!({ "question": SECRET }))?.result()?.clone();
    assert_eq!(asked["inputRequests"]["form"]["params"]["message"], SECRET);
    assert_eq!(files_with(&host, SECRET)?, Vec::<String>::new());
    client.close()?;
    assert_eq!(files_with(&host, SECRET)?, Vec::<String>::new());
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    let answers = json!({
        "name": "ask",
        "arguments": { "question": SECRET },
        "inputResponses": { "form": { "action": "accept", "content": { "name": "Ada" } } },
        "requestState": asked["requestState"],
    });
    let answer = client.request("tools/call", answers)?.structured()?;
    assert_eq!(answer["heard"], json!(["form: accepted Ada"]));
    Ok(())
}

#[test]
fn claim_1_36_key_and_data_are_the_owners_alone() -> TestResult {
    let host = PROGRAM.cold_host(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "k", "v")?;
    let mode = |path: &Path| anyhow::Ok(fs::metadata(path)?.permissions().mode() & 0o777);
    assert_eq!(mode(&host.dir().join("slots"))?, 0o700);
    for file in ["key", "host.sqlite", "slots/guest.sqlite"] {
        assert_eq!(mode(&host.dir().join(file))?, 0o600, "{file}");
    }
    Ok(())
}

#[test]
fn a_key_file_of_ones_own_is_used_and_no_other_is_made() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("keys");
    let host = PROGRAM.cold_host(guests::KEEPER)?.with_key_file(file.clone());
    let mut client = host.client()?;
    let said = refused(&mut client)?;
    ensure!(said.contains("MAINSTAY_KEY_FILE") && said.contains("keys"), "{said}");
    put(&file, &format!("{}\n", "ab".repeat(32)), 0o644)?;
    let said = refused(&mut client)?;
    ensure!(said.contains("chmod 600"), "{said}");
    put(&file, &format!("{}\n", "ab".repeat(32)), 0o600)?;
    keep(&mut client, "k", SECRET)?;
    ensure!(!host.dir().join("key").exists(), "another key was made");
    client.close()?;
    // A new key in front: the old one opens what it sealed.
    put(&file, &format!("{}\n{}\n", "cd".repeat(32), "ab".repeat(32)), 0o600)?;
    let mut client = host.client()?;
    assert_eq!(kept(&mut client, "k")?, SECRET);
    Ok(())
}

#[test]
fn without_its_key_a_slot_does_not_start_and_says_which_one_is_missing() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "k", SECRET)?;
    client.close()?;
    let path = host.dir().join("key");
    let (right, before) = (fs::read(&path)?, sealed(&host, "k")?);
    let id = KeyId::of(Keyring::read(&right)?.0.newest()).to_string();

    fs::write(&path, [200; 32])?;
    let mut client = host.client()?;
    let said = refused(&mut client)?;
    ensure!(said.contains(&id), "{id} is not named: {said}");
    client.close()?;
    assert_eq!(fs::read(&path)?, [200; 32]);
    assert_eq!(sealed(&host, "k")?, before, "nothing was sealed anew");
    assert_eq!(sealed(&host, "other")?, None);

    fs::write(&path, &right)?;
    let mut client = host.client()?;
    assert_eq!(kept(&mut client, "k")?, SECRET);
    Ok(())
}

#[test]
fn claim_3_7_a_value_that_is_damaged_while_it_serves_is_never_taken_for_none() -> TestResult {
    let host = serving(guests::KEEPER)?;
    let mut client = host.client()?;
    keep(&mut client, "k", SECRET)?;
    let database = rusqlite::Connection::open(host.database())?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let damaged =
        "UPDATE _mainstay_state SET value = CAST(substr(value, 1, length(value) - 1) || x'00' AS BLOB) WHERE key = 'k'";
    assert_eq!(database.execute(damaged, [])?, 1);
    let before = sealed(&host, "k")?;
    // It takes a value that cannot be read for one that is not there, and would write another.
    let answer = client.call("keep_if_unknown", json!({ "key": "k", "word": "overwritten" }))?;
    let error = answer.tool_error().context("the entry was kept")?;
    assert_eq!(error.code, "state-corruption", "{}", error.text);
    let after = sealed(&host, "k")?;
    ensure!(after == before || after.is_none(), "it was written over, and not only put back to a snapshot");
    Ok(())
}

#[test]
fn a_call_that_waits_and_was_damaged_does_not_go_on() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    let asked = client.call("ask", json!({ "question": "Who?" }))?.result()?.clone();
    let database = rusqlite::Connection::open(host.database())?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let exchange = |from: &str, to: &str| {
        database.execute(&format!("UPDATE _mainstay_waits SET {to} = {from}"), []).map(|changed| assert_eq!(changed, 1))
    };
    database.execute("CREATE TABLE aside AS SELECT continuation FROM _mainstay_waits", [])?;
    exchange("call", "continuation")?;
    let answers = json!({
        "name": "ask",
        "arguments": { "question": "Who?" },
        "inputResponses": { "form": { "action": "accept", "content": { "name": "Ada" } } },
        "requestState": asked["requestState"],
    });
    let error = client.request("tools/call", answers.clone())?.tool_error()?;
    assert_eq!(error.code, "state-corruption", "{}", error.text);
    ensure!(error.text.contains("the continuation of a call that waits"), "{}", error.text);
    // Nothing was lost by trying, and nothing else was harmed.
    exchange("(SELECT continuation FROM aside)", "continuation")?;
    let answer = client.request("tools/call", answers)?.structured()?;
    assert_eq!(answer["heard"], json!(["form: accepted Ada"]));
    Ok(())
}

fn keep(client: &mut Client, key: &str, value: &str) -> TestResult {
    client.done("keep", json!({ "key": key, "word": value })).map(drop)
}

fn kept(client: &mut Client, key: &str) -> anyhow::Result<Value> {
    Ok(client.done("kept", json!({}))?["words"][key].clone())
}

/// A value as it is on disk.
fn sealed(host: &Host, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let database = rusqlite::Connection::open(host.database())?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let mut select = database.prepare("SELECT value FROM _mainstay_state WHERE key = ?1")?;
    let mut values = select.query([key])?;
    Ok(values.next()?.map(|row| row.get(0)).transpose()?)
}

/// Why nothing can be kept.
fn refused(client: &mut Client) -> anyhow::Result<String> {
    let answer = client.call("keep", json!({ "key": "other", "word": "other" }))?;
    match answer.tool_error() {
        Ok(error) => Ok(error.text),
        // There is no tool while nothing can be loaded.
        Err(_) => answer.error().map(|(_, message)| message),
    }
}

fn put(file: &Path, text: &str, mode: u32) -> TestResult {
    fs::write(file, text)?;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(mode))?)
}

/// The files of the data directory, whatever is in its folders too, that have these bytes in them.
fn files_with(host: &Host, text: &str) -> anyhow::Result<Vec<String>> {
    let (mut folders, mut found) = (vec![host.dir().to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() && fs::read(&path)?.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    Ok(found)
}
