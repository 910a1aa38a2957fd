//! What is kept on disk; the only place that knows rusqlite.
//!
//! [`DataDir`] is the folder and its lock. [`PluginDb`] is one plugin's SQLite file: its own tables,
//! guarded by [`authorizer`], and the host's reserved ones. [`waits`] are the calls that wait.

mod authorizer;
mod data_dir;
mod plugin_db;
mod schema;
mod sql;
mod state;
mod waits;

pub(crate) use self::data_dir::publish;
pub use self::data_dir::{DataDir, DataDirError, Lock};
pub use self::plugin_db::{Activation, Interrupt, PluginDb, StoreError};
pub use self::schema::MigrationPlan;
pub use self::state::StateError;
pub use self::waits::WaitRow;

#[cfg(test)]
mod tests;
