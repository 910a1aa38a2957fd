//! Another key for everything that is kept sealed.
//!
//! The new key is put in front of the old ones before anything is sealed with it, and those go when nothing is left that
//! was sealed with them. Whatever ends this on the way, the keys that are there open everything, and it can be run again.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::backup::{BackupError, backups, slots_with_data};
use super::data_dir::{DataDir, DataDirError, Lock};
use super::keys::RECORDED;
use super::plugin_db::StoreError;
use super::snapshots::SNAPSHOT_PURPOSE;
use super::{activation, host_db, memory, schema, state, tasks, waits};
use crate::model::SlotName;
use crate::seal::{Form, KeyId, Keyring, KeyringError, Sealer};

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// A new key is made. Otherwise everything is sealed with the newest there is: somebody has put it there.
    pub make: bool,
    /// The old keys stay in the file.
    pub keep_old: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    pub key_file: PathBuf,
    /// What everything is sealed with now.
    pub newest: KeyId,
    /// Keys that are in the file no more.
    pub removed: Vec<KeyId>,
    /// Older keys that still are.
    pub kept: Vec<KeyId>,
    /// Databases that were gone through, copies of them included.
    pub files: usize,
    /// Values that were sealed anew.
    pub values: usize,
}

/// Why not everything was done. No key was lost: what could be opened before can be opened still.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    #[error("the keys cannot be used")]
    Keys(#[from] DataDirError),
    #[error("there is no room for another key")]
    TooMany(#[from] KeyringError),
    #[error(
        "{} cannot be written, and nothing was changed. Put a new key in front of the others by other means (a first line \
         from `openssl rand -hex 32`, if they are lines), and then do this --with-newest",
        path.display()
    )]
    NoNewKey { path: PathBuf, source: DataDirError },
    #[error(
        "everything is sealed with key {newest}, but {} cannot be written: take the older keys away by other means",
        path.display()
    )]
    OldKeysStay { path: PathBuf, newest: KeyId, source: DataDirError },
    #[error("{} could not be sealed anew. All keys were kept; put it right or away, and do this again", path.display())]
    File { path: PathBuf, source: StoreError },
    #[error("the copies of the data could not be found")]
    Backups(#[from] BackupError),
}

/// Seals everything with another key: what is in the slots' files, in the host's own, and in the copies of them. `lock` says
/// that no host runs. Keys with which clients come back to calls that wait, and compiled components in the cache, are of no
/// more use once the key that they were made with is gone.
///
/// # Errors
/// If the keys or a file cannot be written, or something in a file does not open.
pub fn rotate(dir: &DataDir, lock: &Lock, wanted: Rotation) -> Result<Rotated, RotationError> {
    let (keyring, form) = dir.keys().load()?;
    let keyring = if wanted.make { add(dir, &keyring, form)? } else { keyring };
    let (files, values) = reseal(dir, lock, &keyring)?;
    let (newest, older) = (KeyId::of(keyring.newest()), keyring.ids().split_off(1));
    let (removed, kept) = if wanted.keep_old { (Vec::new(), older) } else { (older, Vec::new()) };
    if !removed.is_empty() {
        let saved = dir.keys().save(&keyring.without_older(), form);
        saved.map_err(|source| RotationError::OldKeysStay { path: dir.keys().path().to_owned(), newest, source })?;
    }
    Ok(Rotated { key_file: dir.keys().path().to_owned(), newest, removed, kept, files, values })
}

fn add(dir: &DataDir, keyring: &Keyring, form: Form) -> Result<Keyring, RotationError> {
    let keyring = keyring.with(Keyring::random_key())?;
    let saved = dir.keys().save(&keyring, form);
    saved.map_err(|source| RotationError::NoNewKey { path: dir.keys().path().to_owned(), source })?;
    Ok(keyring)
}

/// Goes through all files, and says how many there are and how many values were sealed anew.
fn reseal(dir: &DataDir, _: &Lock, keyring: &Keyring) -> Result<(usize, usize), RotationError> {
    let mut files: Vec<(Option<SlotName>, PathBuf)> = Vec::new();
    files.extend(slots_with_data(dir).into_iter().map(|slot| (Some(slot.clone()), dir.slot_database(&slot))));
    files.push((None, dir.host_database()));
    files.extend(backups(dir)?.into_iter().map(|backup| (backup.slot, backup.path)));
    files.retain(|(_, path)| path.exists());
    let mut values = 0;
    for (slot, path) in &files {
        let resealed = match slot {
            Some(slot) => reseal_slot(path, &DataDir::slot_sealer(keyring, slot)),
            None => reseal_host(path, keyring),
        };
        values += resealed.map_err(|source| RotationError::File { path: path.clone(), source })?;
    }
    Ok((files.len(), values))
}

fn reseal_slot(path: &Path, sealer: &Sealer) -> Result<usize, StoreError> {
    let connection = open(path)?;
    schema::prepare(&connection, sealer)?;
    in_transaction(connection, |connection| {
        let values = state::reseal(connection, sealer)?
            + waits::reseal(connection, sealer)?
            + tasks::reseal(connection, sealer)?;
        Ok(values + activation::reseal(connection, sealer)? + memory::reseal(connection, sealer)?)
    })
}

fn reseal_host(path: &Path, keyring: &Keyring) -> Result<usize, StoreError> {
    let sealers = host_db::Sealers {
        recorded: Sealer::new(keyring, RECORDED),
        snapshots: Sealer::new(keyring, SNAPSHOT_PURPOSE),
        http_events: Sealer::new(keyring, host_db::HTTP_EVENTS),
    };
    in_transaction(open(path)?, |connection| host_db::reseal(connection, &sealers))
}

/// As it is: of whatever format, and with whatever journal.
fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

fn in_transaction(
    mut connection: Connection,
    change: impl FnOnce(&Connection) -> Result<usize, StoreError>,
) -> Result<usize, StoreError> {
    let transaction = connection.transaction()?;
    let changed = change(&transaction)?;
    transaction.commit()?;
    if changed > 0 {
        // What was sealed with an old key is not to be found in the file any more.
        schema::rewrite(&connection);
    }
    Ok(changed)
}

#[cfg(test)]
mod tests;
