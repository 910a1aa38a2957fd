//! Tools for the board and the graph, to look at.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    Vec::new()
}
