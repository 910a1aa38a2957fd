//! What is kept on disk; the only place that knows rusqlite.
//!
//! [`DataDir`] is the folder and its lock. [`PluginDb`] is one plugin's SQLite file: its own tables,
//! guarded by [`authorizer`], and the host's reserved ones. [`waits`] are the calls that wait.
//! [`HostDb`] is the host's own file, about all slots together. [`components`] keeps every version's file.

mod activation;
mod authorizer;
mod components;
mod data_dir;
mod host_db;
mod migrations;
mod plugin_db;
mod schema;
mod sql;
mod state;
mod waits;

pub use self::activation::{Activation, Boot, Carried};
pub use self::data_dir::{DataDir, DataDirError, Lock};
pub(crate) use self::data_dir::{TRIAL, publish};
pub use self::host_db::{HostDb, PublishedTool, Quarantine, Tombstone};
pub use self::migrations::{Migration, MigrationPlan, Route, Script};
pub use self::plugin_db::{Interrupt, PluginDb, StoreError};
pub use self::state::StateError;
pub use self::waits::WaitRow;

#[cfg(test)]
mod tests;
