//! The list of tools is at the front of every prompt: it changes when somebody says so, as little as possible, and
//! whoever goes by the old one is told of the new.

use std::fs;

use anyhow::Context as _;
use mainstay::model::swap::{Origin, SwapOutcome};
use mainstay_tests::reboot::OWN;
use mainstay_tests::relay::{append, rows, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::inside::{Inside, alone, runtime};
use crate::{PROGRAM, TestResult, serving, until};

const CHANGED: &str = "notifications/tools/list_changed";

#[test]
fn new_tools_come_last_and_nothing_before_them_moves() -> TestResult {
    let (host, mut client) = relay("")?;
    let before = tools(&mut client)?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    client.hear(CHANGED)?;
    let after = tools(&mut client)?;
    assert_eq!(after[..before.len()], before);
    assert_eq!((after.len() - before.len(), &after[before.len()]["name"]), (1, &json!("greet")));
    assert!(client.unread()?.is_empty(), "it was said once: {:?}", client.unread()?);
    assert_eq!(client.done("greet", json!({}))?["done"], true);
    Ok(())
}

/// Protocol 2026-07-28 forbids a list that changes as the effect of a request.
#[test]
fn a_client_whose_list_is_fixed_may_not_change_it_even_by_force() -> TestResult {
    let _alone = alone();
    runtime().block_on(async {
        let host = PROGRAM.host(guests::RELAY)?.knowing(&[guests::RELAY_NEXT, guests::RELAY_ADDS_TOOL])?;
        let inside = Inside::open(&host, guests::RELAY).await?;
        let client = |fixed_list| Origin::Client { name: "behaviour".to_owned(), fixed_list };
        let refused = inside.swap_as(guests::RELAY_ADDS_TOOL, client(true), true).await;
        let outcome = serde_json::to_value(&refused.outcome)?;
        assert_eq!((&outcome["kind"], &outcome["code"]), (&json!("refused"), &json!("fixed-list")), "{outcome}");
        let hint = outcome["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("plugins/guest.wasm"), "it says what to do instead: {hint}");
        assert!(matches!(
            inside.swap_as(guests::RELAY_NEXT, client(true), false).await.outcome,
            SwapOutcome::Committed
        ));
        let forced = inside.swap_as(guests::RELAY_ADDS_TOOL, client(false), true).await;
        assert!(matches!(forced.outcome, SwapOutcome::Committed), "{forced:?}");
        Ok(())
    })
}

#[test]
fn the_hosts_own_tools_say_what_their_answers_look_like_only_if_the_settings_ask_for_it() -> TestResult {
    let own = |settings: &str| -> anyhow::Result<Vec<Value>> {
        let mut client = serving(guests::ECHO)?.with_settings(settings)?.client()?;
        let listed = client.request("tools/list", json!({}))?.result()?["tools"].clone();
        Ok(listed.as_array().into_iter().flatten().take(OWN.len()).cloned().collect())
    };
    let (without, with) = (own("")?, own("[reboot]\noutput_schemas = true\n")?);
    for (without, mut with) in without.into_iter().zip(with) {
        assert_eq!(with["outputSchema"]["type"], "object", "{with}");
        with.as_object_mut().context("no object")?.remove("outputSchema");
        assert_eq!(without, with);
    }
    Ok(())
}

#[test]
fn an_edited_tool_keeps_its_place() -> TestResult {
    let (host, mut client) = relay("")?;
    let before = tools(&mut client)?;
    host.swap("guest", guests::RELAY_EDITS_TOOL, &["--force"])?.committed()?;
    client.hear(CHANGED)?;
    let after = tools(&mut client)?;
    assert_eq!((&after[1..], &after[0]["name"]), (&before[1..], &json!("append")));
    assert_ne!(after[0], before[0]);
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn a_change_is_refused_with_what_it_is_and_how_to_insist() -> TestResult {
    let (host, mut client) = relay("")?;
    let before = client.listed_bytes()?;
    let changes = [
        (guests::RELAY_ADDS_TOOL, "append", "+greet", "--append"),
        (guests::RELAY_EDITS_TOOL, "edit", "~append", "--force"),
        (guests::RELAY_DROPS_TOOL, "remove", "-count", "--force"),
    ];
    for (candidate, kind, summary, how) in changes {
        let report = host.swap("guest", candidate, &[])?;
        let message = report.refused("drift")?;
        assert!(message.contains(summary) && message.contains("strict"), "{message}");
        assert_eq!(report.hint(), format!("mainstay swap guest FILE {how}"));
        let drift = &report.0["drift"];
        assert_eq!((&drift["kind"], drift["bytes"].as_u64().is_some_and(|bytes| bytes > 1_000)), (&json!(kind), true));
        let diff = drift["diff"].as_str().context("no diff")?;
        let has = |sign: &str| diff.lines().any(|line| line.starts_with(sign) && !line.starts_with(&sign.repeat(3)));
        let (added, removed) = (has("+"), has("-"));
        assert_eq!((added, removed), (kind != "remove", kind != "append"), "{diff}");
        let said = String::from_utf8(host.run(&["swap", "guest", candidate])?.stderr)?;
        assert!(said.contains(diff.trim_end()) && said.contains(how), "{said}");
    }
    host.swap("guest", guests::RELAY_EDITS_TOOL, &["--append"])?.refused("drift")?;
    assert_eq!(client.listed_bytes()?, before);
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn the_settings_may_allow_more() -> TestResult {
    let (host, mut client) = relay("[swap]\npolicy = \"append\"\n")?;
    host.swap("guest", guests::RELAY_DROPS_TOOL, &[])?.refused("drift")?;
    let report = host.swap("guest", guests::RELAY_ADDS_TOOL, &[])?.committed()?;
    assert!(report.warnings().contains("+greet") && report.warnings().contains("KB again"), "{}", report.warnings());
    client.hear(CHANGED)?;
    let (host, mut client) = relay("[swap]\npolicy = \"force\"\n")?;
    host.swap("guest", guests::RELAY_DROPS_TOOL, &[])?.committed()?;
    client.hear(CHANGED)?;
    assert_eq!(client.tools()?.len(), 6);
    Ok(())
}

#[test]
fn a_call_that_goes_by_an_old_schema_is_handed_the_new_one() -> TestResult {
    let (host, mut client) = relay("")?;
    client.tools()?;
    host.swap("guest", guests::RELAY_EDITS_TOOL, &["--force"])?.committed()?;
    let answer = client.call("append", json!({ "client": "a", "number": 1 }))?;
    let error = answer.tool_error()?;
    assert_eq!((error.code.as_str(), error.retryable), ("stale-schema", true));
    assert!(error.text.contains("label"), "the missing argument: {}", error.text);
    let schema = &answer.result()?["_meta"]["mainstay/error"]["inputSchema"];
    assert!(error.text.contains(&schema.to_string()), "{}", error.text);
    assert_eq!(*schema, tools(&mut client)?[0]["inputSchema"]);
    let error = client.call("append", json!({ "client": "a", "number": 1 }))?.tool_error()?;
    assert_eq!(error.code, "invalid-arguments", "whoever has listed again knows it");
    client.done("append", json!({ "client": "a", "number": 1, "label": "the " }))?;
    assert_eq!(rows(&mut client)?[0].0, "the a");
    Ok(())
}

#[test]
fn a_call_that_queues_while_its_schema_changes_is_handed_the_new_one() -> TestResult {
    let (host, mut client) = relay("")?;
    host.hold("commit")?;
    let swap = host.begin_swap("guest", guests::RELAY_EDITS_TOOL, &["--force"])?;
    until("the swap is held", || Ok(host.status("guest")?["phase"] == "committing"))?;
    let edited = client.begin_call("append", json!({ "client": "a", "number": 1 }))?;
    let same = client.begin_call("version", json!({}))?;
    until("both queue", || Ok(host.status("guest")?["queued"] == 2))?;
    host.release("commit")?;
    swap.report()?.committed()?;
    let answer = client.answer(edited)?;
    assert_eq!(answer.tool_error()?.code, "stale-schema");
    assert!(answer.result()?["_meta"]["mainstay/error"]["inputSchema"]["properties"]["label"].is_object());
    assert_eq!(client.answer(same)?.structured()?["version"], "2.0.0-edits-tool");
    assert!(rows(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn a_tool_that_was_removed_is_answered_for() -> TestResult {
    let (host, mut client) = relay("")?;
    client.done("count", json!({}))?;
    let swap = host.swap("guest", guests::RELAY_DROPS_TOOL, &["--force"])?.committed()?;
    client.hear(CHANGED)?;
    for again in [false, true] {
        let answer = client.call("count", json!({}))?;
        let error = answer.tool_error()?;
        assert_eq!((error.code.as_str(), error.retryable), ("tool-removed", false), "{again}");
        assert!(error.text.contains(swap.id()) && error.text.contains("append, list"), "{}", error.text);
        let machine = &answer.result()?["_meta"]["mainstay/error"];
        assert_eq!(machine["swap"], swap.id());
        assert_eq!(machine["tools"], json!(client.tools()?));
    }
    let (code, _) = client.call("never_was", json!({}))?.error()?;
    assert_eq!(code, -32602);
    Ok(())
}

#[test]
fn a_tool_that_comes_back_comes_last() -> TestResult {
    let (host, mut client) = relay("")?;
    host.swap("guest", guests::RELAY_DROPS_TOOL, &["--force"])?.committed()?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.refused("drift")?;
    host.swap("guest", guests::RELAY_NEXT, &["--append"])?.committed()?;
    assert_eq!(client.tools()?, ["append", "list", "version", "wait_for_word", "spin", "same", "count"]);
    assert_eq!(client.done("count", json!({}))?["count"], 0);
    Ok(())
}

#[test]
fn a_rollback_changes_the_list_back_and_says_so() -> TestResult {
    let (host, mut client) = relay("")?;
    let before = client.listed_bytes()?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    client.hear(CHANGED)?;
    host.rollback("guest", &[])?.committed()?;
    client.hear(CHANGED)?;
    assert_eq!(client.listed_bytes()?, before);
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn whoever_is_busy_is_told_when_idle_if_so_set() -> TestResult {
    let (host, mut client) = relay("[swap]\npublish = \"when-idle\"\n")?;
    let call = client.begin_call("wait_for_word", json!({ "number": 1 }))?;
    let question = client.hear("elicitation/create")?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    append(&mut client, "a", 1)?;
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    client.reply(&question, &json!({ "action": "accept", "content": { "word": "ahoy" } }))?;
    client.answer(call)?.structured()?;
    client.hear(CHANGED)?;
    assert_eq!(client.tools()?.len(), 8);
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn open_connections_are_told_nothing_if_so_set() -> TestResult {
    let (host, mut client) = relay("[swap]\npublish = \"new-sessions\"\n")?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    assert_eq!(version(&mut client)?.0, "2.0.0-adds-tool");
    client.request("ping", json!({}))?;
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    assert_eq!(client.tools()?.len(), 8, "whoever lists again sees it");
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn what_is_stored_is_listed_before_anything_is_compiled() -> TestResult {
    let (host, mut client) = relay("")?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    let before = client.listed_bytes()?;
    client.close()?;
    // From now on nothing can be compiled, and nothing is compiled already.
    fs::remove_dir_all(host.dir().join("cache"))?;
    let host = host.with_settings("[compile]\nmemory_bytes = 1000000\n")?;
    let mut client = host.client()?;
    assert_eq!(client.listed_bytes()?, before);
    let error = client.call("greet", json!({}))?.tool_error()?;
    assert_eq!(error.code, "plugin", "{}", error.text);
    assert_eq!(client.listed_bytes()?, before, "tools are not withdrawn because the plugin fails");
    Ok(())
}

#[test]
fn the_list_of_a_new_process_is_the_same_to_the_byte() -> TestResult {
    let (host, mut client) = relay("")?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    host.swap("guest", guests::RELAY_REORDERS, &["--force"])?.committed()?;
    let before = client.listed_bytes()?;
    client.kill()?;
    let mut client = host.client()?;
    assert_eq!(client.listed_bytes()?, before);
    assert_eq!(version(&mut client)?.0, "2.0.0-reorders");
    assert_eq!(client.listed_bytes()?, before);
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

#[test]
fn a_client_of_2026_07_28_hears_of_a_change_if_it_listens() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_ADDS_TOOL, guests::RELAY_NEXT])?;
    let mut client = host.modern_client(&json!({}))?;
    rows(&mut client)?;
    let listening = client.begin("subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }))?;
    client.hear("notifications/subscriptions/acknowledged")?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    let heard = client.hear(CHANGED)?;
    assert_eq!(heard["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], listening);
    assert_eq!(client.tools()?.last().map(String::as_str), Some("greet"));
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

#[test]
fn a_client_of_2026_07_28_that_does_not_listen_asks_again_soon() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_ADDS_TOOL])?;
    let mut client = host.modern_client(&json!({}))?;
    rows(&mut client)?;
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    let listed = client.request("tools/list", json!({}))?;
    let keep = listed.result()?["ttlMs"].as_u64().context("no time")?;
    assert!((1..=10_000).contains(&keep), "{keep}");
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

/// A host of `relay` that has been called, and a client that shows forms.
fn relay(settings: &str) -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.with_settings(settings)?.knowing(&[
        guests::RELAY_NEXT,
        guests::RELAY_REORDERS,
        guests::RELAY_ADDS_TOOL,
        guests::RELAY_EDITS_TOOL,
        guests::RELAY_DROPS_TOOL,
    ])?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    rows(&mut client)?;
    Ok((host, client))
}

fn tools(client: &mut Client) -> anyhow::Result<Vec<Value>> {
    let listed = client.request("tools/list", json!({}))?;
    let tools = listed.result()?["tools"].as_array().context("no list")?;
    // The host's own come first.
    Ok(tools.iter().skip_while(|tool| OWN.iter().any(|own| tool["name"] == *own)).cloned().collect())
}
