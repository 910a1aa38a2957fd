//! What the behaviour tests stand on.
//!
//! [`Program`] is the built host, [`Host`] a data directory of it in which the guest is compiled already,
//! and [`Client`] a client that speaks raw lines. An [`Answer`] says what it is expected to be: a result, a
//! tool's error, or the protocol's. [`guests`] are the components that misbehave on purpose.

mod answer;
mod client;
pub mod guests;
mod host;
mod lines;
mod program;

pub use self::answer::{Answer, ToolError};
pub use self::client::{Client, Ended};
pub use self::host::Host;
pub use self::program::Program;
