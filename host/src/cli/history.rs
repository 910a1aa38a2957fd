//! `mainstay history`

use serde_json::Value;

use super::report::{milliseconds, origin, outcome, short};
use super::table::{list, print};
use super::time::utc;
use crate::app::Options;
use crate::model::SlotName;
use crate::model::restart::percentile;
use crate::model::swap::{SwapOutcome, SwapReport, Version};
use crate::store::{AuditEntry, DataDir, HostDb, RestartTotals};

/// List the latest swaps, newest first, attempted ones too
///
/// Works whether a host is running or not. With --json, everything that is known of each; with --audit, who asked for
/// what instead, and what was refused.
#[derive(Debug, clap::Args)]
pub(super) struct History {
    /// Of one slot only
    slot: Option<SlotName>,
    /// List attempts to restart, to go back and to overrule, allowed or not, instead of swaps
    #[arg(long, conflicts_with = "slot")]
    audit: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// Print JSON: the reports, or with --audit the attempts
    #[arg(long)]
    json: bool,
}

impl History {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let db = HostDb::open_reader(&dir)?;
        if self.audit { self.show_attempts(&dir, db.as_ref()) } else { self.show_swaps(&dir, db.as_ref()) }
    }

    fn show_swaps(&self, dir: &DataDir, db: Option<&HostDb>) -> anyhow::Result<()> {
        let swaps = db.map_or(Ok(Vec::new()), |db| db.history(self.slot.as_ref(), self.limit))?;
        if self.json {
            return print(&serde_json::to_string_pretty(&swaps)?);
        }
        if swaps.is_empty() {
            return print(&format!("nothing was swapped in {} yet", dir.root().display()));
        }
        let mut rows = list(&[
            "when",
            "slot",
            "from (generation)",
            "to (generation)",
            "by",
            "reason",
            "outcome",
            "tools",
            "pause",
        ]);
        for swap in &swaps {
            rows.add_row(row(swap));
        }
        let totals = db.map_or(Ok(RestartTotals::default()), HostDb::restart_totals)?;
        print(&format!("{rows}{}", in_sum(totals)))
    }

    fn show_attempts(&self, dir: &DataDir, db: Option<&HostDb>) -> anyhow::Result<()> {
        let attempts = db.map_or(Ok(Vec::new()), |db| db.audit(self.limit))?;
        if self.json {
            return print(&serde_json::to_string_pretty(&attempts)?);
        }
        if attempts.is_empty() {
            return print(&format!("nobody tried anything in {} yet", dir.root().display()));
        }
        let mut rows = list(&["when", "who", "what", "with", "outcome"]);
        for attempt in &attempts {
            rows.add_row(attempt_row(attempt));
        }
        print(&rows)
    }
}

/// All restarts that are remembered, in a line of its own.
fn in_sum(totals: RestartTotals) -> String {
    let RestartTotals { all, successful, last_success_at, mut durations_us } = totals;
    let restarts = if all == 1 { "1 restart".to_owned() } else { format!("{all} restarts") };
    let Some(last) = last_success_at else {
        return if all == 0 { String::new() } else { format!("\n{restarts} in all, none went well") };
    };
    durations_us.sort_unstable();
    let within = |percent| percentile(&durations_us, percent).map(milliseconds).unwrap_or_default();
    format!(
        "\n{restarts} in all, {successful} went well, the last {}\nthey took p50 {}, p90 {}, p99 {}",
        utc(last),
        within(50),
        within(90),
        within(99)
    )
}

fn row(swap: &SwapReport) -> [String; 9] {
    let version = |version: &Option<Version>| version.as_ref().map(short).unwrap_or_default();
    let restarted = swap.restart && swap.outcome == SwapOutcome::Committed;
    let served = matches!(swap.outcome, SwapOutcome::Committed | SwapOutcome::RolledBack { .. });
    [
        utc(swap.requested_at),
        swap.slot.to_string(),
        version(&swap.from),
        version(&swap.to),
        origin(&swap.origin),
        swap.reason.clone().unwrap_or_default(),
        if restarted { "restarted".to_owned() } else { outcome(&swap.outcome) },
        swap.drift.as_ref().map(|drift| drift.kind.to_string()).unwrap_or_default(),
        if served { milliseconds(swap.pause_us) } else { String::new() },
    ]
}

fn attempt_row(attempt: &AuditEntry) -> [String; 5] {
    let who = format!("{} {}", attempt.who.client, attempt.who.version);
    let what = attempt.action.trim_start_matches("orchestrator_").to_owned();
    let error = attempt.error_code.as_ref().map(|code| format!(": {code}")).unwrap_or_default();
    [
        utc(attempt.at),
        format!("{}, {}", who.trim(), attempt.who.transport),
        what,
        arguments(&attempt.arguments),
        format!("{}{error}", attempt.outcome.as_str()),
    ]
}

/// Such as `graceful=false reason="emergency_shutdown"`.
fn arguments(arguments: &Value) -> String {
    let each = arguments.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
    each.collect::<Vec<_>>().join(" ")
}
