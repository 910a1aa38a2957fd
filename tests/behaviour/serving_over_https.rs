//! With a certificate the host speaks HTTPS and nothing else, and takes up another certificate while it runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Host, Served, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

/// For this machine, of nobody.
const REQUEST: &str = "[req]\ndistinguished_name = dn\nx509_extensions = ext\nprompt = no\n[dn]\nCN = localhost\n[ext]\n\
    subjectAltName = DNS:localhost,IP:127.0.0.1\nbasicConstraints = critical,CA:FALSE\n";

/// Makes a new certificate and its key in that folder, as whoever runs a host would. Says what it is.
fn certificate(dir: &Path) -> anyhow::Result<String> {
    let (request, key, cert) = (dir.join("request"), dir.join("new-key.pem"), dir.join("new-cert.pem"));
    fs::write(&request, REQUEST)?;
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    let made = openssl.arg("-config").arg(&request).arg("-keyout").arg(&key).arg("-out").arg(&cert).output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = fs::read_to_string(&cert)?;
    fs::rename(key, dir.join("key.pem"))?;
    fs::rename(cert, dir.join("cert.pem"))?;
    Ok(text)
}

fn https(dir: &Path) -> anyhow::Result<Host> {
    let at = |name: &str| dir.join(name).display().to_string();
    let settings = format!("[http.tls]\ncert = \"{}\"\nkey = \"{}\"\n", at("cert.pem"), at("key.pem"));
    serving(guests::RELAY)?.with_settings(&settings)
}

/// What the host says of its tools to a client that trusts that certificate and no other.
fn tools(served: &Served, trusted: &str) -> anyhow::Result<Value> {
    let client = reqwest::Client::builder().no_proxy().https_only(true);
    let client = client.tls_certs_only([reqwest::Certificate::from_pem(trusted.as_bytes())?]).build()?;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "behaviour", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } });
    let request = client.post(format!("https://localhost:{}/mcp", served.address().port()));
    let request = request.header("Accept", "application/json, text/event-stream");
    let request = request.header("MCP-Protocol-Version", "2026-07-28").header("Mcp-Method", "tools/list");
    tokio::runtime::Runtime::new()?.block_on(async {
        let response = request.json(&message).send().await?;
        ensure!(response.version() == reqwest::Version::HTTP_11, "{:?}", response.version());
        let answer: Value = response.error_for_status()?.json().await?;
        answer["result"]["tools"].as_array().with_context(|| format!("no tools: {answer}"))?;
        Ok(answer)
    })
}

#[test]
fn clients_that_trust_the_certificate_are_served_and_others_are_not() -> TestResult {
    let (dir, elsewhere) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (own, other) = (certificate(dir.path())?, certificate(elsewhere.path())?);
    let served = https(dir.path())?.over_http()?;
    ensure!(served.words().contains("https://"), "{}", served.words());
    tools(&served, &own)?;
    ensure!(tools(&served, &other).is_err(), "it is not what the client trusts");
    let plain = served.ask(&served.modern().request("tools/list", &json!({})));
    ensure!(plain.is_err(), "whoever does not speak TLS is not answered: {plain:?}");
    tools(&served, &own).map(drop)
}

#[test]
fn another_certificate_is_taken_up_and_a_broken_one_is_not() -> TestResult {
    let dir = tempfile::tempdir()?;
    let first = certificate(dir.path())?;
    let served = https(dir.path())?.over_http()?;
    tools(&served, &first)?;
    fs::write(dir.path().join("cert.pem"), "nonsense")?;
    until("it is said", || Ok(served.words().contains("the new certificate cannot be used")))?;
    tools(&served, &first)?;
    let second = certificate(dir.path())?;
    until("it is served", || Ok(tools(&served, &second).is_ok()))?;
    ensure!(tools(&served, &first).is_err(), "the first is served no more");
    Ok(())
}

#[test]
fn a_host_without_its_certificate_does_not_start() -> TestResult {
    let dir = tempfile::tempdir()?;
    let ended = https(dir.path())?.run(&["serve", "--http", "127.0.0.1:0"])?;
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    ensure!(!ended.status.success() && words.contains("cert.pem"), "{words}");
    Ok(())
}
