//! Several processes on one data directory are one host: the first answers for all, and when it ends another goes on.

use anyhow::ensure;
use mainstay_tests::conformance::{UPDATED, WATCHED, update};
use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, marks, serving};

/// The transports of the sessions that are open, as the host tells.
fn transports(client: &mut Client) -> anyhow::Result<Vec<Value>> {
    let health = client.done("orchestrator_health_check", json!({ "include_connection_status": true }))?;
    let connections = health["checks"]["connections"]["sessions"].as_array().cloned().unwrap_or_default();
    ensure!(!connections.is_empty(), "{health}");
    Ok(connections.into_iter().map(|mut connection| connection["transport"].take()).collect())
}

#[test]
fn a_second_process_joins_the_first() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut first = host.client()?;
    mark(&mut first, "first")?;
    let mut second = host.client()?;
    mark(&mut second, "second")?;
    assert_eq!(marks(&mut first)?, ["first", "second"]);
    assert_eq!(marks(&mut second)?, ["first", "second"]);
    assert_eq!(transports(&mut second)?, ["stdio", "joined"]);
    Ok(())
}

#[test]
fn of_two_that_began_together_the_second_to_call_joins() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let (mut first, mut second) = (host.client()?, host.client()?);
    mark(&mut first, "first")?;
    mark(&mut second, "second")?;
    assert_eq!(marks(&mut first)?, ["first", "second"]);
    Ok(())
}

#[test]
fn when_the_first_ends_the_second_goes_on() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut first = host.client()?;
    mark(&mut first, "begun")?;
    let mut second = host.client()?;
    for name in ["killed", "closed"] {
        mark(&mut second, name)?;
        if name == "killed" {
            first.kill()?
        } else {
            first.close()?
        };
        mark(&mut second, "after")?;
        assert_eq!(transports(&mut second)?, ["stdio"]);
        first = second;
        second = host.client()?;
    }
    assert_eq!(marks(&mut second)?, ["begun", "killed", "after", "closed", "after"]);
    Ok(())
}

#[test]
fn of_several_that_are_left_one_is_the_host() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut first = host.client()?;
    mark(&mut first, "first")?;
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(host.client()?);
    }
    first.kill()?;
    for (number, other) in others.iter_mut().enumerate() {
        mark(other, &number.to_string())?;
    }
    assert_eq!(marks(&mut others[3])?, ["first", "0", "1", "2", "3"]);
    let mut transports = transports(&mut others[0])?;
    transports.sort_by_key(Value::to_string);
    assert_eq!(transports, ["joined", "joined", "joined", "stdio"]);
    Ok(())
}

#[test]
fn a_call_that_was_under_way_is_told_to_try_again() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut first = host.client()?;
    mark(&mut first, "first")?;
    let mut second = host.client_with(&json!({ "elicitation": {} }))?;
    let call = second.begin_call("ask", json!({ "question": "Go on?" }))?;
    let question = second.hear("elicitation/create")?;
    first.kill()?;
    let error = second.answer(call)?.tool_error()?;
    assert_eq!((error.code.as_str(), error.retryable), ("interrupted", true));
    let taken_back = second.hear("notifications/cancelled")?;
    assert_eq!(taken_back["params"]["requestId"], question["id"]);
    mark(&mut second, "second")?;
    Ok(())
}

#[test]
fn what_may_be_asked_twice_is_asked_again() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut first = host.client()?;
    mark(&mut first, "first")?;
    let mut second = host.client()?;
    let before = second.listed_bytes()?;
    // Nobody answers any more, and somebody will.
    first.kill()?;
    let lists: Vec<_> = (0..10).map(|_| second.begin("tools/list", json!({}))).collect::<Result<_, _>>()?;
    for list in lists {
        second.answer(list)?.result()?;
    }
    assert_eq!(second.listed_bytes()?, before);
    Ok(())
}

#[test]
fn a_subscription_goes_on() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[swap]\npolicy = \"append\"\n")?;
    let mut first = host.client()?;
    first.done("append", json!({ "client": "a", "number": 1 }))?;
    let mut second = host.modern_client(&json!({}))?;
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    second.begin("subscriptions/listen", filter)?;
    second.hear("notifications/subscriptions/acknowledged")?;
    first.kill()?;
    second.done("append", json!({ "client": "a", "number": 2 }))?;
    let swapped = host.control()?.swap("guest", guests::RELAY_ADDS_TOOL)?;
    assert_eq!(swapped.0["outcome"]["kind"], "committed", "{:?}", swapped.0);
    second.hear("notifications/tools/list_changed")?;
    assert!(second.unread()?.iter().all(|message| message["method"] != "notifications/subscriptions/acknowledged"));
    Ok(())
}

#[test]
fn whoever_subscribed_to_a_resource_hears_that_it_may_have_changed_and_of_changes() -> TestResult {
    let host = serving(guests::CONFORMANCE)?;
    let watched = json!({ "uri": WATCHED });
    let mut first = host.client()?;
    update(&mut first, "changed", false)?;
    // One of them is the next host, and the other joins it.
    let mut others = [host.client()?, host.client()?];
    for other in &mut others {
        other.request("resources/subscribe", watched.clone())?.result()?;
    }
    first.kill()?;
    for other in &mut others {
        assert_eq!(other.hear(UPDATED)?["params"], watched);
    }
    for _ in 0..2 {
        update(&mut others[0], "changed", false)?;
        for other in &mut others {
            assert_eq!(other.hear(UPDATED)?["params"], watched);
        }
    }
    Ok(())
}
