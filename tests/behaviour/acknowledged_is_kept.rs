//! What a client was told is done stays done, exactly once, whatever becomes of the process.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Client, Ended, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving};

/// Clients of the counter, each with numbers of its own, in order.
const WRITERS: usize = 8;

/// What was sent and what was acknowledged, by writer. A writer sends a number when the one before it has
/// been acknowledged, so both are counts.
#[derive(Default)]
struct Ledger {
    sent: [i64; WRITERS],
    acknowledged: [i64; WRITERS],
    under_way: HashMap<i64, usize>,
}

#[test]
fn claim_0_11_and_0_33_it_is_there_exactly_once_after_ten_kills_under_load() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut ledger = Ledger::default();
    for round in 0..10 {
        let client = ledger.write(&host, 40 + 37 * round)?;
        ledger.take(&client.kill()?)?;
        integrity(&host)?;
    }
    ledger.check(&mut host.client()?)
}

#[test]
fn claim_0_17_it_is_there_exactly_once_after_the_system_or_the_client_has_ended_the_process() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut ledger = Ledger::default();
    for _ in 0..3 {
        let client = ledger.write(&host, 60)?;
        ledger.take(&client.terminate()?)?;
        let client = ledger.write(&host, 60)?;
        ledger.take(&client.close()?)?;
    }
    integrity(&host)?;
    ledger.check(&mut host.client()?)
}

#[test]
fn of_many_sent_at_once_those_acknowledged_before_a_kill_are_there() -> TestResult {
    let host = serving(guests::COUNTER)?;
    let mut numbers = 0..;
    let mut acknowledged: Vec<i64> = Vec::new();
    for round in 1..=5 {
        let mut client = host.client()?;
        let mut sent = HashMap::new();
        // As many as one client may have under way.
        for number in numbers.by_ref().take(100) {
            sent.insert(client.begin_call("append", json!({ "client": "one", "number": number }))?, number);
        }
        let mut answers = Vec::new();
        for _ in 0..10 * round {
            answers.push(client.receive("an answer", |message| message.get("method").is_none())?);
        }
        answers.extend(client.kill()?.unread);
        let known = answers.iter().filter_map(|answer| sent.get(&answer["id"].as_i64()?));
        acknowledged.extend(known);
    }
    let mut there: Vec<i64> = rows(&mut host.client()?)?.into_iter().map(|(_, number)| number).collect();
    there.sort_unstable();
    ensure!(there.windows(2).all(|pair| pair[0] < pair[1]), "one is there twice: {there:?}");
    let lost: Vec<_> = acknowledged.iter().filter(|number| there.binary_search(number).is_err()).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    Ok(())
}

impl Ledger {
    /// Has the writers write until `enough` more were acknowledged; some are under way then.
    fn write(&mut self, host: &Host, enough: usize) -> anyhow::Result<Client> {
        let mut client = host.client()?;
        self.check(&mut client)?;
        for writer in 0..WRITERS {
            self.send(&mut client, writer)?;
        }
        for _ in 0..enough {
            let answer = client.receive("an answer", |message| message.get("method").is_none())?;
            let writer = self.acknowledge(&answer)?;
            self.send(&mut client, writer)?;
        }
        Ok(client)
    }

    fn send(&mut self, client: &mut Client, writer: usize) -> TestResult {
        self.sent[writer] += 1;
        let arguments = json!({ "client": writer.to_string(), "number": self.sent[writer] });
        self.under_way.insert(client.begin_call("append", arguments)?, writer);
        Ok(())
    }

    fn acknowledge(&mut self, answer: &Value) -> anyhow::Result<usize> {
        ensure!(answer["result"]["isError"] == false, "an append failed: {answer}");
        let id = answer["id"].as_i64().context("an answer without an id")?;
        let writer = self.under_way.remove(&id).with_context(|| format!("answered twice, or never asked: {answer}"))?;
        self.acknowledged[writer] += 1;
        Ok(writer)
    }

    /// What had left the process before it ended was acknowledged as well.
    fn take(&mut self, ended: &Ended) -> TestResult {
        for answer in &ended.unread {
            // Whoever is told that nothing was done may believe it.
            if answer["result"]["isError"] == false {
                self.acknowledge(answer)?;
            }
        }
        self.under_way.clear();
        Ok(())
    }

    /// Each writer's numbers are there in order and without gaps: all that were acknowledged, perhaps what
    /// was under way. The next are sent after what is there.
    fn check(&mut self, client: &mut Client) -> TestResult {
        let rows = rows(client)?;
        for writer in 0..WRITERS {
            let name = writer.to_string();
            let numbers: Vec<i64> = rows.iter().filter(|(client, _)| *client == name).map(|(_, n)| *n).collect();
            let count = i64::try_from(numbers.len())?;
            ensure!(numbers.iter().copied().eq(1..=count), "writer {writer}: {numbers:?}");
            let (acknowledged, sent) = (self.acknowledged[writer], self.sent[writer]);
            ensure!(acknowledged <= count, "writer {writer}: {acknowledged} were acknowledged, {count} are there");
            ensure!(count <= sent, "writer {writer}: {sent} were sent, {count} are there");
            (self.sent[writer], self.acknowledged[writer]) = (count, count);
        }
        Ok(())
    }
}

fn rows(client: &mut Client) -> anyhow::Result<Vec<(String, i64)>> {
    Ok(serde_json::from_value(client.done("list", json!({}))?["rows"].clone())?)
}

fn integrity(host: &Host) -> TestResult {
    let connection = rusqlite::Connection::open(host.database())?;
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(verdict == "ok", "{verdict}");
    Ok(())
}
