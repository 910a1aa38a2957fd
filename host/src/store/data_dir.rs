//! The data directory: where everything is, who may read it, and which process it belongs to.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::model::{Digest, SlotName};
use crate::seal::KeyringError;

/// Folders beside the data, with copies on which candidates are tried, begin with this.
pub(crate) const TRIAL: &str = ".trial-";

/// A private folder. Making one costs a few system calls and takes no lock.
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
    /// Where the keys are, if not in the folder.
    key_file: Option<PathBuf>,
}

/// Proof that this process is the only host of a data directory. Dropping it lets another begin.
#[derive(Debug)]
#[must_use = "the directory is open to other hosts as soon as this is dropped"]
pub struct Lock {
    file: File,
}

impl Lock {
    /// The same lock once more: the directory is open to others when all are dropped.
    ///
    /// # Errors
    /// If the system has no room for it.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()? })
    }

    /// One that the image of this process before this one held.
    pub fn adopt(file: File) -> Self {
        Self { file }
    }

    /// What holds it.
    pub fn file(&self) -> &File {
        &self.file
    }
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
    #[error("the key file {}, which MAINSTAY_KEY_FILE names, cannot be read: put it there, or name another", path.display())]
    KeyNotReadable { path: PathBuf, source: io::Error },
    #[error("others can read the key file {} (mode {mode:o}): `chmod 600 {}`", path.display(), path.display())]
    KeyIsOpen { path: PathBuf, mode: u32 },
    #[error(
        "{} has no keys in it: {problem}. It was not changed; put the right file back, without which what is kept cannot be opened",
        path.display()
    )]
    NoKeys { path: PathBuf, problem: KeyringError },
}

impl DataDir {
    /// Opens `root`, or the platform's data directory, and makes its folders if need be. Its keys are in the file that
    /// `MAINSTAY_KEY_FILE` names, if it is set.
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
        let key_file = std::env::var_os("MAINSTAY_KEY_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        let dir = Self { root, key_file };
        let folders = ["slots", "cache", "components", "plugins"].map(|folder| dir.root.join(folder));
        for path in std::iter::once(dir.root.clone()).chain(folders) {
            make_private_folder(&path).map_err(|source| DataDirError::NotWritable { path, source })?;
        }
        Ok(dir)
    }

    /// With the keys in that file.
    #[must_use]
    pub fn with_key_file(self, path: PathBuf) -> Self {
        Self { key_file: Some(path), ..self }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn key_file(&self) -> Option<&Path> {
        self.key_file.as_deref()
    }

    /// The SQLite file of a slot.
    pub fn slot_database(&self, slot: &SlotName) -> PathBuf {
        self.slots_folder().join(format!("{slot}.sqlite"))
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

    /// Where the SQLite files of slots are.
    pub(super) fn slots_folder(&self) -> PathBuf {
        self.root.join("slots")
    }

    /// Where copies of the data are kept. It may not be there.
    pub fn backups_folder(&self) -> PathBuf {
        self.root.join("backups")
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
        let files = fs::read_dir(self.slots_folder()).into_iter().flatten().flatten();
        for left in files.filter(|file| file.file_name().to_string_lossy().starts_with(TRIAL)) {
            if let Err(error) = fs::remove_dir_all(left.path()) {
                tracing::warn!(%error, path = %left.path().display(), "a left-over copy could not be removed");
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
        Ok(Lock { file })
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

/// Puts a whole file in place of what is there, or leaves that as it is. Durable when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable by the owner alone from the beginning.
    let mut temporary = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
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
