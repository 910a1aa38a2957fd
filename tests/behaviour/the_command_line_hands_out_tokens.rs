//! Tokens for HTTP are made, listed and taken back with the command line, whether a host is running or not.

use std::fs;
use std::process::Output;

use anyhow::Context as _;
use mainstay_tests::{Host, guests};
use serde_json::Value;

use crate::{PROGRAM, TestResult};

#[test]
fn a_token_is_shown_once_and_only_a_hash_of_it_is_kept() -> TestResult {
    let host = PROGRAM.host(guests::ECHO)?;
    let made = host.run(&["token", "create", "--name", "laptop", "--role", "operator"])?;
    assert_eq!(made.status.code(), Some(0), "{}", words(&made));
    let token = String::from_utf8(made.stdout.clone())?;
    let token = token.strip_suffix('\n').context("a line")?;
    assert!(token.starts_with("mst_") && token.len() == 71 && !token.contains(char::is_whitespace), "{token}");
    let id = &token[4..12];
    let told = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(told.contains(&format!("token {id} (\"laptop\", operator) is good until 20")), "{told}");
    assert!(!told.contains(token), "it is not repeated");
    let listed = words(&host.run(&["token", "list"])?);
    assert!(listed.contains(id) && listed.contains("laptop") && listed.contains("good"), "{listed}");
    let secret = &token[13..40];
    for file in fs::read_dir(host.dir())? {
        let path = file?.path();
        let bytes = if path.is_file() { fs::read(&path)? } else { Vec::new() };
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} has the token", path.display());
    }
    assert!(!listed.contains(secret));
    Ok(())
}

#[test]
fn tokens_are_made_and_taken_back_while_a_host_runs() -> TestResult {
    let host = PROGRAM.host(guests::ECHO)?;
    let mut client = host.client()?;
    // From here on the process is the host.
    client.done("echo", serde_json::json!({ "message": "hello" }))?;
    let made =
        json(&host.run(&["token", "create", "--name", "a", "--role", "user", "--expires", "never", "--json"])?)?;
    assert_eq!((&made["role"], &made["expires_at"]), (&"user".into(), &Value::Null));
    let id = made["id"].as_str().context("an id")?;
    client.done("echo", serde_json::json!({ "message": "hello" }))?;
    let revoked = host.run(&["token", "revoke", id])?;
    assert!(words(&revoked).contains("was revoked"), "{}", words(&revoked));
    let again = host.run(&["token", "revoke", made["token"].as_str().context("a token")?])?;
    assert_eq!(again.status.code(), Some(0));
    assert!(words(&again).contains("had been revoked already"), "{}", words(&again));
    let listed = json(&host.run(&["token", "list", "--json"])?)?;
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&made["id"], &"revoked".into()));
    assert!(listed[0].get("token").is_none() && listed[0].get("hash").is_none(), "{listed}");
    client.done("echo", serde_json::json!({ "message": "hello" }))?;
    Ok(())
}

#[test]
fn every_token_is_in_the_audit_log() -> TestResult {
    let host = PROGRAM.host(guests::ECHO)?;
    let made = json(&host.run(&["token", "create", "--name", "a", "--role", "user", "--json"])?)?;
    let id = made["id"].as_str().context("an id")?;
    host.run(&["token", "revoke", id])?;
    host.run(&["token", "revoke", "nobody"])?;
    let rows = json(&host.run(&["history", "--audit", "--json"])?)?;
    let rows = rows.as_array().context("rows")?;
    let said: Vec<_> = rows.iter().map(|row| (&row["action"], &row["arguments"]["id"], &row["outcome"])).collect();
    let is = |action: &str, id: &str, outcome: &str| (action.into(), id.into(), outcome.into());
    let expected: [(Value, Value, Value); 3] =
        [is("token_revoke", "nobody", "failed"), is("token_revoke", id, "done"), is("token_create", id, "done")];
    assert_eq!(said, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    assert!(!Value::from(rows.clone()).to_string().contains(made["token"].as_str().context("a token")?));
    Ok(())
}

#[test]
fn what_is_wrong_is_said() -> TestResult {
    let host = PROGRAM.host(guests::ECHO)?;
    for (arguments, said) in [
        (&["create", "--role", "user"][..], "--name"),
        (&["create", "--name", "a"], "--role"),
        (&["create", "--name", "a", "--role", "admin"], "a role is operator or user"),
        (&["create", "--name", " ", "--role", "user"], "say in 1 to 100 letters what it is for"),
        (&["create", "--name", "a", "--role", "user", "--expires", "soon"], "such as 30d or 12h"),
        (&["create", "--name", "a", "--role", "user", "--expires", "2020-01-01"], "is over"),
        (&["revoke", "nobody"], "there is no token nobody"),
        (&["revoke", "mst_aaaaaaaa_secretsecret"], "there is no token aaaaaaaa:"),
    ] {
        let ended = refused(&host, arguments)?;
        assert!(ended.contains(said), "{arguments:?}: {ended}");
        assert!(!ended.contains("secretsecret"), "{ended}");
    }
    let none = words(&host.run(&["token", "list"])?);
    assert!(none.contains("there are no tokens"), "{none}");
    Ok(())
}

fn refused(host: &Host, arguments: &[&str]) -> anyhow::Result<String> {
    let ended = host.run(&[&["token"], arguments].concat())?;
    assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {}", words(&ended));
    assert!(ended.stdout.is_empty(), "standard output is for data");
    Ok(words(&ended))
}

fn words(ended: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}

fn json(ended: &Output) -> anyhow::Result<Value> {
    anyhow::ensure!(ended.status.success(), "{}", words(ended));
    Ok(serde_json::from_slice(&ended.stdout)?)
}
