//! Tools for several agents on one plan, and what is next.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    Vec::new()
}
