//! Taken, put back, removed: by the host that runs if there is one, or else here, as the host.

use anyhow::bail;
use serde_json::json;

use crate::app::{App, Options};
use crate::cli::block_on;
use crate::cli::table::print;
use crate::model::SlotName;
use crate::model::snapshot::SnapshotCause;
use crate::server::control::{ControlClient, ControlError, Event, PruneOrder, Request, SnapshotOrder};
use crate::store::DataDir;
use crate::swap::Taken;

/// Take a snapshot of a slot's working state as it is now
///
/// Works whether a host is running or not. If nothing has changed since the last one, that one is named instead.
#[derive(Debug, clap::Args)]
pub(super) struct Take {
    /// Which slot, such as orchestrator
    slot: SlotName,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Put a snapshot in place of a slot's working state
///
/// Only while no host runs. What is written since the snapshot is lost; what is there now is kept as a snapshot first, so
/// this can be undone. Tables and calls that wait stay as they are. A snapshot fits the plugin and the schema that it was
/// taken of.
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// Which slot, such as orchestrator
    slot: SlotName,
    /// Which, or the beginning of its name; `mainstay snapshot list` names them
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Keep the newest snapshots only
///
/// Works whether a host is running or not. The newest one of a slot always stays.
#[derive(Debug, clap::Args)]
pub(super) struct Prune {
    /// Of one slot only
    slot: Option<SlotName>,
    /// So many of each slot [default: the setting snapshot.keep]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Remove one snapshot, such as one that does not open
///
/// Only while no host runs.
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// Which, or the beginning of its name; `mainstay snapshot list` names them
    id: String,
}

impl Take {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let taken = block_on(async {
            match ask(options, &Request::Snapshot(SnapshotOrder { slot: self.slot.clone() })).await? {
                Some(Event::Snapshot { snapshot, unchanged }) => Ok(Taken { snapshot: *snapshot, unchanged }),
                Some(other) => bail!("the host answered something else: {other:?}"),
                None => Ok(App::build(options)?.slots.snapshot(&self.slot, SnapshotCause::Command).await?),
            }
        })?;
        let Taken { snapshot, unchanged } = taken;
        if self.json {
            return print(&serde_json::to_string_pretty(&json!({ "snapshot": snapshot, "unchanged": unchanged }))?);
        }
        let (id, entries) = (snapshot.id, snapshot.entries);
        if unchanged {
            return print(&format!("nothing has changed since snapshot {id}"));
        }
        print(&format!("the working state of {} is kept in snapshot {id}: {entries} keys", self.slot))
    }
}

impl Restore {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let restored =
            block_on(async { Ok(App::build(options)?.slots.restore_snapshot(&self.slot, &self.id).await?) })?;
        if self.json {
            let (snapshot, before) = (restored.snapshot, restored.before);
            let document = json!({ "snapshot": snapshot, "before": before, "lost": restored.lost });
            return print(&serde_json::to_string_pretty(&document)?);
        }
        print(&restored.lost)?;
        match restored.before {
            Some(before) => print(&format!("what was there before is kept in snapshot {}", before.id)),
            None => print(&"what was there before could not be read, so there is no snapshot of it"),
        }
    }
}

impl Prune {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let keep = self.keep.map(usize::try_from).transpose()?;
        let removed = block_on(async {
            let order = PruneOrder { slot: self.slot.clone(), keep };
            match ask(options, &Request::PruneSnapshots(order)).await? {
                Some(Event::Pruned { removed }) => Ok(removed),
                Some(other) => bail!("the host answered something else: {other:?}"),
                None => Ok(App::build(options)?.slots.prune_snapshots(self.slot.as_ref(), keep).await?),
            }
        })?;
        if self.json {
            return print(&json!({ "removed": removed }));
        }
        print(&format!("{removed} snapshots were removed"))
    }
}

impl Delete {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let id = block_on(async { Ok(App::build(options)?.slots.delete_snapshot(&self.id).await?) })?;
        print(&format!("snapshot {id} was removed"))
    }
}

/// What the host that runs answers; none if none runs.
async fn ask(options: &Options, request: &Request) -> anyhow::Result<Option<Event>> {
    let dir = DataDir::open(options.data_dir.clone())?;
    match ControlClient::connect(&dir).await {
        Ok(mut client) => Ok(Some(client.request(request, |_| {}).await?)),
        // Where there are no such sockets, the lock says whether a host runs.
        Err(ControlError::NoHost { .. } | ControlError::Unsupported) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
