//! What may be asked for of snapshots.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::restore::restore;
use super::{Restored, TakeError, Taken, take};
use crate::model::snapshot::SnapshotCause;
use crate::model::{SlotName, chain};
use crate::store::SnapshotError;
use crate::swap::lazy::OpenError;
use crate::swap::shared::Hosting;
use crate::swap::slot::SlotSettings;
use crate::swap::slots::Slots;

/// How long what is kept of memory, and snapshots, may hold up the end of the host.
const AT_END: Duration = Duration::from_secs(1);

impl Slots {
    /// Takes a snapshot of a slot's state as it is committed now, unless the last one is the same. Makes this process
    /// the host of the data directory, if it is not already.
    ///
    /// # Errors
    /// If there is no such slot, it has no state, or that is too large or does not open.
    pub async fn snapshot(&self, slot: &SlotName, why: SnapshotCause) -> Result<Taken, TakeError> {
        let (hosting, settings) = self.of_existing(slot).await?;
        let open = self.get(slot).is_some_and(|slot| slot.supervisor_now().is_some());
        aside(move || {
            if !open {
                // A file that an older version wrote is brought up to date.
                drop(settings.open()?);
            }
            Ok(take(&hosting, &settings, why)?)
        })
        .await
    }

    /// Keeps the newest `keep` snapshots of a slot, or of each, and at least one. Without a number, as many as the settings
    /// say. Says how many were removed.
    ///
    /// # Errors
    /// If the database fails, or another process is the host.
    pub async fn prune_snapshots(&self, slot: Option<&SlotName>, keep: Option<usize>) -> Result<usize, TakeError> {
        let hosting = self.shared.host().await?;
        let (slot, keep) = (slot.cloned(), keep.unwrap_or(self.settings().snapshot.keep));
        aside(move || Ok(hosting.db.prune_snapshots(slot.as_ref(), keep)?)).await
    }

    /// Puts a snapshot, of which `id` is the beginning of the name, in place of a slot's state. That state has a snapshot first, if it can be read. Not for a slot
    /// that is open: whoever serves it would not know.
    ///
    /// # Errors
    /// If there is no such slot or snapshot, the slot is open, the snapshot does not open, or is not of the plugin and schema that are
    /// active.
    pub async fn restore_snapshot(&self, slot: &SlotName, id: &str) -> Result<Restored, TakeError> {
        if self.all_open().contains(slot) {
            return Err(TakeError::Served { slot: slot.clone() });
        }
        let (hosting, settings) = self.of_existing(slot).await?;
        let id = id.to_owned();
        aside(move || restore(&hosting, &settings, &id)).await
    }

    /// Removes a snapshot, whether it opens or not. `id` is the beginning of its name; returns the whole.
    ///
    /// # Errors
    /// If there is none of that name, the database fails, or another process is the host.
    pub async fn delete_snapshot(&self, id: &str) -> Result<String, TakeError> {
        let (hosting, id) = (self.shared.host().await?, id.to_owned());
        aside(move || {
            let id = hosting.snapshots().named(&id)?;
            hosting.db.remove_snapshot(&id)?;
            Ok(id)
        })
        .await
    }

    /// The host ends: what the plugin of each open slot has in memory is kept for the next process, and a slot whose state
    /// has changed has a snapshot, if there is time for it. No client waits long for a process to end.
    pub async fn end(&self) {
        let last = async {
            for slot in self.all_open() {
                if let Some(lazy) = self.get(&slot) {
                    lazy.keep().await;
                }
                if let Err(error) = self.snapshot(&slot, SnapshotCause::Shutdown).await {
                    tracing::error!(%slot, error = chain(&error), "no snapshot was taken");
                }
            }
        };
        if timeout(AT_END, last).await.is_err() {
            tracing::warn!("the host ended before all slots had kept what is in memory, and had a snapshot");
        }
    }

    async fn of_existing(&self, slot: &SlotName) -> Result<(Arc<Hosting>, SlotSettings), TakeError> {
        let served = self.shared.served();
        if !self.shared.dir.slot_database(slot).exists() {
            return Err(if served.contains(slot) {
                SnapshotError::Nothing { slot: slot.clone() }.into()
            } else {
                TakeError::NoSuchSlot { slot: slot.clone(), served }
            });
        }
        Ok((self.shared.host().await?, self.shared.slot_settings(slot).map_err(OpenError::from)?))
    }
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TakeError> + Send + 'static,
) -> Result<T, TakeError> {
    spawn_blocking(work).await.unwrap_or(Err(TakeError::Open(OpenError::Thread)))
}
