//! The reboot tools: a client's model restarts, checks and repairs the server it is talking to.
//!
//! They are the host's own. They need no plugin, so they answer while one is exchanged, is broken, or never started.
//! Each has a file, and beside it what clients are shown of it, as JSON. [`desk`] is what they have in common.

mod announce;
mod answer;
mod audit;
mod checks;
mod chosen;
mod client;
mod codes;
mod definition;
mod desk;
mod estimate;
mod health_check;
mod host;
mod limits;
mod outcome;
mod progress;
mod reconnect_test;
mod restart_server;
mod restart_status;
mod restarting;
mod roles;
mod rollback;
mod scheduled;
mod shutdown_prepare;
mod time;
mod underway;

pub(crate) use self::answer::object;
pub(crate) use self::definition::{Definition, definitions, is_one};
pub(crate) use self::desk::{Asker, Reboot};
pub(crate) use self::host::HostOrder;
pub(crate) use self::time::timestamp;
pub(crate) use crate::config::Role;
