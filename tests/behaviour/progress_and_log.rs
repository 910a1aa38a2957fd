//! A running call can be watched: by those who asked, in order, and before its answer.

use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving};

#[test]
fn progress_comes_in_order_and_before_the_answer() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    for tool in ["progress", "progress_reading"] {
        let id = client.begin_watched_call(tool, json!({ "values": [0.5, 1, 2.25] }), tool)?;
        let reports = until_answer(&mut client, id)?;
        let heard: Vec<_> = reports.iter().map(|report| &report["params"]).collect();
        let report = |progress: f64| json!({ "progressToken": tool, "progress": progress, "total": 10.0, "message": format!("at {progress}") });
        assert_eq!(heard, [&report(0.5), &report(1.0), &report(2.25)]);
    }
    Ok(())
}

#[test]
fn progress_that_does_not_grow_is_dropped() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    let values = json!({ "values": [1, 2, 2, 1, null, -3, 3] });
    let id = client.begin_watched_call("progress", values, "token")?;
    let reports = until_answer(&mut client, id)?;
    let heard: Vec<_> = reports.iter().filter_map(|report| report["params"]["progress"].as_f64()).collect();
    assert_eq!(heard, [1.0, 2.0, 3.0]);
    Ok(())
}

#[test]
fn who_did_not_ask_for_progress_gets_none() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    let id = client.begin_call("progress", json!({ "values": [1, 2] }))?;
    assert!(until_answer(&mut client, id)?.is_empty());
    Ok(())
}

#[test]
fn progress_goes_to_the_token_of_its_call() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    let ids = ["a", "b"].map(|token| client.begin_watched_call("progress", json!({ "values": [1, 2] }), token));
    for id in ids {
        client.answer(id?)?.structured()?;
    }
    for token in ["a", "b"] {
        for progress in [1.0, 2.0] {
            let of = |message: &Value| message["params"]["progressToken"] == token;
            assert_eq!(client.receive("progress", of)?["params"]["progress"], progress);
        }
    }
    let params = json!({ "name": "progress", "arguments": { "values": [1] }, "_meta": { "progressToken": 42 } });
    let id = client.begin("tools/call", params)?;
    assert_eq!(until_answer(&mut client, id)?[0]["params"]["progressToken"], 42, "a token may be a number");
    Ok(())
}

#[test]
fn a_flood_of_progress_delays_nobody() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    let values: Vec<u32> = (0..10_000).collect();
    let id = client.begin_watched_call("progress", json!({ "values": values }), "flood")?;
    let reports = until_answer(&mut client, id)?;
    let heard: Vec<_> = reports.iter().filter_map(|report| report["params"]["progress"].as_f64()).collect();
    assert!(heard.windows(2).all(|pair| pair[0] < pair[1]), "in order, though some may be missing");
    assert!(!heard.is_empty());
    Ok(())
}

#[test]
fn who_did_not_ask_for_the_log_gets_none() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    let id = client.begin_call("log", json!({}))?;
    assert!(until_answer(&mut client, id)?.is_empty());
    Ok(())
}

#[test]
fn the_log_comes_from_the_level_asked_for() -> TestResult {
    let all = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];
    let mut client = serving(guests::REPORTS)?.client()?;
    for (index, level) in all.iter().enumerate() {
        client.request("logging/setLevel", json!({ "level": level }))?.result()?;
        let id = client.begin_call("log", json!({}))?;
        assert_eq!(levels(&until_answer(&mut client, id)?), all[index..]);
    }
    Ok(())
}

#[test]
fn a_client_of_2026_asks_for_the_log_with_each_request() -> TestResult {
    let mut client = serving(guests::REPORTS)?.modern_client(&json!({}))?;
    let level = json!({ "io.modelcontextprotocol/logLevel": "critical" });
    let id = client.begin("tools/call", json!({ "name": "log", "arguments": {}, "_meta": level }))?;
    assert_eq!(levels(&until_answer(&mut client, id)?), ["critical", "alert", "emergency"]);
    let id = client.begin_call("log", json!({}))?;
    assert!(until_answer(&mut client, id)?.is_empty(), "and not for the next");
    Ok(())
}

#[test]
fn a_line_of_the_log_is_cut_at_its_limit() -> TestResult {
    let mut client = serving(guests::REPORTS)?.client()?;
    client.request("logging/setLevel", json!({ "level": "warning" }))?.result()?;
    let id = client.begin_call("log_much", json!({}))?;
    let lines = until_answer(&mut client, id)?;
    let line = lines[0]["params"]["data"].as_str().map(str::to_owned).unwrap_or_default();
    assert_eq!((line.len(), line.chars().all(|letter| letter == 'ä')), (4_096, true));
    Ok(())
}

/// Everything that comes before the answer to `id`, in order of arrival.
fn until_answer(client: &mut Client, id: i64) -> anyhow::Result<Vec<Value>> {
    let mut before = Vec::new();
    loop {
        let message = client.receive("anything", |_| true)?;
        if message["id"] == id {
            mainstay_tests::Answer(message).structured()?;
            return Ok(before);
        }
        before.push(message);
    }
}

fn levels(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|message| message["params"]["level"].as_str()).collect()
}
