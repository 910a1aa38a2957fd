//! What can be asked of a slot.

use std::time::Duration;

use crate::model::drift::Policy;
use crate::model::restart::RestartReason;
use crate::model::swap::Origin;
use crate::model::{Generation, SlotName};
use crate::swap::Component;

/// A version that is to serve.
#[derive(Debug, Clone)]
pub struct SwapRequest {
    pub slot: SlotName,
    pub component: Component,
    pub origin: Origin,
    pub reason: Option<String>,
    /// Which drift is accepted; as configured if none is named.
    pub policy: Option<Policy>,
    /// Accepts any drift, tries a component again that failed before, and gives up calls that wait and that the new
    /// version cannot continue.
    pub force: bool,
    /// Tries everything and changes nothing.
    pub dry_run: bool,
}

/// A version that served before is to serve again.
#[derive(Debug, Clone)]
pub struct RollbackRequest {
    pub slot: SlotName,
    /// The version before this one if none is named.
    pub to: Option<Generation>,
    pub origin: Origin,
    pub reason: Option<String>,
    /// Gives up calls that wait and that it cannot continue.
    pub force: bool,
}

/// A slot is to begin anew: with what is in place if that is news, else with the version that serves.
#[derive(Debug, Clone)]
pub struct RestartRequest {
    pub slot: SlotName,
    pub origin: Origin,
    pub reason: RestartReason,
    /// Whether what runs may finish. Else it is stopped, rolled back and answered as interrupted.
    pub graceful: bool,
    /// Whether state in memory is carried over and `state` kept. Else the slot begins without either; tables stay.
    pub preserve_state: bool,
    /// As for a swap.
    pub force: bool,
    /// What is not committed after this is abandoned.
    pub timeout: Duration,
}
