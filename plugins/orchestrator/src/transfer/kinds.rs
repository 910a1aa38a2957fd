//! What is exported: the tables, without what triggers and the logic make of them again.
//!
//! Each kind is read in the order of an index, from one key on, so that no page costs more than it has in it. Rows refer to
//! tasks and artifacts by their ids, because the numbers of rows are others elsewhere. What order rows have is kept: they
//! are written and read in it.

mod task;
mod workspace;

/// A kind of record.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Fields of a record, in order; columns of `page` have the same names. The first is what it is called in reports.
    pub(crate) fields: &'static [&'static str],
    /// What the keys `k1`, `k2`, `k3` are before the first row: columns of `page`, as many as there are here.
    pub(crate) keys: &'static [Key],
    /// Rows after those keys.
    pub(crate) page: &'static str,
    /// Reads the rows of so many tasks or artifacts at a time.
    pub(crate) window: Option<Of>,
    /// Fields that name something which has to be there.
    pub(crate) needs: &'static [(&'static str, Of)],
    /// A row if it is there; its value is false if what is there is something else.
    pub(crate) there: &'static str,
    pub(crate) insert: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Number,
    Text,
}

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Task,
    Artifact,
    /// A task that need not be there any more.
    FormerTask,
}

/// In the order in which they are written: what others refer to first.
pub(crate) const ALL: [&Kind; 17] = [
    &workspace::WORKSPACE,
    &workspace::SESSION,
    &task::TASK,
    &task::DEPENDENCY,
    &task::ATTRIBUTE,
    &task::ARTIFACT,
    &task::ARTIFACT_FILE,
    &task::ARTIFACT_PIECE,
    &task::CLAIM,
    &task::ARCHIVE,
    &task::EVENT,
    &workspace::MAINTENANCE,
    &workspace::TEMPLATE,
    &workspace::SHARED_TEMPLATE,
    &workspace::DOCUMENT,
    &workspace::PACE,
    &workspace::IMPORTED,
];

pub(crate) fn of_name(name: &str) -> Option<&'static Kind> {
    ALL.into_iter().find(|kind| kind.name == name)
}
