//! A call may wait for time, a person, a model or another server, and waits on disk, not in memory. Here the
//! client's connection stays open meanwhile, as clients up to 2025-11-25 have it.

use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, marks, serving};

#[test]
fn a_call_sleeps_and_goes_on_as_the_same_call() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    let answer = client.done("sleep", json!({ "milliseconds": 20 }))?;
    assert_eq!(answer, json!({ "heard": ["timer: awake"], "same_call": true }));
    assert_eq!(marks(&mut client)?, ["asleep", "answered"]);
    Ok(())
}

#[test]
fn what_was_written_before_the_wait_is_there_while_it_lasts() -> TestResult {
    let (_host, mut client) = asking_client()?;
    let waiting = client.begin_call("ask", json!({ "question": "Who?" }))?;
    let question = client.hear("elicitation/create")?;
    mark(&mut client, "meanwhile")?;
    assert_eq!(marks(&mut client)?, ["asked", "meanwhile"]);
    client.reply(&question, &accept("Ada"))?;
    assert_eq!(client.answer(waiting)?.structured()?["heard"], json!(["form: accepted Ada"]));
    Ok(())
}

#[test]
fn a_person_is_asked_with_the_form_of_the_plugin() -> TestResult {
    let (_host, mut client) = asking_client()?;
    client.begin_call("ask", json!({ "question": "Who are you?" }))?;
    let params = client.hear("elicitation/create")?["params"].clone();
    assert_eq!(params["message"], "Who are you?");
    let schema = &params["requestedSchema"];
    assert_eq!((&schema["type"], &schema["properties"]["name"]["type"]), (&json!("object"), &json!("string")));
    assert_eq!(schema["required"], json!(["name"]));
    Ok(())
}

#[test]
fn a_person_accepts_declines_or_cancels() -> TestResult {
    let (_host, mut client) = asking_client()?;
    for (reply, heard) in [
        (accept("Ada"), "form: accepted Ada"),
        (json!({ "action": "decline" }), "form: declined"),
        (json!({ "action": "cancel" }), "form: cancelled"),
    ] {
        assert_eq!(ask(&mut client, "ask", &reply)?["heard"], json!([heard]));
    }
    Ok(())
}

#[test]
fn an_answer_that_does_not_fit_reaches_the_plugin_as_such() -> TestResult {
    let (_host, mut client) = asking_client()?;
    for reply in [json!({ "action": "accept", "content": { "name": 7 } }), json!({ "action": "shrug" }), json!({})] {
        let heard = ask(&mut client, "ask", &reply)?["heard"][0].clone();
        let unusable = heard.as_str().is_some_and(|h| h.starts_with("form: unusable") || h.contains("Failed"));
        assert!(unusable, "{reply} was heard as {heard}");
    }
    Ok(())
}

#[test]
fn a_client_that_answers_with_an_error_has_failed_to_answer() -> TestResult {
    let (_host, mut client) = asking_client()?;
    let waiting = client.begin_call("ask", json!({ "question": "Who?" }))?;
    let question = client.hear("elicitation/create")?;
    let error = json!({ "code": -1, "message": "the window is closed" });
    client.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "error": error }))?;
    let heard = client.answer(waiting)?.structured()?["heard"][0].clone();
    assert!(heard.as_str().is_some_and(|heard| heard.contains("the window is closed")), "{heard}");
    Ok(())
}

#[test]
fn a_client_that_cannot_ask_is_not_asked() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    for (tool, key) in [("ask", "form"), ("visit", "page"), ("sample", "sample"), ("roots", "roots")] {
        let heard = client.done(tool, json!({ "question": "Who?" }))?["heard"].clone();
        assert_eq!(heard, json!([format!("{key}: Unavailable::Unsupported")]));
    }
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn a_client_that_shows_forms_only_is_not_sent_to_a_page() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut forms = host.client_with(&json!({ "elicitation": {} }))?;
    assert_eq!(forms.done("visit", json!({}))?["heard"], json!(["page: Unavailable::Unsupported"]));
    forms.close()?;
    let mut pages = host.client_with(&json!({ "elicitation": { "url": {} } }))?;
    let waiting = pages.begin_call("visit", json!({}))?;
    let request = pages.hear("elicitation/create")?;
    let params = &request["params"];
    assert_eq!((&params["mode"], &params["url"]), (&json!("url"), &json!("https://example.com/sign-in")));
    pages.reply(&request, &json!({ "action": "decline" }))?;
    assert_eq!(pages.answer(waiting)?.structured()?["heard"], json!(["page: declined"]));
    Ok(())
}

#[test]
fn the_clients_model_is_asked() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "sampling": {} }))?;
    let waiting = client.begin_call("sample", json!({ "question": "Say something." }))?;
    let request = client.hear("sampling/createMessage")?;
    assert_eq!(request["params"]["messages"][0]["content"]["text"], "Say something.");
    assert_eq!(request["params"]["maxTokens"], 100);
    let content = json!({ "type": "text", "text": "Something." });
    client
        .reply(&request, &json!({ "role": "assistant", "content": content, "model": "m", "stopReason": "endTurn" }))?;
    assert_eq!(client.answer(waiting)?.structured()?["heard"], json!(["sample: Something."]));
    Ok(())
}

#[test]
fn the_client_is_asked_for_its_directories() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "roots": {} }))?;
    let waiting = client.begin_call("roots", json!({}))?;
    let request = client.hear("roots/list")?;
    client.reply(&request, &json!({ "roots": [{ "uri": "file:///a" }, { "uri": "file:///b", "name": "b" }] }))?;
    assert_eq!(client.answer(waiting)?.structured()?["heard"], json!(["roots: file:///a file:///b"]));
    Ok(())
}

#[test]
fn an_upstream_that_is_not_configured_is_named() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    let heard = client.done("upstream", json!({ "upstream": "weather" }))?["heard"][0].clone();
    assert_eq!(heard, "call: UpstreamError::NoSuchUpstream(\"weather\")");
    Ok(())
}

#[test]
fn a_call_asks_twice() -> TestResult {
    let (_host, mut client) = asking_client()?;
    let waiting = client.begin_call("ask_twice", json!({ "question": "Who?" }))?;
    let first = client.hear("elicitation/create")?;
    client.reply(&first, &accept("Ada"))?;
    let second = client.hear("elicitation/create")?;
    assert_eq!(second["params"]["message"], "Who? Really?");
    client.reply(&second, &accept("Grace"))?;
    let answer = client.answer(waiting)?.structured()?;
    assert_eq!(answer["heard"], json!(["form: accepted Ada", "form: accepted Grace"]));
    assert_eq!(marks(&mut client)?, ["asked", "asked again", "answered"]);
    Ok(())
}

#[test]
fn a_call_waits_for_several_things_at_once() -> TestResult {
    let (_host, mut client) = asking_client()?;
    let answer = ask(&mut client, "ask_and_sleep", &accept("Ada"))?;
    assert_eq!(answer["heard"], json!(["form: accepted Ada", "timer: awake"]));
    Ok(())
}

#[test]
fn what_a_call_writes_after_its_answer_is_an_entry_of_its_own() -> TestResult {
    let (_host, mut client) = asking_client()?;
    for (tool, code) in [("ask_and_panic", "plugin-trapped"), ("ask_and_fail", "disliked")] {
        let waiting = client.begin_call(tool, json!({ "question": "Who?" }))?;
        let question = client.hear("elicitation/create")?;
        client.reply(&question, &accept("Ada"))?;
        assert_eq!(client.answer(waiting)?.tool_error()?.code, code);
    }
    assert_eq!(marks(&mut client)?, ["asked", "asked"], "the question stands, what came after it does not");
    Ok(())
}

#[test]
fn a_call_that_waits_in_circles_is_ended() -> TestResult {
    let host = serving(guests::BREAKS_CONTRACT)?;
    let mut client = host.client()?;
    let error = client.call("waits_in_circles", json!({}))?.tool_error()?;
    assert_eq!(error.code, "plugin-fault");
    assert!(error.text.contains("waited 32 times"), "{}", error.text);
    Ok(())
}

#[test]
fn a_call_that_only_reads_may_not_wait() -> TestResult {
    let (_host, mut client) = asking_client()?;
    let error = client.call("ask_reading", json!({ "question": "Who?" }))?.tool_error()?;
    assert_eq!(error.code, "plugin-fault");
    assert!(error.text.contains("a read-only tool may not wait"), "{}", error.text);
    Ok(())
}

#[test]
fn after_a_kill_calls_that_waited_are_gone_and_in_nobodys_way() -> TestResult {
    let (host, mut client) = asking_client()?;
    client.begin_call("ask", json!({ "question": "Who?" }))?;
    client.hear("elicitation/create")?;
    client.kill()?;
    let mut next = host.client()?;
    mark(&mut next, "next")?;
    assert_eq!(marks(&mut next)?, ["asked", "next"]);
    let database = rusqlite::Connection::open(host.database())?;
    let waits: i64 = database.query_row("SELECT count(*) FROM _mainstay_waits", [], |row| row.get(0))?;
    assert_eq!(waits, 0);
    Ok(())
}

/// A client of 2025-11-25 that can show forms.
fn asking_client() -> anyhow::Result<(mainstay_tests::Host, Client)> {
    let host = serving(guests::WAITS)?;
    let client = host.client_with(&json!({ "elicitation": {} }))?;
    Ok((host, client))
}

/// Calls a tool that asks once, and answers.
fn ask(client: &mut Client, tool: &str, reply: &Value) -> anyhow::Result<Value> {
    let waiting = client.begin_call(tool, json!({ "question": "Who?" }))?;
    let question = client.hear("elicitation/create")?;
    client.reply(&question, reply)?;
    client.answer(waiting)?.structured()
}

fn accept(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}
