//! The data directory: where everything is, who may read it, and which process it belongs to.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::model::{Digest, SlotName};

/// Folders beside the data, with copies on which candidates are tried, begin with this.
pub(crate) const TRIAL: &str = ".trial-";

/// A private folder. Making one costs a few system calls and takes no lock.
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
}

/// Proof that this process is the only host of a data directory. Dropping it lets another begin.
#[derive(Debug)]
#[must_use = "the directory is open to other hosts as soon as this is dropped"]
pub struct Lock {
    _file: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("there is no home directory to put data in: name one with --data-dir or MAINSTAY_DATA_DIR")]
    NoHome,
    #[error(
        "{} cannot be written: make it writable or name another with --data-dir",
        path.display()
    )]
    NotWritable { path: PathBuf, source: io::Error },
    #[error("{} cannot be read", path.display())]
    NotReadable { path: PathBuf, source: io::Error },
    #[error(
        "{} is in use by another host, {holder}: stop that process or name another directory with --data-dir",
        path.display()
    )]
    InUse { path: PathBuf, holder: String },
}

impl DataDir {
    /// Opens `root`, or the platform's data directory, and makes its folders if need be.
    ///
    /// # Errors
    /// If there is no such directory and it cannot be made.
    pub fn open(root: Option<PathBuf>) -> Result<Self, DataDirError> {
        let root = match root {
            Some(root) => root,
            None => directories::ProjectDirs::from("", "", "mainstay")
                .map(|dirs| dirs.data_dir().to_owned())
                .ok_or(DataDirError::NoHome)?,
        };
        let dir = Self { root };
        let folders = ["slots", "cache", "components", "plugins"].map(|folder| dir.root.join(folder));
        for path in std::iter::once(dir.root.clone()).chain(folders) {
            make_private_folder(&path).map_err(|source| DataDirError::NotWritable { path, source })?;
        }
        Ok(dir)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The SQLite file of a slot.
    pub fn slot_database(&self, slot: &SlotName) -> PathBuf {
        self.root.join("slots").join(format!("{slot}.sqlite"))
    }

    /// Where a component's compiled form is cached.
    pub fn cached_component(&self, digest: Digest, compatibility: &str) -> PathBuf {
        self.cache_folder().join(format!("{digest}-{compatibility}.cwasm"))
    }

    /// Where compiled forms are.
    pub(super) fn cache_folder(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Where components of one's own are put: `<slot>.wasm` for each slot.
    pub fn plugins_folder(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// The file of a slot in that folder. It may not be there.
    pub fn plugin_file(&self, slot: &SlotName) -> PathBuf {
        self.plugins_folder().join(format!("{slot}.wasm"))
    }

    /// The host's own SQLite file.
    pub fn host_database(&self) -> PathBuf {
        self.root.join("host.sqlite")
    }

    /// The socket on which the host that runs takes commands.
    pub fn control_socket(&self) -> PathBuf {
        self.root.join("control.sock")
    }

    /// Where settings of this installation may be.
    pub fn settings_file(&self) -> PathBuf {
        self.root.join("mainstay.toml")
    }

    /// Removes copies of data that a process left behind when it ended in the middle of a trial. The caller holds the
    /// lock.
    pub fn remove_trials(&self) {
        let files = fs::read_dir(self.root.join("slots")).into_iter().flatten().flatten();
        for left in files.filter(|file| file.file_name().to_string_lossy().starts_with(TRIAL)) {
            if let Err(error) = fs::remove_dir_all(left.path()) {
                tracing::warn!(%error, path = %left.path().display(), "a left-over copy could not be removed");
            }
        }
    }

    /// The key of this installation: 32 random bytes, made at first use, readable by the owner alone.
    ///
    /// # Errors
    /// If it can be neither read nor made.
    pub fn key(&self) -> Result<[u8; 32], DataDirError> {
        let path = self.root.join("key");
        let not_writable = |source| DataDirError::NotWritable { path: path.clone(), source };
        loop {
            match fs::read(&path) {
                Ok(bytes) => match bytes.try_into() {
                    Ok(key) => return Ok(key),
                    // A process that died while writing it. Nothing was sealed with it yet.
                    Err(_) => fs::remove_file(&path).map_err(not_writable)?,
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let key: [u8; 32] = rand::random();
                    publish(&path, &key).map_err(not_writable)?;
                }
                Err(source) => return Err(not_writable(source)),
            }
        }
    }

    /// Makes this process the host of the directory.
    ///
    /// # Errors
    /// If another process is, saying which.
    pub fn lock(&self) -> Result<Lock, DataDirError> {
        let path = self.root.join("lock");
        let not_writable = |source| DataDirError::NotWritable { path: path.clone(), source };
        let mut file = private_options().read(true).truncate(false).open(&path).map_err(not_writable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let named = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
                let holder = if named { holder.trim().to_owned() } else { "which has not said its name".to_owned() };
                return Err(DataDirError::InUse { path: self.root.clone(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(not_writable(source)),
        }
        let name = format!("process {} ({})", std::process::id(), command_line());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(name.as_bytes()))
            .map_err(not_writable)?;
        Ok(Lock { _file: file })
    }
}

fn command_line() -> String {
    std::env::args().collect::<Vec<_>>().join(" ")
}

/// Puts a whole file in place or none: written beside, then linked without replacing what is there.
pub(crate) fn publish(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
