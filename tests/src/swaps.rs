//! Swaps, as the command line asks for them and tells of them.

use std::process::{Child, Output, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::host::Host;

/// The report of a swap.
#[derive(Debug, Clone, PartialEq)]
pub struct Report(pub Value);

impl Report {
    /// What came of it, such as `committed`.
    pub fn outcome(&self) -> &str {
        self.0["outcome"]["kind"].as_str().unwrap_or_default()
    }

    /// Expects that the new version serves.
    ///
    /// # Errors
    /// If it does not.
    pub fn committed(self) -> anyhow::Result<Self> {
        ensure!(self.outcome() == "committed", "not committed: {}", self.0);
        Ok(self)
    }

    /// Expects that the swap was refused with this code, and says why.
    ///
    /// # Errors
    /// If it was not.
    pub fn refused(&self, code: &str) -> anyhow::Result<String> {
        let outcome = &self.0["outcome"];
        ensure!(outcome["kind"] == "refused" && outcome["code"] == code, "not refused as {code}: {}", self.0);
        Ok(outcome["message"].as_str().context("a refusal without words")?.to_owned())
    }

    /// What to do about a refusal.
    pub fn hint(&self) -> &str {
        self.0["outcome"]["hint"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap_or_default()
    }

    /// The same as it is in the history, where answers are not kept.
    #[must_use]
    pub fn without_answers(mut self) -> Self {
        for difference in self.0["replay"]["differences"].as_array_mut().into_iter().flatten() {
            difference["diff"] = Value::String(String::new());
        }
        self
    }

    /// The steps that it took, in order.
    pub fn steps(&self) -> Vec<&str> {
        self.0["steps"].as_array().into_iter().flatten().filter_map(|step| step["step"].as_str()).collect()
    }

    /// All its warnings, a line each.
    pub fn warnings(&self) -> String {
        let lines: Vec<_> = self.0["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        lines.join("\n")
    }

    fn of(output: &Output) -> anyhow::Result<Self> {
        let said = || format!("no report; standard error: {}", String::from_utf8_lossy(&output.stderr));
        Ok(Self(serde_json::from_slice(&output.stdout).with_context(said)?))
    }
}

/// A command that asks for a swap and waits for it.
#[derive(Debug)]
pub struct Asking(Child);

impl Asking {
    /// Waits for the report.
    ///
    /// # Errors
    /// If there is none.
    pub fn report(self) -> anyhow::Result<Report> {
        Report::of(&self.0.wait_with_output()?)
    }
}

impl Host {
    /// Swaps, with options as the command line has them.
    ///
    /// # Errors
    /// If there is no report.
    pub fn swap(&self, slot: &str, component: &str, options: &[&str]) -> anyhow::Result<Report> {
        self.begin_swap(slot, component, options)?.report()
    }

    /// Asks for a swap and does not wait.
    ///
    /// # Errors
    /// If the command does not start.
    pub fn begin_swap(&self, slot: &str, component: &str, options: &[&str]) -> anyhow::Result<Asking> {
        self.ask(&[&["swap", slot, component], options].concat())
    }

    /// Goes back to a version that served before.
    ///
    /// # Errors
    /// If there is no report.
    pub fn rollback(&self, slot: &str, options: &[&str]) -> anyhow::Result<Report> {
        self.ask(&[&["rollback", slot], options].concat())?.report()
    }

    fn ask(&self, arguments: &[&str]) -> anyhow::Result<Asking> {
        let mut command = self.command();
        command.args(arguments).arg("--json").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Asking(command.spawn().context("the program does not start")?))
    }

    /// All swaps of a slot, newest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn history(&self, slot: &str) -> anyhow::Result<Vec<Report>> {
        let output = self.run(&["history", slot, "--limit", "10000", "--json"])?;
        let swaps: Vec<Value> = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok(swaps.into_iter().map(Report).collect())
    }

    /// How the slot is.
    ///
    /// # Errors
    /// If no host is running, or it has no such slot.
    pub fn status(&self, slot: &str) -> anyhow::Result<Value> {
        let output = self.run(&["status", "--json"])?;
        let status: Value = serde_json::from_slice(&output.stdout)?;
        let mut slots = status["slots"].as_array().into_iter().flatten();
        let found = slots.find(|found| found["slot"] == slot);
        found.cloned().with_context(|| format!("there is no slot {slot}: {status}"))
    }

    /// Whether that version serves in the slot.
    ///
    /// # Errors
    /// As [`Host::status`].
    pub fn serves(&self, slot: &str, version: &str) -> anyhow::Result<bool> {
        Ok(self.status(slot)?["serving"]["version"] == version)
    }
}
