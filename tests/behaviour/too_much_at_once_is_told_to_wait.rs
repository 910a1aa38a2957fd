//! Nothing queues without bound: what is too much is told so at once, and everything else goes on.

use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, marks, serving};

#[test]
fn one_call_more_than_a_client_may_have_under_way_is_told_so() -> TestResult {
    let host = serving(guests::WAITS)?.with_settings("[server]\ncalls_in_flight = 3\n")?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let mut held = Vec::new();
    for _ in 0..3 {
        let id = client.begin_call("ask", json!({ "question": "Who?" }))?;
        held.push((id, client.hear("elicitation/create")?));
    }
    for tool in ["ask", "marks", "age"] {
        let error = client.call(tool, json!({ "question": "Who?" }))?.tool_error()?;
        assert_eq!((error.code.as_str(), error.retryable), ("busy", true), "{tool}");
        assert!(error.text.contains("3 calls"), "{}", error.text);
    }
    client.request("ping", json!({}))?.result()?;
    client.request("tools/list", json!({}))?.result()?;
    for (id, question) in held {
        client.reply(&question, &json!({ "action": "decline" }))?;
        client.answer(id)?.structured()?;
        mark(&mut client, "a place is free")?;
    }
    Ok(())
}

#[test]
fn a_cancelled_call_gives_its_place_back() -> TestResult {
    let host = serving(guests::WAITS)?.with_settings("[server]\ncalls_in_flight = 1\n")?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    for _ in 0..5 {
        let id = client.begin_call("ask", json!({ "question": "Who?" }))?;
        client.hear("elicitation/create")?;
        client.call("age", json!({}))?.tool_error()?;
        client.notify("notifications/cancelled", json!({ "requestId": id }))?;
        crate::until("its place is free", || Ok(client.call("age", json!({}))?.structured().is_ok()))?;
    }
    Ok(())
}

#[test]
fn claim_1_31_by_default_a_hundred_calls_are_under_way_and_the_rest_is_told_so() -> TestResult {
    let mut client = serving(guests::WAITS)?.client_with(&json!({ "elicitation": {} }))?;
    for _ in 0..150 {
        client.begin_call("ask", json!({ "question": "Who?" }))?;
    }
    for _ in 0..50 {
        let answer = any_answer(&mut client)?;
        assert_eq!(answer["result"]["_meta"]["mainstay/error"]["code"], "busy", "{answer}");
    }
    for _ in 0..100 {
        let question = client.hear("elicitation/create")?;
        client.reply(&question, &json!({ "action": "cancel" }))?;
    }
    for _ in 0..100 {
        assert_eq!(any_answer(&mut client)?["result"]["structuredContent"]["heard"], json!(["form: cancelled"]));
    }
    Ok(())
}

#[test]
fn claim_3_21_more_entries_than_the_writer_keeps_waiting_are_told_so() -> TestResult {
    let settings = "[entry]\ndeadline_ms = 600000\n[mailbox]\nentries = 2\n";
    let mut client = serving(guests::SPINS)?.with_settings(settings)?.client()?;
    let stuck = client.begin_watched_call("loop", json!({}), "stuck")?;
    client.hear("notifications/progress")?;
    for text in ["a", "b", "c", "d", "e"] {
        client.begin_call("mark", json!({ "text": text }))?;
    }
    for _ in 0..3 {
        let answer = any_answer(&mut client)?;
        assert_eq!(answer["result"]["_meta"]["mainstay/error"]["code"], "busy", "{answer}");
    }
    client.notify("notifications/cancelled", json!({ "requestId": stuck }))?;
    for _ in 0..2 {
        assert_eq!(any_answer(&mut client)?["result"]["isError"], false);
    }
    assert_eq!(marks(&mut client)?.len(), 2, "who was told to try again has left nothing");
    Ok(())
}

#[test]
fn a_client_that_does_not_read_is_served_when_it_does() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    let text = "x".repeat(100_000);
    let begun: Vec<_> =
        (0..100).map(|_| client.begin_call("echo", json!({ "message": text }))).collect::<Result<_, _>>()?;
    for id in begun {
        assert_eq!(client.answer(id)?.structured()?["message"].as_str().map(str::len), Some(text.len()));
    }
    Ok(())
}

fn any_answer(client: &mut Client) -> anyhow::Result<Value> {
    client.receive("an answer", |message| message.get("method").is_none())
}
