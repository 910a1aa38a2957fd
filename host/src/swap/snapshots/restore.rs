//! A snapshot in place of the state.

use chrono::DateTime;

use super::{TakeError, take_of};
use crate::model::chain;
use crate::model::snapshot::{Snapshot, SnapshotCause, SnapshotContent};
use crate::store::{Activation, Carried, PluginDb, SnapshotError};
use crate::swap::shared::Hosting;
use crate::swap::slot::SlotSettings;

/// A snapshot that was put in place of a slot's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub snapshot: Snapshot,
    /// What was lost, in words.
    pub lost: String,
    /// Of the state as it was before, if that could be read.
    pub before: Option<Snapshot>,
}

/// Blocks. The caller holds the lock, and the slot is not open.
pub(super) fn restore(hosting: &Hosting, settings: &SlotSettings, id: &str) -> Result<Restored, TakeError> {
    let (snapshot, content) = hosting.snapshots().open(&hosting.snapshots().named(id)?)?;
    if snapshot.slot != settings.slot {
        let (of, slot) = (snapshot.slot, settings.slot.clone());
        return Err(TakeError::OtherSlot { id: snapshot.id, of, slot });
    }
    let db = settings.open()?;
    let Some(active) = db.activation()? else {
        return Err(SnapshotError::Nothing { slot: settings.slot.clone() }.into());
    };
    fits(&snapshot, &active)?;
    let before = {
        let _turn = hosting.snapshots.turn.lock();
        match take_of(hosting, &db, settings, SnapshotCause::Restore) {
            Ok(taken) => Some(taken.snapshot),
            Err(error) => {
                tracing::warn!(error = chain(&error), "the present state could not be kept as a snapshot");
                None
            }
        }
    };
    let lost = put_back(settings, &db, &active, &snapshot, &content)?;
    Ok(Restored { snapshot, lost, before })
}

fn fits(snapshot: &Snapshot, active: &Activation) -> Result<(), TakeError> {
    if snapshot.plugin == active.plugin && snapshot.schema == active.schema {
        return Ok(());
    }
    Err(TakeError::DoesNotFit {
        id: snapshot.id.clone(),
        plugin: snapshot.plugin.clone(),
        schema: snapshot.schema,
        active_plugin: active.plugin.clone(),
        active_schema: active.schema,
    })
}

/// In a transaction of its own. Says what was lost.
fn put_back(
    settings: &SlotSettings,
    db: &PluginDb,
    active: &Activation,
    snapshot: &Snapshot,
    content: &SnapshotContent,
) -> Result<String, TakeError> {
    // What one generation was given is of no use to another.
    let same = snapshot.generation == active.generation;
    let carried = content.carried.as_ref().filter(|_| same).map(|carried| {
        let place = Carried::place(active.generation, carried.schema);
        let sealed = settings.sealer.seal(&carried.data, &place);
        sealed.map(|sealed| Carried { schema: carried.schema, sealed }).map_err(SnapshotError::NotSealed)
    });
    let carried = carried.transpose()?;
    db.begin(active.generation)?;
    let written =
        db.restore_entries(content).and_then(|()| db.set_carried(carried.as_ref())).and_then(|()| db.commit());
    if let Err(error) = written {
        db.rollback();
        return Err(error.into());
    }
    Ok(loss(snapshot, active))
}

/// What a snapshot in place of the state means, in words.
fn loss(snapshot: &Snapshot, active: &Activation) -> String {
    let at = i64::try_from(snapshot.taken_at).ok().and_then(DateTime::from_timestamp_millis);
    let at = at.map_or_else(|| "an unknown time".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%SZ").to_string());
    let Snapshot { id, generation, entries, .. } = snapshot;
    let mut words = format!(
        "{entries} entries were restored; keys written since {at} (snapshot {id} of generation {generation}) are lost"
    );
    if active.carried.is_some() && *generation != active.generation {
        words.push_str(", and so is what the version before handed over in memory");
    }
    words + "; tables and calls that wait are as they were"
}
