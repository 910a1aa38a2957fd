//! What a client sees; with the upstreams, the only place that knows rmcp.
//!
//! [`Handler`] answers the protocol's requests, [`calls`] is what happens to a tool call, [`waits`] asks
//! people and models on behalf of calls that wait, [`mod@stdio`] is the transport, [`convert`] is between the
//! contract's words and MCP's. [`http`] serves any number of clients. [`reboot`] are the host's own tools,
//! [`sessions`] who is connected.

mod arguments;
mod calls;
mod capabilities;
mod clients;
pub mod control;
mod convert;
mod elicit;
mod elsewhere;
mod ending;
mod errors;
#[doc(hidden)]
pub mod fuzz;
mod handler;
mod http;
mod journal;
mod lifecycle;
mod lines;
mod listed;
mod metrics;
mod observed;
mod operator;
mod pages;
mod places;
mod principal;
mod readiness;
mod reboot;
mod reports;
mod session;
mod sessions;
mod shared;
mod state;
mod stdio;
mod subscriptions;
mod tasks;
mod traces;
mod waits;

pub use self::handler::Handler;
pub use self::http::{HttpServer, ListenError, Routes};
pub(crate) use self::lines::{
    ClientEnd, Held, Open, Output, Passed, Reader, Sink, Source, Standing, Wire, interrupted, relay,
};
pub(crate) use self::reboot::HostOrder;
pub(crate) use self::session::Session;
pub use self::shared::Shared;
pub(crate) use self::stdio::{is_read_ahead, stdio};

#[cfg(test)]
mod tests;
