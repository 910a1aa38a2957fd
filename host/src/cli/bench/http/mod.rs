//! `mainstay bench http`: what serving over HTTP costs, and whether it grows.
//!
//! [`served`] are the servers: the host, and [`native`] beside it. [`client`] is what calls them, on a connection of
//! [`wire`], and [`crowd`] many of it. [`compared`] has both servers called, [`swapping`] swaps meanwhile, and [`soak`]
//! looks how large the host gets; [`trend`] judges it. [`results`] is what comes of it, and [`tables`] shows it.

mod client;
mod compared;
mod crowd;
mod native;
mod place;
mod results;
mod served;
mod soak;
mod swapping;
mod tables;
mod trend;
mod wire;

use anyhow::{Context as _, ensure};

use self::client::Era;
use self::place::Place;
use self::results::Results;
use super::super::block_on;
use super::super::table::print;
use super::progress::Progress;
use super::swap::grouped;

/// Files that a process has open besides its connections.
const OTHER_FILES: u64 = 512;

/// Measure what serving over HTTP costs, beside rmcp's own server
///
/// Starts the real host and calls a tool that reads, over HTTP on this machine: so many clients of 2025-11-25, with a
/// session each, and so many connections of clients of 2026-07-28, which have none. Does the same with a server that is
/// made of rmcp alone and has a native tool with the same answer. Then exchanges the orchestrator every second while
/// clients add tasks and read. Every answer is checked, and a call that fails, is lost or is done twice fails the run.
/// Works in a temporary folder (TMPDIR).
#[derive(Debug, clap::Args)]
pub(super) struct Http {
    /// How many clients there are at once, each with a connection [default: 1,100,1000,10000, with --quick 1,100]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    clients: Vec<u32>,
    /// Calls in each setting; one of each client at least [default: 20000, with --quick 200]
    #[arg(long, value_name = "N")]
    calls: Option<usize>,
    /// Swaps, one a second [default: 20, with --quick 3]
    #[arg(long, value_name = "N")]
    swaps: Option<usize>,
    /// Instead, make as many calls as 100 a second come to in so many seconds, as fast as they go, with swaps and with
    /// clients that come and go, and fail if memory or open files grow [an hour is 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    soak: Option<u32>,
    /// Fewer clients, calls and swaps: shows that it works
    #[arg(long)]
    quick: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Be the server that the host is compared with
    #[arg(long, hide = true)]
    native: bool,
}

impl Http {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.native {
            return block_on(native::serve());
        }
        if let Some(seconds) = self.soak {
            return self.soak(seconds.into());
        }
        let results = block_on(self.measure())?;
        if self.json {
            return print(&serde_json::to_string_pretty(&results)?);
        }
        tables::print_all(&results)
    }

    fn soak(&self, seconds: u64) -> anyhow::Result<()> {
        let soak = block_on(async { soak::measure(&Place::new()?, seconds).await })?;
        if self.json {
            print(&serde_json::to_string_pretty(&soak)?)?;
        } else {
            tables::print_soak(&soak)?;
        }
        ensure!(!soak.grown.is_some_and(|grown| grown.is_growth()), "the host grows");
        Ok(())
    }

    async fn measure(&self) -> anyhow::Result<Results> {
        let clients = self.clients();
        room_for(clients.iter().copied().max().unwrap_or_default())?;
        let calls = self.calls.unwrap_or(if self.quick { 200 } else { 20_000 });
        let swaps = self.swaps.unwrap_or(if self.quick { 3 } else { 20 });
        let progress = Progress::start(clients.len() * Era::ALL.len() + 1);
        let (place, mut settings) = (Place::new()?, Vec::new());
        let answer = compared::answer(&place).await?;
        for number in clients {
            for era in Era::ALL {
                progress.say(&format!("{} clients of {era}", grouped(number)));
                let number = usize::try_from(number)?;
                settings.push(compared::measure(&place, &answer, era, number, calls).await?);
            }
        }
        progress.say("swaps");
        let swapping = if swaps > 0 { Some(swapping::measure(&place, swaps).await?) } else { None };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Results { processors, settings, swapping })
    }

    fn clients(&self) -> Vec<u32> {
        match (self.clients.is_empty(), self.quick) {
            (false, _) => self.clients.clone(),
            (true, true) => vec![1, 100],
            (true, false) => vec![1, 100, 1_000, 10_000],
        }
    }
}

/// As many files as that many connections need, here and in the servers, which inherit it.
fn room_for(clients: u32) -> anyhow::Result<()> {
    let needed = u64::from(clients) + OTHER_FILES;
    // Never less than it may have already.
    let most = rlimit::increase_nofile_limit(u64::MAX).context("the limit of open files cannot be raised")?;
    ensure!(
        most >= needed,
        "{clients} connections need {needed} open files, and this process may have {most}: see ulimit -n"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
