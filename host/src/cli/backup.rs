//! `mainstay backup`

use super::exit_code::WrongUsage;
use super::table::{list, print};
use super::time::utc;
use crate::app::Options;
use crate::model::SlotName;
use crate::plugin::now;
use crate::store::{self, BackupError, DataDir, backup_host, backup_slot, backups, prune_backups, slots_with_data};

/// Copy the data of a slot, or of all and the host's own, as it is now
///
/// Works whether a host is running or not, and holds nobody up. The copies are in the folder backups of the data
/// directory, a whole SQLite file each.
///
/// To go back to one: end the host; in the data directory, remove slots/SLOT.sqlite-wal and slots/SLOT.sqlite-shm if they
/// are there, and copy the backup over slots/SLOT.sqlite (or host.sqlite); start the host. What was written since the
/// backup is gone then. Working state is sealed in a backup too: it opens with the key it was sealed with, so keep that key
/// as well, in another place.
#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// Of one slot only
    slot: Option<SlotName>,
    /// List the backups there are, newest first, and make none
    #[arg(long)]
    list: bool,
    /// Afterwards, keep only the newest N of each slot and of the host's own file
    #[arg(long, value_name = "N", conflicts_with = "list", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        if self.list {
            let mut all = backups(&dir)?;
            all.retain(|backup| self.slot.is_none() || backup.slot == self.slot);
            return self.show(&dir, &all, &format!("there are no backups in {} yet", dir.backups_folder().display()));
        }
        let (made, problem) = self.make(&dir)?;
        if problem.is_none() || !made.is_empty() {
            self.show(&dir, &made, &format!("there is no data in {} yet", dir.root().display()))?;
        }
        if let Some(problem) = problem {
            return Err(problem.into());
        }
        if let Some(keep) = self.keep {
            prune_backups(&dir, usize::try_from(keep)?)?;
        }
        Ok(())
    }

    /// What could be copied, and what was first in the way of the rest.
    fn make(&self, dir: &DataDir) -> Result<(Vec<store::Backup>, Option<BackupError>), WrongUsage> {
        const REASON: &str = "command line";
        let there = slots_with_data(dir);
        if let Some(slot) = self.slot.as_ref().filter(|slot| !there.contains(slot)) {
            let there: Vec<_> = there.iter().map(SlotName::as_str).collect();
            let there =
                if there.is_empty() { "no slot has".to_owned() } else { format!("there is of {}", there.join(", ")) };
            return Err(WrongUsage(format!("there is no data of slot {slot} in {}; {there}", dir.root().display())));
        }
        let wanted = there.iter().filter(|slot| self.slot.as_ref().is_none_or(|only| only == *slot));
        let mut results: Vec<_> = wanted.map(|slot| backup_slot(dir, slot, now(), REASON)).collect();
        if self.slot.is_none() && dir.host_database().exists() {
            results.push(backup_host(dir, now(), REASON));
        }
        let (mut made, mut problem) = (Vec::new(), None);
        for result in results {
            match result {
                Ok(backup) => made.push(backup),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        Ok((made, problem))
    }

    fn show(&self, dir: &DataDir, backups: &[store::Backup], if_none: &str) -> anyhow::Result<()> {
        if self.json {
            return print(&serde_json::to_string_pretty(backups)?);
        }
        if backups.is_empty() {
            return print(&if_none);
        }
        let mut rows = list(&["of", "generation", "when", "size", "file"]);
        for backup in backups {
            rows.add_row(row(backup));
        }
        print(&format!("in {}\n{rows}", dir.backups_folder().display()))
    }
}

fn row(backup: &store::Backup) -> [String; 5] {
    [
        backup.slot.as_ref().map_or("the host itself".to_owned(), SlotName::to_string),
        backup.generation.map(|generation| generation.to_string()).unwrap_or_default(),
        utc(backup.taken_at),
        indicatif::HumanBytes(backup.bytes).to_string(),
        backup.path.file_name().unwrap_or_default().display().to_string(),
    ]
}
