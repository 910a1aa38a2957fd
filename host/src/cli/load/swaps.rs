//! Exchanging the orchestrator of the server, from outside.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::ledger::Call;
use crate::app::{ORCHESTRATOR, ORCHESTRATOR_NEXT};
use crate::model::swap::{SwapOutcome, SwapReport, Version};
use crate::model::{Digest, SlotName};
use crate::plugin::now_us;
use crate::server::control::{ControlClient, ControlError, Event, HostStatus, Request, SwapOrder};
use crate::store::DataDir;

/// A process listens a moment after its first tool call.
const PATIENCE: Duration = Duration::from_secs(10);

/// The two versions of the orchestrator that are built in, as files.
#[derive(Debug)]
pub(in crate::cli) struct Versions([(PathBuf, Digest); 2]);

/// A swap that went through.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Swapped {
    pub(in crate::cli) report: SwapReport,
    /// Microseconds since the epoch.
    pub(in crate::cli) asked_us: u64,
    pub(in crate::cli) answered_us: u64,
}

/// A connection to the control socket of the server.
#[derive(Debug)]
pub(in crate::cli) struct Control(ControlClient);

impl Versions {
    /// Writes them into `folder`.
    pub(in crate::cli) fn write(folder: &Path) -> anyhow::Result<Self> {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("could not write {}", path.display()))?;
            anyhow::Ok((path, Digest::of(bytes)))
        };
        Ok(Self([write("orchestrator.wasm", ORCHESTRATOR)?, write("orchestrator-next.wasm", ORCHESTRATOR_NEXT)?]))
    }

    /// The one that is not `serving`.
    pub(in crate::cli) fn other(&self, serving: Digest) -> &Path {
        let [(first, digest), (second, _)] = &self.0;
        if serving == *digest { second } else { first }
    }
}

impl Swapped {
    /// Microseconds from the request to the answer.
    pub(in crate::cli) fn took_us(&self) -> u64 {
        self.answered_us.saturating_sub(self.asked_us)
    }

    /// Whether calls queued at some moment between a call's sending and its answer.
    pub(super) fn made_wait(&self, call: &Call) -> bool {
        let (from, to) = (self.report.paused_at_us, self.report.paused_at_us + self.report.pause_us);
        call.sent_us <= to && call.ended_us >= from
    }

    /// The component that serves since.
    pub(in crate::cli) fn digest(&self) -> anyhow::Result<Digest> {
        Ok(self.report.to.as_ref().context("nothing was swapped")?.digest)
    }
}

impl Control {
    /// Connects to the host of `dir`, which answers a tool call before.
    pub(in crate::cli) async fn connect(dir: &DataDir) -> anyhow::Result<Self> {
        let until = Instant::now() + PATIENCE;
        loop {
            match ControlClient::connect(dir).await {
                Ok(client) => return Ok(Self(client)),
                Err(ControlError::NoHost { .. }) if Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Has `file` take over in the slot of the orchestrator.
    ///
    /// # Errors
    /// If it does not.
    pub(in crate::cli) async fn swap(&mut self, file: &Path) -> anyhow::Result<Swapped> {
        let (slot, file) = (SlotName::orchestrator(), file.to_owned());
        let order = SwapOrder { slot, file, policy: None, force: false, dry_run: false, reason: None };
        let asked_us = now_us();
        let answer = self.0.request(&Request::Swap(order), |_| {}).await?;
        let answered_us = now_us();
        let Event::Report { report } = answer else { bail!("the host answered something else: {answer:?}") };
        match &report.outcome {
            SwapOutcome::Committed => Ok(Swapped { report: *report, asked_us, answered_us }),
            SwapOutcome::Refused(refusal) => bail!("a swap was refused ({}): {}", refusal.code, refusal.message),
            other => bail!("a swap ended in another way: {other:?}"),
        }
    }

    /// The version of the orchestrator that serves.
    pub(in crate::cli) async fn serving(&mut self) -> anyhow::Result<Version> {
        let status = self.status().await?;
        let slot = status.slots.into_iter().find(|slot| slot.slot == SlotName::orchestrator());
        slot.and_then(|slot| slot.serving).context("no orchestrator serves")
    }

    /// How the host is.
    pub(in crate::cli) async fn status(&mut self) -> anyhow::Result<HostStatus> {
        match self.0.request(&Request::Status, |_| {}).await? {
            Event::Status(status) => Ok(status),
            other => bail!("the host answered something else: {other:?}"),
        }
    }
}
