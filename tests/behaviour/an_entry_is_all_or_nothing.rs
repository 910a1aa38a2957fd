//! Whatever ends an entry before it is done, nothing of it remains, and whatever else goes on goes on.

use mainstay_tests::{Client, guests};
use serde_json::{Value, json};

use crate::{TestResult, mark, marks, serving, writer_is_fresh};

#[test]
fn nothing_remains_of_an_entry_that_panics() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let error = client.call("panic", json!({}))?.tool_error()?;
    assert_eq!(error.code, "plugin-trapped");
    assert!(error.text.contains("out of the blue"), "{}", error.text);
    assert!(error.text.contains("Nothing of the call was kept"), "{}", error.text);
    assert_eq!(marks(&mut client)?, ["before"]);
    assert!(writer_is_fresh(&mut client)?);
    Ok(())
}

#[test]
fn claim_0_4_and_0_25_a_trapped_entry_runs_once_more_on_a_fresh_instance_and_takes_effect_once() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    client.done("wear_out", json!({}))?;
    let answer = client.done("wear_out", json!({}))?;
    assert_eq!(answer["entries"], 2, "the second attempt was the first thing a fresh instance did");
    assert_eq!(marks(&mut client)?, ["wear_out", "wear_out"]);
    Ok(())
}

#[test]
fn nothing_remains_of_an_entry_that_exhausts_its_stack() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    let error = client.call("recurse", json!({}))?.tool_error()?;
    assert_eq!(error.code, "plugin-trapped");
    assert!(error.text.contains("call stack exhausted"), "{}", error.text);
    assert!(marks(&mut client)?.is_empty());
    assert!(writer_is_fresh(&mut client)?);
    Ok(())
}

#[test]
fn nothing_remains_of_an_entry_that_refuses() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    let error = client.call("fail", json!({}))?.tool_error()?;
    assert_eq!((error.code.as_str(), error.text.as_str()), ("no-can-do", "This cannot be done. Do something else."));
    assert!(marks(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn an_answer_that_is_an_error_keeps_what_was_written() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    let error = client.call("regret", json!({}))?.tool_error()?;
    assert_eq!(error.text, "That went wrong, and was kept.");
    assert_eq!(marks(&mut client)?, ["regret"]);
    Ok(())
}

#[test]
fn a_reader_that_traps_is_replaced() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    for attempt in 0..5 {
        // Each another call: the same one would be refused for a while.
        let error = client.call("panic_reading", json!({ "attempt": attempt }))?.tool_error()?;
        assert!(error.text.contains("while reading"), "{}", error.text);
    }
    assert!(marks(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn calls_beside_one_that_breaks_off_are_kept() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    mark(&mut client, "first")?;
    // Sent at once, so that they meet in one commit, in whatever order.
    let calls = [("mark", "a"), ("panic", ""), ("mark", "b"), ("fail", ""), ("recurse", ""), ("mark", "c")];
    let begun = calls.map(|(tool, text)| client.begin_call(tool, json!({ "text": text })));
    for (id, (tool, _)) in begun.into_iter().zip(calls) {
        let answer = client.answer(id?)?;
        assert_eq!(answer.result()?["isError"], tool != "mark", "{tool}: {answer:?}");
    }
    let mut kept = marks(&mut client)?;
    kept.sort();
    assert_eq!(kept, ["a", "b", "c", "first"]);
    Ok(())
}

#[test]
fn nothing_remains_of_an_entry_that_breaks_the_contract() -> TestResult {
    let breaches = [
        ("structured_is_no_json", "structured-content is no JSON"),
        ("structured_is_no_object", "structured-content is no JSON object"),
        ("meta_is_no_json", "meta is no JSON"),
        ("meta_is_no_object", "meta is no JSON object"),
        ("two_requests_with_one_key", "same key"),
        ("no_requests", "would never end"),
        ("a_key_of_strange_letters", "a key; with more"),
        ("an_unknown_continuation_version", "version 7"),
        ("a_huge_continuation", "100000 bytes"),
    ];
    let host = serving(guests::BREAKS_CONTRACT)?;
    let mut client = host.client()?;
    for (breach, words) in breaches {
        let error = client.call(breach, json!({}))?.tool_error()?;
        assert_eq!(error.code, "plugin-fault", "{breach}");
        assert!(error.text.contains(words), "{breach}: {}", error.text);
    }
    let (code, _) = client.call("a_tool_it_does_not_know", json!({}))?.error()?;
    assert_eq!(code, -32602);
    assert_eq!(client.done("marks", json!({}))?["rows"], json!([]));
    Ok(())
}

#[test]
fn nothing_remains_of_an_entry_that_takes_too_much_memory() -> TestResult {
    let host = serving(guests::HOARDS)?.with_settings("[entry]\nmemory_bytes = 33554432\n")?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let error = client.call("hoard", json!({}))?.tool_error()?;
    assert_eq!(error.code, "memory-limit");
    assert!(error.text.contains("33554432"), "{}", error.text);
    assert_eq!(marks(&mut client)?, ["before"]);
    assert!(writer_is_fresh(&mut client)?);
    Ok(())
}

#[test]
fn a_guest_that_takes_no_for_an_answer_goes_on() -> TestResult {
    let host = serving(guests::HOARDS)?.with_settings("[entry]\nmemory_bytes = 33554432\n")?;
    let mut client = host.client()?;
    assert_eq!(client.done("ask_for_too_much", json!({}))?["done"], true);
    let error = client.call("panic", json!({}))?.tool_error()?;
    assert_eq!(error.code, "plugin-trapped", "what ends a later entry is called what it is: {}", error.text);
    assert_eq!(marks(&mut client)?, ["asked"]);
    Ok(())
}

#[test]
fn nothing_remains_of_an_entry_that_hands_over_too_much() -> TestResult {
    let host = serving(guests::HANDS_OVER_TOO_MUCH)?;
    let mut client = host.client()?;
    for tool in ["put", "insert", "answer"] {
        let error = client.call(tool, json!({ "bytes": 20_000_000 }))?.tool_error()?;
        assert_eq!(error.code, "size-limit", "{tool}: {}", error.text);
        assert!(error.text.contains("8388608"), "{tool} names the limit: {}", error.text);
    }
    assert!(marks(&mut client)?.is_empty());
    assert!(writer_is_fresh(&mut client)?);
    Ok(())
}

#[test]
fn the_limit_on_handing_over_is_for_one_crossing_and_not_for_all() -> TestResult {
    let host = serving(guests::HANDS_OVER_TOO_MUCH)?;
    let mut client = host.client()?;
    client.done("cross", json!({ "times": 30, "bytes": 1_000_000 }))?;
    client.done("answer", json!({ "bytes": 1_000_000 }))?;
    assert_eq!(marks(&mut client)?, ["cross", "answer"]);
    Ok(())
}

#[test]
fn a_value_over_its_limit_is_refused_by_name() -> TestResult {
    let host = serving(guests::HANDS_OVER_TOO_MUCH)?;
    let mut client = host.client()?;
    let error = client.call("put", json!({ "bytes": 2_000_000 }))?.tool_error()?;
    assert_eq!(error.code, "too-large");
    assert!(error.text.contains("\"large\"") && error.text.contains("1048576"), "{}", error.text);
    assert!(marks(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn statements_of_one_batch_happen_together_or_not_at_all() -> TestResult {
    let host = serving(guests::SQL)?;
    let mut client = host.client()?;
    let insert = json!({ "sql": "INSERT INTO mark (id, text) VALUES (?1, 'batch')", "parameters": [1] });
    let batch = json!({ "statements": [insert, insert], "go_on": true });
    let problem = client.done("run", batch)?["problem"].clone();
    assert!(problem.as_str().is_some_and(|p| p.starts_with("constraint in statement 1")), "{problem}");
    assert_eq!(count(&mut client)?, json!([[0]]), "the entry went on and was kept, the batch was not");
    Ok(())
}

fn count(client: &mut Client) -> anyhow::Result<Value> {
    let script = json!({ "statements": [{ "sql": "SELECT count(*) FROM mark" }] });
    Ok(client.done("read", script)?["outcomes"][0]["rows"].clone())
}
