//! `orchestrator_rollback`: a client's model goes back to a version that served before.

use mainstay_tests::relay::{append, rows, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::json;

use crate::{TestResult, serving};

#[test]
fn the_version_before_serves_again() -> TestResult {
    let (host, mut client) = upgraded()?;
    let call = client.begin_watched_call(
        "orchestrator_rollback",
        json!({ "reason": "it was better", "timeout": 20 }),
        "back",
    )?;
    let answer = client.rebooted("rollback", call)?;
    assert_eq!(
        (&answer["phase"], &answer["restart_reason"], &answer["timeout"]),
        (&json!("complete"), &json!("it was better"), &json!(20))
    );
    assert_eq!((&answer["from"]["version"], &answer["to"]["version"]), (&json!("2.0.0"), &json!("1.0.0")));
    assert_eq!(answer["generation"], 3);
    assert_eq!(version(&mut client)?.0, "1.0.0");
    assert_eq!(rows(&mut client)?.len(), 1, "no data is undone");
    let told = client.unread()?;
    let progress: Vec<_> = told.iter().filter_map(|report| report["params"]["progress"].as_f64()).collect();
    assert_eq!(progress.last(), Some(&100.0));
    assert_eq!(host.history("guest")?[1].0["outcome"]["why"], "it was better");
    Ok(())
}

#[test]
fn a_generation_is_named() -> TestResult {
    let (_host, mut client) = upgraded()?;
    let answer = client.reboot("rollback", json!({ "plugin": "guest", "to_generation": 1 }))?;
    assert_eq!(answer["to"]["version"], "1.0.0");
    let wrong = client.reboot_fails("rollback", json!({ "to_generation": 77 }), "INVALID_PARAMETERS")?;
    assert!(wrong["error"].as_str().is_some_and(|error| error.contains("77")), "{wrong}");
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn the_first_version_has_none_before_it() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let failed = client.reboot_fails("rollback", json!({}), "SYSTEM_NOT_READY")?;
    assert_eq!((&failed["refusal"], &failed["phase"]), (&json!("no-such-generation"), &json!("preparation_failed")));
    Ok(())
}

#[test]
fn what_would_be_lost_is_said_and_force_gives_it_up() -> TestResult {
    let host = serving(guests::RELAY_OTHER_CONTINUATIONS)?.knowing(&[guests::RELAY])?.with_settings(UNLIMITED)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    rows(&mut client)?;
    host.swap("guest", guests::RELAY, &[])?.committed()?;
    let waits = client.begin_call("wait_for_word", json!({ "number": 1 }))?;
    client.hear("elicitation/create")?;
    let failed = client.reboot_fails("rollback", json!({}), "SYSTEM_NOT_READY")?;
    assert_eq!(failed["refusal"], "orphans");
    let answer = client.reboot("rollback", json!({ "force": true }))?;
    assert_eq!(answer["restored"]["lost"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(client.answer(waits)?.tool_error()?.code, "orphaned");
    Ok(())
}

#[test]
fn arguments_that_do_not_fit_change_nothing() -> TestResult {
    let (_host, mut client) = upgraded()?;
    let long = "x".repeat(501);
    let wrong = [
        json!({ "to_generation": -1 }),
        json!({ "to_generation": 1.5 }),
        json!({ "plugin": "*" }),
        json!({ "plugin": "nobody" }),
        json!({ "reason": long }),
        json!({ "timeout": 5 }),
        json!({ "generation": 1 }),
    ];
    for arguments in wrong {
        client.reboot_fails("rollback", arguments, "INVALID_PARAMETERS")?;
    }
    assert_eq!(version(&mut client)?.0, "2.0.0");
    Ok(())
}

/// As many as a test likes.
const UNLIMITED: &str = "[reboot]\nrollbacks_per_minute = 0\n";

/// A host of `relay` with a row in its table that went over to the next version.
fn upgraded() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?.with_settings(UNLIMITED)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    Ok((host, client))
}
