//! Unix sockets that are their owner's alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ControlError;
use crate::server::lines::Wire;
use crate::store::DataDir;

pub(super) type Stream = tokio::net::UnixStream;

/// A socket that listens. Removes its file when it is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    socket: tokio::net::UnixListener,
    path: PathBuf,
    inode: u64,
    /// Its file stays.
    is_handed_on: AtomicBool,
}

impl Listener {
    /// Takes the place of one that is left of a host that died: whoever holds the directory's lock may.
    pub(super) fn bind(path: &Path) -> Result<Self, ControlError> {
        let (socket, inode) =
            bind_private(path).map_err(|source| ControlError::Bind { path: path.to_owned(), source })?;
        Ok(Self { socket, path: path.to_owned(), inode, is_handed_on: AtomicBool::new(false) })
    }

    pub(super) fn adopt(path: &Path, socket: OwnedFd) -> Result<Self, ControlError> {
        let adopted = || {
            let socket = std::os::unix::net::UnixListener::from(socket);
            socket.set_nonblocking(true)?;
            let inode = fs::metadata(path)?.ino();
            Ok((tokio::net::UnixListener::from_std(socket)?, inode))
        };
        let (socket, inode) = adopted().map_err(|source| ControlError::Bind { path: path.to_owned(), source })?;
        Ok(Self { socket, path: path.to_owned(), inode, is_handed_on: AtomicBool::new(false) })
    }

    pub(super) fn hand_on(&self) -> io::Result<OwnedFd> {
        let socket = self.socket.as_fd().try_clone_to_owned()?;
        self.is_handed_on.store(true, Ordering::Release);
        Ok(socket)
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        Ok(self.socket.accept().await?.0)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.is_handed_on.load(Ordering::Acquire) {
            return;
        }
        // Not one that another host has put there since.
        if fs::metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// What a connection is, for whoever goes on with it.
pub(super) fn wire(stream: &Stream) -> io::Result<Wire> {
    Ok(Wire::Socket(Arc::new(stream.as_fd().try_clone_to_owned()?)))
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
