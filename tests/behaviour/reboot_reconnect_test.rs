//! The reconnection test asks the clients that are there, and remembers those that came back.

use anyhow::ensure;
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, serving, until};

const FREELY: &str = "[entry]\ndeadline_ms = 600000\n[reboot]\ncheck_ms = 300\nreconnect_tests_per_minute = 0\n";

#[test]
fn claim_0_9_sessions_are_pinged_and_timed() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    let tested = test(&mut client, &json!({}))?;
    assert_eq!((&tested["test_completed"], &tested["overall_status"]), (&json!(true), &json!("pass")), "{tested}");
    let all = &tested["results"]["all_sessions"];
    assert_eq!((&all["total_sessions"], &all["reachable_sessions"]), (&json!(1), &json!(1)));
    let session = &all["sessions"][0];
    assert_eq!((&session["method"], &session["client"]), (&json!("ping"), &json!("behaviour")));
    assert!(session["round_trip_ms"].as_f64() > Some(0.0), "{session}");
    Ok(())
}

#[test]
fn claim_2_10_a_client_that_answers_no_ping_is_found_out() -> TestResult {
    let host = serving(guests::WAITS)?.with_settings(FREELY)?;
    let mut client = host.client()?;
    let tested = client.reboot("reconnect_test", json!({}))?;
    let session = &tested["results"]["all_sessions"]["sessions"][0];
    assert_eq!((&session["method"], session.get("round_trip_ms")), (&json!("request"), None));
    assert!(session["status"].as_str().is_some_and(|status| status.contains("has not answered a ping in 300 ms")));
    Ok(())
}

#[test]
fn claim_1_21_one_session_is_tested_by_its_id_and_an_unknown_one_is_an_error() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    let id = session_of(&mut client)?;
    let tested = test(&mut client, &json!({ "session_id": id }))?;
    let session = &tested["results"]["session_test"];
    assert_eq!((&session["session_id"], &session["reachable"]), (&json!(id), &json!(true)));
    assert!(tested["results"].get("all_sessions").is_none(), "{tested}");
    let error =
        client.reboot_fails("reconnect_test", json!({ "session_id": "client_session_123" }), "INVALID_PARAMETERS")?;
    assert!(error["error"].as_str().is_some_and(|error| error.contains(&id)), "those there are are named: {error}");
    Ok(())
}

#[test]
fn a_client_whose_protocol_has_no_ping_is_there_as_long_as_its_connection_is() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({}))?;
    let tested = client.reboot("reconnect_test", json!({}))?;
    let session = &tested["results"]["all_sessions"]["sessions"][0];
    assert_eq!((&session["method"], &session["reachable"]), (&json!("connection"), &json!(true)), "{tested}");
    assert_eq!((&session["protocol"], &session["reconnect_capable"]), (&json!("2026-07-28"), &json!(true)));
    assert!(client.unread()?.iter().all(|message| message["method"] != "ping"), "it was not asked");
    Ok(())
}

#[test]
fn claim_3_18_a_client_that_only_discovers_is_a_session() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.modern_client(&json!({}))?;
    client.request("server/discover", json!({}))?.result()?;
    let tested = client.reboot("reconnect_test", json!({}))?;
    assert_eq!(tested["results"]["all_sessions"]["total_sessions"], 1, "before and after are the same session");
    Ok(())
}

#[test]
fn what_is_queued_for_whom_is_counted() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(FREELY)?;
    let mut client = host.client()?;
    let empty = test(&mut client, &json!({}))?["results"]["buffer_status"].clone();
    assert_eq!((&empty["total_buffered_requests"], &empty["status"]), (&json!(0), &json!("empty")));
    assert_eq!((&empty["limit_per_client"], &empty["expires_after_seconds"]), (&json!(100), &json!(300)));
    let stuck = client.begin_watched_call("loop", json!({}), "stuck")?;
    client.receive("progress", |message| message["params"]["progressToken"] == "stuck")?;
    for text in ["one", "two"] {
        client.begin_call("mark", json!({ "text": text }))?;
    }
    until("both queue", || {
        let buffered = test(&mut client, &json!({}))?["results"]["buffer_status"].clone();
        let session = &buffered["sessions"][0];
        let counted =
            [&buffered["total_buffered_requests"], &buffered["sessions_with_buffers"], &session["calls_under_way"]];
        Ok(counted == [&json!(2), &json!(1), &json!(3)] && buffered["status"] == "buffering")
    })?;
    client.cancel(stuck)?;
    let without = test(&mut client, &json!({ "include_buffer_status": false, "include_reconnection_stats": false }))?;
    let parts: Vec<_> = without["results"].as_object().into_iter().flat_map(|parts| parts.keys()).collect();
    assert_eq!(parts, ["all_sessions"]);
    Ok(())
}

#[test]
fn claim_1_28_whoever_comes_back_after_a_crash_is_counted() -> TestResult {
    let host = serving(guests::WAITS)?.with_settings(FREELY)?;
    let mut client = working(&host)?;
    let before = stats(&mut client)?;
    assert_eq!((&before["successful_reconnections"], &before["status"]), (&json!(0), &json!("nobody was cut off")));
    client.kill()?;
    let mut client = working(&host)?;
    let after = stats(&mut client)?;
    assert_eq!((&after["successful_reconnections"], &after["failed_reconnections"]), (&json!(1), &json!(0)), "{after}");
    assert_eq!((&after["interrupted_sessions"], &after["success_rate"]), (&json!(1), &json!(1.0)));
    let seconds = after["average_reconnection_time"].as_f64();
    assert!(seconds > Some(0.0) && seconds < Some(60.0), "{after}");
    let tested = test(&mut client, &json!({}))?;
    assert_eq!(tested["results"]["all_sessions"]["reconnect_capable"], 1, "it has been seen to come back");
    Ok(())
}

#[test]
fn claim_3_19_whoever_was_sent_away_may_come_back_and_whoever_left_is_not_expected() -> TestResult {
    let host = serving(guests::WAITS)?.with_settings(FREELY)?;
    working(&host)?.close()?;
    let client = working(&host)?;
    client.terminate()?;
    let mut client = working(&host)?;
    let after = stats(&mut client)?;
    let counted =
        ["successful_reconnections", "interrupted_sessions", "remembered_sessions"].map(|field| after[field].clone());
    assert_eq!(counted, [json!(1), json!(0), json!(3)], "{after}");
    Ok(())
}

#[test]
fn looking_leaves_no_trace_where_no_host_has_been() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client()?;
    let tested = test(&mut client, &json!({}))?;
    assert_eq!(tested["results"]["reconnection_stats"]["remembered_sessions"], 0);
    assert!(!host.dir().join("host.sqlite").exists(), "to ask who is there makes nobody the host");
    Ok(())
}

/// Tests, and answers the ping.
fn test(client: &mut Client, arguments: &Value) -> anyhow::Result<Value> {
    let call = client.begin_reboot("reconnect_test", arguments)?;
    let ping = client.hear("ping")?;
    client.reply(&ping, &json!({}))?;
    client.rebooted("reconnect_test", call)
}

fn stats(client: &mut Client) -> anyhow::Result<Value> {
    Ok(test(client, &json!({}))?["results"]["reconnection_stats"].clone())
}

fn session_of(client: &mut Client) -> anyhow::Result<String> {
    let tested = test(client, &json!({}))?;
    let id = tested["results"]["all_sessions"]["sessions"][0]["session_id"].as_str();
    ensure!(id.is_some(), "no session: {tested}");
    Ok(id.unwrap_or_default().to_owned())
}

/// A client that has called, and whose row is written.
fn working(host: &Host) -> anyhow::Result<Client> {
    let rows = || -> anyhow::Result<u64> {
        let file = host.dir().join("host.sqlite");
        if !file.exists() {
            return Ok(0);
        }
        let database = rusqlite::Connection::open(file)?;
        // The table comes with the file; the file is there before it.
        Ok(database.query_row("SELECT count(*) FROM session", [], |row| row.get(0)).unwrap_or(0))
    };
    let before = rows()?;
    let mut client = host.client()?;
    mark(&mut client, "here")?;
    until("its row is there", || Ok(rows()? > before))?;
    Ok(client)
}
