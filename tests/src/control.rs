//! The socket on which a running host takes commands, spoken to directly: for tests that ask a thousand times.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::host::Host;
use crate::swaps::Report;

/// Far longer than any swap takes that is not held.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a host that runs.
#[derive(Debug)]
pub struct Control(BufReader<UnixStream>);

impl Host {
    /// Connects to the host that runs on this data, which listens a moment after its first call has come.
    ///
    /// # Errors
    /// If none listens.
    pub fn control(&self) -> anyhow::Result<Control> {
        let (path, until) = (self.dir().join("control.sock"), Instant::now() + PATIENCE);
        loop {
            match UnixStream::connect(&path) {
                Ok(socket) => {
                    socket.set_read_timeout(Some(PATIENCE))?;
                    return Ok(Control(BufReader::new(socket)));
                }
                Err(_) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
                Err(error) => return Err(error).context(format!("nobody listens at {}", path.display())),
            }
        }
    }
}

impl Control {
    /// Swaps the component of a slot, and waits for the report.
    ///
    /// # Errors
    /// If there is none.
    pub fn swap(&mut self, slot: &str, component: &str) -> anyhow::Result<Report> {
        self.begin_swap(slot, component)?;
        Ok(Report(self.answer()?["report"].take()))
    }

    /// Goes back to the version before, without what cannot be handed over to it, and waits for the report.
    ///
    /// # Errors
    /// If there is none.
    pub fn force_back(&mut self, slot: &str) -> anyhow::Result<Report> {
        self.say(&json!({ "v": 1, "command": "rollback", "slot": slot, "force": true }))?;
        Ok(Report(self.answer()?["report"].take()))
    }

    /// Asks for a swap and does not wait.
    ///
    /// # Errors
    /// If the host has gone.
    pub fn begin_swap(&mut self, slot: &str, component: &str) -> anyhow::Result<()> {
        self.say(&json!({ "v": 1, "command": "swap", "slot": slot, "file": component }))
    }

    /// Asks for whatever this says, and waits for what ends the answer.
    ///
    /// # Errors
    /// If nothing does.
    pub fn ask(&mut self, request: &Value) -> anyhow::Result<Value> {
        self.say(request)?;
        self.end()
    }

    /// How a slot is.
    ///
    /// # Errors
    /// If the host does not say.
    pub fn status(&mut self, slot: &str) -> anyhow::Result<Value> {
        self.say(&json!({ "v": 1, "command": "status" }))?;
        let mut status = self.answer()?;
        let slots = status["slots"].as_array_mut().context("no slots")?;
        let found = slots.iter_mut().find(|found| found["slot"] == slot);
        found.map(Value::take).with_context(|| format!("no slot {slot}"))
    }

    fn say(&mut self, request: &Value) -> anyhow::Result<()> {
        Ok(self.0.get_mut().write_all(format!("{request}\n").as_bytes())?)
    }

    /// The event that ends the answer, which is no error.
    fn answer(&mut self) -> anyhow::Result<Value> {
        let event = self.end()?;
        ensure!(event["event"] != "error", "the host says: {}", event["message"]);
        Ok(event)
    }

    fn end(&mut self) -> anyhow::Result<Value> {
        loop {
            let mut line = String::new();
            ensure!(self.0.read_line(&mut line)? > 0, "the host has gone");
            let event: Value = serde_json::from_str(&line)?;
            if event["event"] != "phase" && event["event"] != "progress" {
                return Ok(event);
            }
        }
    }
}
