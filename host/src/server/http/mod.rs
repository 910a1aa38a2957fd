//! MCP over HTTP: any number of clients, of every version of the protocol, on one endpoint.
//!
//! [`HttpServer::build`] puts it together and [`HttpServer::serve`] serves until it is told to stop. [`listen`] has the
//! connections, [`router`] what is found where, [`gate`] what comes before rmcp and what becomes of its refusals,
//! [`sessions`] the clients that have sessions. [`origin`] and [`limits`] keep out what has no business here.

mod accept;
mod asking;
pub(crate) mod auth;
mod body;
mod caller;
pub(super) mod fuzz;
mod gate;
mod limits;
mod listen;
pub(crate) mod operation;
mod origin;
mod refusal;
mod rest;
mod router;
mod server;
mod sessions;
mod socket;
mod tls;

pub use self::listen::ListenError;
pub use self::router::Routes;
pub use self::server::HttpServer;
