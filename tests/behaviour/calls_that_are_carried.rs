//! A client of 2026-07-28 is not asked over its connection: it is handed the questions and the key to its
//! call, and comes back with the answers, to this process or the next.

use anyhow::Context as _;
use mainstay_tests::{Answer, Client, Host, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, marks, serving};

#[test]
fn the_client_gets_the_question_and_comes_back_with_the_answer() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    assert_eq!(carried["inputRequests"]["form"]["method"], "elicitation/create");
    assert_eq!(carried["inputRequests"]["form"]["params"]["message"], "Who?");
    let answer = come_back(&mut client, "ask", &carried, &accept("Ada"))?.structured()?;
    assert_eq!(answer, json!({ "heard": ["form: accepted Ada"], "same_call": true }));
    assert_eq!(marks(&mut client)?, ["asked", "answered"]);
    Ok(())
}

#[test]
fn the_client_declines_or_cancels() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    for (action, heard) in [("decline", "form: declined"), ("cancel", "form: cancelled")] {
        let carried = begin(&mut client, "ask")?;
        let answer = come_back(&mut client, "ask", &carried, &json!({ "action": action }))?.structured()?;
        assert_eq!(answer["heard"], json!([heard]));
    }
    Ok(())
}

#[test]
fn a_call_survives_a_kill_between_question_and_answer() -> TestResult {
    let (host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    client.kill()?;
    let mut next = host.modern_client(&forms())?;
    let answer = come_back(&mut next, "ask", &carried, &accept("Ada"))?.structured()?;
    assert_eq!(answer, json!({ "heard": ["form: accepted Ada"], "same_call": true }));
    assert_eq!(marks(&mut next)?, ["asked", "answered"]);
    Ok(())
}

#[test]
fn a_call_goes_through_two_rounds_and_a_kill_in_each() -> TestResult {
    let (host, mut client) = carrying_client()?;
    let first = begin(&mut client, "ask_twice")?;
    client.kill()?;
    let mut client = host.modern_client(&forms())?;
    let second = questions(&come_back(&mut client, "ask_twice", &first, &accept("Ada"))?)?;
    assert_eq!(second["inputRequests"]["form"]["params"]["message"], "Who? Really?");
    assert_ne!(second["requestState"], first["requestState"]);
    client.kill()?;
    let mut client = host.modern_client(&forms())?;
    let answer = come_back(&mut client, "ask_twice", &second, &accept("Grace"))?.structured()?;
    assert_eq!(answer["heard"], json!(["form: accepted Ada", "form: accepted Grace"]));
    assert_eq!(marks(&mut client)?, ["asked", "asked again", "answered"]);
    Ok(())
}

#[test]
fn an_answer_counts_once() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    come_back(&mut client, "ask", &carried, &accept("Ada"))?.structured()?;
    let again = come_back(&mut client, "ask", &carried, &accept("Eve"))?.tool_error()?;
    assert_eq!(again.code, "no-such-wait");
    assert!(again.text.contains("answered already"), "{}", again.text);
    assert_eq!(marks(&mut client)?, ["asked", "answered"]);
    Ok(())
}

#[test]
fn of_two_answers_at_once_one_counts() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    let ids = ["Ada", "Eve"].map(|name| client.begin("tools/call", returning("ask", &carried, &accept(name))));
    let mut answered = 0;
    for id in ids {
        let answer = client.answer(id?)?;
        answered += usize::from(answer.structured().is_ok());
    }
    assert_eq!(answered, 1);
    assert_eq!(marks(&mut client)?, ["asked", "answered"]);
    Ok(())
}

#[test]
fn claim_1_38_a_forged_key_opens_nothing() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    let real = carried["requestState"].as_str().context("no key")?;
    let mut letters: Vec<char> = real.chars().collect();
    let middle = letters.len() / 2;
    letters[middle] = if letters[middle] == 'A' { 'B' } else { 'A' };
    for forged in [letters.into_iter().collect(), String::new(), "x".repeat(5_000), real[1..].to_owned()] {
        let mut with_forged = carried.clone();
        with_forged["requestState"] = json!(forged);
        let (code, message) = come_back(&mut client, "ask", &with_forged, &accept("Eve"))?.error()?;
        assert_eq!(code, -32602, "{message}");
        assert!(message.contains("requestState"), "{message}");
    }
    assert_eq!(come_back(&mut client, "ask", &carried, &accept("Ada"))?.structured()?["same_call"], true);
    Ok(())
}

#[test]
fn claim_1_38_a_key_of_another_installation_opens_nothing() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    // It has compiled nothing yet, and so makes a key of its own.
    let elsewhere = PROGRAM.cold_host(guests::WAITS)?;
    let mut stranger = elsewhere.modern_client(&forms())?;
    let (code, _) = come_back(&mut stranger, "ask", &carried, &accept("Eve"))?.error()?;
    assert_eq!(code, -32602);
    Ok(())
}

#[test]
fn a_key_is_for_one_call_and_not_for_another() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    let (code, _) = come_back(&mut client, "ask_twice", &carried, &accept("Eve"))?.error()?;
    assert_eq!(code, -32602, "another tool");
    let mut other_arguments = returning("ask", &carried, &accept("Eve"));
    other_arguments["arguments"]["question"] = json!("What?");
    let (code, _) = client.request("tools/call", other_arguments)?.error()?;
    assert_eq!(code, -32602, "other arguments");
    assert_eq!(marks(&mut client)?, ["asked"]);
    Ok(())
}

#[test]
fn a_client_that_comes_back_without_an_answer_is_asked_again() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask")?;
    for wrong in [json!({}), json!({ "form": 12 }), json!({ "another": {} })] {
        let mut params = returning("ask", &carried, &json!({}));
        params["inputResponses"] = wrong;
        let again = client.request("tools/call", params)?.result()?.clone();
        assert_eq!(again["inputRequests"], carried["inputRequests"]);
    }
    assert_eq!(marks(&mut client)?, ["asked"]);
    let heard = come_back(&mut client, "ask", &carried, &accept("Eve"))?.structured()?["heard"][0].clone();
    assert_eq!(heard, "form: accepted Eve");
    Ok(())
}

#[test]
fn the_host_does_what_it_can_before_it_hands_over_the_rest() -> TestResult {
    let (_host, mut client) = carrying_client()?;
    let carried = begin(&mut client, "ask_and_sleep")?;
    let asked: Vec<_> = carried["inputRequests"].as_object().context("no questions")?.keys().collect();
    assert_eq!(asked, ["form"]);
    let answer = come_back(&mut client, "ask_and_sleep", &carried, &accept("Ada"))?.structured()?;
    assert_eq!(answer["heard"], json!(["form: accepted Ada", "timer: awake"]));
    Ok(())
}

#[test]
fn what_needs_no_client_is_answered_in_one_go() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({}))?;
    assert_eq!(client.done("sleep", json!({ "milliseconds": 5 }))?["heard"], json!(["timer: awake"]));
    let heard = client.done("ask", json!({ "question": "Who?" }))?["heard"].clone();
    assert_eq!(heard, json!(["form: Unavailable::Unsupported"]));
    Ok(())
}

fn carrying_client() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::WAITS)?;
    let client = host.modern_client(&forms())?;
    Ok((host, client))
}

fn forms() -> Value {
    json!({ "elicitation": { "form": {} } })
}

fn begin(client: &mut Client, tool: &str) -> anyhow::Result<Value> {
    questions(&client.call(tool, json!({ "question": "Who?" }))?)
}

fn questions(answer: &Answer) -> anyhow::Result<Value> {
    let result = answer.result()?;
    anyhow::ensure!(result["resultType"] == "input_required", "no questions: {result}");
    Ok(result.clone())
}

fn come_back(client: &mut Client, tool: &str, carried: &Value, reply: &Value) -> anyhow::Result<Answer> {
    client.request("tools/call", returning(tool, carried, reply))
}

fn returning(tool: &str, carried: &Value, reply: &Value) -> Value {
    json!({
        "name": tool,
        "arguments": { "question": "Who?" },
        "inputResponses": { "form": reply },
        "requestState": carried["requestState"],
    })
}

fn accept(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}
