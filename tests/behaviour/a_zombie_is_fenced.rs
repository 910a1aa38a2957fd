//! A host that does not know that another has taken its place, with everything it needs to go on writing: it writes
//! nothing any more, and nothing is read through it that is not of its own generation.

use std::fs;

use mainstay::plugin::KillSwitch;
use mainstay::store::StoreError;
use mainstay::swap::{Outcome, SlotError, Waiting};
use mainstay_tests::relay::{append, are, version};
use mainstay_tests::{Host, guests};
use serde_json::{Value, json};

use crate::inside::{Inside, alone, runtime};
use crate::{PROGRAM, TestResult, appended};

#[test]
fn what_an_instance_of_an_older_generation_writes_after_the_switch_is_refused() -> TestResult {
    let _alone = alone();
    runtime().block_on(async {
        let host = PROGRAM.host(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
        let zombie = Inside::open(&host, guests::RELAY).await?;
        let row = |number: i64| json!({ "client": "a", "number": number });
        zombie.call("append", row(1)).await?;
        let waiting = ask(&zombie).await?;
        let next = second(&host).await?;
        next.call("append", row(2)).await?;

        fenced(&zombie.call("append", row(3)).await);
        fenced(&zombie.call("version", json!({})).await);
        fenced(&zombie.give_word(&waiting, "b", true).await);
        // What only reads is refused as well: these are not the tables of its version any more.
        assert!(zombie.call("list", json!({})).await.is_err());
        let report = zombie.swap(guests::RELAY_SCHEMA_NEWER_WITH_WAY_BACK, false).await;
        let outcome = serde_json::to_value(&report.outcome)?;
        assert_eq!((&outcome["kind"], &outcome["code"]), (&json!("refused"), &json!("fenced")), "{outcome}");

        assert_eq!(appended(&host)?, are(&[("a", 1, "1.0.0"), ("a", 2, "2.0.0")]));
        // The call that waits is the other's, untouched.
        assert_eq!(next.give_word(&waiting, "b", true).await?["heard_by"], "2.0.0");
        assert_eq!(next.call("version", json!({})).await?["version"], "2.0.0");
        assert_eq!(next.call("list", json!({})).await?["rows"].as_array().map(Vec::len), Some(3));
        Ok(())
    })
}

#[test]
fn a_process_whose_lock_was_removed_is_fenced_as_soon_as_another_swaps() -> TestResult {
    let host = PROGRAM.host(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    let mut zombie = host.client()?;
    append(&mut zombie, "a", 1)?;
    fs::remove_file(host.dir().join("lock"))?;
    // Nor can it be asked to answer for the next.
    fs::remove_file(host.dir().join("control.sock"))?;
    let mut next = host.client()?;
    append(&mut next, "a", 2)?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    let error = zombie.call("append", json!({ "client": "a", "number": 3 }))?.tool_error()?;
    assert_eq!(error.code, "storage");
    assert!(error.text.contains("generation 1 may no longer write: 2 is active"), "{}", error.text);
    append(&mut next, "a", 4)?;
    assert_eq!(version(&mut next)?.0, "2.0.0");
    assert_eq!(appended(&host)?, are(&[("a", 1, "1.0.0"), ("a", 2, "1.0.0"), ("a", 4, "2.0.0")]));
    Ok(())
}

/// A second host on the same data, in the next generation. Only a person who removes the lock makes this possible.
async fn second(host: &Host) -> anyhow::Result<Inside> {
    fs::remove_file(host.dir().join("lock"))?;
    let next = Inside::open(host, guests::RELAY).await?;
    let report = next.swap(guests::RELAY_NEXT, false).await;
    assert_eq!(serde_json::to_value(&report.outcome)?["kind"], "committed", "{report:?}");
    Ok(next)
}

/// A call that waits for a word, and whose client comes back for it to whoever serves then.
async fn ask(host: &Inside) -> anyhow::Result<Waiting> {
    match host.begin("wait_for_word", json!({ "number": 9 }), true, KillSwitch::default()).await? {
        Outcome::Waiting(waiting) => Ok(waiting),
        other => anyhow::bail!("it did not wait: {other:?}"),
    }
}

fn fenced(result: &Result<Value, SlotError>) {
    assert!(matches!(result, Err(SlotError::Store(StoreError::Fenced { .. }))), "{result:?}");
}
