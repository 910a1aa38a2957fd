//! What the behaviour tests stand on.
//!
//! [`Program`] is the built host, [`Host`] a data directory of it in which the guest is compiled already,
//! and [`Client`] a client that speaks raw lines; [`Served`] is the host over HTTP. An [`Answer`] says what it is expected to be: a result, a
//! tool's error, or the protocol's. [`guests`] are the components that misbehave on purpose, most of them of the
//! family [`relay`]. A [`Report`] is what came of a swap, [`Control`] a way to ask for many. [`Writers`] know what has to
//! be there afterwards.

mod answer;
mod client;
pub mod conformance;
mod control;
pub mod guests;
mod host;
mod http;
mod issuer;
mod lines;
mod program;
pub mod reboot;
pub mod relay;
mod swaps;
mod writers;

pub use self::answer::{Answer, ToolError};
pub use self::client::{Client, Ended};
pub use self::control::Control;
pub use self::host::{FRESH_INSTANCES, Host, STEPS};
pub use self::http::{Asked, Event, HttpClient, Incoming, Reply, Served};
pub use self::issuer::{AUDIENCE, Issuer, Signer};
pub use self::program::Program;
pub use self::swaps::{Asking, Report};
pub use self::writers::Writers;
