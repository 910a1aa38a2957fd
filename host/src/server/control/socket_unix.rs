//! Unix sockets that are their owner's alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::ControlError;
use crate::store::DataDir;

pub(super) type Stream = tokio::net::UnixStream;

/// A socket that listens. Removes its file when it is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    socket: tokio::net::UnixListener,
    path: PathBuf,
    inode: u64,
}

impl Listener {
    /// Takes the place of one that is left of a host that died: whoever holds the directory's lock may.
    pub(super) fn bind(path: &Path) -> Result<Self, ControlError> {
        let (socket, inode) =
            bind_private(path).map_err(|source| ControlError::Bind { path: path.to_owned(), source })?;
        Ok(Self { socket, path: path.to_owned(), inode })
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        Ok(self.socket.accept().await?.0)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Not one that another host has put there since.
        if fs::metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Bound in a folder that nobody else can enter, and put in place when it is closed to them.
fn bind_private(path: &Path) -> io::Result<(tokio::net::UnixListener, u64)> {
    let beside = path.parent().unwrap_or(Path::new("."));
    let mut folder = tempfile::Builder::new();
    // No longer than the name it is to have.
    folder.prefix(".c").rand_bytes(6).permissions(Permissions::from_mode(0o700));
    let private = folder.tempdir_in(beside)?;
    let temporary = private.path().join("s");
    let socket = tokio::net::UnixListener::bind(&temporary)?;
    fs::set_permissions(&temporary, Permissions::from_mode(0o600))?;
    let inode = fs::metadata(&temporary)?.ino();
    fs::rename(&temporary, path)?;
    Ok((socket, inode))
}

/// Connects to whoever listens, if that is somebody of ours.
pub(super) async fn connect(path: &Path, dir: &DataDir) -> Result<Stream, ControlError> {
    let no_host = || ControlError::NoHost { dir: dir.root().to_owned() };
    let failed = |source: io::Error| match source.kind() {
        // Nothing is there, or what a host that died has left.
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => no_host(),
        _ => ControlError::Connect { path: path.to_owned(), source },
    };
    // Among temporary files, anybody could have put it there.
    let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid());
    if owner(path).map_err(failed)? != owner(dir.root()).map_err(failed)? {
        return Err(ControlError::Stranger { path: path.to_owned() });
    }
    Stream::connect(path).await.map_err(failed)
}
