//! What is kept on disk; the only place that knows rusqlite.
//!
//! [`DataDir`] is the folder and its lock. [`PluginDb`] is one plugin's SQLite file: its own tables,
//! guarded by [`authorizer`], and the host's reserved ones. [`waits`] are the calls that wait, [`tasks`] those
//! that go on without their client.
//! [`HostDb`] is the host's own file, about all slots together. [`components`] keeps every version's file.
//! [`backup`] copies what there is, [`foreign`] reads files of other programs.

mod activation;
mod authorizer;
mod backup;
mod check;
mod components;
mod corruption;
mod data_dir;
mod foreign;
#[doc(hidden)]
pub mod fuzz;
mod host_db;
mod keys;
mod memory;
mod migrations;
mod plugin_db;
mod rotation;
mod schema;
mod snapshots;
mod sql;
mod state;
mod tasks;
mod waits;
mod whole_state;

pub use self::activation::{Activation, Boot, Carried};
pub use self::backup::{Backup, BackupError, backup_host, backup_slot, backups, prune_backups, slots_with_data};
pub use self::corruption::Corruption;
pub use self::data_dir::{DataDir, DataDirError, Lock};
pub(crate) use self::data_dir::{TRIAL, publish};
pub use self::foreign::{Foreign, ForeignError};
pub(crate) use self::host_db::HTTP_EVENTS;
pub use self::host_db::{
    AuditEntry, AuditOutcome, AuditWho, ClosedBy, EventBounds, HostDb, HttpEvent, HttpSession, PublishedTool,
    Quarantine, Reconnections, RestartTotals, Revoked, SessionKey, SessionRow, TokenReader, TokenRow, Tombstone,
};
pub(crate) use self::keys::RECORDED;
pub(crate) use self::memory::place as memory_place;
pub use self::migrations::{Migration, MigrationPlan, Route, Script};
pub use self::plugin_db::{Interrupt, PluginDb, StoreError};
pub use self::rotation::{Rotated, Rotation, RotationError, rotate};
pub use self::schema::check_format;
pub(crate) use self::snapshots::SNAPSHOT_PURPOSE;
pub use self::snapshots::{SnapshotError, Snapshots, WorkingState};
pub use self::state::{StateEntry, StateError};
pub use self::tasks::{TaskRow, WORKING};
pub use self::waits::WaitRow;

#[cfg(test)]
mod tests;
