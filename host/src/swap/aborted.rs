//! Why an exchange of versions came to nothing.

use super::error::SlotError;
use crate::model::chain;
use crate::model::swap::SwapPhase;
use crate::store::StoreError;

/// The old version goes on.
#[derive(Debug, Clone)]
pub(crate) struct Aborted {
    pub(crate) phase: SwapPhase,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// It would not end otherwise the next time.
    pub(crate) permanent: bool,
}

impl Aborted {
    pub(super) fn new(phase: SwapPhase, code: &'static str, message: String) -> Self {
        Self { phase, code, message, permanent: true }
    }

    pub(super) fn passing(mut self) -> Self {
        self.permanent = false;
        self
    }

    /// A step that the candidate did not survive.
    pub(super) fn of_entry(phase: SwapPhase, code: &'static str, error: &SlotError) -> Self {
        let aborted = Self::new(phase, code, chain(error));
        if matches!(error, SlotError::Store(_)) { aborted.passing() } else { aborted }
    }

    pub(super) fn staging(error: &StoreError) -> Self {
        Self { phase: SwapPhase::Staging, ..Self::of_store(error) }
    }

    pub(super) fn of_store(error: &StoreError) -> Self {
        let (code, permanent) = match error {
            StoreError::Migration { .. } => ("migration", true),
            // Neither version is to blame, and the data may be another next time.
            StoreError::WouldLose { .. } => ("would-lose", false),
            StoreError::SchemaOutOfRange { .. } | StoreError::NoWayBack { .. } => ("schema", true),
            StoreError::Full => ("disk-full", false),
            StoreError::Fenced { .. } => ("fenced", false),
            _ => ("storage", false),
        };
        let aborted = Self::new(SwapPhase::Committing, code, chain(error));
        if permanent { aborted } else { aborted.passing() }
    }
}
