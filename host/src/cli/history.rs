//! `mainstay history`

use super::report::{milliseconds, origin, outcome, short};
use super::table::{list, print};
use super::time::utc;
use crate::app::Options;
use crate::model::SlotName;
use crate::model::swap::{SwapOutcome, SwapReport, Version};
use crate::store::{DataDir, HostDb};

/// List the latest swaps, newest first, attempted ones too
///
/// Works whether a host is running or not. With --json, everything that is known of each.
#[derive(Debug, clap::Args)]
pub(super) struct History {
    /// Of one slot only
    slot: Option<SlotName>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    /// Print the reports as JSON
    #[arg(long)]
    json: bool,
}

impl History {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let swaps = match HostDb::open_reader(&dir)? {
            Some(db) => db.history(self.slot.as_ref(), self.limit)?,
            None => Vec::new(),
        };
        if self.json {
            return print(&serde_json::to_string_pretty(&swaps)?);
        }
        if swaps.is_empty() {
            return print(&format!("nothing was swapped in {} yet", dir.root().display()));
        }
        let mut rows =
            list(&["when", "slot", "from (generation)", "to (generation)", "by", "outcome", "tools", "pause"]);
        for swap in &swaps {
            rows.add_row(row(swap));
        }
        print(&rows)
    }
}

fn row(swap: &SwapReport) -> [String; 8] {
    let version = |version: &Option<Version>| version.as_ref().map(short).unwrap_or_default();
    let served = matches!(swap.outcome, SwapOutcome::Committed | SwapOutcome::RolledBack { .. });
    [
        utc(swap.requested_at),
        swap.slot.to_string(),
        version(&swap.from),
        version(&swap.to),
        origin(&swap.origin),
        outcome(&swap.outcome),
        swap.drift.as_ref().map(|drift| drift.kind.to_string()).unwrap_or_default(),
        if served { milliseconds(swap.pause_us) } else { String::new() },
    ]
}
