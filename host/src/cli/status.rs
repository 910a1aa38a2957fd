//! `mainstay status`

use std::io::IsTerminal as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{each, lines, number_of, text_of};
use super::report::short;
use super::table::{is_read, list};
use super::time::utc;
use super::{block_on, host};
use crate::app::Options;
use crate::model::swap::{Attempts, SlotStatus, SwapPhase};
use crate::server::control::{HostStatus, SessionStatus};
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
            let restart = host::restart(client.as_mut()).await;
            let text = match &status {
                _ if self.json => self.as_json(dir, status.as_ref(), restart.as_ref())?,
                Some(status) => as_text(dir, status, restart.as_ref()),
                None => format!("no host is running in {}", dir.root().display()),
            };
            let read = is_read(&format!("{}{text}", if redraw { CLEAR } else { "" }))?;
            if !self.watch || !read {
                return Ok(());
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn as_json(&self, dir: &DataDir, status: Option<&HostStatus>, restart: Option<&Value>) -> anyhow::Result<String> {
        let value = json!({
            "data_dir": dir.root(),
            "running": status.is_some(),
            "process": status.map(|status| status.process),
            "version": status.map(|status| &status.version),
            "slots": status.map(|status| status.slots.as_slice()).unwrap_or_default(),
            "sessions": status.map(|status| status.sessions.as_slice()).unwrap_or_default(),
            "connected": status.map_or(0, |status| status.connected),
            "restart": restart,
        });
        Ok(if self.watch { value.to_string() } else { serde_json::to_string_pretty(&value)? })
    }
}

fn as_text(dir: &DataDir, status: &HostStatus, restart: Option<&Value>) -> String {
    let header =
        ["slot", "serves (generation)", "how", "since", "calls", "traps", "failures", "queued", "waiting", "before it"];
    let mut rows = list(&header);
    for slot in &status.slots {
        rows.add_row(row(slot));
    }
    let (process, version, dir) = (status.process, &status.version, dir.root().display());
    let lost = status.slots.iter().filter_map(|slot| Some(format!("\n{}: {}", slot.slot, slot.restored.as_ref()?)));
    let lost: String = lost.collect();
    let restart = restart.map(of_restart).unwrap_or_default();
    let clients = clients(status);
    format!("mainstay {version}, process {process}, in {dir}\n{rows}{lost}{restart}{clients}")
}

/// Who is connected.
fn clients(status: &HostStatus) -> String {
    if status.sessions.is_empty() {
        return String::new();
    }
    let mut rows = list(&["client", "version", "protocol", "transport", "calls", "under way", "last active"]);
    for session in &status.sessions {
        let (calls, under_way) = (session.calls.to_string(), session.under_way.to_string());
        let SessionStatus { client, version, protocol, transport, active_at, .. } = session;
        rows.add_row([client, version, protocol, transport, &calls, &under_way, &utc(*active_at)]);
    }
    let shown = u64::try_from(status.sessions.len()).unwrap_or(u64::MAX);
    let more = status.connected.saturating_sub(shown);
    let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
    format!("\n{rows}{more}")
}

/// How far a restart is or what came of the last one, and those that are to come.
fn of_restart(restart: &Value) -> String {
    let (phase, message) = (text_of(restart, "phase"), text_of(restart, "message"));
    let mut text = match phase {
        "" | "idle" => String::new(),
        _ => format!("\nrestart: {phase}, {} %: {message}", number_of(restart, "progress")),
    };
    text += &lines(restart, "errors", "restart: ");
    for pending in each(restart, "scheduled") {
        let (slot, at, reason) =
            (text_of(pending, "plugin"), text_of(pending, "scheduled_for"), text_of(pending, "reason"));
        text += &format!("\nscheduled: a restart of {slot} at {at} ({reason})");
    }
    text
}

fn row(slot: &SlotStatus) -> [String; 10] {
    let how = match (slot.problem.as_ref().or(slot.stalled.as_ref()), slot.phase) {
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
        failures(&slot.attempts),
        slot.queued.to_string(),
        slot.waiting.to_string(),
        slot.previous.as_ref().map(short).unwrap_or_default(),
    ]
}

/// How often it may fail before it is taken out of service, in a short and in a long time, and how often it has.
fn failures(attempts: &Attempts) -> String {
    let Attempts { burst, burst_limit, sustained, sustained_limit, starts, starts_limit, .. } = attempts;
    let starts = if *starts > 1 { format!(", start {starts} of {starts_limit}") } else { String::new() };
    format!("{burst}/{burst_limit} {sustained}/{sustained_limit}{starts}")
}
