//! `mainstay swap`

use std::path::PathBuf;

use super::exit_code::WrongUsage;
use super::{block_on, host, report};
use crate::app::Options;
use crate::model::SlotName;
use crate::model::drift::Policy;
use crate::server::control::{Request, SwapOrder};
use crate::store::DataDir;
use crate::swap::OpenError;

/// Put another component into a slot of the running host
///
/// The version that serves goes on until the new one is loaded, linked, migrated and tested beside it; calls that
/// come meanwhile wait for moments. Whatever is wrong with the new one, nothing is changed then.
#[derive(Debug, clap::Args)]
pub(super) struct Swap {
    /// Which slot, such as orchestrator
    slot: SlotName,
    /// A WebAssembly component
    file: PathBuf,
    /// Accept any change of the tools, a component that failed before, and the loss of calls that wait and that the
    /// new version cannot continue, and of what is in memory only and that it cannot take over
    #[arg(long, conflicts_with = "append")]
    force: bool,
    /// Accept new tools, at the end of the list
    #[arg(long)]
    append: bool,
    /// Try everything and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Swap {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let file = std::path::absolute(&self.file).map_err(|error| WrongUsage(error.to_string()))?;
        // The host reads it; but whoever mistyped a name wants to hear so at once.
        std::fs::File::open(&file).map_err(|source| OpenError::Read { path: file.clone(), source })?;
        let policy = match (self.force, self.append) {
            (true, _) => Some(Policy::Force),
            (_, true) => Some(Policy::Append),
            _ => None,
        };
        let dir = DataDir::open(options.data_dir.clone())?;
        let place = dir.plugin_file(&self.slot);
        let (slot, reason) = (self.slot, self.reason);
        let request = Request::Swap(SwapOrder { slot, file, policy, force: self.force, dry_run: self.dry_run, reason });
        let otherwise = format!(
            "start one (it runs from its first call on), or copy the file to {}, which is taken at the next start",
            place.display()
        );
        let swapped = block_on(host::change(&dir, &request, &otherwise))?;
        report::conclude("swap", &swapped, self.json)
    }
}
