//! What became of what was to be taken in.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;

/// A record, or a part of one, that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct LeftOut {
    /// Such as `task design`.
    pub(crate) what: String,
    pub(crate) why: String,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// The workspace that the last record belongs to; the next call is to name it.
    pub(crate) workspace: Option<String>,
    /// How many of each kind were taken.
    pub(crate) taken: BTreeMap<String, u32>,
    /// How many of each kind were there already.
    pub(crate) there: BTreeMap<String, u32>,
    pub(crate) left_out: Vec<LeftOut>,
    /// Taken, but not as it was.
    pub(crate) changed: Vec<LeftOut>,
}

impl Report {
    pub(crate) fn add(&mut self, other: Self) {
        for (sum, counts) in [(&mut self.taken, other.taken), (&mut self.there, other.there)] {
            for (kind, count) in counts {
                *sum.entry(kind).or_default() += count;
            }
        }
        self.left_out.extend(other.left_out);
        self.changed.extend(other.changed);
    }

    pub(crate) fn took(&mut self, kind: &str) {
        *self.taken.entry(kind.to_owned()).or_default() += 1;
    }

    pub(crate) fn found(&mut self, kind: &str) {
        *self.there.entry(kind.to_owned()).or_default() += 1;
    }

    pub(crate) fn left_out(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left_out.push(LeftOut { what: what.into(), why: why.into() });
    }

    pub(crate) fn changed(&mut self, what: impl Into<String>, how: impl Into<String>) {
        self.changed.push(LeftOut { what: what.into(), why: how.into() });
    }
}
