//! An entry sees one moment and its own random bytes, and a second attempt sees the same.

use std::time::{SystemTime, UNIX_EPOCH};

use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving};

#[test]
fn time_stands_still_in_an_entry() -> TestResult {
    let mut client = serving(guests::CLOCK)?.client()?;
    let before = now()?;
    let seen = client.done("look", json!({}))?;
    assert_eq!((&seen["now"][0], &seen["took"]), (&seen["now"][1], &json!(0)));
    let moment = seen["now"][0].as_u64().unwrap_or_default();
    assert!((before..=now()?).contains(&moment), "it is the time at which the entry began");
    Ok(())
}

#[test]
fn time_goes_on_between_entries() -> TestResult {
    let mut client = serving(guests::CLOCK)?.client()?;
    let first = client.done("look", json!({}))?;
    // The guest works for some milliseconds each time.
    let second = client.done("look", json!({}))?;
    assert!(first["now"][0].as_u64() < second["now"][0].as_u64(), "{first} {second}");
    Ok(())
}

#[test]
fn random_bytes_differ_within_an_entry_between_entries_and_between_starts() -> TestResult {
    let host = serving(guests::CLOCK)?;
    let mut draws = Vec::new();
    for _ in 0..2 {
        let mut client = host.client()?;
        for _ in 0..3 {
            let seen = client.done("look", json!({}))?;
            draws.extend([seen["random"][0].to_string(), seen["random"][1].to_string()]);
        }
        client.close()?;
    }
    let all = draws.len();
    draws.sort();
    draws.dedup();
    assert_eq!(draws.len(), all);
    Ok(())
}

#[test]
fn a_second_attempt_sees_the_same_moment_and_the_same_random_bytes() -> TestResult {
    let mut client = serving(guests::CLOCK)?.client()?;
    client.request("logging/setLevel", json!({ "level": "warning" }))?.result()?;
    client.done("age", json!({}))?;
    let answer = client.done("look_twice", json!({}))?;
    let attempts = [line(&mut client)?, line(&mut client)?];
    assert_eq!(attempts, [answer.clone(), answer]);
    Ok(())
}

/// What the guest logged next, as JSON.
fn line(client: &mut Client) -> anyhow::Result<Value> {
    let wanted = |message: &Value| message["params"]["data"].as_str().is_some_and(|data| data.starts_with('{'));
    let line = client.receive("a line of the log", wanted)?;
    Ok(serde_json::from_str(line["params"]["data"].as_str().unwrap_or_default())?)
}

fn now() -> anyhow::Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}
