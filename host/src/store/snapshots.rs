//! Snapshots of working state: sealed, opened, and found again.
//!
//! What is sealed is a [`SnapshotContent`] as JSON. Associated with it is what is said of the snapshot, to the letter: it
//! opens only as the one that it was taken as, and of that slot. [`state`] is what one is taken of.

mod state;

use serde::Deserialize;
use zeroize::Zeroizing;

pub use self::state::WorkingState;
use super::host_db::{HostDb, SnapshotHead, SnapshotRow};
use super::plugin_db::StoreError;
use crate::model::snapshot::{SNAPSHOT_FORMAT, Snapshot, SnapshotContent, SnapshotListed};
use crate::model::{SlotName, chain};
use crate::seal::{SealError, Sealer};

/// What snapshots are sealed for.
pub(crate) const SNAPSHOT_PURPOSE: &str = "snapshot";

/// Why there is no such snapshot, or it cannot be used. What is kept is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("there is no snapshot {id}: `mainstay snapshot list` says which there are")]
    Unknown { id: String },
    #[error("{id} begins the names of {found} snapshots: give more of it")]
    Ambiguous { id: String, found: usize },
    #[error("snapshot {id} does not open")]
    Sealed { id: String, source: SealError },
    #[error("snapshot {id} cannot be read: {problem}")]
    Damaged { id: String, problem: String },
    #[error(
        "snapshot {id} is of format {found}, this version reads up to {SNAPSHOT_FORMAT}: use the version of Mainstay that took it, or a newer one"
    )]
    NewerFormat { id: String, found: u32 },
    #[error("a snapshot could not be sealed")]
    NotSealed(#[source] SealError),
    #[error(
        "the working state has {bytes} bytes, a snapshot may have {limit}: raise snapshot.bytes in the settings, or keep less"
    )]
    TooLarge { bytes: u64, limit: u64 },
    #[error("slot {slot} has no state yet: nothing ever served in it")]
    Nothing { slot: SlotName },
    #[error("the snapshots could not be read or written")]
    Store(#[from] StoreError),
}

/// The snapshots in the host's file, with what opens them.
#[derive(Debug, Clone, Copy)]
pub struct Snapshots<'a> {
    db: &'a HostDb,
    sealer: &'a Sealer,
}

impl<'a> Snapshots<'a> {
    /// `sealer` is for [`SNAPSHOT_PURPOSE`].
    pub fn new(db: &'a HostDb, sealer: &'a Sealer) -> Self {
        Self { db, sealer }
    }

    /// Keeps a snapshot as the newest of its slot, durably, and no more than `keep` of that slot.
    ///
    /// # Errors
    /// If it cannot be sealed or written.
    pub fn keep(&self, snapshot: &Snapshot, content: &SnapshotContent, keep: usize) -> Result<(), SnapshotError> {
        let unwritable =
            |error: serde_json::Error| SnapshotError::Damaged { id: snapshot.id.clone(), problem: error.to_string() };
        let meta = serde_json::to_string(snapshot).map_err(unwritable)?;
        let plain = Zeroizing::new(serde_json::to_vec(content).map_err(unwritable)?);
        let sealed = self.sealer.seal(&plain, meta.as_bytes()).map_err(SnapshotError::NotSealed)?;
        let row = SnapshotRow { id: snapshot.id.clone(), slot: snapshot.slot.to_string(), meta, sealed };
        Ok(self.db.insert_snapshot(&row, snapshot.generation, keep)?)
    }

    /// Those of a slot, or all, newest first. Each is opened, to say whether it does.
    ///
    /// # Errors
    /// If the database fails.
    pub fn list(&self, slot: Option<&SlotName>) -> Result<Vec<SnapshotListed>, SnapshotError> {
        let heads = self.db.snapshots(slot)?;
        Ok(heads.into_iter().map(|head| self.listed(head)).collect())
    }

    fn listed(&self, head: SnapshotHead) -> SnapshotListed {
        let SnapshotHead { id, slot, meta } = head;
        match self.open(&id) {
            Ok((snapshot, _)) => SnapshotListed { id, slot, opens: true, problem: None, snapshot: Some(snapshot) },
            Err(error) => {
                let (problem, snapshot) = (Some(chain(&error)), serde_json::from_str(&meta).ok());
                SnapshotListed { id, slot, opens: false, problem, snapshot }
            }
        }
    }

    /// The whole name of a snapshot of which the beginning is given.
    ///
    /// # Errors
    /// If no name begins like that, or more than one.
    pub fn named(&self, beginning: &str) -> Result<String, SnapshotError> {
        let id = || beginning.to_owned();
        let mut found: Vec<_> = self.db.snapshots(None)?.into_iter().map(|head| head.id).collect();
        found.retain(|known| known.starts_with(beginning));
        match found.len() {
            1 => found.pop().ok_or_else(|| SnapshotError::Unknown { id: id() }),
            0 => Err(SnapshotError::Unknown { id: id() }),
            found => Err(SnapshotError::Ambiguous { id: id(), found }),
        }
    }

    /// A snapshot and what is in it.
    ///
    /// # Errors
    /// If there is none of that name, or it is not exactly what was kept.
    pub fn open(&self, id: &str) -> Result<(Snapshot, SnapshotContent), SnapshotError> {
        let row = self.db.snapshot(id)?.ok_or_else(|| SnapshotError::Unknown { id: id.to_owned() })?;
        open_row(self.sealer, &row)
    }

    /// The one that was kept last, if there is one.
    ///
    /// # Errors
    /// If it does not open, or the database fails.
    pub fn newest(&self, slot: &SlotName) -> Result<Option<(Snapshot, SnapshotContent)>, SnapshotError> {
        let newest = self.db.snapshots(Some(slot))?.into_iter().next();
        newest.map(|head| self.open(&head.id)).transpose()
    }

    /// The newest one of a slot that opens and that `fits`. Why a newer one does not open is logged.
    ///
    /// # Errors
    /// If the database fails.
    pub fn newest_that_opens(
        &self,
        slot: &SlotName,
        fits: impl Fn(&Snapshot) -> bool,
    ) -> Result<Option<(Snapshot, SnapshotContent)>, SnapshotError> {
        for head in self.db.snapshots(Some(slot))? {
            match self.open(&head.id) {
                Ok((snapshot, content)) if fits(&snapshot) => return Ok(Some((snapshot, content))),
                Ok(_) => {}
                Err(SnapshotError::Store(error)) => return Err(error.into()),
                Err(error) => tracing::warn!(%slot, error = chain(&error), "a snapshot cannot be used"),
            }
        }
        Ok(None)
    }
}

/// A snapshot as it is kept.
pub(super) fn open_row(sealer: &Sealer, row: &SnapshotRow) -> Result<(Snapshot, SnapshotContent), SnapshotError> {
    let id = || row.id.clone();
    let damaged = |problem: String| SnapshotError::Damaged { id: id(), problem };
    let opened = sealer.open(&row.sealed, row.meta.as_bytes());
    let plain = Zeroizing::new(opened.map_err(|source| SnapshotError::Sealed { id: id(), source })?);
    let snapshot: Snapshot = serde_json::from_str(&row.meta).map_err(|error| damaged(error.to_string()))?;
    // Authentic, but is it this row's?
    if snapshot.id != row.id || snapshot.slot.as_str() != row.slot {
        return Err(damaged(format!("it is snapshot {} of slot {}", snapshot.id, snapshot.slot)));
    }
    let Format { format } = serde_json::from_slice(&plain).map_err(|error| damaged(error.to_string()))?;
    if format > SNAPSHOT_FORMAT {
        return Err(SnapshotError::NewerFormat { id: id(), found: format });
    }
    let content = serde_json::from_slice(&plain).map_err(|error| damaged(error.to_string()))?;
    Ok((snapshot, content))
}

/// All that can be relied on before the format is known.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[cfg(test)]
mod tests;
