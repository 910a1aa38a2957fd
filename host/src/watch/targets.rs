//! Which file belongs to which slot.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf, absolute};

use super::WatchError;
use crate::model::{Digest, SlotName};

/// What is watched.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// `<slot>.wasm` in here belongs to that slot; whatever has another name is ignored.
    pub folder: PathBuf,
    /// Files elsewhere, each in place of the one in the folder.
    pub files: BTreeMap<SlotName, PathBuf>,
    /// What the caller has read of these files already; that is not told again.
    pub known: BTreeMap<SlotName, Digest>,
    /// The most that is read of a file, in bytes. Of a longer one a byte more is, so that it can be told.
    pub longest: usize,
}

impl Targets {
    /// Makes all paths absolute: the working directory may change.
    pub(super) fn absolute(mut self) -> Result<Self, WatchError> {
        let full = |path: &Path| absolute(path).map_err(|_| WatchError::NoFile { path: path.to_owned() });
        self.folder = full(&self.folder)?;
        for path in self.files.values_mut() {
            *path = full(path)?;
        }
        Ok(self)
    }

    /// The folders that all of these are in.
    pub(super) fn folders(&self) -> Result<BTreeSet<PathBuf>, WatchError> {
        let mut folders = BTreeSet::from([existing(&self.folder, &self.folder)?]);
        for path in self.files.values() {
            let (Some(folder), Some(_)) = (path.parent(), path.file_name()) else {
                return Err(WatchError::NoFile { path: path.clone() });
            };
            folders.insert(existing(folder, path)?);
        }
        Ok(folders)
    }

    /// Where the file of `slot` is, or would be.
    pub(super) fn path(&self, slot: &SlotName) -> PathBuf {
        self.files.get(slot).cloned().unwrap_or_else(|| self.folder.join(format!("{slot}.wasm")))
    }

    /// The slots whose file has this name. Names decide, not whole paths, which systems tell in various spellings:
    /// to look once too often does no harm.
    pub(super) fn named(&self, name: &OsStr) -> Vec<SlotName> {
        let elsewhere = self.files.iter().filter(|(_, path)| path.file_name() == Some(name)).map(|(slot, _)| slot);
        elsewhere.cloned().chain(self.in_folder(name)).collect()
    }

    /// Every slot that has a file in the folder now, or is to have one elsewhere.
    pub(super) fn all(&self) -> BTreeSet<SlotName> {
        let found = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let found = found.filter_map(|entry| self.in_folder(&entry.file_name()));
        found.chain(self.files.keys().cloned()).collect()
    }

    /// The slot of a file in the folder.
    fn in_folder(&self, name: &OsStr) -> Option<SlotName> {
        let slot = name.to_str()?.strip_suffix(".wasm")?.parse().ok()?;
        (!self.files.contains_key(&slot)).then_some(slot)
    }
}

fn existing(folder: &Path, path: &Path) -> Result<PathBuf, WatchError> {
    if folder.is_dir() {
        return Ok(folder.to_owned());
    }
    Err(WatchError::NoFolder { path: path.to_owned(), folder: folder.to_owned() })
}
