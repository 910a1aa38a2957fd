//! The file with the keys of an installation: the one that `MAINSTAY_KEY_FILE` names, else `key` in the data directory.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::components::sync_folder;
use super::data_dir::{DataDir, DataDirError, publish, replace};
use crate::model::SlotName;
use crate::seal::{Form, Keyring, Sealer};

/// What recorded calls are sealed for, with the name of the slot.
pub(crate) const RECORDED: &str = "recorded";
/// No file with keys is larger.
const FILE_BYTES: u64 = 16 << 10;

/// Where keys are, and how they are written there.
#[derive(Debug)]
pub(super) struct KeyFile {
    path: PathBuf,
    /// It is in the data directory, and made if there is none.
    own: bool,
}

impl DataDir {
    /// The keys of this installation, newest first. Made at first use, readable by the owner alone, unless
    /// `MAINSTAY_KEY_FILE` names a file, which has to be there.
    ///
    /// # Errors
    /// If they can be neither read nor made, or others can read them.
    pub fn keyring(&self) -> Result<Keyring, DataDirError> {
        self.keys().load().map(|(keyring, _)| keyring)
    }

    /// Seals what is in a slot's file; what is of one slot does not open in another's.
    pub fn slot_sealer(keyring: &Keyring, slot: &SlotName) -> Sealer {
        // Format 1 of a sealed value is older than the first value here but one: state that is carried over.
        Sealer::new(keyring, &format!("slot {slot}")).with_format_1_for(keyring, "carried")
    }

    pub(super) fn keys(&self) -> KeyFile {
        match self.key_file() {
            Some(path) => KeyFile { path: path.to_owned(), own: false },
            None => KeyFile { path: self.root().join("key"), own: true },
        }
    }
}

impl KeyFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The keys in it, and how they are written.
    pub(super) fn load(&self) -> Result<(Keyring, Form), DataDirError> {
        loop {
            let bytes = match self.open() {
                Ok(file) => self.read(&file)?,
                Err(error) if self.own && error.kind() == io::ErrorKind::NotFound => {
                    self.make()?;
                    continue;
                }
                Err(source) => return Err(self.unreadable(source)),
            };
            if self.own && bytes.is_empty() {
                // A process that died while writing it. Nothing was sealed with it yet.
                fs::remove_file(&self.path).map_err(|source| self.not_writable(source))?;
                continue;
            }
            return Keyring::read(&bytes).map_err(|problem| DataDirError::NoKeys { path: self.path.clone(), problem });
        }
    }

    /// Writes the keys in place of those that are there: all of them or nothing. Durable when this returns.
    pub(super) fn save(&self, keyring: &Keyring, form: Form) -> Result<(), DataDirError> {
        // Not in place of a link to it.
        let path = fs::canonicalize(&self.path);
        path.and_then(|path| replace(&path, &keyring.write(form))).map_err(|source| self.not_writable(source))
    }

    fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    fn make(&self) -> Result<(), DataDirError> {
        let made = publish(&self.path, &*Keyring::random_key());
        // Whatever is sealed with it is of no use without it, so it is on disk first.
        made.and_then(|()| sync_folder(&self.path)).map_err(|source| self.not_writable(source))
    }

    fn read(&self, file: &File) -> Result<Zeroizing<Vec<u8>>, DataDirError> {
        self.is_private(file)?;
        // In one piece from the beginning: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES as usize + 1));
        file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|source| self.unreadable(source))?;
        Ok(bytes)
    }

    /// A key that others can read is none. In the data directory nobody else comes near it, so that is only put right.
    #[cfg(unix)]
    fn is_private(&self, file: &File) -> Result<(), DataDirError> {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = file.metadata().map_err(|source| self.unreadable(source))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 == 0 {
            return Ok(());
        }
        if self.own && file.set_permissions(fs::Permissions::from_mode(0o600)).is_ok() {
            tracing::warn!(path = %self.path.display(), "others were allowed to read the key: now they are not");
            return Ok(());
        }
        Err(DataDirError::KeyIsOpen { path: self.path.clone(), mode })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on other systems")]
    fn is_private(&self, _: &File) -> Result<(), DataDirError> {
        Ok(())
    }

    fn unreadable(&self, source: io::Error) -> DataDirError {
        let path = self.path.clone();
        if self.own {
            DataDirError::NotReadable { path, source }
        } else {
            DataDirError::KeyNotReadable { path, source }
        }
    }

    fn not_writable(&self, source: io::Error) -> DataDirError {
        DataDirError::NotWritable { path: self.path.clone(), source }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
