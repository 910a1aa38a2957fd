//! Calls, counted by tool.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;

use super::outcome::Outcome;
use crate::model::spread::{Seen, Spread};

/// Tools that have numbers of their own. Each is some twenty lines of the page; swaps that bring ever new tools are not to
/// make it grow for ever.
const TOOLS: usize = 1_000;

/// Whatever has no numbers of its own.
const OTHER: &str = "other";

/// From a tenth of a millisecond to the longest that clients wait, in microseconds.
const TIMES: &[u64] = &[
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    60_000_000,
    300_000_000,
];

/// What sort of tool it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reads,
    Writes,
    /// The host's own.
    Host,
    /// In no list.
    Other,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Reads => "read",
            Self::Writes => "write",
            Self::Host => "host",
            Self::Other => OTHER,
        }
    }
}

/// All calls of this process.
#[derive(Debug)]
pub(crate) struct Calls {
    tools: RwLock<HashMap<Box<str>, Arc<Tool>>>,
    other: Arc<Tool>,
}

/// The calls of one tool.
#[derive(Debug)]
pub(crate) struct Tool {
    kind: Kind,
    outcomes: [AtomicU64; Outcome::ALL.len()],
    times: Spread,
}

/// The same at one moment.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) tool: String,
    pub(super) kind: &'static str,
    /// In the order of [`Outcome::ALL`].
    pub(super) outcomes: [u64; Outcome::ALL.len()],
    pub(super) times: Seen,
}

impl Default for Calls {
    fn default() -> Self {
        Self { tools: RwLock::default(), other: Arc::new(Tool::new(Kind::Other)) }
    }
}

impl Calls {
    /// The numbers of a tool. `kind` says what it is, if it is in the list of tools: only then it has its own.
    pub(crate) fn of(&self, tool: &str, kind: impl FnOnce() -> Option<Kind>) -> Arc<Tool> {
        if let Some(known) = self.tools.read().get(tool) {
            return Arc::clone(known);
        }
        let Some(kind) = kind() else { return Arc::clone(&self.other) };
        let mut tools = self.tools.write();
        if tools.len() >= TOOLS && !tools.contains_key(tool) {
            return Arc::clone(&self.other);
        }
        Arc::clone(tools.entry(tool.into()).or_insert_with(|| Arc::new(Tool::new(kind))))
    }

    /// In the order of names.
    pub(super) fn look(&self) -> Vec<Counted> {
        let tools = self.tools.read();
        let mut counted: Vec<_> = tools.iter().map(|(name, tool)| tool.look(name)).collect();
        counted.sort_by(|one, other| one.tool.cmp(&other.tool));
        counted.push(self.other.look(OTHER));
        counted
    }
}

impl Tool {
    fn new(kind: Kind) -> Self {
        Self { kind, outcomes: Default::default(), times: Spread::new(TIMES) }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// A call is over.
    pub(crate) fn over(&self, outcome: Outcome, took: Duration) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        self.times.took(took);
    }

    fn look(&self, name: &str) -> Counted {
        let outcomes = self.outcomes.each_ref().map(|count| count.load(Ordering::Relaxed));
        Counted { tool: name.to_owned(), kind: self.kind.word(), outcomes, times: self.times.look() }
    }
}

#[cfg(test)]
mod tests;
