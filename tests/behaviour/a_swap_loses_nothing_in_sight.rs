//! A new version takes over under an open connection, and a client that does not look at versions sees nothing of it.

use mainstay_tests::relay::{append, are, rows, version};
use mainstay_tests::{Client, Host, Report, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

#[test]
fn claim_0_1_and_0_5_and_3_20_the_same_connection_goes_on_under_the_next_version() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 1));
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    assert_eq!(version(&mut client)?, ("2.0.0".to_owned(), 2), "what was in memory was handed over");
    append(&mut client, "a", 2)?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 2, "2.0.0")]));
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

#[test]
fn a_new_connection_finds_the_next_version() -> TestResult {
    let (host, mut client) = relay()?;
    version(&mut client)?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    version(&mut client)?;
    client.close()?;
    let mut client = host.client()?;
    assert_eq!(version(&mut client)?, ("2.0.0".to_owned(), 3), "what was in memory was handed over once more");
    client.kill()?;
    // What was in memory when the process was killed went with it; what had been handed over did not.
    assert_eq!(version(&mut host.client()?)?, ("2.0.0".to_owned(), 3));
    Ok(())
}

#[test]
fn calls_that_come_meanwhile_are_answered_by_one_version_or_the_other() -> TestResult {
    let (host, mut client) = relay()?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    let mut sent = Vec::new();
    until("the next version answers", || {
        let number = i64::try_from(sent.len())?;
        let written_by = append(&mut client, "a", number)?;
        sent.push(("a".to_owned(), number, written_by));
        Ok(sent.last().is_some_and(|(_, _, version)| version == "2.0.0"))
    })?;
    swap.report()?.committed()?;
    assert_eq!(rows(&mut client)?, sent);
    Ok(())
}

#[test]
fn the_list_is_the_same_to_the_byte_and_nobody_is_told() -> TestResult {
    for next in [guests::RELAY_NEXT, guests::RELAY_REORDERS] {
        let (host, mut client) = relay()?;
        let before = client.listed_bytes()?;
        let report = host.swap("guest", next, &[])?.committed()?;
        assert_eq!(report.0["drift"]["kind"], "identical");
        assert_eq!(report.warnings(), "");
        assert_eq!(client.listed_bytes()?, before);
        assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    }
    Ok(())
}

#[test]
fn the_report_says_what_was_done_and_is_in_the_history() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    let report = host.swap("guest", guests::RELAY_NEXT, &["--reason", "a try"])?.committed()?;
    let Value::Object(fields) = &report.0 else { panic!("no object: {report:?}") };
    assert_eq!((&fields["slot"], &fields["reason"]), (&json!("guest"), &json!("a try")));
    assert_eq!(fields["origin"], json!({ "kind": "command-line" }));
    let versions = [("from", "1.0.0", 1), ("to", "2.0.0", 2)];
    for (side, version, generation) in versions {
        let found = &fields[side];
        assert_eq!((&found["version"], &found["generation"]), (&json!(version), &json!(generation)));
        assert_eq!((&found["plugin"], &found["schema"]), (&json!("relay"), &json!(1)));
    }
    let steps =
        ["load", "shadow", "replay", "keep", "quiesce", "export", "import", "migrate", "start", "record", "commit"]
            .as_slice();
    assert!(report.steps().iter().all(|step| steps.contains(step)), "{:?}", report.steps());
    assert!(
        ["load", "shadow", "quiesce", "export", "import", "commit"].iter().all(|step| report.steps().contains(step))
    );
    assert!(fields["pause_us"].as_u64().is_some_and(|pause| pause > 0));
    let replay = &fields["replay"];
    assert_eq!((&replay["calls"], &replay["different"]), (&json!(2), &json!(1)), "append answers with its version");
    assert_eq!(replay["differences"][0]["tool"], "append");
    let history = host.history("guest")?;
    assert_eq!(history.len(), 2);
    assert_eq!((&history[0], &history[1].0["origin"]), (&report.without_answers(), &json!({ "kind": "start" })));
    Ok(())
}

#[test]
fn the_status_says_what_serves() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    let before = host.status("guest")?;
    assert_eq!((&before["serving"]["version"], &before["previous"]), (&json!("1.0.0"), &Value::Null));
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    let after = host.status("guest")?;
    assert_eq!((&after["serving"]["version"], &after["previous"]["version"]), (&json!("2.0.0"), &json!("1.0.0")));
    assert_eq!((&after["serving"]["generation"], &after["phase"]), (&json!(2), &json!("probation")));
    assert_eq!((&after["stalled"], &after["queued"], &after["waiting"]), (&Value::Null, &json!(0), &json!(0)));
    Ok(())
}

#[test]
fn the_file_that_serves_already_changes_nothing() -> TestResult {
    let (host, mut client) = relay()?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    for options in [[].as_slice(), &["--force"]] {
        let report = host.swap("guest", guests::RELAY_NEXT, options)?;
        assert_eq!((report.outcome(), report.steps().len()), ("unchanged", 0));
    }
    assert_eq!(host.history("guest")?.len(), 2);
    assert_eq!(host.status("guest")?["serving"]["generation"], 2);
    assert_eq!(version(&mut client)?.0, "2.0.0");
    Ok(())
}

#[test]
fn claim_0_26_a_dry_run_tries_everything_and_changes_not_a_byte() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    let before = files(&host)?;
    let candidates = [
        (guests::RELAY_NEXT, "1.0.0"),
        (guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, "migrates"),
        (guests::RELAY_SELF_TEST_WRITES, "writes where nothing stays"),
    ];
    for (candidate, what) in candidates {
        let report = host.swap("guest", candidate, &["--dry-run"])?;
        assert_eq!(report.outcome(), "ready", "{what}: {report:?}");
        assert!(report.steps().contains(&"shadow") && !report.steps().contains(&"quiesce"), "{:?}", report.steps());
    }
    let report = host.swap("guest", guests::RELAY_FAILS_SELF_TEST, &["--dry-run"])?;
    report.refused("self-test")?;
    assert_eq!(files(&host)?, before);
    assert_eq!(version(&mut client)?.0, "1.0.0");
    let served: Vec<_> = host.history("guest")?.iter().map(|report| report.outcome().to_owned()).collect();
    assert!(!served.contains(&"ready".to_owned()), "{served:?}");
    Ok(())
}

#[test]
fn a_dry_run_says_which_migrations_would_run() -> TestResult {
    let (host, _client) = relay()?;
    let report = host.swap("guest", guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, &["--dry-run"])?;
    assert_eq!(report.0["migrations"], json!(["by client"]));
    Ok(())
}

#[test]
fn two_requests_for_the_same_file_are_one_swap() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    host.hold("shadow")?;
    let mut client = host.connect_saying("info")?;
    client.initialize("2025-11-25", &json!({}))?;
    version(&mut client)?;
    let first = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap has begun", || Ok(host.status("guest")?["phase"] == "staging"))?;
    let second = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the second request has joined it", || Ok(client.words().contains("under way already")))?;
    host.release("shadow")?;
    let (first, second) = (first.report()?.committed()?, second.report()?);
    assert_eq!(first, second);
    assert_eq!(host.history("guest")?.len(), 2);
    Ok(())
}

#[test]
fn two_requests_for_different_files_are_two_swaps_in_turn() -> TestResult {
    let others = [guests::RELAY_NEXT, guests::RELAY_REORDERS];
    let host = serving(guests::RELAY)?.knowing(&others)?;
    host.hold("shadow")?;
    let mut client = host.client()?;
    version(&mut client)?;
    let swaps = others.map(|other| host.begin_swap("guest", other, &[]));
    until("a swap has begun", || Ok(host.status("guest")?["phase"] == "staging"))?;
    host.release("shadow")?;
    let reports = swaps.into_iter().map(|swap| swap?.report()?.committed()).collect::<anyhow::Result<Vec<_>>>()?;
    let generation = |report: &Report, side: &str| report.0[side]["generation"].as_u64();
    let mut chain: Vec<_> = reports.iter().map(|r| (generation(r, "from"), generation(r, "to"))).collect();
    chain.sort();
    assert_eq!(chain, [(Some(1), Some(2)), (Some(2), Some(3))]);
    assert!(version(&mut client)?.0.starts_with("2.0.0"));
    Ok(())
}

#[test]
fn a_slot_that_does_not_exist_and_a_file_that_does_not_are_named() -> TestResult {
    let (host, mut client) = relay()?;
    let missing = host.run(&["swap", "guest", "/nowhere/at-all.wasm"])?;
    let said = String::from_utf8(missing.stderr)?;
    assert!(said.contains("/nowhere/at-all.wasm"), "{said}");
    assert_eq!(missing.status.code(), Some(4));
    let message = host.rollback("nobody", &[])?.refused("no-such-slot")?;
    assert!(message.contains("nobody") && message.contains("guest"), "{message}");
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

/// A host of `relay` that has been called, and who called it.
fn relay() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.knowing(&[
        guests::RELAY_NEXT,
        guests::RELAY_REORDERS,
        guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK,
        guests::RELAY_SELF_TEST_WRITES,
        guests::RELAY_FAILS_SELF_TEST,
    ])?;
    let mut client = host.client()?;
    rows(&mut client)?;
    Ok((host, client))
}

/// The plugin's files, as they are on disk.
fn files(host: &Host) -> anyhow::Result<Vec<Vec<u8>>> {
    let log = host.database().with_extension("sqlite-wal");
    Ok(vec![std::fs::read(host.database())?, std::fs::read(log)?])
}
