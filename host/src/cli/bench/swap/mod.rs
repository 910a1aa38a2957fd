//! `mainstay bench swap`: what a swap costs those who call meanwhile.
//!
//! [`scenario`] swaps under load, with the data that [`fill`] put there before. [`memory`] swaps many times and looks
//! at the size of the process. [`drop_in`] saves files. [`results`] is what comes of it all, and [`tables`] shows it.

mod drop_in;
mod fill;
mod memory;
mod place;
mod results;
mod scenario;
mod tables;

use std::path::PathBuf;

use self::place::Place;
use self::results::Results;
pub(super) use self::tables::grouped;
use super::super::block_on;
use super::super::table::print;
use super::progress::Progress;
use crate::config::Synchronous;

/// Measure what a swap costs those who call meanwhile
///
/// Starts the real server, keeps it busy with calls over stdio, exchanges the orchestrator for another version of it
/// again and again, and tells how long calls took that met a swap and calls that did not, with more and less data in
/// the file. A call meets a swap if calls queued for the swap at some moment between its sending and its answer. Works
/// in a temporary folder (TMPDIR); where that is memory, "full" costs as little as "normal".
#[derive(Debug, clap::Args)]
pub(super) struct Swap {
    /// Swaps in each setting [default: 400, with --quick 30]
    #[arg(long, value_name = "N")]
    swaps: Option<usize>,
    /// Swaps between two looks at the memory [default: 1000, with --quick 50]
    #[arg(long, value_name = "N")]
    memory_swaps: Option<usize>,
    /// Also save new versions of this component, and time them until they serve
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// Less data and fewer swaps: shows that it works, in half a minute
    #[arg(long)]
    quick: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How much there is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    StateKeys(u32),
    Tasks(u32),
}

impl Swap {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let results = block_on(self.measure())?;
        if self.json {
            return print(&serde_json::to_string_pretty(&results)?);
        }
        tables::print_all(&results)
    }

    async fn measure(&self) -> anyhow::Result<Results> {
        let settings = self.settings();
        let swaps = self.swaps.unwrap_or(if self.quick { 30 } else { 400 }).max(1);
        let memory_swaps = self.memory_swaps.unwrap_or(if self.quick { 50 } else { 1_000 });
        let progress = Progress::start(settings.len() + 2);
        let mut scenarios = Vec::new();
        let place = Place::new()?;
        for (data, synchronous) in settings {
            progress.say(&format!("{data}, synchronous = {}", tables::synchronous(synchronous)));
            place.synchronous(synchronous)?;
            scenarios.push(scenario::measure(&place, data, synchronous, swaps).await?);
        }
        progress.say("memory");
        let memory = memory::measure(&Place::new()?, memory_swaps).await?;
        progress.say("files that are saved");
        let rounds = if self.quick { 2 } else { 10 };
        let drop_in = drop_in::measure(self.component.as_deref(), rounds).await?;
        Ok(Results { swaps, scenarios, memory, drop_in })
    }

    /// In an order in which data is only added to the file.
    fn settings(&self) -> Vec<(Data, Synchronous)> {
        let data: &[Data] = match self.quick {
            true => &[Data::StateKeys(1), Data::Tasks(1_000)],
            false => &[
                Data::StateKeys(1),
                Data::StateKeys(1_000),
                Data::StateKeys(100_000),
                Data::Tasks(1_000),
                Data::Tasks(1_000_000),
            ],
        };
        data.iter().flat_map(|data| [(*data, Synchronous::Full), (*data, Synchronous::Normal)]).collect()
    }
}

#[cfg(test)]
mod tests;
