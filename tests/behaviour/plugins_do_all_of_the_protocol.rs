//! Whatever the protocol has, a plugin can do: it tells of what changed, asks before it answers, and names what it needs.

use anyhow::{Context as _, ensure};
use mainstay_tests::conformance::{STATIC, UPDATED, WATCHED, update};
use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult};

#[test]
fn a_client_hears_of_a_resource_that_it_subscribed_to_and_of_no_entry_that_came_to_nothing() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.client()?;
    client.request("resources/subscribe", json!({ "uri": WATCHED }))?.result()?;
    update(&mut client, "one", false)?;
    assert_eq!(client.hear(UPDATED)?["params"]["uri"], WATCHED);
    assert_eq!(watched(&mut client)?, "one");
    assert!(update(&mut client, "never", true).is_err());
    update(&mut client, "two", false)?;
    client.hear(UPDATED)?;
    assert_eq!(watched(&mut client)?, "two");
    client.request("resources/unsubscribe", json!({ "uri": WATCHED }))?.result()?;
    update(&mut client, "three", false)?;
    assert_eq!(watched(&mut client)?, "three");
    let told = client.unread()?.into_iter().filter(|message| message["method"] == UPDATED);
    assert_eq!(told.count(), 0, "the one that failed, or the one that nobody subscribed to any more");
    Ok(())
}

#[test]
fn a_stream_hears_of_the_resources_that_it_asked_for() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&json!({}))?;
    let wanted = json!({ "notifications": { "resourceSubscriptions": [WATCHED, STATIC] } });
    let stream = client.begin("subscriptions/listen", wanted)?;
    client.hear("notifications/subscriptions/acknowledged")?;
    update(&mut client, "one", false)?;
    let told = client.hear(UPDATED)?;
    assert_eq!(told["params"]["uri"], WATCHED);
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], stream);
    Ok(())
}

#[test]
fn every_client_hears_of_lists_that_a_plugin_says_have_changed() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.client()?;
    for (tool, list) in [("tool", "tools"), ("prompt", "prompts"), ("resource", "resources")] {
        client.call(&format!("test_trigger_{tool}_change"), json!({}))?.result()?;
        client.hear(&format!("notifications/{list}/list_changed"))?;
    }
    Ok(())
}

#[test]
fn a_prompt_asks_a_client_that_comes_back_and_takes_no_answers_to_something_else() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    let asked = prompt(&mut client, &json!({}))?;
    assert_eq!(asked["resultType"], "input_required");
    assert_eq!(asked["inputRequests"]["user_context"]["method"], "elicitation/create");
    let state = asked["requestState"].as_str().context("no state")?;
    let answer = json!({ "user_context": { "action": "accept", "content": { "context": "ships" } } });
    let back = json!({ "inputResponses": answer, "requestState": state });
    assert_eq!(prompt(&mut client, &back)?["messages"][0]["content"]["text"], "This is about ships.");
    let wrong = json!({ "inputResponses": { "user_context": 12 }, "requestState": state });
    assert_eq!(prompt(&mut client, &wrong)?["resultType"], "input_required", "asked again");
    let forged = json!({ "inputResponses": answer, "requestState": format!("{state}x") });
    assert!(prompt(&mut client, &forged).is_err());
    let mut unable = host.modern_client(&json!({}))?;
    let text = prompt(&mut unable, &json!({}))?["messages"][0]["content"]["text"].clone();
    assert_eq!(text, "This is about nothing in particular.");
    Ok(())
}

#[test]
fn a_prompt_asks_an_older_client_over_its_connection() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let id = client.begin("prompts/get", json!({ "name": "test_input_required_result_prompt" }))?;
    let question = client.hear("elicitation/create")?;
    client.reply(&question, &json!({ "action": "accept", "content": { "context": "ropes" } }))?;
    let text = client.answer(id)?.result()?["messages"][0]["content"]["text"].clone();
    assert_eq!(text, "This is about ropes.");
    Ok(())
}

#[test]
fn a_tool_is_refused_to_clients_without_what_it_needs() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut unable = host.modern_client(&json!({}))?;
    let refused = unable.call("test_missing_capability", json!({}))?;
    assert_eq!(refused.error()?.0, -32021);
    assert_eq!(refused.0["error"]["data"]["requiredCapabilities"], json!({ "sampling": {} }));
    let mut able = host.modern_client(&json!({ "sampling": {} }))?;
    able.call("test_missing_capability", json!({}))?.result()?;
    let mut older = host.client()?;
    assert_eq!(older.call("test_missing_capability", json!({}))?.tool_error()?.code, "client-capability");
    Ok(())
}

#[test]
fn a_client_may_answer_what_it_knows_that_it_will_be_asked() -> TestResult {
    let host = PROGRAM.host(guests::CONFORMANCE)?;
    let mut client = host.modern_client(&json!({ "elicitation": { "form": {} } }))?;
    let accepted = json!({ "action": "accept", "content": { "name": "Ada" } });
    let call =
        |responses: Value| json!({ "name": "test_input_required_result_elicitation", "inputResponses": responses });
    let answered = client.request("tools/call", call(json!({ "user_name": accepted, "another": accepted })))?;
    ensure!(answered.result()?["content"][0]["text"].as_str().is_some_and(|text| text.contains("Ada")), "{answered:?}");
    let asked = client.request("tools/call", call(json!({ "another": accepted })))?;
    assert_eq!(asked.result()?["resultType"], "input_required");
    Ok(())
}

fn watched(client: &mut Client) -> anyhow::Result<Value> {
    Ok(client.request("resources/read", json!({ "uri": WATCHED }))?.result()?["contents"][0]["text"].clone())
}

fn prompt(client: &mut Client, more: &Value) -> anyhow::Result<Value> {
    let mut params = json!({ "name": "test_input_required_result_prompt" });
    for (key, value) in more.as_object().into_iter().flatten() {
        params[key] = value.clone();
    }
    Ok(client.request("prompts/get", params)?.result()?.clone())
}
