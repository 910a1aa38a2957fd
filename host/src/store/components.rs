//! Components by digest: every version that can be gone back to, in a file that never changes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::data_dir::{DataDir, DataDirError, publish};
use crate::model::Digest;

impl DataDir {
    /// Where the component with this digest is kept.
    pub fn component(&self, digest: Digest) -> PathBuf {
        self.components_folder().join(format!("{digest}.wasm"))
    }

    /// Keeps a component. `digest` is that of `bytes`. It is on disk, whole, when this returns.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_component(&self, bytes: &[u8], digest: Digest) -> Result<(), DataDirError> {
        let path = self.component(digest);
        keep(&path, bytes).map_err(|source| DataDirError::NotWritable { path, source })
    }

    /// The bytes of a component that was kept; none if it was not. One that is damaged is as good as missing.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn read_component(&self, digest: Digest) -> Result<Option<Vec<u8>>, DataDirError> {
        let path = self.component(digest);
        match fs::read(&path) {
            Ok(bytes) if Digest::of(&bytes) == digest => Ok(Some(bytes)),
            Ok(_) => {
                tracing::warn!(path = %path.display(), "a kept component is damaged: its version cannot be used again");
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(DataDirError::NotReadable { path, source }),
        }
    }

    /// Removes all kept components but those of `keep`, and what is cached of those it removes. What cannot be removed
    /// stays and is logged. A component that is being kept meanwhile has to be among `keep`.
    pub fn drop_components_except(&self, keep: &[Digest]) {
        let superfluous: Vec<Digest> = files(&self.components_folder())
            .filter_map(|path| digest_of(&path))
            .filter(|d| !keep.contains(d))
            .collect();
        if superfluous.is_empty() {
            return;
        }
        // The compiled forms first: without their component nobody would find them again.
        let compiled = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.split_once('-').and_then(|(digest, _)| digest.parse().ok()).is_some_and(|d| superfluous.contains(&d))
        };
        files(&self.cache_folder()).filter(compiled).for_each(|path| remove(&path));
        superfluous.iter().for_each(|digest| remove(&self.component(*digest)));
    }

    fn components_folder(&self) -> PathBuf {
        self.root().join("components")
    }
}

fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::read(path) {
        // A crash may have come between its writing and that of the folder.
        Ok(kept) if kept == bytes => return sync_folder(path),
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    publish(path, bytes)?;
    sync_folder(path)
}

/// Makes sure that a new name is there after a crash. Elsewhere than on Unix a folder cannot be opened for that.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// What is in a folder, as far as it can be read.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder)
        .inspect_err(|error| tracing::warn!(folder = %folder.display(), %error, "old components cannot be looked for"));
    entries.into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Whose component a file is, by its name.
fn digest_of(path: &Path) -> Option<Digest> {
    path.file_name()?.to_str()?.strip_suffix(".wasm")?.parse().ok()
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(path = %path.display(), %error, "an old component could not be removed"),
    }
}

#[cfg(test)]
mod tests;
