//! A door for `tests/fuzz` to snapshots that are in no file.

use super::SnapshotError;
use super::host_db::SnapshotRow;
use super::snapshots::{SNAPSHOT_PURPOSE, open_row};
use crate::model::snapshot::{Snapshot, SnapshotContent};
use crate::seal::{Keyring, Sealer};

/// What seals and opens snapshots.
pub fn sealer(keyring: &Keyring) -> Sealer {
    Sealer::new(keyring, SNAPSHOT_PURPOSE)
}

/// Opens a snapshot as it is kept.
///
/// # Errors
/// If it is not exactly what was kept.
pub fn open(
    sealer: &Sealer,
    id: &str,
    slot: &str,
    meta: &str,
    sealed: &[u8],
) -> Result<(Snapshot, SnapshotContent), SnapshotError> {
    let row = SnapshotRow { id: id.to_owned(), slot: slot.to_owned(), meta: meta.to_owned(), sealed: sealed.to_vec() };
    open_row(sealer, &row)
}
