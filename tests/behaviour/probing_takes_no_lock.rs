//! A process that is only asked what it offers gets in nobody's way: the data stays with whoever works.

use anyhow::ensure;
use mainstay_tests::reboot::OWN;
use mainstay_tests::{Client, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, mark, serving};

#[test]
fn a_process_beside_the_one_that_works_answers_every_list() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let mut works = host.client()?;
    works.done("orchestrator_get_status", json!({}))?;
    let mut probes = host.client()?;
    probe(&mut probes)?;
    let mut probes = host.modern_client(&json!({}))?;
    probes.request("server/discover", json!({}))?.result()?;
    probe(&mut probes)?;
    works.done("orchestrator_get_status", json!({}))?;
    Ok(())
}

#[test]
fn its_first_call_is_answered_by_whoever_has_the_data() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let mut works = host.client()?;
    works.done("orchestrator_get_status", json!({}))?;
    let mut probes = host.client()?;
    probe(&mut probes)?;
    probes.done("orchestrator_get_status", json!({}))?;
    let health = works.done("orchestrator_health_check", json!({}))?;
    assert_eq!(health["checks"]["connections"]["active_connections"], 2, "{health}");
    probe(&mut probes)
}

#[test]
fn a_process_that_was_probed_first_is_in_nobodys_way() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    let mut probed = host.client()?;
    probe(&mut probed)?;
    assert!(!host.dir().join("slots").read_dir()?.any(|_| true), "probing opens no data");
    host.client()?.done("orchestrator_get_status", json!({}))?;
    probe(&mut probed)
}

#[test]
fn a_host_that_ends_leaves_no_lock_behind() -> TestResult {
    let host = serving(guests::TRAPS)?;
    for end in ["kill", "close", "terminate"] {
        let mut client = host.client()?;
        mark(&mut client, end)?;
        match end {
            "kill" => client.kill()?,
            "close" => client.close()?,
            _ => client.terminate()?,
        };
    }
    mark(&mut host.client()?, "after")
}

#[test]
fn hello_is_said_before_anything_is_compiled() -> TestResult {
    // Nothing is compiled for this data directory, and compiling takes a while.
    let mut client = PROGRAM.cold_host(guests::ECHO)?.client()?;
    client.request("ping", json!({}))?.result()?;
    let listed = client.request("tools/list", json!({}))?.result()?.clone();
    ensure!(listed["tools"][OWN.len()]["name"] == "echo", "{listed}");
    Ok(())
}

fn probe(client: &mut Client) -> TestResult {
    client.request("ping", json!({}))?;
    for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
        let answer = client.request(method, json!({}))?;
        answer.result().map_err(|error| error.context(method))?;
    }
    Ok(())
}
