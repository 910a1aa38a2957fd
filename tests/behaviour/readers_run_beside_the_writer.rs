//! What only reads runs beside what writes: it cannot write, it waits for no writer, and it sees everything
//! that was acknowledged and nothing else.

use mainstay_tests::{Client, guests};
use serde_json::json;

use crate::{TestResult, mark, marks, serving};

/// No test waits for it.
const LONG: &str = "[entry]\ndeadline_ms = 600000\n";

#[test]
fn a_tool_that_says_it_only_reads_cannot_write() -> TestResult {
    let mut client = serving(guests::SNEAKY_READER)?.client()?;
    for tool in ["write_table", "write_state"] {
        let error = client.call(tool, json!({}))?.tool_error()?;
        assert_eq!(error.text, "this entry may only read", "{tool}");
    }
    assert!(marks(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn a_write_of_a_reader_that_goes_on_all_the_same_has_not_happened() -> TestResult {
    let mut client = serving(guests::SNEAKY_READER)?.client()?;
    let refused = "this entry may only read";
    let tried = client.done("try_all", json!({}))?;
    assert_eq!(tried, json!({ "table": refused, "state": refused, "start": refused }));
    assert!(marks(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn an_instance_that_starts_cannot_write_and_can_afterwards() -> TestResult {
    let mut client = serving(guests::SNEAKY_READER)?.client()?;
    assert_eq!(client.done("try_start", json!({}))?["start"], "this entry may only read");
    mark(&mut client, "afterwards")?;
    assert_eq!(marks(&mut client)?, ["afterwards"]);
    Ok(())
}

#[test]
fn what_was_acknowledged_is_seen_by_every_reader() -> TestResult {
    let mut client = serving(guests::COUNTER)?.client()?;
    for number in 1..=30 {
        client.done("append", json!({ "client": "a", "number": number }))?;
        // More at once than there are readers.
        let reads: Vec<_> = (0..4).map(|_| client.begin_call("list", json!({}))).collect::<Result<_, _>>()?;
        for read in reads {
            let rows = client.answer(read)?.structured()?["rows"].clone();
            assert_eq!(rows.as_array().map(Vec::len), Some(number));
        }
    }
    Ok(())
}

#[test]
fn a_reader_answers_while_the_writer_is_busy_and_sees_nothing_of_it() -> TestResult {
    let mut client = serving(guests::SPINS)?.with_settings(LONG)?.client()?;
    mark(&mut client, "before")?;
    let stuck = begin_stuck(&mut client, "loop", "writer")?;
    assert_eq!(marks(&mut client)?, ["before"], "what is not committed is nobody's");
    cancel(&mut client, stuck)?;
    assert_eq!(marks(&mut client)?, ["before"]);
    Ok(())
}

#[test]
fn the_writer_answers_while_all_readers_are_busy() -> TestResult {
    let mut client = serving(guests::SPINS)?.with_settings(LONG)?.client()?;
    let one = begin_stuck(&mut client, "loop_reading", "one")?;
    let _two = begin_stuck(&mut client, "loop_reading", "two")?;
    mark(&mut client, "written")?;
    let queued = client.begin_call("marks", json!({}))?;
    cancel(&mut client, one)?;
    let answer = client.answer(queued)?.structured()?;
    assert_eq!(answer["rows"], json!(["written"]), "a reader that is free again takes the next");
    Ok(())
}

fn begin_stuck(client: &mut Client, tool: &str, token: &str) -> anyhow::Result<i64> {
    let id = client.begin_watched_call(tool, json!({}), token)?;
    client.receive("progress", |message| message["params"]["progressToken"] == token)?;
    Ok(id)
}

fn cancel(client: &mut Client, id: i64) -> TestResult {
    client.notify("notifications/cancelled", json!({ "requestId": id }))
}
