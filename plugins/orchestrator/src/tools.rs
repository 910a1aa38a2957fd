//! What clients call: one file a tool, in the order of the work.
//!
//! Two of them answer to an older name as well. New tools go to the end of [`all`]: clients keep the list at
//! the front of what their model reads, and a tool that moves makes them read everything again.

mod artifacts;
mod board;
mod claims;
mod complete;
mod execute;
mod initialize;
mod maintenance;
mod plan;
mod sessions;
mod status;
mod synthesize;
mod tasks;
mod templates;
mod transfer;

use mainstay_plugin::prelude::*;
use serde::de::DeserializeOwned;

#[cfg(test)]
pub(crate) use self::initialize::ROOTS;
use crate::plugin::Orchestrator;

/// In the order clients see.
pub(crate) fn all() -> Vec<Tool<Orchestrator>> {
    let first = vec![
        initialize::tool(),
        plan::tool(),
        execute::tool(),
        complete::tool(),
        synthesize::tool(),
        status::tool(),
        execute::older_name(),
        complete::older_name(),
    ];
    let groups = [
        tasks::tools(),
        claims::tools(),
        artifacts::tools(),
        sessions::tools(),
        maintenance::tools(),
        board::tools(),
        templates::tools(),
        transfer::tools(),
    ];
    first.into_iter().chain(groups.into_iter().flatten()).collect()
}

/// A tool whose answer is text for a model, and structured content too if the slot is configured so.
fn answering<A, T>(name: &str, description: &str, run: fn(&Context<'_>, &A) -> Outcome<T>) -> Tool<Orchestrator>
where
    A: DeserializeOwned + JsonSchema + 'static,
    T: Serialize + JsonSchema + 'static,
{
    let handler =
        move |plugin: &mut Orchestrator, cx: &Context<'_>, arguments: A| Ok(plugin.answer(run(cx, &arguments)?));
    Tool::new(name, description, handler).without_answer_schema()
}

#[cfg(test)]
mod tests;
