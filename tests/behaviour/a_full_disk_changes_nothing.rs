//! When the disk takes no more, a call fails as a whole, what was acknowledged stays, and work goes on as soon
//! as there is room.

use mainstay_tests::{Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, marks, serving};

#[test]
fn of_rows_appended_until_it_is_full_exactly_those_acknowledged_are_there() -> TestResult {
    let host = serving(guests::COUNTER)?;
    begin(&host)?;
    let mut client = host.client_on_small_disk(1_024)?;
    let long = "x".repeat(50_000);
    let mut acknowledged = 0;
    let error = loop {
        let answer = client.call("append", json!({ "client": long, "number": acknowledged + 1 }))?;
        match answer.structured() {
            Ok(_) => acknowledged += 1,
            Err(_) => break answer.tool_error()?,
        }
    };
    assert!(error.text.contains("Nothing was kept"), "{}", error.text);
    client.kill()?;
    let mut client = host.client()?;
    let there = |rows: &Value| rows.as_array().map(Vec::len);
    assert_eq!(there(&client.done("list", json!({}))?["rows"]), Some(acknowledged));
    client.done("append", json!({ "client": long, "number": 0 }))?;
    assert_eq!(there(&client.done("list", json!({}))?["rows"]), Some(acknowledged + 1));
    Ok(())
}

#[test]
fn nothing_remains_of_an_entry_that_writes_on_after_the_disk_was_full() -> TestResult {
    let host = serving(guests::SQL)?;
    begin(&host)?;
    let mut client = host.client_on_small_disk(8_192)?;
    // More than SQLite keeps in memory, so that it meets the end of the disk in the midst of the entry.
    let large = json!({ "sql": "INSERT INTO mark (text) VALUES (zeroblob(6000000))" });
    let small = json!({ "sql": "INSERT INTO mark (text) VALUES ('small')" });
    let answer = client.call("insist", json!({ "statements": [large, large, large, small] }))?;
    let error = answer.tool_error()?;
    assert!(error.text.contains("Nothing was kept"), "{}", error.text);
    client.kill()?;
    assert!(marks(&mut host.client()?)?.is_empty());
    Ok(())
}

/// Makes the database while there is room.
fn begin(host: &Host) -> TestResult {
    let mut client = host.client()?;
    client.request("tools/list", json!({}))?.result()?;
    // Opening the data is enough; whether the call makes sense is not.
    client.call("append", json!({ "client": "", "number": "" }))?;
    client.call("age", json!({}))?;
    client.close()?;
    Ok(())
}
