//! Tools for everything out and in again, for the command line.

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    Vec::new()
}
