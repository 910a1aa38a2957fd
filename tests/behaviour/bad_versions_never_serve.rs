//! Whatever is wrong with a new version, it is found out while the old one serves, which then goes on with all its
//! data.

use std::fs;

use anyhow::Context as _;
use mainstay_tests::relay::{append, are, rows, version};
use mainstay_tests::{Client, Host, STEPS, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, serving};

/// A candidate, how it is refused, and a word of why.
const BAD: [(&str, &str, &str); 13] = [
    (guests::RELAY_TRAPS_ON_START, "start", "on start"),
    (guests::RELAY_TRAPS_ON_IMPORT, "import", "on import"),
    (guests::RELAY_REFUSES_STATE, "import", "this is not how I count"),
    (guests::RELAY_HOARDS_ON_START, "start", "33554432"),
    (guests::RELAY_BAD_MIGRATION, "migration", "\"misspelt\""),
    (guests::RELAY_MIGRATION_MEETS_DATA, "migration", "\"one of each\""),
    (guests::RELAY_REFUSES_OLD_DATA, "schema", "schema 1"),
    (guests::RELAY_FAILS_SELF_TEST, "self-test", "Something is missing"),
    (guests::RELAY_DROPS_TOOL, "drift", "-count"),
    (guests::RELAY_ADDS_TOOL, "drift", "+greet"),
    (guests::RELAY_EDITS_TOOL, "drift", "~append"),
    (guests::CLASH, "other-plugin", "\"clash\""),
    (guests::ANOTHER_WORLD, "load", "does not export mainstay:plugin/lifecycle@0.1.0"),
];

#[test]
fn claim_3_13_a_bad_version_is_refused_and_the_old_one_goes_on() -> TestResult {
    let known: Vec<_> = BAD.iter().map(|(guest, ..)| *guest).filter(|guest| *guest != guests::ANOTHER_WORLD).collect();
    let host = serving(guests::RELAY)?.with_settings("[entry]\nmemory_bytes = 33554432\n")?.knowing(&known)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    append(&mut client, "a", 1)?;
    for (asked, (candidate, code, words)) in (1..).zip(BAD) {
        let report = host.swap("guest", candidate, &[])?;
        let message = report.refused(code).with_context(|| candidate.to_owned())?;
        assert!(message.contains(words), "{words:?} in {message}");
        assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), asked), "after {candidate}");
        assert_eq!(host.history("guest")?[0], report);
    }
    let status = host.status("guest")?;
    assert_eq!((&status["phase"], &status["serving"]["generation"]), (&json!("idle"), &json!(1)));
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 1, "1.0.0")]));
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

#[test]
fn a_file_that_is_no_component_is_refused_with_what_is_wrong_with_it() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[])?;
    let relay = fs::read(guests::RELAY)?;
    let files: [(&str, &[u8]); 4] = [
        ("no WebAssembly at all", b"This is not a plugin."),
        ("no WebAssembly at all", b""),
        ("core WebAssembly module", b"\0asm\x01\0\0\0"),
        ("damaged", &relay[..relay.len() / 2]),
    ];
    for (words, bytes) in files {
        let file = host.dir().join("candidate.wasm");
        fs::write(&file, bytes)?;
        let swap = host.run(&["swap", "guest", file.to_str().context("no text")?])?;
        let said = String::from_utf8(swap.stderr)?;
        assert!(said.contains(words), "{words:?} in {said}");
        assert_eq!((swap.status.code(), swap.stdout.len()), (Some(4), 0));
    }
    goes_on(&mut client, "1.0.0")
}

#[test]
fn a_refusal_has_an_exit_code_of_its_own() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_FAILS_SELF_TEST])?;
    let swap = host.run(&["swap", "guest", guests::RELAY_FAILS_SELF_TEST])?;
    assert_eq!((swap.status.code(), swap.stdout.len()), (Some(7), 0));
    let said = String::from_utf8(swap.stderr)?;
    assert!(said.contains("self-test") && said.contains("Something is missing"), "{said}");
    goes_on(&mut client, "1.0.0")
}

#[test]
fn claim_0_23_a_migration_that_meets_no_bad_data_goes_through() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_MIGRATION_MEETS_DATA])?;
    let report = host.swap("guest", guests::RELAY_MIGRATION_MEETS_DATA, &[])?.committed()?;
    assert_eq!((&report.0["migrations"], &report.0["to"]["schema"]), (&json!(["one of each"]), &json!(2)));
    goes_on(&mut client, "2.0.0-migration-meets-data")?;
    let twice = client.call("append", json!({ "client": "a", "number": 1 }))?.tool_error()?;
    assert!(twice.text.contains("UNIQUE"), "{}", twice.text);
    Ok(())
}

#[test]
fn a_tool_that_another_slot_has_is_not_taken_from_it() -> TestResult {
    let host = PROGRAM.host_of(&[("one", guests::RELAY), ("two", guests::ECHO)])?.knowing(&[guests::CLASH])?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let before = client.listed_bytes()?;
    let message = host.swap("three", guests::CLASH, &["--append"])?.refused("clash")?;
    assert!(message.contains("append") && message.contains("one"), "{message}");
    assert_eq!(client.listed_bytes()?, before);
    goes_on(&mut client, "1.0.0")
}

#[test]
fn too_much_state_stays_where_it_is() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY_BIG_STATE, &[guests::RELAY_NEXT])?;
    let message = host.swap("guest", guests::RELAY_NEXT, &[])?.refused("exported-state")?;
    assert!(message.contains("65536"), "{message}");
    goes_on(&mut client, "1.0.0-big-state")
}

#[test]
fn a_plugin_that_never_rests_is_replaced_by_force_only() -> TestResult {
    let host = serving(guests::RELAY_NEVER_RESTS)?.with_settings("[swap]\nquiesce_ms = 50\n")?;
    let host = host.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    let report = host.swap("guest", guests::RELAY_NEXT, &[])?;
    assert!(report.refused("busy")?.contains("a thought is not finished"));
    assert!(report.hint().contains("--force"), "{}", report.hint());
    goes_on(&mut client, "1.0.0-never-rests")?;
    host.swap("guest", guests::RELAY_NEXT, &["--force"])?.committed()?;
    goes_on(&mut client, "2.0.0")
}

#[test]
fn a_self_test_leaves_no_trace() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_SELF_TEST_WRITES])?;
    host.swap("guest", guests::RELAY_SELF_TEST_WRITES, &[])?.committed()?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0")]));
    let keys = "SELECT count(*) FROM _mainstay_state";
    let keys: i64 = rusqlite::Connection::open(host.database())?.query_row(keys, [], |row| row.get(0))?;
    assert_eq!(keys, 0);
    goes_on(&mut client, "2.0.0-self-test-writes")
}

#[test]
fn an_old_version_that_fails_in_its_last_moment_is_replaced_all_the_same() -> TestResult {
    for failing in [guests::RELAY_TRAPS_ON_EXPORT, guests::RELAY_SPINS_ON_QUIESCE] {
        let host = serving(guests::RELAY)?.with_settings("[entry]\ndeadline_ms = 300\n")?;
        let host =
            host.knowing(&[guests::RELAY_TRAPS_ON_EXPORT, guests::RELAY_SPINS_ON_QUIESCE, guests::RELAY_NEXT])?;
        let mut client = host.client()?;
        append(&mut client, "a", 1)?;
        assert_eq!(version(&mut client)?.1, 1);
        host.swap("guest", failing, &[])?.committed()?;
        assert_eq!(version(&mut client)?.1, 2);
        let report = host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
        assert!(report.warnings().contains("failed in"), "{failing}: {}", report.warnings());
        assert_eq!(version(&mut client)?, ("2.0.0".to_owned(), 2), "{failing}: the last exported state is used");
        goes_on(&mut client, "2.0.0")?;
    }
    Ok(())
}

#[test]
fn claim_3_25_a_step_that_fails_leaves_everything_as_it_was() -> TestResult {
    for step in STEPS.into_iter().filter(|step| *step != "committed") {
        let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK])?;
        host.fail(step)?;
        for asked in 1..=2 {
            // Not the component's fault, so it may be tried again.
            let report = host.swap("guest", guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, &[])?;
            report.refused("injected").with_context(|| step.to_owned())?;
            assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), asked), "{step}");
        }
        let indexes = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = 'appended_by_client'";
        let indexes: i64 = rusqlite::Connection::open(host.database())?.query_row(indexes, [], |row| row.get(0))?;
        assert_eq!((indexes, &host.status("guest")?["phase"]), (0, &json!("idle")), "{step}");
        goes_on(&mut client, "1.0.0")?;
        host.release(step)?;
        host.swap("guest", guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, &[])?.committed()?;
        assert_eq!(version(&mut client)?.1, 4, "{step}");
    }
    Ok(())
}

#[test]
fn what_failed_is_not_tried_again_until_it_changes_or_somebody_insists() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_TRAPS_ON_START])?;
    host.swap("guest", guests::RELAY_TRAPS_ON_START, &[])?.refused("start")?;
    let again = host.swap("guest", guests::RELAY_TRAPS_ON_START, &[])?;
    let message = again.refused("quarantined")?;
    assert!(message.contains("start") && message.contains("on start"), "{message}");
    assert!(again.hint().contains("--force"), "{}", again.hint());
    assert!(again.steps().is_empty(), "it was not even loaded: {:?}", again.steps());
    host.swap("guest", guests::RELAY_TRAPS_ON_START, &["--force"])?.refused("start")?;
    let changed = host.dir().join("changed.wasm");
    guests::with_a_remark(guests::RELAY_TRAPS_ON_START, "changed", &changed)?;
    host.swap("guest", changed.to_str().context("no text")?, &[])?.refused("start")?;
    goes_on(&mut client, "1.0.0")
}

#[test]
fn what_was_refused_by_a_rule_is_not_in_quarantine() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_ADDS_TOOL])?;
    for _ in 0..2 {
        host.swap("guest", guests::RELAY_ADDS_TOOL, &[])?.refused("drift")?;
    }
    host.swap("guest", guests::RELAY_ADDS_TOOL, &["--append"])?.committed()?;
    goes_on(&mut client, "2.0.0-adds-tool")
}

#[test]
fn quarantine_outlives_the_host() -> TestResult {
    let (host, client) = serving_a_row(guests::RELAY, &[guests::RELAY_TRAPS_ON_START])?;
    host.swap("guest", guests::RELAY_TRAPS_ON_START, &[])?.refused("start")?;
    client.kill()?;
    let mut client = host.client()?;
    goes_on(&mut client, "1.0.0")?;
    host.swap("guest", guests::RELAY_TRAPS_ON_START, &[])?.refused("quarantined")?;
    goes_on(&mut client, "1.0.0")
}

#[test]
fn answers_that_differ_are_told_or_are_in_the_way() -> TestResult {
    for (setting, refused) in [("report", false), ("require", true), ("off", false)] {
        let host = serving(guests::RELAY)?.with_settings(&format!("[swap]\nreplay = \"{setting}\"\n"))?;
        let host = host.knowing(&[guests::RELAY_ANSWERS_DIFFERENTLY])?;
        let mut client = host.client()?;
        for text in ["a", "b", "C"] {
            client.done("same", json!({ "text": text }))?;
        }
        client.done("list", json!({}))?;
        let report = host.swap("guest", guests::RELAY_ANSWERS_DIFFERENTLY, &[])?;
        if refused {
            let message = report.refused("replay")?;
            assert!(message.contains("2 of 4"), "{message}");
            host.swap("guest", guests::RELAY_ANSWERS_DIFFERENTLY, &["--force"])?.committed()?;
        } else {
            report.clone().committed()?;
        }
        let replay = &report.0["replay"];
        if setting == "off" {
            assert!(replay.is_null(), "{replay}");
            continue;
        }
        assert_eq!((&replay["calls"], &replay["different"], &replay["skipped"]), (&json!(4), &json!(2), &json!(0)));
        let diff = replay["differences"][0]["diff"].as_str().context("no difference")?;
        assert!(diff.lines().any(|line| line.starts_with('-') && line.contains("\"a\"")), "{diff}");
        assert!(diff.lines().any(|line| line.starts_with('+') && line.contains("\"A\"")), "{diff}");
        assert_eq!(client.done("same", json!({ "text": "d" }))?["text"], "D");
    }
    Ok(())
}

#[test]
fn recorded_calls_outlive_the_host_and_are_sealed() -> TestResult {
    let (host, mut client) = serving_a_row(guests::RELAY, &[guests::RELAY_ANSWERS_DIFFERENTLY])?;
    client.done("same", json!({ "text": "between you and me" }))?;
    client.close()?;
    let mut client = host.client()?;
    rows(&mut client)?;
    let report = host.swap("guest", guests::RELAY_ANSWERS_DIFFERENTLY, &[])?.committed()?;
    let tools: Vec<_> = report.0["replay"]["differences"].as_array().into_iter().flatten().collect();
    assert!(tools.iter().any(|difference| difference["tool"] == "same"), "{tools:?}");
    client.close()?;
    for file in fs::read_dir(host.dir())? {
        let file = file?.path();
        if file.is_file() {
            let bytes = fs::read(&file)?;
            let clear = bytes.windows(18).any(|window| window == b"between you and me");
            assert!(!clear, "{}", file.display());
        }
    }
    Ok(())
}

/// A host with a row in its table, and who put it there.
fn serving_a_row(guest: &str, others: &[&str]) -> anyhow::Result<(Host, Client)> {
    let host = serving(guest)?.knowing(others)?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    Ok((host, client))
}

/// This version serves, and whatever was acknowledged is there.
fn goes_on(client: &mut Client, expected: &str) -> TestResult {
    assert_eq!(version(client)?.0, expected);
    assert_eq!(rows(client)?[0].0, "a");
    Ok(())
}
