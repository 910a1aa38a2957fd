//! The host.

pub mod config;
pub mod model;
pub mod plugin;
pub mod server;
pub mod store;
pub mod swap;
