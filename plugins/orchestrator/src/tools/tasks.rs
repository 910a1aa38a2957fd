//! Tools for changing, removing and finding tasks.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    Vec::new()
}
