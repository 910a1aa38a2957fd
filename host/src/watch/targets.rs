//! Which file belongs to which slot, and which one holds the settings.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf, absolute};

use super::{Of, WatchError};
use crate::model::{Digest, SlotName};

/// What is watched.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// `<slot>.wasm` in here belongs to that slot; whatever has another name is ignored.
    pub folder: PathBuf,
    /// Files elsewhere, each in place of the one in the folder.
    pub files: BTreeMap<SlotName, PathBuf>,
    /// The file of the settings, which need not be there.
    pub settings: Option<PathBuf>,
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
        for path in self.files.values_mut().chain(&mut self.settings) {
            *path = full(path)?;
        }
        Ok(self)
    }

    /// The folders that all of these are in.
    pub(super) fn folders(&self) -> Result<BTreeSet<PathBuf>, WatchError> {
        let mut folders = BTreeSet::from([existing(&self.folder, &self.folder)?]);
        for path in self.files.values().chain(&self.settings) {
            let (Some(folder), Some(_)) = (path.parent(), path.file_name()) else {
                return Err(WatchError::NoFile { path: path.clone() });
            };
            folders.insert(existing(folder, path)?);
        }
        Ok(folders)
    }

    /// Where the file is, or would be; none if there is to be none.
    pub(super) fn path(&self, of: &Of) -> Option<PathBuf> {
        match of {
            Of::Slot(slot) => {
                Some(self.files.get(slot).cloned().unwrap_or_else(|| self.folder.join(format!("{slot}.wasm"))))
            }
            Of::Settings => self.settings.clone(),
        }
    }

    /// The files that have this name. Names decide, not whole paths, which systems tell in various spellings:
    /// to look once too often does no harm.
    pub(super) fn named(&self, name: &OsStr) -> Vec<Of> {
        let elsewhere = self.files.iter().filter(|(_, path)| path.file_name() == Some(name)).map(|(slot, _)| slot);
        let slots = elsewhere.cloned().chain(self.in_folder(name)).map(Of::Slot);
        let settings = self.settings.as_ref().filter(|path| path.file_name() == Some(name)).map(|_| Of::Settings);
        slots.chain(settings).collect()
    }

    /// Every file that is in the folder now, or is to be elsewhere.
    pub(super) fn all(&self) -> BTreeSet<Of> {
        let found = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let found = found.filter_map(|entry| self.in_folder(&entry.file_name()));
        let settings = self.settings.as_ref().map(|_| Of::Settings);
        found.chain(self.files.keys().cloned()).map(Of::Slot).chain(settings).collect()
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
