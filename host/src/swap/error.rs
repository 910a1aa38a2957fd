//! Why a slot did not answer with a result.

use crate::plugin::EntryError;
use crate::plugin::contract::{tools, types};
use crate::store::StoreError;

/// What became of an entry that has no answer. In every case nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    #[error("{0} entries are waiting already: try again in a moment")]
    Busy(usize),
    #[error("the host is shutting down")]
    Stopped,
    #[error("the plugin refused the call")]
    Refused(tools::CallError),
    #[error("the plugin could not be entered")]
    Entry(#[from] EntryError),
    #[error("a fresh instance did not start: {}", .0.message)]
    Start(types::Failure),
    #[error("the plugin broke the contract: {0}")]
    Contract(String),
    #[error("nothing was kept")]
    Store(#[from] StoreError),
    #[error("no call waits under this state: it has been answered already, or has expired")]
    NoSuchWait,
}
