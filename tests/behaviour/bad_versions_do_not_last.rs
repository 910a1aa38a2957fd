//! What nobody could find out before shows when a version serves: then the one before takes over again by itself.

use mainstay_tests::relay::{Row, append, are, rows, version};
use mainstay_tests::{Answer, Client, Host, Report, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, marks, serving, until};

#[test]
fn a_version_that_fails_at_its_calls_is_rolled_back() -> TestResult {
    let (host, mut client) = relay("", &[guests::RELAY_TRAPS_ON_FIRST_CALL])?;
    assert_eq!(version(&mut client)?.1, 1);
    let list = client.listed_bytes()?;
    let swap = host.swap("guest", guests::RELAY_TRAPS_ON_FIRST_CALL, &[])?.committed()?;
    let done = append_until_done(&mut client, "plugin-trapped")?;
    assert_eq!(done.2, "1.0.0");
    assert_eq!(rows(&mut client)?, [are(&[("a", 0, "1.0.0")]), vec![done]].concat());
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 2), "what was in memory is there too");
    assert_eq!(client.listed_bytes()?, list);
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    let history = rolled_back(&host)?;
    assert_eq!(history.len(), 3);
    let (recovery, withdrawn) = (&history[0].0, &history[1].0);
    assert_eq!((&recovery["origin"]["kind"], &recovery["outcome"]["kind"]), (&json!("recovery"), &json!("committed")));
    assert_eq!((&recovery["to"]["version"], &recovery["to"]["generation"]), (&json!("1.0.0"), &json!(3)));
    assert_eq!((&withdrawn["id"], &withdrawn["outcome"]["kind"]), (&swap.0["id"], &json!("rolled-back")));
    let why = withdrawn["outcome"]["why"].to_string();
    assert!(why.contains("it failed at 2 calls") && why.contains("in the first entry"), "{why}");
    host.swap("guest", guests::RELAY_TRAPS_ON_FIRST_CALL, &[])?.refused("quarantined")?;
    Ok(())
}

#[test]
fn what_was_rolled_back_stays_so_when_the_host_starts_again() -> TestResult {
    let (host, mut client) = relay("", &[guests::RELAY_TRAPS_ON_FIRST_CALL])?;
    client.close()?;
    // As a file in its place.
    let host = host.with_plugin(guests::RELAY_TRAPS_ON_FIRST_CALL);
    client = host.client()?;
    assert_eq!(append_until_done(&mut client, "plugin-trapped")?.2, "1.0.0");
    let tried = rolled_back(&host)?[1].clone();
    assert_eq!((&tried.0["origin"]["kind"], tried.outcome()), (&json!("start"), "rolled-back"));
    client.kill()?;
    let mut client = host.client()?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    assert_eq!(host.history("guest")?.len(), 3);
    Ok(())
}

#[test]
fn a_version_that_fails_its_self_test_later_is_rolled_back() -> TestResult {
    let (host, mut client) = relay("[probation]\nprobe_ms = 20\n", &[guests::RELAY_FAILS_PROBE])?;
    host.swap("guest", guests::RELAY_FAILS_PROBE, &[])?.committed()?;
    assert_eq!(append(&mut client, "poison", 1)?, "2.0.0-fails-probe");
    until("the version before serves again", || host.serves("guest", "1.0.0"))?;
    let all = are(&[("a", 0, "1.0.0"), ("poison", 1, "2.0.0-fails-probe")]);
    assert_eq!(rows(&mut client)?, all, "what was acknowledged is kept");
    let withdrawn = &rolled_back(&host)?[1].0["outcome"];
    assert!(withdrawn["why"].to_string().contains("is poison"), "{withdrawn}");
    Ok(())
}

#[test]
fn a_version_that_loses_an_instance_now_and_then_goes_on() -> TestResult {
    let (host, mut client) = relay("", &[guests::RELAY_TRAPS_ON_TENTH_CALL])?;
    host.swap("guest", guests::RELAY_TRAPS_ON_TENTH_CALL, &[])?.committed()?;
    for number in 1..=35 {
        assert_eq!(append(&mut client, "a", number)?, "2.0.0-traps-on-tenth-call");
    }
    let numbers: Vec<_> = rows(&mut client)?.into_iter().map(|(_, number, _)| number).collect();
    assert_eq!(numbers, (0..=35).collect::<Vec<_>>());
    let status = host.status("guest")?;
    assert!(status["traps"].as_u64().is_some_and(|traps| traps >= 3), "{status}");
    assert_eq!(host.history("guest")?[0].outcome(), "committed");
    Ok(())
}

#[test]
fn a_probation_that_goes_well_ends() -> TestResult {
    let (host, mut client) = relay("[probation]\nseconds = 0\nprobe_ms = 10\n", &[guests::RELAY_NEXT])?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    until("the probation is over", || Ok(host.status("guest")?["phase"] == "idle"))?;
    assert_eq!(version(&mut client)?.0, "2.0.0");
    host.rollback("guest", &[])?.committed()?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn a_version_that_fails_too_often_after_its_probation_is_rolled_back() -> TestResult {
    let settings = "[probation]\nseconds = 0\nprobe_ms = 10\n[restart]\nburst = 3\n";
    let (host, mut client) = relay(settings, &[guests::RELAY_TRAPS_ON_FIRST_CALL])?;
    host.swap("guest", guests::RELAY_TRAPS_ON_FIRST_CALL, &[])?.committed()?;
    until("the probation is over", || Ok(host.status("guest")?["phase"] == "idle"))?;
    let done = append_until_done(&mut client, "plugin-trapped")?;
    assert!(done.1 > 4 && done.2 == "1.0.0", "{done:?}");
    let withdrawn = &rolled_back(&host)?[1].0["outcome"];
    assert!(withdrawn["why"].to_string().contains("it failed at 4 calls"), "{withdrawn}");
    Ok(())
}

#[test]
fn a_call_that_the_plugin_fails_at_is_refused_for_a_while_and_others_are_not() -> TestResult {
    let host = serving(guests::TRAPS)?.with_settings("[restart]\npoison_seconds = 1\n")?;
    let mut client = host.client()?;
    assert_eq!(client.call("panic", json!({}))?.tool_error()?.code, "plugin-trapped");
    let error = client.call("panic", json!({}))?.tool_error()?;
    assert_eq!((error.code.as_str(), error.retryable), ("poisoned", false));
    assert!(error.text.contains("refused for 1 s"), "{}", error.text);
    mark(&mut client, "meanwhile")?;
    until("it is tried again", || Ok(code(&client.call("panic", json!({}))?) == "plugin-trapped"))?;
    assert_eq!(marks(&mut client)?, ["meanwhile"]);
    Ok(())
}

#[test]
fn one_call_that_fails_again_and_again_is_no_reason_to_go_back() -> TestResult {
    let (host, mut client) = relay("", &[guests::RELAY_TRAPS_ON_FIRST_CALL])?;
    host.swap("guest", guests::RELAY_TRAPS_ON_FIRST_CALL, &[])?.committed()?;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(code(&client.call("append", json!({ "client": "same", "number": 1 }))?));
    }
    assert_eq!(codes, ["plugin-trapped", "poisoned", "poisoned", "poisoned", "poisoned"]);
    assert!(host.serves("guest", "2.0.0-traps-on-first-call")?);
    let done = append_until_done(&mut client, "plugin-trapped")?;
    assert_eq!(done.2, "1.0.0", "another call that fails is");
    append(&mut client, "same", 1)?;
    Ok(())
}

#[test]
fn with_nobody_to_take_over_calls_are_refused_until_somebody_repairs_it() -> TestResult {
    let host = serving(guests::RELAY_TRAPS_ON_FIRST_CALL)?.with_settings("[restart]\nburst = 1\n")?;
    let host = host.knowing(&[guests::RELAY])?;
    let mut client = host.client()?;
    let refused = append_until(&mut client, |answer| code(answer) == "stalled")?.tool_error()?;
    assert!(refused.text.contains("in the first entry"), "{}", refused.text);
    assert!(refused.text.contains("mainstay swap guest FILE"), "{}", refused.text);
    append_until(&mut client, |_| host.status("guest").is_ok_and(|status| status["stalled"].is_string()))?;
    host.swap("guest", guests::RELAY, &[])?.committed()?;
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 1));
    assert_eq!(host.status("guest")?["stalled"], Value::Null);
    assert!(rows(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn two_bad_versions_do_not_take_turns() -> TestResult {
    let host = serving(guests::RELAY_TRAPS_ON_FIRST_CALL)?.with_settings("[restart]\nburst = 1\n")?;
    let mut client = host.client()?;
    code(&client.call("append", json!({ "client": "a", "number": -1 }))?);
    let other = host.dir().join("other.wasm");
    guests::with_a_remark(guests::RELAY_TRAPS_ON_FIRST_CALL, "another one", &other)?;
    let other = other.to_string_lossy().into_owned();
    host.swap("guest", &other, &[])?.committed()?;
    let refused = append_until(&mut client, |answer| code(answer) == "stalled")?.tool_error()?;
    assert!(refused.text.contains("it had taken over from one that failed"), "{}", refused.text);
    let swaps = host.history("guest")?;
    assert!(swaps[0].refused("recovered").is_ok(), "{:?}", swaps[0]);
    let served = swaps.iter().filter(|swap| swap.outcome() != "refused").count();
    assert_eq!(served, 3, "the first, the other, and the first again");
    Ok(())
}

#[test]
fn claim_0_35_a_version_that_ends_the_host_at_each_start_is_rolled_back() -> TestResult {
    let (host, mut client) = relay_before_relay()?;
    let swap = host.swap("guest", guests::RELAY, &[])?.committed()?;
    assert!(client.unread()?.is_empty());
    client.kill()?;
    for start in 1..=3 {
        die_in_a_call(&host)?;
        assert_eq!(host.history("guest")?[0].outcome(), "committed", "start {start}");
    }
    let mut client = host.client()?;
    assert_eq!(version(&mut client)?.0, "2.0.0");
    assert_eq!(rows(&mut client)?, are(&[("a", 0, "2.0.0")]));
    let history = host.history("guest")?;
    assert_eq!((&history[0].0["origin"]["kind"], history[0].outcome()), (&json!("recovery"), "committed"));
    assert_eq!((history[1].id(), history[1].outcome()), (swap.id(), "rolled-back"));
    let why = history[1].0["outcome"]["why"].to_string();
    assert!(why.contains("the host ended 3 times"), "{why}");
    host.swap("guest", guests::RELAY, &[])?.refused("quarantined")?;
    Ok(())
}

#[test]
fn a_start_that_answered_a_call_is_not_counted() -> TestResult {
    let (host, mut client) = relay_before_relay()?;
    host.swap("guest", guests::RELAY, &[])?.committed()?;
    for start in 1..=6 {
        client.kill()?;
        die_in_a_call(&host)?;
        client = host.client()?;
        assert_eq!(version(&mut client)?.0, "1.0.0", "start {start}");
    }
    Ok(())
}

#[test]
fn with_no_version_before_it_the_host_runs_without_the_plugin() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    // The very first start makes the record that starts are counted in.
    die_in_a_call(&host)?;
    for _ in 1..=3 {
        die_in_a_call(&host)?;
    }
    let mut client = host.client()?;
    assert_eq!(client.tools()?[0], "append");
    for _ in 0..2 {
        let refused = client.call("append", json!({ "client": "a", "number": 1 }))?.tool_error()?;
        assert_eq!(refused.code, "stalled");
        assert!(
            refused.text.contains("ended 3 times") && refused.text.contains("mainstay swap guest"),
            "{}",
            refused.text
        );
    }
    assert!(host.status("guest")?["stalled"].is_string());
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    assert_eq!(append(&mut client, "a", 1)?, "2.0.0");
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "2.0.0")]));
    Ok(())
}

/// A host of `relay` with a row in its table, and who put it there.
fn relay(settings: &str, others: &[&str]) -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.with_settings(settings)?.knowing(others)?;
    let mut client = host.client()?;
    append(&mut client, "a", 0)?;
    Ok((host, client))
}

/// A host of the version in which `spin` comes back, about to be replaced by the one in which it does not.
fn relay_before_relay() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY_NEXT)?.knowing(&[guests::RELAY])?;
    let mut client = host.client()?;
    append(&mut client, "a", 0)?;
    assert_eq!(version(&mut client)?.1, 1);
    Ok((host, client))
}

/// The history, once it says of the swap before the last that it did not last.
fn rolled_back(host: &Host) -> anyhow::Result<Vec<Report>> {
    let said = || Ok(host.history("guest")?.get(1).is_some_and(|swap| swap.outcome() == "rolled-back"));
    until("it is in the history", said)?;
    host.history("guest")
}

/// Starts the host, and ends it without any warning in the middle of the first call.
fn die_in_a_call(host: &Host) -> TestResult {
    let mut client = host.client()?;
    client.begin_watched_call("spin", json!({ "client": "spun", "number": 1 }), "spin")?;
    client.hear("notifications/progress")?;
    client.kill().map(drop)
}

/// Appends rows until one is appended. The others failed with this code, or with being refused for it.
fn append_until_done(client: &mut Client, failed: &str) -> anyhow::Result<Row> {
    let mut number = 0;
    let answer = append_until(client, |answer| {
        number += 1;
        code(answer) != failed
    })?;
    let version = answer.structured()?["version"].as_str().unwrap_or_default().to_owned();
    Ok(("a".to_owned(), number, version))
}

/// Appends rows, each with another number, until an answer is the one.
fn append_until(client: &mut Client, mut is_it: impl FnMut(&Answer) -> bool) -> anyhow::Result<Answer> {
    let (mut number, mut found) = (0, None);
    until("a call is answered like that", || {
        number += 1;
        let answer = client.call("append", json!({ "client": "a", "number": number }))?;
        found = is_it(&answer).then_some(answer);
        Ok(found.is_some())
    })?;
    found.ok_or_else(|| anyhow::anyhow!("it was not answered"))
}

/// The code of a tool's error; nothing if it is none.
fn code(answer: &Answer) -> String {
    answer.tool_error().map(|error| error.code).unwrap_or_default()
}
