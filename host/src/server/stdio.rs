//! Standard input and output.
//!
//! What is read of a client has to be all that was taken of it: when the program is replaced in place, nobody finds what a thread
//! that waits for input has read meanwhile. So pipes and sockets are never read by one.

use std::io::{stdin, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::transport::stdio_pipes;

use super::lines::{Sink, Source};

/// A thread reads, because the system knows no other way.
static BY_THREAD: AtomicBool = AtomicBool::new(false);

/// The client that started this process: what it says, and where it hears.
pub(crate) fn stdio() -> (Source, Sink) {
    #[cfg(unix)]
    if let (Ok(Some(source)), Ok(Some(sink))) = (socket(&stdin()), socket(&stdout())) {
        return (Box::new(source), Box::new(sink));
    }
    #[cfg(unix)]
    let is_pipe = is(&stdin(), rustix::fs::FileType::Fifo) && is(&stdout(), rustix::fs::FileType::Fifo);
    #[cfg(not(unix))]
    let is_pipe = false;
    BY_THREAD.store(!(is_pipe && cfg!(target_os = "linux")), Ordering::Release);
    let (reader, writer) = stdio_pipes();
    (Box::new(reader), Box::new(writer))
}

/// Whether something that the client has said may be where the next image of this process does not find it.
pub(crate) fn is_read_ahead() -> bool {
    BY_THREAD.load(Ordering::Acquire)
}

#[cfg(unix)]
fn is(file: &impl std::os::fd::AsFd, kind: rustix::fs::FileType) -> bool {
    rustix::fs::fstat(file).is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode) == kind)
}

/// A socket, as Node.js gives its children.
#[cfg(unix)]
fn socket(file: &impl std::os::fd::AsFd) -> std::io::Result<Option<tokio::net::UnixStream>> {
    if !is(file, rustix::fs::FileType::Socket) {
        return Ok(None);
    }
    let socket = std::os::unix::net::UnixStream::from(file.as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    tokio::net::UnixStream::from_std(socket).map(Some)
}
