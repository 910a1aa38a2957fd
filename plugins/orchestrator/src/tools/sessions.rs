//! Tools for sessions of a workspace.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    Vec::new()
}
