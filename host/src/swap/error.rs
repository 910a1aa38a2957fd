//! Why a slot did not answer with a result.

use crate::plugin::EntryError;
use crate::plugin::contract::{lifecycle, tools, types};
use crate::store::{Corruption, StoreError};

/// What became of an entry that has no answer. In every case nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    #[error("{0} entries are waiting already: try again in a moment")]
    Busy(usize),
    #[error("the call waited for {0} s without its turn: try again")]
    Expired(u64),
    #[error("the host is shutting down")]
    Stopped,
    #[error("the plugin is out of service: {0}")]
    Stalled(String),
    #[error("the plugin failed at this very call twice: it is refused for {0} s")]
    Poisoned(u64),
    #[error("the plugin refused the call")]
    Refused(tools::CallError),
    #[error("the plugin could not be entered")]
    Entry(#[from] EntryError),
    #[error("a fresh instance did not start: {}", .0.message)]
    Start(types::Failure),
    #[error("a fresh instance did not take over its predecessor's state: {}", import_problem(.0))]
    Import(lifecycle::ImportError),
    #[error("the plugin broke the contract: {0}")]
    Contract(String),
    #[error("nothing was kept")]
    Store(#[from] StoreError),
    #[error("no call waits under this state: it has been answered already, or has expired")]
    NoSuchWait,
    #[error("the plugin was replaced (swap {swap}) by a version that cannot continue this call: call again")]
    Orphaned { swap: String },
    #[error(
        "STATE_CORRUPTION: {0}; nothing of the call was kept, and the newest snapshot is being restored: try again"
    )]
    Corrupt(Corruption),
    #[error("the plugin was restarted without waiting for this call, of which nothing was kept: call again")]
    Interrupted,
    /// It was accepted under another version, and does not fit the one that serves now.
    #[error("the plugin was replaced while the call queued, and its arguments do not fit any more")]
    Changed(Vec<String>),
    #[error("the plugin was replaced while the call queued, and has no such tool any more")]
    Removed,
    /// Where it was queued it cannot be served any more: to be queued again.
    #[error("the plugin was replaced while the call queued")]
    Moved,
}

/// In words.
pub(crate) fn import_problem(error: &lifecycle::ImportError) -> String {
    match error {
        lifecycle::ImportError::UnsupportedSchema(schema) => format!("it does not read schema {schema}"),
        lifecycle::ImportError::Corrupt(what) => what.clone(),
    }
}

impl SlotError {
    /// Whether the plugin is to blame.
    pub(crate) fn is_fault(&self) -> bool {
        match self {
            Self::Entry(error) => !matches!(error, EntryError::Killed),
            Self::Start(_) | Self::Import(_) | Self::Contract(_) => true,
            _ => false,
        }
    }
}
