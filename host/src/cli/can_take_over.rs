//! `mainstay can-take-over`: what the host that runs asks the program on disk before that takes its place.

use super::table::print;
use crate::app::{HANDOVER_FORMAT, Options, Successor};
use crate::store::{DataDir, HostDb, check_format, slots_with_data};

/// Say whether this program can take the place of the host that runs
///
/// Reads the settings, the keys and the formats of all files. Changes nothing.
#[derive(Debug, clap::Args)]
pub(super) struct CanTakeOver {}

impl CanTakeOver {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        options.sources(Some(&dir)).load()?;
        dir.keyring()?;
        drop(HostDb::open_reader(&dir)?);
        for slot in slots_with_data(&dir) {
            let file = dir.slot_database(&slot);
            check_format(&file)?;
        }
        let successor = Successor { version: env!("CARGO_PKG_VERSION").to_owned(), handover: HANDOVER_FORMAT };
        print(&serde_json::to_string(&successor)?)
    }
}
