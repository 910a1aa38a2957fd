//! Slots: where a plugin runs, and how its entries are ordered, bounded and made durable.
//!
//! Read [`writer`] first: the one thread that writes, a savepoint an entry and a commit for many.
//! [`reader`] runs what only reads, beside it. [`Slot`] is the handle to both. Nothing here knows that
//! clients exist.

mod answer;
mod error;
mod lazy;
mod reader;
mod services;
mod slot;
mod sql;
mod waiting;
mod writer;

pub use self::answer::{Answer, Outcome};
pub use self::error::SlotError;
pub use self::lazy::{Component, LazySlot, OpenError};
pub use self::reader::{ReadFrom, Readers};
pub use self::services::{Reporter, Silent};
pub use self::slot::{CallRequest, Slot, SlotSettings};
pub use self::waiting::Waiting;
