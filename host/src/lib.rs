#![doc = include_str!("../ARCHITECTURE.md")]

pub mod app;
pub mod cli;
pub mod config;
pub mod files;
pub mod model;
pub mod plugin;
pub mod seal;
pub mod server;
pub mod store;
pub mod swap;
pub mod watch;
