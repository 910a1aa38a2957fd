//! The vocabulary: plain data, no IO, no async.
//!
//! [`ids`] names things, [`sql`] is what crosses between a plugin's SQL and the store.

mod error;
mod ids;
pub mod sql;

pub use self::error::chain;
pub use self::ids::{Digest, Generation, SlotName, SlotNameError};
