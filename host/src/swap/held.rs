//! What a version begins with when there is no predecessor in this process to hand anything over: what was left
//! behind, or, if that does not open, the newest of what was kept of it.

use super::aborted::Aborted;
use super::carried::{Kept, Predecessor, unseal};
use super::lazy::OpenError;
use super::services::Workbench;
use super::shared::Hosting;
use super::slot::SlotSettings;
use crate::model::snapshot::{Snapshot, SnapshotCarried};
use crate::model::swap::{Refusal, SwapPhase};
use crate::model::{SlotName, chain};
use crate::plugin::contract::lifecycle::ExportedState;
use crate::store::{Activation, Corruption, PluginDb, StoreError};

/// The stable word for it.
const CORRUPT: &str = "state-corruption";

/// # Errors
/// If somebody met state since the last time that does not open, whatever came of it.
pub(crate) fn whole(bench: &Workbench, phase: SwapPhase) -> Result<(), Aborted> {
    let found = bench.lock().db.take_corruption();
    found.map_or(Ok(()), |corruption| Err(Aborted::new(phase, CORRUPT, corruption.to_string()).passing()))
}

/// Where the state of a start comes from, and what was lost, if anything was.
///
/// # Errors
/// If what was left does not open and there is nothing to take its place: a slot never begins empty unasked.
pub(crate) fn at_start(
    hosting: &Hosting,
    settings: &SlotSettings,
    db: &PluginDb,
    active: Option<&Activation>,
    give_up: bool,
) -> Result<(Predecessor, Option<String>), OpenError> {
    let Some(active) = active else { return Ok((Predecessor::Gone(None), None)) };
    let (carried, keys) = (unseal(&settings.sealer, active), db.verify_state());
    // What was remembered has been heard.
    drop(db.take_corruption());
    let (carried, corruption) = match (carried, keys) {
        (carried, Err(StoreError::Corrupt(corruption))) => (carried.ok().flatten(), corruption),
        (Err(corruption), _) if give_up || !corruption.is_damage() => (None, corruption),
        (Err(corruption), _) => {
            let (kept, told) = without_carried(hosting, &settings.slot, active, &corruption);
            tracing::error!(slot = %settings.slot, told, "what was handed over was damaged");
            return Ok((Predecessor::Kept(kept), Some(told)));
        }
        // Whatever else is wrong with the file, whoever uses it hears of it.
        (Ok(carried), _) => return Ok((Predecessor::Gone(carried), None)),
    };
    if give_up {
        let told = format!("{corruption}: the working state was given up, as was asked for");
        return Ok((Predecessor::Nothing, Some(told)));
    }
    let (kept, told) = instead(hosting, &settings.slot, active, carried, &corruption).map_err(OpenError::Refused)?;
    tracing::error!(slot = %settings.slot, told, "the working state was damaged");
    Ok((Predecessor::Kept(kept), Some(told)))
}

/// The keys are whole; only what the version before handed over does not open. A snapshot of this very generation may
/// have it too.
fn without_carried(hosting: &Hosting, slot: &SlotName, active: &Activation, corruption: &Corruption) -> (Kept, String) {
    let fits = |snapshot: &Snapshot| snapshot.generation == active.generation;
    let known = hosting.snapshots().newest_that_opens(slot, fits).ok().flatten();
    let carried = known.and_then(|(snapshot, content)| Some((snapshot, content.carried?)));
    let told = match &carried {
        Some((snapshot, _)) => format!("{corruption}: taken from snapshot {}; nothing is lost", snapshot.id),
        None => {
            format!("{corruption}: what the version before had in memory is lost; keys and tables are as they were")
        }
    };
    (Kept { exported: carried.map(|(_, carried)| exported(carried)), entries: None }, told)
}

fn exported(carried: SnapshotCarried) -> ExportedState {
    ExportedState { schema: carried.schema, data: carried.data }
}

/// What takes the place of state that does not open, and in words what was lost.
///
/// # Errors
/// If nothing can, or if the state is whole and only a key or a newer version is missing.
pub(crate) fn instead(
    hosting: &Hosting,
    slot: &SlotName,
    active: &Activation,
    carried: Option<ExportedState>,
    corruption: &Corruption,
) -> Result<(Kept, String), Refusal> {
    let refused = |message: String| Refusal {
        code: CORRUPT.to_owned(),
        message,
        phase: SwapPhase::Staging,
        hint: Some(
            "put back what is missing and restart; or restart with preserve_state=false: the slot then begins \
             without working state, and its tables stay"
                .to_owned(),
        ),
    };
    if !corruption.is_damage() {
        return Err(refused(corruption.to_string()));
    }
    let fits = |snapshot: &Snapshot| snapshot.plugin == active.plugin && snapshot.schema == active.schema;
    match hosting.snapshots().newest_that_opens(slot, fits) {
        Ok(Some((snapshot, content))) => {
            let told = format!(
                "{corruption}: restored from snapshot {} of generation {}, with {} keys; what was written to the working state after that is lost",
                snapshot.id, snapshot.generation, snapshot.entries
            );
            let same = |_: &SnapshotCarried| snapshot.generation == active.generation;
            let exported = carried.or_else(|| content.carried.filter(same).map(exported));
            let entries = content.entries.into_iter().map(Into::into);
            Ok((Kept { exported, entries: Some(entries.collect()) }, told))
        }
        Ok(None) => Err(refused(format!("{corruption}, and no snapshot of it opens"))),
        Err(error) => Err(refused(format!("{corruption}, and the snapshots cannot be read: {}", chain(&error)))),
    }
}
