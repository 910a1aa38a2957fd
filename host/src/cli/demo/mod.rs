//! `mainstay demo`: a plan, played through a real server whose logic is exchanged all the while, and that is killed on
//! the way.
//!
//! [`story`] is what happens, in order. [`plan`] is the file that is played and [`play`] how. [`swapper`] exchanges the
//! orchestrator beside it, [`numbered`] are calls that show whether anything gets lost, [`stage`] is what one sees
//! meanwhile, and [`summary`] what is said at the end.

mod numbered;
mod plan;
mod play;
mod stage;
mod story;
mod summary;
mod swapper;

use std::path::PathBuf;
use std::time::Duration;

use self::plan::Plan;
use super::block_on;

/// Without a pause between tasks, so that even a short plan meets some swaps.
const SHORT: u64 = 50;

/// Work through a plan while the logic is exchanged, and show what survives
///
/// Starts the real server as a child process, connects to it as any client would, and plays a plan from planning to
/// synthesis. All the while it exchanges the orchestrator between two versions, with other calls under way. Halfway
/// it kills the server with SIGKILL and starts it again. In the end it compares what the server kept with what it had
/// acknowledged: if anything is lost or was done twice, it fails.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// A plan of your own (see examples/plans)
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Milliseconds that each task takes, to be able to watch [default: 1200 on a terminal, else 0]
    #[arg(long, value_name = "MS")]
    pace: Option<u64>,
    /// Milliseconds between two swaps of the orchestrator [default: 1000, or 50 with --pace 0]
    #[arg(long, value_name = "MS")]
    swap_every: Option<u64>,
}

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let plan = Plan::load(self.plan.as_deref())?;
        let watched = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let pace = self.pace.unwrap_or(if watched { 1_200 } else { 0 });
        let swap_every = self.swap_every.unwrap_or(if pace == 0 { SHORT } else { 1_000 });
        block_on(story::tell(&plan, Duration::from_millis(pace), Duration::from_millis(swap_every)))
    }
}
