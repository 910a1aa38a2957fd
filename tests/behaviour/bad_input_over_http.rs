//! Whatever comes over HTTP, the host says what is wrong with it and goes on serving others.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Asked, HttpClient, Incoming, Reply, Served, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving};

/// The host goes on: a client is served.
fn goes_on(served: &Served) -> TestResult {
    served.modern().done(served, "version", &json!({})).map(drop)
}

/// Refused with that status, with words as JSON-RPC has them.
fn refused(served: &Served, asked: &Asked, status: u16) -> anyhow::Result<Value> {
    let reply: Reply = served.ask(asked)?;
    ensure!(reply.status == status, "{status}: {reply:?}");
    let mut said = reply.json()?;
    ensure!(said["jsonrpc"] == "2.0" && said["error"]["message"].is_string(), "{reply:?}");
    Ok(said["error"].take())
}

/// How often that limit has refused something.
fn refusals(served: &Served, limit: &str) -> anyhow::Result<f64> {
    served.number(&format!("mainstay_limit_refusals_total{{limit=\"{limit}\"}}"))
}

fn ping() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })
}

#[test]
fn what_is_no_message_is_told_so() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let client = served.client("2025-11-25")?;
    let bodies: [(&str, i64); 6] = [
        ("", -32_700),
        ("{\"jsonrpc\":\"2.0\",", -32_700),
        ("\u{0}", -32_700),
        ("[]", -32_600),
        ("7", -32_600),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32_600),
    ];
    for (body, code) in bodies {
        let error = refused(&served, &client.post(&ping()).body(body), 400)?;
        assert_eq!(error["code"], code, "{body}: {error}");
    }
    // Batches went with 2025-06-18.
    let batch = json!([ping(), ping()]).to_string();
    assert_eq!(refused(&served, &client.post(&ping()).body(batch), 400)?["code"], -32_600);
    let deep = "[".repeat(100_000);
    refused(&served, &client.post(&ping()).body(deep), 400)?;
    goes_on(&served)
}

#[test]
fn wrong_types_and_versions_are_told_so() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let client = served.client("2025-11-25")?;
    let asked = client.post(&ping());
    for wrong in ["text/plain", "application/jsonp", "", "multipart/form-data; x=application/json"] {
        refused(&served, &asked.clone().header("Content-Type", wrong), 415)?;
    }
    refused(&served, &asked.clone().without("Content-Type"), 415)?;
    for wrong in ["text/html", "application/json", "text/event-stream", "application/json;q=0, text/event-stream"] {
        refused(&served, &asked.clone().header("Accept", wrong), 406)?;
    }
    refused(&served, &client.get(None).header("Accept", "application/json"), 406)?;
    for wrong in ["2099-01-01", "1", "nonsense"] {
        refused(&served, &asked.clone().header("MCP-Protocol-Version", wrong), 400)?;
    }
    let reply = served.ask(&Asked::new("PUT"))?;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, POST, DELETE")));
    reply.json()?;
    assert_eq!(served.ask(&asked.at("/elsewhere"))?.status, 404);
    goes_on(&served)
}

#[test]
fn forged_sessions_and_events_are_none() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let (mut client, other) = (served.client("2025-11-25")?, served.client("2025-11-25")?);
    for forged in ["00000000-0000-0000-0000-000000000000", "' OR 1=1 --", "../../etc", &"x".repeat(4_000)] {
        for asked in [client.post(&ping()), client.get(None), client.delete()] {
            refused(&served, &asked.header("Mcp-Session-Id", forged), 404)?;
        }
    }
    refused(&served, &client.post(&ping()).without("Mcp-Session-Id"), 400)?;
    for forged in ["0", "nonsense", "00000000-0-0-bnVsbA", "1-1-1", &"9".repeat(1_000)] {
        refused(&served, &client.get(Some(forged)), 400)?;
    }
    // One of another session is one that nobody knows.
    let mut stream = served.begin(&client.calling("version", &json!({})))?;
    let id = stream.event()?.and_then(|event| event.id).context("no id")?;
    stream.events()?;
    let events = served.begin(&other.get(Some(&id)))?.events()?;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].data["error"]["data"]["code"], "interrupted");
    goes_on(&served)
}

#[test]
fn headers_that_contradict_the_message_are_told_so() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let mut modern = served.modern();
    let call = modern.calling("version", &json!({}));
    let forged = [("Mcp-Method", "tools/list"), ("Mcp-Name", "append"), ("MCP-Protocol-Version", "2025-11-25")];
    for (name, value) in forged {
        assert_eq!(refused(&served, &call.clone().header(name, value), 400)?["code"], -32_020, "{name}");
    }
    for name in ["Mcp-Method", "Mcp-Name"] {
        assert_eq!(refused(&served, &call.clone().without(name), 400)?["code"], -32_020, "{name}");
    }
    // It has no session, and is not asked for one; a tool without such a parameter does not mind a header for it.
    let beside = call.clone().header("Mcp-Session-Id", "forged").header("Mcp-Param-Nothing", "x");
    served.begin(&beside)?.answer()?.structured()?;
    for method in ["GET", "DELETE"] {
        let reply = served.ask(&Asked::new(method).header("MCP-Protocol-Version", "2026-07-28"))?;
        ensure!(reply.status == 405 || reply.status == 400, "{reply:?}");
    }
    Ok(())
}

#[test]
fn what_is_too_long_is_told_so() -> TestResult {
    let settings = "[server]\nmessage_bytes = 4096\n[http]\nheader_bytes = 8192\n";
    let served = serving(guests::RELAY)?.with_settings(settings)?.over_http()?;
    let client = served.client("2025-11-25")?;
    let long = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": { "x": "x".repeat(5_000) } });
    let error = refused(&served, &client.post(&long), 413)?;
    ensure!(error["message"].as_str().is_some_and(|message| message.contains("server.message_bytes")), "{error}");
    // Without a length, too.
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.to_string().len());
    refused(&served, &client.post(&ping()).header("Transfer-Encoding", "chunked").body(chunk), 413)?;
    let reply = served.ask(&client.post(&ping()).header("X-Long", &"x".repeat(20_000)))?;
    assert_eq!(reply.status, 431);
    let many = (0..200).fold(client.post(&ping()), |asked, number| asked.header(&format!("X-{number}"), "x"));
    assert_eq!(served.ask(&many)?.status, 431);
    assert_eq!(refusals(&served, "body")?, 2.0);
    // A connection is over before it is counted.
    crate::until("both are counted", || Ok(refusals(&served, "headers")? == 2.0))?;
    goes_on(&served)
}

#[test]
fn other_names_and_pages_are_not_served() -> TestResult {
    let served = serving(guests::RELAY)?.over_http()?;
    let client = served.client("2025-11-25")?;
    for asked in [client.post(&ping()), client.get(None), Asked::new("GET").at("/elsewhere")] {
        for host in ["evil.example.com", "localhost.evil.example.com:80", "192.0.2.1"] {
            refused(&served, &asked.clone().header("Host", host), 403)?;
        }
        for origin in ["http://evil.example.com", "null", "file://", "http://localhost.evil.example.com"] {
            refused(&served, &asked.clone().header("Origin", origin), 403)?;
        }
    }
    let own = client.post(&ping()).header("Host", "localhost").header("Origin", "http://localhost:3000");
    assert_eq!(served.ask(&own)?.status, 200);
    assert_eq!(refusals(&served, "origin")?, 21.0);
    Ok(())
}

#[test]
fn connections_that_say_nothing_or_half_of_something_are_closed() -> TestResult {
    let served = serving(guests::RELAY)?.with_settings("[http]\nheader_seconds = 1\n")?.over_http()?;
    let mut held = Vec::new();
    for said in ["", "P", "POST /mcp HTTP/1.1\r\nHost: local", "PRI * HTTP/2.0\r\n", "\u{16}\u{3}\u{1}"] {
        for _ in 0..20 {
            let mut stream = served.connect()?;
            stream.write_all(said.as_bytes())?;
            held.push(stream);
        }
    }
    goes_on(&served)?;
    for mut stream in held {
        // Until its end: it comes, or this hangs.
        drop(stream.read_to_end(&mut Vec::new()));
    }
    goes_on(&served)
}

#[test]
fn one_connection_too_many_is_told_so() -> TestResult {
    let served = serving(guests::RELAY)?.with_settings("[http]\nconnections = 3\n")?.over_http()?;
    let held: Vec<TcpStream> = (0..3).map(|_| served.connect()).collect::<Result<_, _>>()?;
    let reply = Incoming::read(served.connect()?)?;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")));
    assert_eq!(reply.to_end()?.json()?["error"]["data"]["code"], "busy");
    drop(held);
    crate::until("there is room again", || Ok(goes_on(&served).is_ok()))?;
    ensure!(refusals(&served, "connections")? >= 1.0, "it is counted");
    Ok(())
}

#[test]
fn one_session_too_many_is_told_so_while_all_are_in_use() -> TestResult {
    let served = serving(guests::RELAY)?.with_settings("[http]\nsessions = 1\n")?.over_http()?;
    let mut first = served.client("2025-11-25")?;
    let mut notices = served.begin(&first.get(None))?;
    notices.event()?;
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "one more", "version": "1" } });
    let asked = Asked::post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello }));
    let reply = served.ask(&asked)?;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("30")), "{reply:?}");
    assert_eq!(refusals(&served, "sessions")?, 1.0);
    drop(notices);
    crate::until("there is room", || Ok(served.ask(&asked)?.status == 200))?;
    // The one that made room is still good.
    first.done(&served, "version", &json!({}))?;
    Ok(())
}

#[test]
fn too_many_requests_and_streams_are_told_so() -> TestResult {
    let settings = "[http]\nrequests_per_second = 20\nstreams_per_session = 2\n";
    let served = serving(guests::RELAY)?.with_settings(settings)?.over_http()?;
    let client = served.client("2025-11-25")?;
    let streams = [served.begin(&client.get(None))?, served.begin(&client.get(None))?];
    refused(&served, &client.post(&ping()), 429)?;
    assert_eq!(refusals(&served, "streams")?, 1.0);
    drop(streams);
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let reply = served.ask(&client.post(&ping()))?;
        if reply.status == 429 && reply.body.contains("requests in a second") {
            assert_eq!(reply.header("retry-after"), Some("1"));
            assert_eq!(refusals(&served, "rate")?, 1.0);
            return Ok(());
        }
        statuses.push(reply.status);
    }
    anyhow::bail!("none was refused: {statuses:?}")
}

/// Sends requests one after the other and reads nothing, until the host has had enough.
fn never_reads(served: &Served, client: &mut HttpClient) -> anyhow::Result<usize> {
    let mut stream = served.connect()?;
    let mut sent = 0;
    loop {
        let asked = client.request("tools/list", &json!({})).header("Connection", "keep-alive");
        if stream.write_all(&asked.bytes(served.address())).is_err() {
            return Ok(sent);
        }
        sent += 1;
    }
}

#[test]
fn a_client_that_never_reads_holds_up_nobody_and_is_cut_off() -> TestResult {
    let settings = "[http]\nslow_reader_seconds = 1\nrequests_per_second = 0\n";
    let served = serving(guests::RELAY)?.with_settings(settings)?.over_http()?;
    let mut older = served.client("2025-11-25")?;
    std::thread::scope(|scope| {
        let stuck = [
            scope.spawn(|| never_reads(&served, &mut served.modern())),
            scope.spawn(|| never_reads(&served, &mut older.clone())),
        ];
        goes_on(&served)?;
        for stuck in stuck {
            let sent = stuck.join().map_err(|_| anyhow::anyhow!("it panicked"))??;
            ensure!(sent > 0, "nothing was sent");
        }
        goes_on(&served)
    })?;
    older.done(&served, "version", &json!({}))?;
    crate::until("both are counted", || Ok(refusals(&served, "slow-reader")? >= 2.0))
}
