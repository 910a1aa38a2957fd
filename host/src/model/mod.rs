//! The vocabulary: plain data, no IO, no async.
//!
//! [`ids`] names things, [`Grant`] is what of other directories a plugin may see, [`sql`] is what crosses between a plugin's SQL and the store. [`surface`] is what clients are
//! shown of a plugin, [`drift`] the difference between two surfaces, [`swap`] what is said of an exchange of versions,
//! [`restart`] why there was to be one, [`snapshot`] what a slot's state was at a moment. [`AccessToken`] is what lets
//! a client in, [`spread`] how values are counted by their size.

pub mod drift;
mod error;
mod grant;
mod ids;
pub mod restart;
pub mod snapshot;
pub mod spread;
pub mod sql;
pub mod surface;
pub mod swap;
mod token;

pub use self::error::chain;
pub use self::grant::{Grant, GrantError, PATTERN_BYTES, is_name};
pub use self::ids::{Digest, DigestError, Generation, SlotName, SlotNameError};
pub use self::token::{AccessToken, TOKEN_PREFIX, TokenHash, TokenShape};
