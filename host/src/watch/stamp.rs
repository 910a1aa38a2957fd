//! What tells one state of a file, or one folder, from another without reading it.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// Of a file. Two that are equal are of the same contents, unless somebody wrote between two ticks of the file
/// system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    /// None if there is no file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Self { bytes: metadata.len(), modified: metadata.modified().ok(), inode: inode(&metadata) })
    }

    #[cfg(test)]
    pub(super) fn sample(bytes: u64) -> Self {
        Self { bytes, modified: None, inode: 0 }
    }
}

/// Which folder is found under a path: another one may take its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FolderId {
    inode: u64,
    created: Option<SystemTime>,
}

impl FolderId {
    /// None if there is no folder.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(Metadata::is_dir)?;
        Some(Self { inode: inode(&metadata), created: metadata.created().ok() })
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
