//! Tools for changing, removing and finding tasks.

pub(super) mod cancel;
pub(super) mod delete;
pub(super) mod query;
pub(super) mod update;

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![update::tool(), delete::tool(), cancel::tool(), query::tool()]
}
