//! `mainstay status`

use std::io::IsTerminal as _;
use std::time::Duration;

use serde_json::json;

use super::report::short;
use super::table::{is_read, list};
use super::time::utc;
use super::{block_on, host};
use crate::app::Options;
use crate::model::swap::{SlotStatus, SwapPhase};
use crate::server::control::HostStatus;
use crate::store::DataDir;

/// Between two looks with --watch.
const AGAIN: Duration = Duration::from_millis(500);
/// Makes a terminal begin anew at its first line.
const CLEAR: &str = "\x1b[H\x1b[J";

/// Say which version serves in each slot, and how it does
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Go on, twice a second, until interrupted
    #[arg(long)]
    watch: bool,
    /// Print JSON: with --watch, an object a line
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        block_on(async {
            tokio::select! {
                shown = self.show(&dir) => shown,
                interrupted = tokio::signal::ctrl_c(), if self.watch => Ok(interrupted?),
            }
        })
    }

    async fn show(&self, dir: &DataDir) -> anyhow::Result<()> {
        let redraw = self.watch && !self.json && std::io::stdout().is_terminal();
        let mut client = None;
        loop {
            let status = host::status(&mut client, dir).await?;
            let text = if self.json { self.as_json(dir, status.as_ref())? } else { as_text(dir, status.as_ref()) };
            let read = is_read(&format!("{}{text}", if redraw { CLEAR } else { "" }))?;
            if !self.watch || !read {
                return Ok(());
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn as_json(&self, dir: &DataDir, status: Option<&HostStatus>) -> anyhow::Result<String> {
        let value = json!({
            "data_dir": dir.root(),
            "running": status.is_some(),
            "process": status.map(|status| status.process),
            "version": status.map(|status| &status.version),
            "slots": status.map(|status| status.slots.as_slice()).unwrap_or_default(),
        });
        Ok(if self.watch { value.to_string() } else { serde_json::to_string_pretty(&value)? })
    }
}

fn as_text(dir: &DataDir, status: Option<&HostStatus>) -> String {
    let Some(status) = status else { return format!("no host is running in {}", dir.root().display()) };
    let mut rows =
        list(&["slot", "serves (generation)", "how", "since", "calls", "traps", "queued", "waiting", "before it"]);
    for slot in &status.slots {
        rows.add_row(row(slot));
    }
    let (process, version, dir) = (status.process, &status.version, dir.root().display());
    format!("mainstay {version}, process {process}, in {dir}\n{rows}")
}

fn row(slot: &SlotStatus) -> [String; 9] {
    let how = match (&slot.stalled, slot.phase) {
        (Some(why), _) => format!("stalled: {why}"),
        (None, SwapPhase::Idle) => "serving".to_owned(),
        (None, phase) => phase.as_str().to_owned(),
    };
    [
        slot.slot.to_string(),
        slot.serving.as_ref().map_or("nothing yet".to_owned(), short),
        how,
        if slot.activated_at == 0 { String::new() } else { utc(slot.activated_at) },
        slot.calls.to_string(),
        slot.traps.to_string(),
        slot.queued.to_string(),
        slot.waiting.to_string(),
        slot.previous.as_ref().map(short).unwrap_or_default(),
    ]
}
