//! Over HTTP any number of clients are served by one host, and keep their sessions when it ends.

use std::io::Write as _;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Asked, Host, HttpClient, Incoming, Served, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

const VERSIONS: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

fn is_progress(said: &Value) -> bool {
    said["method"] == "notifications/progress"
}

/// A call that runs until it is cancelled, as far as its first report: its stream, and the id of that report.
fn running(served: &Served, client: &mut HttpClient) -> anyhow::Result<(Incoming, String)> {
    let params = json!({ "name": "loop", "arguments": {}, "_meta": { "progressToken": "t" } });
    let mut stream = served.begin(&client.request("tools/call", &params))?;
    let report = stream.hear(is_progress)?;
    Ok((stream, report.id.context("an event without an id")?))
}

fn spinning() -> anyhow::Result<Host> {
    serving(guests::SPINS)?.with_settings("[entry]\ndeadline_ms = 600000\n")
}

#[test]
fn clients_of_every_version_are_served_side_by_side() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let mut clients = Vec::new();
    for version in VERSIONS {
        clients.push(served.client(version)?);
    }
    clients.push(served.modern());
    for client in &mut clients {
        client.done(&served, "append", &json!({ "client": "x", "number": 1 }))?;
    }
    for client in &mut clients {
        let listed = served.begin(&client.request("tools/list", &json!({})))?.answer()?;
        ensure!(listed.result()?["tools"].as_array().is_some_and(|tools| tools.len() > 6), "{listed:?}");
    }
    let sessions: Vec<_> = clients.iter().map(|client| client.session.clone()).collect();
    ensure!(sessions[..3].iter().all(Option::is_some) && sessions[3].is_none(), "{sessions:?}");
    Ok(())
}

#[test]
fn answers_are_json_for_those_who_do_not_ask_for_a_stream() -> TestResult {
    let host = serving(guests::RELAY)?;
    let served = host.over_http()?;
    let mut modern = served.modern();
    let call = modern.calling("version", &json!({}));
    let form = |asked: &Asked| Ok::<_, anyhow::Error>(served.ask(asked)?.header("content-type").map(ToOwned::to_owned));
    assert_eq!(form(&call)?.as_deref(), Some("application/json"));
    let prefers = call.clone().header("Accept", "application/json;q=0.5, text/event-stream");
    assert_eq!(form(&prefers)?.as_deref(), Some("text/event-stream"));
    // Older clients can resume a stream, and not a body.
    let mut older = served.client("2025-11-25")?;
    assert_eq!(form(&older.calling("version", &json!({})))?.as_deref(), Some("text/event-stream"));
    Ok(())
}

#[test]
fn a_session_that_was_ended_is_not_found() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let mut client = served.client("2025-11-25")?;
    let mut notices = served.begin(&client.get(None))?;
    notices.event()?;
    assert_eq!(served.ask(&client.delete())?.status, 202);
    assert!(notices.event()?.is_none(), "its stream goes on");
    for asked in [client.calling("version", &json!({})), client.get(None), client.delete()] {
        let reply = served.ask(&asked)?;
        assert_eq!((reply.status, reply.json()?["error"]["code"].as_i64()), (404, Some(-32_001)), "{reply:?}");
    }
    Ok(())
}

#[test]
fn a_session_outlives_the_host_however_it_ended() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut served = host.over_http()?;
    let address = served.address().to_string();
    let mut client = served.client("2025-11-25")?;
    for gracefully in [true, false, true] {
        client.done(&served, "append", &json!({ "client": "x", "number": 1 }))?;
        if gracefully {
            served.ask_to_end()?;
            let (status, words) = served.ended()?;
            ensure!(status.success(), "{words}");
        } else {
            served.kill()?;
        }
        served = host.over_http_at(&address)?;
    }
    let rows = client.done(&served, "list", &json!({}))?;
    assert_eq!(rows["rows"].as_array().map(Vec::len), Some(3), "{rows}");
    // It can be ended by a process that has not heard of it yet.
    served.kill()?;
    let served = host.over_http_at(&address)?;
    served.ask(&client.delete())?;
    assert_eq!(served.ask(&client.get(None))?.status, 404);
    Ok(())
}

#[test]
fn a_stream_that_breaks_off_goes_on_with_what_was_not_read() -> TestResult {
    let served = spinning()?.over_http()?;
    let mut client = served.client("2025-11-25")?;
    let (stream, report) = running(&served, &mut client)?;
    // The connection breaks; the call goes on.
    drop(stream);
    let mut resumed = served.begin(&client.get(Some(&report)))?;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    assert_eq!(served.ask(&client.post(&cancelled))?.status, 202);
    assert!(resumed.event()?.is_none(), "a call that was cancelled is not answered");
    Ok(())
}

#[test]
fn an_answer_that_came_while_the_client_was_away_is_there_when_it_returns() -> TestResult {
    let host = serving(guests::RELAY)?;
    let mut served = host.over_http()?;
    let address = served.address().to_string();
    let mut client = served.client("2025-11-25")?;
    let mut stream = served.begin(&client.calling("version", &json!({})))?;
    let first = stream.event()?.context("no event")?;
    ensure!(first.data.is_null(), "the first event tells how to come back");
    let answer = stream.event()?.context("no answer")?;
    drop(stream);
    for _ in 0..2 {
        let again = served.begin(&client.get(first.id.as_deref()))?.events()?;
        assert_eq!(again, std::slice::from_ref(&answer));
        served.ask_to_end()?;
        served.ended()?;
        served = host.over_http_at(&address)?;
    }
    Ok(())
}

#[test]
fn a_call_that_a_crash_ended_is_answered_when_its_client_comes_back() -> TestResult {
    let host = spinning()?;
    let served = host.over_http()?;
    let address = served.address().to_string();
    let mut client = served.client("2025-11-25")?;
    let (stream, report) = running(&served, &mut client)?;
    served.kill()?;
    drop(stream);
    let served = host.over_http_at(&address)?;
    let events = served.begin(&client.get(Some(&report)))?.events()?;
    let last = &events.last().context("it hears nothing")?.data;
    assert_eq!((&last["id"], &last["error"]["data"]["code"]), (&json!(1), &json!("interrupted")), "{last}");
    assert_eq!(last["error"]["data"]["retryable"], true);
    Ok(())
}

#[test]
fn a_host_that_ends_finishes_what_runs_and_lets_others_wait() -> TestResult {
    let host = serving(guests::RELAY)?;
    let served = host.over_http()?;
    let address = served.address().to_string();
    let client = served.client("2025-11-25")?;
    let mut notices = served.begin(&client.get(None))?;
    notices.event()?;
    let mut modern = served.modern();
    let kept = modern.calling("version", &json!({})).header("Connection", "keep-alive");
    let answered = served.begin(&kept)?;
    assert_eq!(answered.status, 200);
    served.ask_to_end()?;
    let (status, words) = served.ended()?;
    ensure!(status.success(), "{words}");
    assert!(notices.event()?.is_none());
    let served = host.over_http_at(&address)?;
    let resumed = served.begin(&client.get(None))?;
    assert_eq!(resumed.status, 200);
    Ok(())
}

#[test]
fn a_host_that_ends_answers_the_calls_that_wait() -> TestResult {
    let served = serving(guests::WAITS)?.over_http()?;
    let mut waiting = Vec::new();
    for mut client in [served.client("2025-03-26")?, served.client("2025-11-25")?, served.modern()] {
        let mut stream = served.connect()?;
        let asked = client.calling("sleep", &json!({ "milliseconds": 3_600_000 }));
        stream.write_all(&asked.bytes(served.address()))?;
        waiting.push(stream);
    }
    let mut other = served.modern();
    until("all of them sleep", || {
        let marks = other.done(&served, "marks", &json!({}))?;
        Ok(marks["rows"].as_array().map(Vec::len) == Some(waiting.len()))
    })?;
    served.ask_to_end()?;
    for stream in waiting {
        let error = Incoming::read(stream)?.answer()?.tool_error()?;
        assert_eq!((error.code.as_str(), error.retryable), ("interrupted", true), "{}", error.text);
    }
    let (status, words) = served.ended()?;
    ensure!(status.success(), "{words}");
    Ok(())
}

#[test]
fn only_loopback_is_listened_at_without_authentication() -> TestResult {
    let host = serving(guests::RELAY)?;
    let output = host.run(&["serve", "--http", "0.0.0.0:0"])?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success() && words.contains("127.0.0.1"), "{words}");
    Ok(())
}
