//! `mainstay rollback`

use super::{block_on, host, report};
use crate::app::Options;
use crate::model::{Generation, SlotName};
use crate::server::control::{Request, RollbackOrder};
use crate::store::DataDir;

/// Put a version back that served before
///
/// Works as a swap does: what the version before cannot take over is found out while the present one still serves.
/// It is refused if data that was written since would be lost.
#[derive(Debug, clap::Args)]
pub(super) struct Rollback {
    /// Which slot, such as orchestrator
    slot: SlotName,
    /// Which generation; `mainstay history` lists them [default: the version before this one]
    #[arg(long, value_name = "GENERATION")]
    to: Option<u64>,
    /// Accept the loss of calls that wait and that this version cannot continue, and of what is in memory only and
    /// that it cannot take over
    #[arg(long)]
    force: bool,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Rollback {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let to = self.to.map(Generation);
        let order = RollbackOrder { slot: self.slot, to, force: self.force, reason: self.reason };
        let otherwise = "start one (it runs from its first call on) and try again";
        let rolled = block_on(host::change(&dir, &Request::Rollback(order), otherwise))?;
        report::conclude("rollback", &rolled, self.json)
    }
}
