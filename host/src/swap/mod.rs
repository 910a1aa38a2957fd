//! Slots: where a plugin runs, how its entries are ordered, bounded and made durable, and how one version takes the
//! place of another.
//!
//! Read [`writer`] first: the one thread that writes, a savepoint an entry and a commit for many. [`reader`] runs what
//! only reads, beside it. [`Slot`] is the handle to both.
//!
//! A swap begins in [`supervisor`], which lets one at a time through. [`trial`] tries the candidate beside the version
//! that serves, with [`replay`] of the calls that [`recorder`] kept. [`exchange`] is the last moment, on the writer's
//! thread. Afterwards [`health`] counts what the new version fails at. [`opening`] is the same at the start of a
//! process. [`catalogue`] is the list of tools that clients are shown, and [`changes`] is what plugins say has changed.
//! Nothing here knows that clients exist.

mod aborted;
mod answer;
mod carried;
mod catalogue;
mod changes;
mod check;
mod error;
mod exchange;
mod health;
mod held;
mod lazy;
mod look;
mod mailbox;
mod opening;
mod prune;
mod pulse;
mod reader;
mod recorder;
mod replay;
mod report;
mod services;
mod serving;
mod shared;
mod slot;
mod slots;
mod snapshots;
mod sql;
mod steps;
mod supervisor;
mod tasks;
mod trial;
mod upkeep;
mod waiting;
mod writer;

pub use self::answer::{Answer, Outcome};
pub use self::catalogue::{Others, Published};
pub use self::changes::Changes;
pub use self::check::SlotCheck;
pub use self::error::SlotError;
pub use self::lazy::{Component, LazySlot, OpenError};
pub use self::look::{SlotLook, WaitingCall};
pub use self::pulse::{OUTCOMES, Pulse, PulseNow};
pub use self::reader::{ReadFrom, Readers};
pub use self::services::{Reporter, Silent};
pub use self::serving::Serving;
pub use self::slot::{CallRequest, Slot, SlotSettings};
pub use self::slots::Slots;
pub use self::snapshots::{Restored, TakeError, Taken};
pub use self::supervisor::{RestartRequest, RollbackRequest, SwapRequest};
pub use self::tasks::{Render, Task, TaskCall};
pub use self::waiting::Waiting;
pub(crate) use self::waiting::is_key;
