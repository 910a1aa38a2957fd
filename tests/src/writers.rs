//! Writers that append numbered rows to a guest of the family `relay` as fast as they are answered, and what can be
//! told of the rows afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::client::{Client, Ended};
use crate::relay::Row;

/// The one that does not wait.
const HASTY: &str = "hasty";

/// Some writers that each send a number when the one before it was acknowledged, and one, the hasty, that has many
/// under way at once. What they know outlives the process that they write to.
#[derive(Debug)]
pub struct Writers {
    /// By name: what was sent and what was acknowledged. Numbers begin at 1 and have no gaps, so both are counts.
    steady: BTreeMap<String, Counts>,
    /// What the hasty one has sent, and of that what was acknowledged.
    hasty: (i64, BTreeSet<i64>),
    /// How many of the hasty one's are under way at once.
    haste: usize,
    under_way: HashMap<i64, (String, i64)>,
    answers: usize,
}

#[derive(Debug, Default)]
struct Counts {
    sent: i64,
    acknowledged: i64,
}

impl Writers {
    /// So many that are steady, and one that has `haste` under way at once.
    pub fn new(steady: usize, haste: usize) -> Self {
        let steady = (0..steady).map(|writer| (format!("writer {writer}"), Counts::default())).collect();
        Self { steady, hasty: (0, BTreeSet::new()), haste, under_way: HashMap::new(), answers: 0 }
    }

    /// Everybody sends what there is to send.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn begin(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let names: Vec<_> = self.steady.keys().cloned().collect();
        names.iter().try_for_each(|name| self.send(client, name))?;
        (0..self.haste).try_for_each(|_| self.send(client, HASTY))
    }

    /// Waits for one answer, which has to be a good one, and has whoever got it go on.
    ///
    /// # Errors
    /// If none comes, or an error does, or something that nobody asked for.
    pub fn go_on(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let writer = self.one(client)?;
        self.send(client, &writer)
    }

    /// The same for all answers that have come already.
    ///
    /// # Errors
    /// As [`Writers::go_on`].
    pub fn catch_up(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let ready = client.unread()?.iter().filter(|message| is_answer(message)).count();
        (0..ready).try_for_each(|_| self.go_on(client))
    }

    /// Waits for everything that is under way.
    ///
    /// # Errors
    /// As [`Writers::go_on`].
    pub fn finish(&mut self, client: &mut Client) -> anyhow::Result<()> {
        while !self.under_way.is_empty() {
            self.one(client)?;
        }
        Ok(())
    }

    /// From the beginning until so many more were answered, to the end.
    ///
    /// # Errors
    /// As [`Writers::go_on`].
    pub fn write(&mut self, client: &mut Client, enough: usize) -> anyhow::Result<()> {
        self.begin(client)?;
        (0..enough).try_for_each(|_| self.go_on(client))?;
        self.finish(client)
    }

    /// What had left the process before it ended counts as well; what had not will never be answered.
    ///
    /// # Errors
    /// If something left it that nobody asked for.
    pub fn take(&mut self, ended: &Ended) -> anyhow::Result<()> {
        for answer in ended.unread.iter().filter(|message| is_answer(message)) {
            // Whoever is told that nothing was done may believe it. Not everything was asked by a writer.
            if answer["result"]["isError"] == false
                && answer["id"].as_i64().is_some_and(|id| self.under_way.contains_key(&id))
            {
                self.acknowledge(answer)?;
            }
        }
        self.under_way.clear();
        Ok(())
    }

    /// How many answers there were.
    pub fn answers(&self) -> usize {
        self.answers
    }

    /// Of each steady writer all that was acknowledged is there, once and in order, perhaps followed by what was
    /// under way when a process ended, and of the hasty one all that was acknowledged is there, once. From now on each
    /// goes on after what is there.
    ///
    /// # Errors
    /// If it is otherwise.
    pub fn check(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        let mut found: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (client, number, _) in rows {
            found.entry(client).or_default().push(*number);
        }
        for (name, counts) in &mut self.steady {
            let numbers = found.remove(name.as_str()).unwrap_or_default();
            let count = i64::try_from(numbers.len())?;
            ensure!(numbers.iter().copied().eq(1..=count), "{name}: not in order, or not once: {numbers:?}");
            let Counts { sent, acknowledged } = *counts;
            ensure!(acknowledged <= count, "{name}: {acknowledged} were acknowledged, {count} are there");
            ensure!(count <= sent, "{name}: {sent} were sent, {count} are there");
            *counts = Counts { sent: count, acknowledged: count };
        }
        let mut numbers = found.remove(HASTY).unwrap_or_default();
        numbers.sort_unstable();
        ensure!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{HASTY}: one is there twice: {numbers:?}");
        let lost: Vec<_> = self.hasty.1.iter().filter(|number| numbers.binary_search(number).is_err()).collect();
        ensure!(lost.is_empty(), "{HASTY}: acknowledged and lost: {lost:?}");
        ensure!(numbers.last().is_none_or(|last| *last <= self.hasty.0), "{HASTY}: one is there that nobody sent");
        ensure!(found.is_empty(), "rows of nobody: {found:?}");
        Ok(())
    }

    fn send(&mut self, client: &mut Client, writer: &str) -> anyhow::Result<()> {
        let sent = self.steady.get_mut(writer).map_or(&mut self.hasty.0, |counts| &mut counts.sent);
        *sent += 1;
        let number = *sent;
        let id = client.begin_call("append", json!({ "client": writer, "number": number }))?;
        self.under_way.insert(id, (writer.to_owned(), number));
        Ok(())
    }

    fn one(&mut self, client: &mut Client) -> anyhow::Result<String> {
        let answer = client.receive("an answer", is_answer)?;
        self.acknowledge(&answer)
    }

    fn acknowledge(&mut self, answer: &Value) -> anyhow::Result<String> {
        ensure!(answer["result"]["isError"] == false, "an append failed: {answer}");
        let id = answer["id"].as_i64().context("an answer without an id")?;
        let known = self.under_way.remove(&id);
        let (writer, number) = known.with_context(|| format!("answered twice, or never asked: {answer}"))?;
        match self.steady.get_mut(&writer) {
            Some(counts) => counts.acknowledged = number,
            None => drop(self.hasty.1.insert(number)),
        }
        self.answers += 1;
        Ok(writer)
    }
}

fn is_answer(message: &Value) -> bool {
    message.get("method").is_none()
}
