//! An entry that does not end is ended: by its deadline, or because nobody waits for it any more.

use anyhow::ensure;
use mainstay_tests::{Client, guests};
use serde_json::json;

use crate::{TestResult, mark, marks, serving, until, writer_is_fresh};

const SHORT: &str = "[entry]\ndeadline_ms = 300\n";
/// No test waits for it.
const LONG: &str = "[entry]\ndeadline_ms = 600000\n";

#[test]
fn the_deadline_stops_a_loop() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(SHORT)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let error = client.call("loop", json!({}))?.tool_error()?;
    assert_eq!(error.code, "deadline");
    assert!(error.text.contains("300 ms"), "{}", error.text);
    assert_eq!(marks(&mut client)?, ["before"]);
    assert!(writer_is_fresh(&mut client)?);
    Ok(())
}

#[test]
fn the_deadline_stops_sql_that_reads_and_sql_that_writes() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(SHORT)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    for tool in ["query", "update"] {
        let error = client.call(tool, json!({}))?.tool_error()?;
        assert_eq!(error.code, "deadline", "{tool}: {}", error.text);
        assert_eq!(marks(&mut client)?, ["before"], "{tool}");
        assert!(writer_is_fresh(&mut client)?, "{tool}");
    }
    Ok(())
}

#[test]
fn a_guest_whose_sql_was_stopped_does_not_get_to_write_on() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(SHORT)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let error = client.call("insist", json!({}))?.tool_error()?;
    assert_eq!(error.code, "deadline", "{}", error.text);
    assert_eq!(marks(&mut client)?, ["before"]);
    Ok(())
}

#[test]
fn calls_beside_one_that_is_stopped_are_kept() -> TestResult {
    for stuck in ["loop", "query", "update"] {
        let host = serving(guests::SPINS)?.with_settings(SHORT)?;
        let mut client = host.client()?;
        mark(&mut client, "0")?;
        let mut begun = Vec::new();
        for round in 1..=9 {
            begun.push(client.begin_call("mark", json!({ "text": round.to_string() }))?);
            if round == 5 {
                begun.push(client.begin_call(stuck, json!({}))?);
            }
        }
        let mut stopped = 0;
        for id in begun {
            match client.answer(id)?.tool_error() {
                Ok(error) if error.code == "deadline" => stopped += 1,
                Ok(error) => anyhow::bail!("a call beside {stuck} failed with {error:?}"),
                Err(_) => {}
            }
        }
        let mut kept = marks(&mut client)?;
        kept.sort();
        assert_eq!((stopped, kept.join("")), (1, "0123456789".to_owned()), "beside {stuck}");
    }
    Ok(())
}

#[test]
fn the_deadline_stops_a_reader_and_the_writer_works_meanwhile() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(SHORT)?;
    let mut client = host.client()?;
    let stuck = client.begin_watched_call("loop_reading", json!({}), "reader")?;
    client.hear("notifications/progress")?;
    mark(&mut client, "meanwhile")?;
    assert_eq!(client.answer(stuck)?.tool_error()?.code, "deadline");
    assert_eq!(marks(&mut client)?, ["meanwhile"]);
    Ok(())
}

#[test]
fn cancelling_a_call_stops_its_entry_wherever_it_is() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(LONG)?;
    let mut client = host.client()?;
    for tool in ["loop", "query", "update", "loop_reading"] {
        let stuck = begin_stuck(&mut client, tool)?;
        cancel(&mut client, stuck)?;
        mark(&mut client, tool)?;
    }
    assert_eq!(marks(&mut client)?, ["loop", "query", "update", "loop_reading"]);
    Ok(())
}

#[test]
fn a_call_that_is_cancelled_in_the_queue_never_runs() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(LONG)?;
    let mut client = host.client()?;
    let stuck = begin_stuck(&mut client, "loop")?;
    let queued = client.begin_call("mark", json!({ "text": "queued" }))?;
    cancel(&mut client, queued)?;
    cancel(&mut client, stuck)?;
    mark(&mut client, "after")?;
    assert_eq!(marks(&mut client)?, ["after"]);
    Ok(())
}

#[test]
fn a_cancelled_call_is_answered_at_most_once_and_never_with_a_result() -> TestResult {
    let host = serving(guests::SPINS)?.with_settings(LONG)?;
    let mut client = host.client()?;
    let stuck = begin_stuck(&mut client, "loop")?;
    cancel(&mut client, stuck)?;
    mark(&mut client, "after")?;
    let ended = client.close()?;
    let answers: Vec<_> = ended.unread.iter().filter(|message| message["id"] == stuck).collect();
    assert!(answers.len() <= 1 && answers.iter().all(|answer| answer.get("error").is_some()), "{answers:?}");
    Ok(())
}

#[test]
fn a_call_that_is_cancelled_while_it_waits_is_forgotten() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let waiting = client.begin_call("ask", json!({ "question": "Who?" }))?;
    let question = client.hear("elicitation/create")?;
    cancel(&mut client, waiting)?;
    let database = rusqlite::Connection::open(host.database())?;
    let waits = || database.query_row("SELECT count(*) FROM _mainstay_waits", [], |row| row.get::<_, i64>(0));
    until("the wait is forgotten", || Ok(waits()? == 0))?;
    client.reply(&question, &json!({ "action": "accept", "content": { "name": "late" } }))?;
    assert_eq!(marks(&mut client)?, ["asked"]);
    Ok(())
}

#[test]
fn a_question_is_withdrawn_when_its_call_is_cancelled() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    let waiting = client.begin_call("ask", json!({ "question": "Who?" }))?;
    let question = client.hear("elicitation/create")?;
    cancel(&mut client, waiting)?;
    let withdrawn = client.hear("notifications/cancelled")?;
    assert_eq!(withdrawn["params"]["requestId"], question["id"]);
    Ok(())
}

#[test]
fn a_server_with_a_stuck_entry_ends_when_its_client_does() -> TestResult {
    for tool in ["loop", "query", "update", "loop_reading"] {
        let host = serving(guests::SPINS)?.with_settings(LONG)?;
        let mut client = host.client()?;
        begin_stuck(&mut client, tool)?;
        let ended = client.close()?;
        ensure!(ended.status.success(), "{tool}: {ended:?}");
        assert!(marks(&mut host.client()?)?.is_empty(), "{tool}");
    }
    Ok(())
}

/// Returns when the guest is stuck.
fn begin_stuck(client: &mut Client, tool: &str) -> anyhow::Result<i64> {
    let id = client.begin_watched_call(tool, json!({}), tool)?;
    client.receive("progress", |message| message["params"]["progressToken"] == tool)?;
    Ok(id)
}

fn cancel(client: &mut Client, id: i64) -> TestResult {
    client.notify("notifications/cancelled", json!({ "requestId": id, "reason": "no longer wanted" }))
}
