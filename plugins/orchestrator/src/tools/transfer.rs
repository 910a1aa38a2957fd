//! Tools for everything out and in again, for the command line.

pub(super) mod export;
pub(super) mod import;

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![export::tool(), import::tool()]
}
