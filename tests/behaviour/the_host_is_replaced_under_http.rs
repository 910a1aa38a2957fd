//! Clients over HTTP keep their sessions when the host begins anew in its place, and nothing that they ask is lost.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, ensure};
use mainstay_tests::conformance::{STATIC, UPDATE, UPDATED, WATCHED, updating};
use mainstay_tests::{Host, Incoming, guests};
use serde_json::{Value, json};

use crate::{TestResult, appended, serving, until};

fn replace(host: &Host) -> anyhow::Result<Child> {
    let mut command = host.command();
    command.args(["restart", "--host", "--json"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command.spawn()?)
}

/// The process that it says is the host now.
fn replaced(command: Child) -> anyhow::Result<Value> {
    let ended = command.wait_with_output()?;
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    ensure!(ended.status.success(), "{}: {words}", ended.status);
    let said: Value = serde_json::from_slice(&ended.stdout).context(words)?;
    Ok(said["process"].clone())
}

#[test]
fn a_session_goes_on_with_its_streams_and_what_was_under_way_is_answered_once() -> TestResult {
    let host = serving(guests::RELAY)?.knowing(&[guests::RELAY_NEXT])?;
    let served = host.over_http()?;
    let mut client = served.client("2025-11-25")?;
    client.done(&served, "append", &json!({ "client": "a", "number": 1 }))?;
    let mut notices = served.begin(&client.get(None))?;
    let opened = notices.event()?.and_then(|event| event.id).context("an event without an id")?;
    // A call that is under way for as long as a swap is held.
    host.hold("commit")?;
    let swap = host.begin_swap("guest", guests::RELAY_NEXT, &[])?;
    until("the swap is at its commit", || Ok(host.status("guest")?["phase"] == "committing"))?;
    let mut call = served.begin(&client.calling("append", &json!({ "client": "a", "number": 2 })))?;
    let first = call.event()?.and_then(|event| event.id).context("an event without an id")?;
    until("the call queues", || Ok(host.status("guest")?["queued"] == 1))?;

    let restart = replace(&host)?;
    ensure!(notices.event()?.is_none(), "who waits for nothing in particular is let go first");
    let mut late = served.connect()?;
    late.write_all(&served.modern().calling("version", &json!({})).bytes(served.address()))?;
    host.release("commit")?;
    drop(swap.report());
    let answers = call.events()?;
    assert_eq!(answers.len(), 1, "it is answered once: {answers:?}");
    assert_eq!(answers[0].data["result"]["structuredContent"]["version"], "2.0.0");
    let late = Incoming::read(late)?.answer()?.structured()?;
    assert_eq!(late["version"], "2.0.0", "whoever came meanwhile has waited");
    assert_eq!(replaced(restart)?, served.process());

    let resumed = served.begin(&client.get(Some(&opened)))?;
    assert_eq!(resumed.status, 200);
    let again = served.begin(&client.get(Some(&first)))?.events()?;
    assert_eq!(again, answers, "whoever was cut off hears it again");
    client.done(&served, "append", &json!({ "client": "a", "number": 3 }))?;
    let numbers: Vec<_> = appended(&host)?.into_iter().map(|(_, number, _)| number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    Ok(())
}

#[test]
fn what_a_client_subscribed_to_it_hears_of_in_the_next_process() -> TestResult {
    let host = serving(guests::CONFORMANCE)?;
    let served = host.over_http()?;
    let mut client = served.client("2025-11-25")?;
    let mut other = served.modern();
    for uri in [WATCHED, STATIC] {
        served.begin(&client.request("resources/subscribe", &json!({ "uri": uri })))?.answer()?.result()?;
    }
    let mut notices = served.begin(&client.get(None))?;
    let opened = notices.event()?.and_then(|event| event.id).context("an event without an id")?;
    let mut update = |text: &str| -> TestResult {
        let asked = other.calling(UPDATE, &updating(text, false));
        served.begin(&asked)?.answer()?.result().map(drop)
    };
    update("one")?;
    let told = |notices: &mut Incoming| -> anyhow::Result<Value> {
        Ok(notices.hear(|said| said["method"] == UPDATED)?.data["params"]["uri"].clone())
    };
    assert_eq!(told(&mut notices)?, WATCHED);
    replaced(replace(&host)?)?;
    // Before the client is back.
    update("two")?;
    let mut notices = served.begin(&client.get(Some(&opened)))?;
    for uri in [STATIC, WATCHED] {
        assert_eq!(told(&mut notices)?, uri, "it may have changed while nobody told the client");
    }
    for _ in 0..2 {
        update("three")?;
        assert_eq!(told(&mut notices)?, WATCHED);
    }
    Ok(())
}

#[test]
fn a_connection_that_is_kept_goes_on() -> TestResult {
    let host = serving(guests::RELAY)?;
    let served = host.over_http()?;
    let mut client = served.modern();
    let mut asking = || {
        let asked = client.calling("version", &json!({})).header("Connection", "keep-alive");
        asked.bytes(served.address())
    };
    let (mut kept, mut silent) = (served.connect()?, served.connect()?);
    kept.write_all(&asking())?;
    let mut answer = Incoming::read(kept.try_clone()?)?;
    for _ in 0..2 {
        replaced(replace(&host)?)?;
        kept.write_all(&asking())?;
        answer = answer.then()?;
        assert_eq!((answer.status, answer.header("connection")), (200, None));
    }
    silent.write_all(&asking())?;
    assert_eq!(Incoming::read(silent)?.answer()?.structured()?["asked"], 4, "who had not asked yet was kept too");
    assert_eq!(answer.answer()?.structured()?["asked"], 3);
    Ok(())
}

#[test]
fn a_connection_goes_on_after_the_answer_to_what_waited() -> TestResult {
    let host = serving(guests::WAITS)?;
    let served = host.over_http()?;
    let mut client = served.modern();
    let mut kept = served.connect()?;
    let sleep = client.calling("sleep", &json!({ "milliseconds": 3_600_000 })).header("Connection", "keep-alive");
    kept.write_all(&sleep.bytes(served.address()))?;
    until("it waits", || Ok(host.status("guest")?["waiting"] == 1))?;
    replaced(replace(&host)?)?;
    let answer = Incoming::read(kept.try_clone()?)?;
    kept.write_all(&client.calling("sleep", &json!({ "milliseconds": 1 })).bytes(served.address()))?;
    assert_eq!(answer.then()?.answer()?.structured()?["heard"], json!(["timer: awake"]));
    Ok(())
}

#[test]
fn nobody_who_connects_meanwhile_is_turned_away() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[http]\nrequests_per_second = 0\n")?;
    let served = host.over_http()?;
    served.modern().done(&served, "version", &json!({}))?;
    let over = AtomicBool::new(false);
    let all: Vec<usize> = thread::scope(|scope| {
        let ask = |client: usize| {
            let (served, over) = (&served, &over);
            move || -> anyhow::Result<usize> {
                let (mut asking, mut number) = (served.client("2025-11-25")?, 0);
                while !over.load(Ordering::Relaxed) {
                    let arguments = json!({ "client": client.to_string(), "number": number });
                    asking.done(served, "append", &arguments).with_context(|| format!("call {number}"))?;
                    number += 1;
                }
                Ok(number)
            }
        };
        let asking: Vec<_> = (0..3).map(|client| scope.spawn(ask(client))).collect();
        let restarts = (0..3).try_for_each(|_| replaced(replace(&host)?).map(drop));
        over.store(true, Ordering::Relaxed);
        let done = asking.into_iter().map(|asked| asked.join().map_err(|_| anyhow::anyhow!("it panicked"))?);
        let done = done.collect::<anyhow::Result<_>>();
        restarts.and(done)
    })?;
    let rows = appended(&host)?;
    assert_eq!(rows.len(), all.iter().sum::<usize>(), "each is done once");
    Ok(())
}
