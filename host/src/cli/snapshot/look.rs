//! What there is.

use std::collections::HashSet;

use indicatif::HumanBytes;

use crate::app::Options;
use crate::cli::table::{list, print};
use crate::cli::time::utc;
use crate::model::SlotName;
use crate::model::snapshot::{Snapshot, SnapshotContent, SnapshotListed};
use crate::seal::Sealer;
use crate::store::{DataDir, HostDb, SNAPSHOT_PURPOSE, SnapshotError, Snapshots};

/// List the snapshots, newest first
///
/// Works whether a host is running or not. Each is opened, to say whether it can be restored. As much of its name is shown
/// as tells it from the others, which is enough wherever it is asked for.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Of one slot only
    slot: Option<SlotName>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where snapshots are, if there are any at all.
pub(super) struct Kept {
    db: HostDb,
    sealer: Sealer,
}

impl Kept {
    /// None if no host ever wrote anything.
    pub(super) fn open(dir: &DataDir) -> anyhow::Result<Option<Self>> {
        let Some(db) = HostDb::open_reader(dir)? else { return Ok(None) };
        Ok(Some(Self { db, sealer: Sealer::new(&dir.keyring()?, SNAPSHOT_PURPOSE) }))
    }

    fn snapshots(&self) -> Snapshots<'_> {
        Snapshots::new(&self.db, &self.sealer)
    }

    /// The one whose name begins like that.
    pub(super) fn find(dir: &DataDir, id: &str) -> anyhow::Result<(Snapshot, SnapshotContent)> {
        match Self::open(dir)? {
            Some(kept) => Ok(kept.snapshots().open(&kept.snapshots().named(id)?)?),
            None => Err(SnapshotError::Unknown { id: id.to_owned() }.into()),
        }
    }
}

impl List {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let snapshots = match Kept::open(&dir)? {
            Some(kept) => kept.snapshots().list(self.slot.as_ref())?,
            None => Vec::new(),
        };
        if self.json {
            return print(&serde_json::to_string_pretty(&snapshots)?);
        }
        if snapshots.is_empty() {
            return print(&format!("there are no snapshots in {} yet", dir.root().display()));
        }
        let mut rows = list(&["id", "slot", "generation", "when", "why", "keys", "size", "opens"]);
        let letters = enough(&snapshots);
        for snapshot in &snapshots {
            rows.add_row(row(snapshot, letters));
        }
        print(&rows)
    }
}

/// How much of each name tells it from the others. The first twelve letters are the time, to the millisecond.
fn enough(snapshots: &[SnapshotListed]) -> usize {
    let longest = snapshots.iter().map(|listed| listed.id.len()).max().unwrap_or(0);
    let tells = |letters: &usize| {
        let mut seen = HashSet::new();
        snapshots.iter().all(|listed| seen.insert(listed.id.get(..*letters)))
    };
    (12..longest).find(tells).unwrap_or(longest)
}

fn row(listed: &SnapshotListed, letters: usize) -> [String; 8] {
    let opens =
        if listed.opens { "yes".to_owned() } else { format!("no: {}", listed.problem.as_deref().unwrap_or("")) };
    let known = |say: &dyn Fn(&Snapshot) -> String| listed.snapshot.as_ref().map(say).unwrap_or_default();
    [
        listed.id.get(..letters).unwrap_or(&listed.id).to_owned(),
        listed.slot.clone(),
        known(&|snapshot| snapshot.generation.to_string()),
        known(&|snapshot| utc(snapshot.taken_at)),
        known(&|snapshot| snapshot.why.to_string()),
        known(&|snapshot| snapshot.entries.to_string()),
        known(&|snapshot| HumanBytes(snapshot.bytes).to_string()),
        opens,
    ]
}
