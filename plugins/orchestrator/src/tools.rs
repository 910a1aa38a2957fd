//! What clients call: one file a tool, in the order of the work.
//!
//! Two of them answer to an older name as well. New tools go to the end of [`all`]: clients keep the list at
//! the front of what their model reads, and a tool that moves makes them read everything again.

mod complete;
mod execute;
mod initialize;
mod plan;
mod status;
mod synthesize;

use mainstay_plugin::prelude::*;

use crate::plugin::Orchestrator;

/// In the order clients see.
pub(crate) fn all() -> Vec<Tool<Orchestrator>> {
    vec![
        initialize::tool(),
        plan::tool(),
        execute::tool(),
        complete::tool(),
        synthesize::tool(),
        status::tool(),
        execute::older_name(),
        complete::older_name(),
    ]
}

#[cfg(test)]
mod tests;
