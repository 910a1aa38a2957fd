//! A version that served before serves again, if nothing is lost by it.

use mainstay_tests::relay::{append, are, rows, version};
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

#[test]
fn the_version_before_serves_again_under_the_same_connection() -> TestResult {
    let (host, mut client) = relay()?;
    let swap = host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    append(&mut client, "a", 2)?;
    assert_eq!(version(&mut client)?, ("2.0.0".to_owned(), 2));
    let back = host.rollback("guest", &["--reason", "it was better"])?.committed()?;
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 3), "what was in memory goes back too");
    append(&mut client, "a", 3)?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0"), ("a", 2, "2.0.0"), ("a", 3, "1.0.0")]));
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    assert_eq!(back.0["to"]["generation"], 3);
    let history = host.history("guest")?;
    assert_eq!((history.len(), &history[0]), (3, &back.without_answers()));
    let withdrawn = &history[1];
    assert_eq!((withdrawn.id(), withdrawn.outcome()), (swap.id(), "rolled-back"));
    assert_eq!(withdrawn.0["outcome"]["why"], "it was better");
    Ok(())
}

#[test]
fn twice_is_there_and_back() -> TestResult {
    let (host, mut client) = relay()?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    for expected in ["1.0.0", "2.0.0", "1.0.0"] {
        host.rollback("guest", &[])?.committed()?;
        assert_eq!(version(&mut client)?.0, expected);
    }
    Ok(())
}

#[test]
fn a_generation_is_gone_back_to_by_its_number() -> TestResult {
    let (host, mut client) = relay()?;
    for next in [guests::RELAY_NEXT, guests::RELAY_REORDERS] {
        host.swap("guest", next, &[])?.committed()?;
    }
    let back = host.rollback("guest", &["--to", "1"])?.committed()?;
    assert_eq!((&back.0["from"]["generation"], &back.0["to"]["generation"]), (&json!(3), &json!(4)));
    assert_eq!(version(&mut client)?.0, "1.0.0");
    host.rollback("guest", &["--to", "3"])?.committed()?;
    assert_eq!(version(&mut client)?.0, "2.0.0-reorders");
    let message = host.rollback("guest", &["--to", "77"])?.refused("no-such-generation")?;
    assert!(message.contains("77") && message.contains("mainstay history"), "{message}");
    Ok(())
}

#[test]
fn the_first_version_has_none_before_it() -> TestResult {
    let (host, mut client) = relay()?;
    let message = host.rollback("guest", &[])?.refused("no-such-generation")?;
    assert!(message.contains("no version before"), "{message}");
    assert_eq!(version(&mut client)?.0, "1.0.0");
    Ok(())
}

#[test]
fn what_a_migration_added_is_not_lost_by_going_back() -> TestResult {
    let (host, mut client) = relay()?;
    host.swap("guest", guests::RELAY_SCHEMA_NEWER, &[])?.committed()?;
    append(&mut client, "a", 2)?;
    for options in [[].as_slice(), &["--to", "1"], &["--force"]] {
        let report = host.rollback("guest", options)?;
        let message = report.refused("schema")?;
        assert!(message.contains("\"when\""), "which migration would be lost: {message}");
        assert_eq!(version(&mut client)?.0, "2.0.0-schema-newer");
    }
    assert_eq!(rows(&mut client)?.len(), 2);
    assert_eq!(host.status("guest")?["serving"]["schema"], 2);
    Ok(())
}

#[test]
fn a_migration_with_a_way_back_is_gone_back_by_it() -> TestResult {
    let (host, mut client) = relay()?;
    host.swap("guest", guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, &[])?.committed()?;
    append(&mut client, "a", 2)?;
    assert_eq!((version(&mut client)?.1, indexes(&host)?), (2, 1));
    // There is a way back for the tables, and none for what is in memory at that schema.
    let refused = host.rollback("guest", &[])?;
    assert!(refused.refused("import")?.contains("schema 2"));
    assert!(refused.hint().contains("--force"), "{}", refused.hint());
    assert_eq!((version(&mut client)?.1, indexes(&host)?), (3, 1));
    let back = host.rollback("guest", &["--force"])?.committed()?;
    assert_eq!((&back.0["migrations"], &back.0["to"]["schema"]), (&json!(["by client"]), &json!(1)));
    assert!(back.warnings().contains("state of its predecessor"), "{}", back.warnings());
    assert_eq!(indexes(&host)?, 0);
    assert_eq!(version(&mut client)?, ("1.0.0".to_owned(), 2), "what it had when it last handed over");
    assert_eq!(rows(&mut client)?.len(), 2);
    // And there again.
    host.swap("guest", guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, &[])?.committed()?;
    assert_eq!(indexes(&host)?, 1);
    Ok(())
}

#[test]
fn it_is_remembered_by_the_next_process() -> TestResult {
    let (host, mut client) = relay()?;
    client.close()?;
    // The file in place is the next version; the one before is chosen instead.
    let host = host.with_plugin(guests::RELAY_NEXT);
    client = host.client()?;
    assert_eq!(version(&mut client)?.0, "2.0.0");
    host.rollback("guest", &[])?.committed()?;
    assert_eq!(version(&mut client)?.0, "1.0.0");
    client.kill()?;
    for _ in 0..2 {
        let mut client = host.client()?;
        assert_eq!(version(&mut client)?.0, "1.0.0", "what is in place was taken up once already");
        client.kill()?;
    }
    let mut client = host.client()?;
    version(&mut client)?;
    assert_eq!(host.history("guest")?.len(), 3);
    client.kill()?;
    // Another file is another choice.
    let mut client = host.with_plugin(guests::RELAY_REORDERS).client()?;
    assert_eq!(version(&mut client)?.0, "2.0.0-reorders");
    Ok(())
}

#[test]
fn a_swap_by_command_is_remembered_too() -> TestResult {
    let (host, mut client) = relay()?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    client.kill()?;
    client = host.client()?;
    assert_eq!(version(&mut client)?.0, "2.0.0");
    assert_eq!(host.status("guest")?["serving"]["generation"], 2);
    Ok(())
}

#[test]
fn only_so_many_components_are_kept() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[swap]\nkeep = 2\n")?;
    let host = host.knowing(&[guests::RELAY_NEXT, guests::RELAY_REORDERS])?;
    let mut client = host.client()?;
    rows(&mut client)?;
    for next in [guests::RELAY_NEXT, guests::RELAY_REORDERS] {
        host.swap("guest", next, &[])?.committed()?;
    }
    let kept = || Ok(std::fs::read_dir(host.dir().join("components"))?.count() == 2);
    until("the oldest component is gone", kept)?;
    let message = host.rollback("guest", &["--to", "1"])?.refused("no-such-generation")?;
    assert!(message.contains("not kept"), "{message}");
    host.rollback("guest", &["--to", "2"])?.committed()?;
    assert_eq!(version(&mut client)?.0, "2.0.0");
    Ok(())
}

#[test]
fn a_version_that_cannot_continue_what_waits_is_gone_back_to_by_force_only() -> TestResult {
    let host = serving(guests::RELAY_OTHER_CONTINUATIONS)?.knowing(&[guests::RELAY])?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    rows(&mut client)?;
    host.swap("guest", guests::RELAY, &[])?.committed()?;
    let call = client.begin_call("wait_for_word", json!({ "number": 1 }))?;
    client.hear("elicitation/create")?;
    host.rollback("guest", &[])?.refused("orphans")?;
    let back = host.rollback("guest", &["--force"])?.committed()?;
    let told = client.answer(call)?;
    assert_eq!(told.tool_error()?.code, "orphaned");
    assert!(told.tool_error()?.text.contains(back.id()));
    assert_eq!(host.status("guest")?["stalled"], Value::Null);
    Ok(())
}

/// A host of `relay` with a row in its table, asked once, and who did.
fn relay() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.knowing(&[
        guests::RELAY_NEXT,
        guests::RELAY_REORDERS,
        guests::RELAY_SCHEMA_NEWER,
        guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK,
    ])?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    assert_eq!(version(&mut client)?.1, 1);
    Ok((host, client))
}

fn indexes(host: &Host) -> anyhow::Result<i64> {
    let count = "SELECT count(*) FROM sqlite_schema WHERE name = 'appended_by_client'";
    Ok(rusqlite::Connection::open(host.database())?.query_row(count, [], |row| row.get(0))?)
}
