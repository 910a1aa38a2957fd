//! A server that is kept busy while its logic is exchanged: for the demo and the benchmarks.
//!
//! [`server`] is the child process, [`callers`] keep it busy and write every call into a [`ledger`], and [`swaps`]
//! exchanges the orchestrator meanwhile. [`books`] compare what was acknowledged with what is there. [`latency`] tells calls
//! that met a swap from those that did not, and [`mod@chart`] draws the two beside each other. [`process`] is what the system
//! says of the child.

mod books;
mod callers;
mod chart;
mod latency;
mod ledger;
mod process;
mod server;
mod swaps;

pub(super) use self::books::{Books, compare, numbered_part, numbered_plan, read_back};
pub(super) use self::callers::{Callers, Work};
pub(super) use self::chart::chart;
pub(super) use self::latency::{Latency, Split, split};
pub(super) use self::ledger::{Answer, Call, Ledger};
pub(super) use self::process::{open_files, resident_kib};
pub(super) use self::server::Server;
pub(super) use self::swaps::{Control, Swapped, Versions};

#[cfg(test)]
mod tests;
