//! Whoever runs the host hears from it how it does: whether it lives, whether it serves, and numbers that are right.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Asked, Incoming, Served, guests};
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, serving, until};

fn get(path: &str) -> Asked {
    Asked::new("GET").at(path).header("Host", "localhost")
}

fn is_ready(served: &Served) -> anyhow::Result<bool> {
    Ok(served.ask(&get("/readyz"))?.status == 200)
}

#[test]
fn calls_swaps_and_sessions_are_counted() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    let served = host.over_http()?;
    let (mut older, mut modern) = (served.client("2025-11-25")?, served.modern());
    for number in 0..3 {
        older.done(&served, "append", &json!({ "client": "a", "number": number }))?;
    }
    modern.done(&served, "append", &json!({ "client": "b", "number": 1 }))?;
    modern.done(&served, "version", &json!({}))?;
    let mut joined = host.client()?;
    joined.done("append", json!({ "client": "c", "number": 1 }))?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    older.done(&served, "version", &json!({}))?;
    let expected = [
        ("mainstay_calls_total{tool=\"append\",kind=\"write\",outcome=\"ok\"}", 5.0),
        ("mainstay_call_seconds_count{tool=\"append\",kind=\"write\"}", 5.0),
        ("mainstay_calls_in_flight{state=\"running\"}", 0.0),
        ("mainstay_sessions{transport=\"http\"}", 2.0),
        ("mainstay_sessions{transport=\"joined\"}", 1.0),
        ("mainstay_sessions{transport=\"stdio\"}", 0.0),
        // The first version counts: it took the place of nothing.
        ("mainstay_swaps_total{slot=\"guest\",outcome=\"committed\"}", 2.0),
        ("mainstay_swap_pause_seconds_count{slot=\"guest\"}", 2.0),
        ("mainstay_slot_generation{slot=\"guest\"}", 2.0),
        ("mainstay_slot_serving{slot=\"guest\"}", 1.0),
        ("mainstay_ready", 1.0),
        ("mainstay_http_requests_total{route=\"/mcp\",status=\"200\"}", 7.0),
        ("mainstay_http_requests_total{route=\"/mcp\",status=\"202\"}", 1.0),
    ];
    for (name, number) in expected {
        assert_eq!(served.number(name)?, number, "{name}: {}", served.page()?);
    }
    ensure!(served.number("mainstay_commits_total{slot=\"guest\",outcome=\"committed\"}")? >= 1.0, "it commits");
    assert_eq!(served.ask(&older.delete())?.status, 202);
    until("the session is not counted any more", || Ok(served.number("mainstay_sessions{transport=\"http\"}")? == 1.0))
}

/// The names of families in a text.
fn names(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
    text.match_indices("mainstay_").map(|(at, _)| name(&text[at..])).collect()
}

#[test]
fn the_dashboard_and_the_alerts_ask_for_what_is_there() -> TestResult {
    let host = serving(guests::RELAY)?;
    let served = host.over_http()?;
    served.modern().done(&served, "append", &json!({ "client": "a", "number": 1 }))?;
    let page = served.page()?;
    let families = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let families: BTreeSet<_> = families.collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/operation");
    for file in ["dashboard.json", "alerts.yml"] {
        let asked = names(&fs::read_to_string(folder.join(file))?);
        ensure!(asked.len() > 5, "{file} asks for {asked:?}");
        for name in asked {
            let family = ["", "_total", "_bucket", "_sum", "_count"].iter().filter_map(|end| name.strip_suffix(*end));
            ensure!(family.clone().any(|family| families.contains(family)), "{file} asks for {name}: {page}");
        }
    }
    Ok(())
}

#[test]
fn a_host_is_ready_when_it_serves_and_not_while_it_ends() -> TestResult {
    // It has to compile first.
    let host = PROGRAM.cold_host(guests::RELAY)?;
    let served = host.over_http()?;
    let first = served.ask(&get("/readyz"))?;
    assert_eq!((first.status, &first.json()?["ready"]), (503, &json!(false)), "{first:?}");
    assert_eq!(served.ask(&get("/healthz"))?.status, 200);
    until("it is ready", || is_ready(&served))?;
    let client = served.client("2025-11-25")?;
    let mut notices = served.begin(&client.get(None))?;
    notices.event()?;
    // It was about to ask, and what is begun is finished.
    let mut asking = served.connect()?;
    asking.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n")?;
    until("its connection is accepted", || Ok(served.number("mainstay_ready")? == 1.0))?;
    served.ask_to_end()?;
    ensure!(notices.event()?.is_none(), "who only waits is let go");
    asking.write_all(b"\r\n")?;
    let last = Incoming::read(asking)?.to_end()?;
    let reasons: Vec<Value> = last.json()?["reasons"].as_array().cloned().context("no reasons")?;
    ensure!(last.status == 503 && reasons.iter().any(|reason| reason["reason"] == "draining"), "{last:?}");
    let (status, words) = served.ended()?;
    ensure!(status.success(), "{words}");
    Ok(())
}

/// How this machine is known to others, if it is.
fn own_address() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    }
}

#[test]
fn the_page_is_for_this_machine_and_for_operators() -> TestResult {
    let host = serving(guests::RELAY)?;
    let token = |role: &str| -> anyhow::Result<String> {
        let made = host.run(&["token", "create", "--name", role, "--role", role])?;
        Ok(format!("Bearer {}", String::from_utf8(made.stdout)?.trim()))
    };
    let (operator, user) = (token("operator")?, token("user")?);
    let served = host.over_http_at("0.0.0.0:0")?;
    assert_eq!(served.ask(&get("/metrics"))?.status, 200);
    // Through a proxy.
    let asked = get("/metrics").header("X-Forwarded-For", "192.0.2.7");
    assert_eq!(served.ask(&asked)?.status, 401);
    assert_eq!(served.ask(&asked.clone().header("Authorization", &user))?.status, 403);
    assert_eq!(served.ask(&asked.clone().header("Authorization", &operator))?.status, 200);
    assert_eq!(served.number("mainstay_limit_refusals_total{limit=\"role\"}")?, 1.0);
    assert_eq!(served.number("mainstay_limit_refusals_total{limit=\"authentication\"}")?, 1.0);
    if let Some(address) = own_address() {
        let to = std::net::SocketAddr::from((address, served.address().port()));
        let from_there = |asked: &Asked| -> anyhow::Result<u16> {
            let mut stream = std::net::TcpStream::connect(to)?;
            stream.write_all(&asked.bytes(to))?;
            Ok(Incoming::read(stream)?.status)
        };
        assert_eq!(from_there(&get("/healthz"))?, 200);
        assert_eq!(from_there(&get("/metrics"))?, 401);
        assert_eq!(from_there(&get("/metrics").header("Authorization", &operator))?, 200);
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_host_that_serves_over_http_has_all_the_files_it_may_have() -> TestResult {
    let host = serving(guests::RELAY)?;
    let served = host.over_http_with_files(300)?;
    let limits = fs::read_to_string(format!("/proc/{}/limits", served.process()))?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("no such limit")?;
    let numbers: Vec<_> = line.split_whitespace().skip(3).take(2).collect();
    ensure!(numbers[0] == numbers[1] && numbers[0] != "300", "{line}");
    Ok(())
}
