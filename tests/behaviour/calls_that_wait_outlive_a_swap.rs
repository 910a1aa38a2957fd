//! A call that waits, for its turn or for a person, is answered by whichever version serves when its time comes, and
//! is answered once.

use mainstay_tests::relay::{append, are, rows, version};
use mainstay_tests::{Answer, Client, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving, until};

#[test]
fn claim_0_18_and_1_7_a_question_asked_under_one_version_is_answered_under_the_next() -> TestResult {
    let (host, mut client) = relay()?;
    let (call, question) = ask(&mut client, 7)?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    client.reply(&question, &accept("ahoy"))?;
    let heard = client.answer(call)?.structured()?;
    assert_eq!((&heard["asked_by"], &heard["heard_by"]), (&json!("1.0.0"), &json!("2.0.0")));
    assert_eq!(rows(&mut client)?, are(&[("ahoy", 7, "2.0.0")]));
    assert_eq!(host.status("guest")?["waiting"], 0);
    Ok(())
}

#[test]
fn claim_3_10_many_questions_are_answered_once_each_through_three_versions() -> TestResult {
    let (host, mut client) = relay()?;
    let asked = (0..5).map(|number| ask(&mut client, number)).collect::<anyhow::Result<Vec<_>>>()?;
    assert_eq!(host.status("guest")?["waiting"], 5);
    let mut heard_by = Vec::new();
    for (index, (call, question)) in asked.iter().enumerate() {
        match index {
            1 => drop(host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?),
            3 => drop(host.rollback("guest", &[])?.committed()?),
            _ => {}
        }
        client.reply(question, &accept("word"))?;
        heard_by.push(client.answer(*call)?.structured()?["heard_by"].clone());
    }
    assert_eq!(heard_by, ["1.0.0", "2.0.0", "2.0.0", "1.0.0", "1.0.0"]);
    assert_eq!(rows(&mut client)?.iter().map(|row| row.1).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert!(client.unread()?.is_empty(), "{:?}", client.unread()?);
    Ok(())
}

#[test]
fn a_version_that_cannot_continue_a_call_that_waits_does_not_take_over() -> TestResult {
    let (host, mut client) = relay()?;
    let (call, question) = ask(&mut client, 7)?;
    let report = host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &[])?;
    let message = report.refused("orphans")?;
    assert!(message.contains("1 call") && message.contains("[2]"), "{message}");
    assert!(report.hint().contains("--force"), "{}", report.hint());
    client.reply(&question, &accept("ahoy"))?;
    assert_eq!(client.answer(call)?.structured()?["heard_by"], "1.0.0");
    host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &[])?.committed()?;
    assert_eq!(rows(&mut client)?, are(&[("ahoy", 7, "1.0.0")]));
    Ok(())
}

#[test]
fn by_force_it_does_and_the_call_is_told_to_come_again() -> TestResult {
    let (host, mut client) = relay()?;
    let (call, question) = ask(&mut client, 7)?;
    let report = host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &["--force"])?.committed()?;
    assert_eq!(report.0["orphaned_calls"], 1);
    let answer = client.answer(call)?;
    orphaned(&answer, report.id())?;
    // Too late, and in nobody's way.
    client.reply(&question, &accept("ahoy"))?;
    assert!(rows(&mut client)?.is_empty());
    until("nothing is left of it", || Ok(host.status("guest")?["waiting"] == 0))?;
    let answers = client.unread()?.iter().filter(|message| message["id"] == call).count();
    assert_eq!(answers, 0, "it was answered once");
    let waits = "SELECT count(*) FROM _mainstay_waits";
    let waits: i64 = rusqlite::Connection::open(host.database())?.query_row(waits, [], |row| row.get(0))?;
    assert_eq!(waits, 0);
    Ok(())
}

#[test]
fn a_call_that_the_client_carries_is_continued_by_the_next_version() -> TestResult {
    let (host, mut client) = carrying_relay()?;
    let carried = client.call("wait_for_word", json!({ "number": 7 }))?.result()?.clone();
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    let heard = come_back(&mut client, &carried)?.structured()?;
    assert_eq!((&heard["asked_by"], &heard["heard_by"]), (&json!("1.0.0"), &json!("2.0.0")));
    assert_eq!(come_back(&mut client, &carried)?.tool_error()?.code, "no-such-wait");
    assert_eq!(rows(&mut client)?, are(&[("ahoy", 7, "2.0.0")]));
    Ok(())
}

#[test]
fn a_call_that_the_client_carries_is_continued_after_a_swap_and_a_kill() -> TestResult {
    let (host, mut client) = carrying_relay()?;
    let carried = client.call("wait_for_word", json!({ "number": 7 }))?.result()?.clone();
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    client.kill()?;
    let mut client = host.modern_client(&forms())?;
    assert_eq!(come_back(&mut client, &carried)?.structured()?["heard_by"], "2.0.0");
    assert_eq!(rows(&mut client)?.len(), 1);
    Ok(())
}

#[test]
fn a_call_that_the_client_carries_is_in_the_way_too_or_told_to_come_again() -> TestResult {
    let (host, mut client) = carrying_relay()?;
    let carried = client.call("wait_for_word", json!({ "number": 7 }))?.result()?.clone();
    host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &[])?.refused("orphans")?;
    let report = host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &["--force"])?.committed()?;
    orphaned(&come_back(&mut client, &carried)?, report.id())?;
    assert_eq!(come_back(&mut client, &carried)?.tool_error()?.code, "no-such-wait", "it was told once");
    assert!(rows(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn claim_0_22_calls_queue_while_versions_change_hands_and_keep_their_order() -> TestResult {
    let (host, mut client) = relay()?;
    host.hold("commit")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap is at its commit", || Ok(host.status("guest")?["phase"] == "committing"))?;
    let calls = begin_appending(&mut client, 10)?;
    until("all of them queue", || Ok(host.status("guest")?["queued"] == 10))?;
    assert!(client.unread()?.is_empty());
    host.release("commit")?;
    assert_eq!(swap.report()?.committed()?.0["waited_calls"], 10);
    for call in calls {
        assert_eq!(client.answer(call)?.structured()?["version"], "2.0.0");
    }
    let numbers: Vec<_> = rows(&mut client)?.into_iter().map(|(_, number, _)| number).collect();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn claim_1_12_calls_that_queue_for_a_swap_that_fails_are_answered_by_the_version_that_stays() -> TestResult {
    let (host, mut client) = relay()?;
    host.hold("import")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap has the state", || Ok(host.status("guest")?["phase"] == "transferring"))?;
    let calls = begin_appending(&mut client, 5)?;
    host.fail("import")?;
    swap.report()?.refused("injected")?;
    for call in calls {
        assert_eq!(client.answer(call)?.structured()?["version"], "1.0.0");
    }
    Ok(())
}

#[test]
fn nothing_else_stands_still_while_versions_change_hands() -> TestResult {
    let (host, mut client) = relay()?;
    append(&mut client, "a", 1)?;
    for step in ["quiesce", "commit"] {
        host.hold(step)?;
    }
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    for (step, phase) in [("quiesce", "quiescing"), ("commit", "committing")] {
        until("the swap is held", || Ok(host.status("guest")?["phase"] == phase))?;
        assert_eq!(rows(&mut client)?, are(&[("a", 1, "1.0.0")]), "what reads is answered by the version that serves");
        assert_eq!(client.tools()?.len(), 7);
        assert_eq!(client.request("ping", json!({}))?.result()?, &json!({}));
        host.release(step)?;
    }
    swap.report()?.committed()?;
    Ok(())
}

#[test]
fn a_client_has_so_many_calls_in_the_queue_and_no_more() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[server]\ncalls_in_flight = 5\n")?;
    let host = host.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    rows(&mut client)?;
    host.hold("quiesce")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap is held", || Ok(host.status("guest")?["phase"] == "quiescing"))?;
    let calls = begin_appending(&mut client, 5)?;
    let refused = client.call("append", json!({ "client": "a", "number": 5 }))?.tool_error()?;
    assert_eq!((refused.code.as_str(), refused.retryable), ("busy", true));
    host.release("quiesce")?;
    swap.report()?.committed()?;
    for call in calls {
        client.answer(call)?.structured()?;
    }
    assert_eq!(append(&mut client, "a", 5)?, "2.0.0");
    assert_eq!(rows(&mut client)?.len(), 6);
    Ok(())
}

#[test]
fn claim_1_31_a_call_does_not_queue_for_ever() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[mailbox]\nwait_seconds = 1\n")?;
    let host = host.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    rows(&mut client)?;
    host.hold("quiesce")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap is held", || Ok(host.status("guest")?["phase"] == "quiescing"))?;
    let expired = client.call("append", json!({ "client": "late", "number": 1 }))?.tool_error()?;
    assert_eq!((expired.code.as_str(), expired.retryable), ("expired", true));
    host.release("quiesce")?;
    swap.report()?.committed()?;
    append(&mut client, "a", 1)?;
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "2.0.0")]), "what was refused never runs");
    Ok(())
}

#[test]
fn a_call_that_is_cancelled_while_it_queues_never_runs() -> TestResult {
    let (host, mut client) = relay()?;
    host.hold("quiesce")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap is held", || Ok(host.status("guest")?["phase"] == "quiescing"))?;
    let calls = begin_appending(&mut client, 3)?;
    until("all of them queue", || Ok(host.status("guest")?["queued"] == 3))?;
    client.cancel(calls[1])?;
    client.request("ping", json!({}))?;
    host.release("quiesce")?;
    swap.report()?.committed()?;
    for call in [calls[0], calls[2]] {
        assert_eq!(client.answer(call)?.structured()?["version"], "2.0.0");
    }
    assert_eq!(rows(&mut client)?, are(&[("a", 0, "2.0.0"), ("a", 2, "2.0.0")]));
    Ok(())
}

#[test]
fn a_call_that_is_cancelled_while_it_waits_is_in_no_swaps_way() -> TestResult {
    let (host, mut client) = relay()?;
    let (call, _) = ask(&mut client, 7)?;
    host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &[])?.refused("orphans")?;
    client.cancel(call)?;
    client.hear("notifications/cancelled")?;
    until("it is forgotten", || Ok(host.status("guest")?["waiting"] == 0))?;
    host.swap("guest", guests::RELAY_OTHER_CONTINUATIONS, &[])?.committed()?;
    assert!(rows(&mut client)?.is_empty());
    Ok(())
}

#[test]
fn an_entry_that_is_stuck_runs_again_on_the_version_that_waits_for_it() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[entry]\ndeadline_ms = 2000\n")?;
    let host = host.knowing(&[guests::RELAY_NEXT])?;
    let mut client = host.client()?;
    rows(&mut client)?;
    let stuck = client.begin_watched_call("spin", json!({ "client": "a", "number": 1 }), "spin")?;
    client.hear("notifications/progress")?;
    host.swap("guest", guests::RELAY_NEXT, &[])?.committed()?;
    assert_eq!(client.answer(stuck)?.structured()?["version"], "2.0.0");
    assert_eq!(rows(&mut client)?, are(&[("a", 1, "2.0.0")]));
    assert_eq!(version(&mut client)?.0, "2.0.0");
    Ok(())
}

#[test]
fn a_call_that_waits_for_nothing_but_another_version_is_answered_by_it() -> TestResult {
    let host = serving(guests::PATIENT)?.with_settings("[wait]\nrounds = 10000\n")?;
    let host = host.knowing(&[guests::PATIENT_NEXT])?;
    let mut client = host.client()?;
    assert_eq!(client.done("version", json!({}))?, json!({ "version": 1, "asked": 1 }));
    let call = client.begin_call("wait_for_next", json!({}))?;
    until("it waits", || Ok(host.status("guest")?["waiting"] == 1))?;
    host.swap("guest", guests::PATIENT_NEXT, &["--append"])?.committed()?;
    assert_eq!(client.answer(call)?.structured()?, json!({ "asked": 1, "answered": 2 }));
    // What it counted in memory is handed over, unless every entry has an instance of its own.
    let asked = if std::env::var_os(mainstay_tests::FRESH_INSTANCES).is_some() { 1 } else { 2 };
    assert_eq!(client.done("version", json!({}))?, json!({ "version": 2, "asked": asked }));
    client.done("greet", json!({}))?;
    Ok(())
}

/// A host of `relay` that has been called, and a client that shows forms.
fn relay() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT, guests::RELAY_OTHER_CONTINUATIONS])?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    rows(&mut client)?;
    Ok((host, client))
}

/// The same with a client of 2026-07-28.
fn carrying_relay() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT, guests::RELAY_OTHER_CONTINUATIONS])?;
    let mut client = host.modern_client(&forms())?;
    rows(&mut client)?;
    Ok((host, client))
}

/// Begins a call that asks for a word, and returns it with the question.
fn ask(client: &mut Client, number: i64) -> anyhow::Result<(i64, Value)> {
    let call = client.begin_call("wait_for_word", json!({ "number": number }))?;
    Ok((call, client.hear("elicitation/create")?))
}

fn begin_appending(client: &mut Client, count: i64) -> anyhow::Result<Vec<i64>> {
    (0..count).map(|number| client.begin_call("append", json!({ "client": "a", "number": number }))).collect()
}

fn come_back(client: &mut Client, carried: &Value) -> anyhow::Result<Answer> {
    let params = json!({
        "name": "wait_for_word",
        "arguments": { "number": 7 },
        "inputResponses": { "word": accept("ahoy") },
        "requestState": carried["requestState"],
    });
    client.request("tools/call", params)
}

/// The answer tells which swap took away who could have continued the call.
fn orphaned(answer: &Answer, swap: &str) -> TestResult {
    let error = answer.tool_error()?;
    assert_eq!((error.code.as_str(), error.retryable), ("orphaned", true));
    assert!(error.text.contains(swap), "{}", error.text);
    assert_eq!(answer.result()?["_meta"]["mainstay/error"]["swap"], swap);
    Ok(())
}

fn forms() -> Value {
    json!({ "elicitation": { "form": {} } })
}

fn accept(word: &str) -> Value {
    json!({ "action": "accept", "content": { "word": word } })
}
