//! State that goes from one version to the next: where it comes from, and how it is kept sealed.

use super::aborted::Aborted;
use crate::model::swap::SwapPhase;
use crate::model::{Generation, chain};
use crate::plugin::contract::lifecycle::ExportedState;
use crate::seal::Sealer;
use crate::store::{Activation, Carried, Corruption, StateEntry};

/// Where the state in memory comes from.
pub(crate) enum Predecessor {
    /// The instance that serves.
    Live,
    /// The instance that serves, which does not do well: whatever it refuses is done without.
    Ailing,
    /// There is none in this process; this is what the last one had received.
    Gone(Option<ExportedState>),
    /// Nowhere: what is in memory and in `state` is given up. Tables stay.
    Nothing,
    /// What was kept apart, because what should have been there does not open.
    Kept(Kept),
}

/// Working state of an earlier moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) exported: Option<ExportedState>,
    /// None: the keys that are there are whole, and stay.
    pub(crate) entries: Option<Vec<StateEntry>>,
}

pub(crate) fn seal(sealer: &Sealer, generation: Generation, state: &ExportedState) -> Result<Carried, Aborted> {
    let sealed = sealer.seal(&state.data, &Carried::place(generation, state.schema));
    let sealed = sealed.map_err(|error| Aborted::new(SwapPhase::Committing, "seal", chain(&error)).passing())?;
    Ok(Carried { schema: state.schema, sealed })
}

/// The state that was carried into a generation.
///
/// # Errors
/// If it does not open.
pub(crate) fn unseal(sealer: &Sealer, activation: &Activation) -> Result<Option<ExportedState>, Corruption> {
    let Some(carried) = &activation.carried else { return Ok(None) };
    let opened = sealer.open(&carried.sealed, &Carried::place(activation.generation, carried.schema));
    let what = || format!("the state that was carried into generation {}", activation.generation);
    let data = opened.map_err(|problem| Corruption { what: what(), problem })?;
    Ok(Some(ExportedState { schema: carried.schema, data }))
}
