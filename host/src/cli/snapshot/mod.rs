//! `mainstay snapshot`: what is kept of the working state of slots.
//!
//! [`look`] lists what there is, beside a host that runs or without one, and [`show`] what is in it. [`change`] takes, puts back and removes.
//! [`export`] writes one to a file, and [`rotate`] seals everything with another key.

mod change;
mod export;
mod look;
mod rotate;
mod show;

use clap::Subcommand;

use crate::app::Options;

/// See to what is kept of the working state: list, show, take, export, restore, prune
///
/// Working state is what a plugin keeps under keys, and what one version handed over to the next. The host takes a snapshot
/// of it whenever a version took over and when it starts, and keeps the last ones of each slot. If the state itself is
/// damaged, the newest snapshot that opens takes its place. Tables are not part of a snapshot: see `mainstay backup`.
#[derive(Debug, clap::Args)]
pub(super) struct Snapshot {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(look::List),
    Show(show::Show),
    Take(change::Take),
    Export(export::Export),
    Restore(change::Restore),
    Prune(change::Prune),
    Delete(change::Delete),
    RotateKey(rotate::RotateKey),
}

impl Snapshot {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        match self.command {
            Command::List(list) => list.run(options),
            Command::Show(show) => show.run(options),
            Command::Take(take) => take.run(options),
            Command::Export(export) => export.run(options),
            Command::Restore(restore) => restore.run(options),
            Command::Prune(prune) => prune.run(options),
            Command::Delete(delete) => delete.run(options),
            Command::RotateKey(rotate) => rotate.run(options),
        }
    }
}
