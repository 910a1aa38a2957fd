//! `mainstay demo`: a plan, played through a real server that is killed on the way.
//!
//! [`story`] is what happens, [`plan`] the file it plays, [`server`] the child process it plays against.

mod plan;
mod server;
mod story;

use std::path::PathBuf;
use std::time::Duration;

use self::plan::Plan;
use super::block_on;

/// Work through a plan and show what survives
///
/// Starts the real server as a child process, connects to it as any client would, plays a plan from
/// planning to synthesis, kills the server with SIGKILL on the way, starts it again, and compares what it
/// kept with what it had acknowledged.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// A plan of your own (see examples/plans)
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Milliseconds between steps, to be able to watch [default: 120 on a terminal, else 0]
    #[arg(long, value_name = "MS")]
    pace: Option<u64>,
}

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let plan = Plan::load(self.plan.as_deref())?;
        let watched = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let pace = self.pace.unwrap_or(if watched { 120 } else { 0 });
        block_on(story::tell(&plan, Duration::from_millis(pace)))
    }
}
