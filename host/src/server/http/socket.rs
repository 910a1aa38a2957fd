//! A connection that is not kept for a client that takes nothing from it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::rest::Rest;
use crate::server::metrics::{Limit, Refusals};

/// A TCP connection. Writing to it fails when the other end takes no bytes for as long as `patience`.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    patience: Duration,
    /// Made when it is needed for the first time.
    waiting: Option<Pin<Box<Sleep>>>,
    /// The other end does not take what there is.
    full: bool,
    refusals: Arc<Refusals>,
    rest: Arc<Rest>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, patience: Duration, refusals: Arc<Refusals>, rest: Arc<Rest>) -> Self {
        Self { stream, patience, waiting: None, full: false, refusals, rest }
    }

    /// What came of writing.
    fn wrote<T>(&mut self, wrote: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.full = false;
            return wrote;
        }
        let until = Instant::now() + self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(Duration::ZERO)));
        if !std::mem::replace(&mut self.full, true) {
            waiting.as_mut().reset(until);
        }
        ready!(waiting.as_mut().poll(context));
        self.refusals.one_more(Limit::SlowReader);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
    }
}

#[cfg(unix)]
impl Drop for Socket {
    fn drop(&mut self) {
        self.rest.dropped(&self.stream);
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_held() {
            // Whoever holds it looks when it is polled, and drops it.
            return Poll::Pending;
        }
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        self.rest.read(&into.filled()[before..]);
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.rest.wrote();
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(wrote, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.rest.wrote();
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(wrote, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.rest.flushed();
        }
        self.wrote(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
