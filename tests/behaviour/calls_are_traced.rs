//! Whoever collects traces gets a span of each call and each swap, and nothing of what was said. A collector that is gone
//! costs nobody anything.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use mainstay_tests::guests;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use prost::Message as _;
use serde_json::json;

use crate::{TestResult, serving};

/// Far longer than the host takes to send what it has.
const PATIENCE: Duration = Duration::from_secs(30);
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector that takes whatever is sent to it over HTTP.
struct Collector {
    address: String,
    received: Receiver<Vec<u8>>,
    spans: Vec<Span>,
    /// All bytes so far.
    bytes: Vec<u8>,
}

impl Collector {
    fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let (sender, received) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Ok(Some(body)) = take(&mut reader) {
                        if sender.send(body).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Ok(Self { address, received, spans: Vec::new(), bytes: Vec::new() })
    }

    /// Waits for a span of that name, and gives it with what was said of the same trace.
    fn span(&mut self, name: &str) -> anyhow::Result<Span> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(place) = self.spans.iter().position(|span| span.name == name) {
                return Ok(self.spans.remove(place));
            }
            let left = until.saturating_duration_since(Instant::now());
            let known: Vec<_> = self.spans.iter().map(|span| &span.name).collect();
            let body = self.received.recv_timeout(left).with_context(|| format!("no span {name}, only {known:?}"))?;
            self.bytes.extend(&body);
            let request = ExportTraceServiceRequest::decode(&*body)?;
            for of in request.resource_spans {
                let resource = of.resource.context("nobody sent it")?.attributes;
                ensure!(strings(&resource)["service.name"] == "mainstay", "{resource:?}");
                self.spans.extend(of.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
    }
}

/// The body of the next request, which is answered; none if the client has gone.
fn take(reader: &mut BufReader<TcpStream>) -> anyhow::Result<Option<Vec<u8>>> {
    let (mut first, mut length) = (String::new(), 0);
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    ensure!(first.starts_with("POST /v1/traces "), "{first}");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        match line.split_once(": ") {
            Some(("content-length", bytes)) => length = bytes.parse()?,
            Some(("content-type", kind)) => ensure!(kind == "application/x-protobuf", "{kind}"),
            Some(_) => {}
            None if line.is_empty() => break,
            None => bail!("no header: {line}"),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    reader.get_mut().write_all(answer.as_bytes())?;
    Ok(Some(body))
}

/// Attributes in words.
fn strings(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> HashMap<&str, String> {
    let word = |value: &Any| match value {
        Any::StringValue(text) => text.clone(),
        Any::IntValue(number) => number.to_string(),
        Any::BoolValue(is) => is.to_string(),
        other => format!("{other:?}"),
    };
    let value = |of: &opentelemetry_proto::tonic::common::v1::KeyValue| of.value.as_ref()?.value.as_ref().map(word);
    attributes.iter().filter_map(|of| Some((of.key.as_str(), value(of)?))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_call_is_a_span_of_the_clients_trace_and_says_nothing_of_what_was_said() -> TestResult {
    let mut collector = Collector::start()?;
    let host = serving(guests::ECHO)?.with_set(&format!("telemetry.otlp=\"{}\"", collector.address));
    let mut client = host.client()?;
    let meta = json!({ "traceparent": format!("00-{TRACE}-{PARENT}-01") });
    let params = json!({ "name": "insert", "arguments": { "message": "a-secret-word" }, "_meta": meta });
    client.request("tools/call", params)?.structured()?;
    let span = collector.span("tools/call insert")?;
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    let said = strings(&span.attributes);
    let expected = [
        ("gen_ai.tool.name", "insert"),
        ("mainstay.slot", "guest"),
        ("mainstay.generation", "1"),
        ("mainstay.transport", "stdio"),
        ("mainstay.outcome", "ok"),
    ];
    for (key, value) in expected {
        assert_eq!(said.get(key).map(String::as_str), Some(value), "{key}: {said:?}");
    }
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    client.call("made-up-a-secret-word", json!({}))?;
    let span = collector.span("tools/call other")?;
    assert_eq!(span.status.context("no status")?.code, i32::from(StatusCode::Error));
    assert!(span.parent_span_id.is_empty(), "it is of a trace of its own");
    let bytes = String::from_utf8_lossy(&collector.bytes).into_owned();
    assert!(!bytes.contains("a-secret-word"), "no arguments, and no names that are made up");
    Ok(())
}

#[test]
fn a_swap_is_a_span_with_its_steps_below_it() -> TestResult {
    let mut collector = Collector::start()?;
    let host = serving(guests::RELAY)?.with_set(&format!("telemetry.otlp=\"{}\"", collector.address));
    let mut client = host.client()?;
    // Opens the slot.
    client.done("version", json!({}))?;
    let answer = client.reboot("restart_server", json!({}))?;
    let commit = collector.span("swap commit")?;
    let swap = loop {
        let swap = collector.span("swap")?;
        if strings(&swap.attributes)["mainstay.swap"] == answer["swap_id"].as_str().context("no id")? {
            break swap;
        }
    };
    let said = strings(&swap.attributes);
    assert_eq!((said["mainstay.outcome"].as_str(), said["mainstay.restart"].as_str()), ("committed", "true"));
    assert_eq!((said["mainstay.slot"].as_str(), said["mainstay.generation"].as_str()), ("guest", "2"));
    let mut commits = vec![commit];
    while !commits.iter().any(|commit| commit.parent_span_id == swap.span_id) {
        commits.push(collector.span("swap commit")?);
    }
    let commit = commits.pop().context("no commit")?;
    assert_eq!(commit.trace_id, swap.trace_id);
    assert!(commit.start_time_unix_nano >= swap.start_time_unix_nano, "a step is within its swap");
    assert!(commit.end_time_unix_nano <= swap.end_time_unix_nano, "a step is within its swap");
    Ok(())
}

#[test]
fn what_is_left_is_sent_when_the_host_ends() -> TestResult {
    let mut collector = Collector::start()?;
    let host = serving(guests::ECHO)?.with_set(&format!("telemetry.otlp=\"{}\"", collector.address));
    let mut client = host.client()?;
    client.done("echo", json!({ "message": "hello" }))?;
    ensure!(client.close()?.status.success(), "it ends well");
    collector.span("tools/call echo").map(drop)
}

#[test]
fn a_collector_that_is_gone_or_says_nothing_costs_nobody_anything() -> TestResult {
    // One takes connections and never answers, the other is not there.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let gone = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    for address in [silent.local_addr()?, gone] {
        let host = serving(guests::ECHO)?.with_set(&format!("telemetry.otlp=\"http://{address}\""));
        let mut client = host.client()?;
        for number in 0..20 {
            client.done("echo", json!({ "message": number.to_string() }))?;
        }
        let ended = client.close()?;
        ensure!(ended.status.success(), "{}", ended.words);
        ensure!(ended.took < PATIENCE / 2, "it waited for the collector: {:?}", ended.took);
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_of_it_is_there_unless_somebody_collects() -> TestResult {
    let threads = |process: u32| -> anyhow::Result<Vec<String>> {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task"))?;
        let names = tasks.map(|task| Ok(std::fs::read_to_string(task?.path().join("comm"))?.trim().to_owned()));
        names.collect()
    };
    let exports = |names: &[String]| names.iter().any(|name| name.starts_with("OpenTelemetry"));
    let collector = Collector::start()?;
    let host = serving(guests::ECHO)?;
    let mut client = host.client()?;
    client.done("echo", json!({ "message": "hello" }))?;
    assert!(!exports(&threads(client.process())?));
    client.close()?;
    let host = host.with_set(&format!("telemetry.otlp=\"{}\"", collector.address));
    let mut client = host.client()?;
    client.done("echo", json!({ "message": "hello" }))?;
    assert!(exports(&threads(client.process())?));
    Ok(())
}

#[test]
fn an_address_that_is_none_is_refused_with_what_it_should_be() -> TestResult {
    let host = serving(guests::ECHO)?;
    for wrong in ["localhost:4318", "ftp://localhost", "http://u:p@localhost", "http://localhost/v1/traces"] {
        let output = host.run(&["--set", &format!("telemetry.otlp=\"{wrong}\""), "config"])?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && words.contains("http://127.0.0.1:4318"), "{wrong}: {words}");
    }
    Ok(())
}
