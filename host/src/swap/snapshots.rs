//! Snapshots of what plugins keep, taken on the side: [`restore`] puts them back, and [`slots`] is who may ask.
//!
//! Tables are not part of a snapshot, and neither are calls that wait: backups are for those.

mod restore;
mod slots;

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::spawn_blocking;

pub use self::restore::Restored;
use super::carried::unseal;
use super::lazy::OpenError;
use super::shared::Hosting;
use super::slot::SlotSettings;
use crate::model::snapshot::{Snapshot, SnapshotCarried, SnapshotCause, SnapshotContent};
use crate::model::{SlotName, chain};
use crate::plugin::now;
use crate::seal::Sealer;
use crate::store::{PluginDb, SnapshotError, Snapshots, StoreError};

/// What snapshots are taken with.
pub(crate) struct SnapshotDesk {
    sealer: Sealer,
    /// Held from the look at the state to the commit of the snapshot, so that a newer one is never of an older state.
    turn: Mutex<()>,
    /// Slots for which one will be taken on the side: one is enough, whatever else changes until then.
    waiting: Mutex<HashSet<SlotName>>,
}

/// A snapshot that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub snapshot: Snapshot,
    /// The state is still what it was in this one: no other was taken.
    pub unchanged: bool,
}

/// Why a snapshot was not taken or put back. The slot's state is as it was.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error("there is no slot {slot}; there is {}", served.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    NoSuchSlot { slot: SlotName, served: Vec<SlotName> },
    #[error("the data directory cannot be used for it")]
    Open(#[from] OpenError),
    #[error("no snapshot was taken or put back")]
    Snapshot(#[from] SnapshotError),
    #[error("slot {slot} is being served: end the host first")]
    Served { slot: SlotName },
    #[error("snapshot {id} is of slot {of}, not of {slot}")]
    OtherSlot { id: String, of: SlotName, slot: SlotName },
    #[error(
        "snapshot {id} is of plugin {plugin} at schema {schema}, and the data is of {active_plugin} at schema {active_schema}: put that version in place first"
    )]
    DoesNotFit { id: String, plugin: String, schema: u32, active_plugin: String, active_schema: u32 },
}

impl From<StoreError> for TakeError {
    fn from(error: StoreError) -> Self {
        Self::Snapshot(error.into())
    }
}

impl SnapshotDesk {
    /// `sealer` is for [`crate::store::SNAPSHOT_PURPOSE`].
    pub(crate) fn new(sealer: Sealer) -> Self {
        Self { sealer, turn: Mutex::default(), waiting: Mutex::default() }
    }
}

impl Hosting {
    /// Those that are kept.
    pub(crate) fn snapshots(&self) -> Snapshots<'_> {
        Snapshots::new(&self.db, &self.snapshots.sealer)
    }
}

/// Takes a snapshot when there is time for it. Nobody waits for it; what is in the way is logged.
pub(crate) fn take_aside(hosting: &Arc<Hosting>, settings: &SlotSettings, why: SnapshotCause) {
    if !hosting.snapshots.waiting.lock().insert(settings.slot.clone()) {
        return;
    }
    let (hosting, settings) = (Arc::clone(hosting), settings.clone());
    drop(spawn_blocking(move || match take(&hosting, &settings, why) {
        Ok(taken) => {
            let (id, unchanged) = (&taken.snapshot.id, taken.unchanged);
            tracing::debug!(slot = %settings.slot, id, unchanged, "the state has a snapshot");
        }
        Err(error) => tracing::error!(slot = %settings.slot, error = chain(&error), "no snapshot was taken"),
    }));
}

/// Takes a snapshot of the state as it is committed now, unless the last one is the same. Blocks; whoever writes is
/// not held up.
pub(crate) fn take(hosting: &Hosting, settings: &SlotSettings, why: SnapshotCause) -> Result<Taken, SnapshotError> {
    let _turn = hosting.snapshots.turn.lock();
    // Whatever changes from here on is for the next one.
    hosting.snapshots.waiting.lock().remove(&settings.slot);
    take_of(hosting, &settings.open_reader()?, settings, why)
}

fn take_of(
    hosting: &Hosting,
    db: &PluginDb,
    settings: &SlotSettings,
    why: SnapshotCause,
) -> Result<Taken, SnapshotError> {
    let (slot, limits) = (&settings.slot, settings.live.get().snapshot.clone());
    let limit = limits.bytes as u64;
    let nothing = || SnapshotError::Nothing { slot: slot.clone() };
    let state = db.working_state(limit)?.ok_or_else(nothing)?;
    let carried = unseal(&settings.sealer, &state.activation).map_err(StoreError::from)?;
    let carried = carried.map(|carried| SnapshotCarried { schema: carried.schema, data: carried.data });
    let content = SnapshotContent::new(carried, state.entries.into_iter().map(Into::into).collect());
    let (active, bytes) = (state.activation, content.bytes());
    if bytes > limit {
        return Err(SnapshotError::TooLarge { bytes, limit });
    }
    // One that does not open is no reason not to take another.
    if let Ok(Some((newest, same))) = hosting.snapshots().newest(slot)
        && newest.generation == active.generation
        && same == content
    {
        return Ok(Taken { snapshot: newest, unchanged: true });
    }
    let snapshot = Snapshot {
        id: uuid::Uuid::now_v7().simple().to_string(),
        slot: slot.clone(),
        generation: active.generation,
        plugin: active.plugin,
        version: active.version,
        schema: active.schema,
        taken_at: now(),
        why,
        entries: content.entries.len() as u64,
        secret_entries: content.secret_entries(),
        bytes,
    };
    hosting.snapshots().keep(&snapshot, &content, limits.keep)?;
    Ok(Taken { snapshot, unchanged: false })
}

#[cfg(test)]
mod tests;
