//! Where there are no Unix sockets: nobody listens, and nobody can connect.

use std::convert::Infallible;
use std::io;
use std::path::Path;

use super::ControlError;
use crate::server::lines::Wire;
use crate::store::DataDir;

/// There is none; it only stands for the type.
pub(super) type Stream = tokio::io::DuplexStream;

#[derive(Debug)]
pub(super) struct Listener(Infallible);

impl Listener {
    pub(super) fn bind(_: &Path) -> Result<Self, ControlError> {
        Err(ControlError::Unsupported)
    }

    #[expect(clippy::unused_async, reason = "as where there are sockets")]
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self.0 {}
    }
}

pub(super) fn wire(_: &Stream) -> io::Result<Wire> {
    Err(io::ErrorKind::Unsupported.into())
}

#[expect(clippy::unused_async, reason = "as where there are sockets")]
pub(super) async fn connect(_: &Path, _: &DataDir) -> Result<Stream, ControlError> {
    Err(ControlError::Unsupported)
}
