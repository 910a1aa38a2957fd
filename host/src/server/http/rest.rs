//! Whether anything is under way on a connection. One that rests while the host is replaced goes on in the next image of the
//! process, and its client, who may be about to ask something over it, need not know.

use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use http::{HeaderName, Method, Request, Version};
use hyper::body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// How HTTP/2 begins.
const PREFACE: &[u8] = b"PRI ";
/// Of a client of 2026-07-28, what it asks for.
const METHOD: HeaderName = HeaderName::from_static("mcp-method");

/// What the connections of a server have in common.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// From now on nothing more is read of connections that rest: they go on elsewhere.
    holding: AtomicBool,
    /// Those that do.
    handed: Mutex<Vec<TcpStream>>,
    /// Answers under way that only tell of changes: nobody waits for their end.
    streams: AtomicUsize,
    /// All others.
    answers: AtomicUsize,
    /// A connection or such an answer has begun or ended.
    pub(super) changed: Notify,
}

impl Shared {
    pub(super) fn hold(&self) {
        self.holding.store(true, Ordering::Release);
    }

    fn count(&self, streams: bool) -> &AtomicUsize {
        if streams { &self.streams } else { &self.answers }
    }

    /// Whether of so many connections all but those that only tell of changes have come to their end.
    pub(super) fn is_settled(&self, open: usize) -> bool {
        self.answers.load(Ordering::Relaxed) == 0 && open <= self.streams.load(Ordering::Relaxed)
    }

    /// The connections that go on elsewhere.
    pub(super) fn hand_on(&self) -> Vec<TcpStream> {
        std::mem::take(&mut *self.handed.lock())
    }
}

/// How far one connection is.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) shared: Arc<Shared>,
    /// Requests whose answer has not come to its end.
    answering: AtomicUsize,
    /// Something was read since everything was answered.
    owes: AtomicBool,
    /// Something was written since something was read.
    wrote: AtomicBool,
    /// What is said on it cannot be understood by somebody who was not there.
    private: AtomicBool,
    /// It is left to whoever is next.
    leaves: AtomicBool,
}

impl Rest {
    /// A connection over which nothing was said. With `private`, its keys are known here only.
    pub(super) fn new(shared: Arc<Shared>, private: bool) -> Self {
        let no = || AtomicBool::new(false);
        Self { shared, answering: AtomicUsize::new(0), owes: no(), wrote: no(), private: private.into(), leaves: no() }
    }

    /// Whether it could go on elsewhere once it rests.
    pub(super) fn may_leave(&self) -> bool {
        self.shared.holding.load(Ordering::Acquire) && !self.private.load(Ordering::Relaxed)
    }

    /// Whether all that was read is answered, and every answer is with the system.
    pub(super) fn is_reached(&self) -> bool {
        self.answering.load(Ordering::Relaxed) == 0 && !self.owes.load(Ordering::Relaxed)
    }

    /// Whoever drops the connection leaves it to the next image of this process.
    pub(super) fn leave(&self) {
        self.leaves.store(true, Ordering::Relaxed);
    }

    /// Whether nothing may be read.
    pub(super) fn is_held(&self) -> bool {
        self.may_leave() && self.is_reached()
    }

    pub(super) fn read(&self, bytes: &[u8]) {
        if bytes.starts_with(PREFACE) {
            self.private.store(true, Ordering::Relaxed);
        }
        if !bytes.is_empty() {
            self.owes.store(true, Ordering::Relaxed);
            self.wrote.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn wrote(&self) {
        self.wrote.store(true, Ordering::Relaxed);
    }

    /// Nothing is left to write. A request of which a part was read is not answered by that.
    pub(super) fn flushed(&self) {
        if self.answering.load(Ordering::Relaxed) == 0 && self.wrote.load(Ordering::Relaxed) {
            self.owes.store(false, Ordering::Relaxed);
        }
    }

    /// The connection is dropped.
    #[cfg(unix)]
    pub(super) fn dropped(&self, stream: &tokio::net::TcpStream) {
        use std::os::fd::AsFd as _;
        if !self.leaves.load(Ordering::Relaxed) {
            return;
        }
        match stream.as_fd().try_clone_to_owned() {
            Ok(descriptor) => self.shared.handed.lock().push(descriptor.into()),
            Err(error) => tracing::warn!(%error, "a connection could not be handed on"),
        }
    }

    /// A request has begun.
    pub(super) fn asked<B: Body>(self: &Arc<Self>, request: Request<B>) -> (Request<Asked<B>>, Answering) {
        if request.version() > Version::HTTP_11 {
            self.private.store(true, Ordering::Relaxed);
        }
        self.answering.fetch_add(1, Ordering::Relaxed);
        let listens = request.headers().get(METHOD).is_some_and(|method| method == "subscriptions/listen");
        let streams = listens || request.method() == Method::GET;
        // It may have come with the one before, and then nothing was read for it.
        self.owes.store(true, Ordering::Relaxed);
        self.wrote.store(false, Ordering::Relaxed);
        self.shared.count(streams).fetch_add(1, Ordering::Relaxed);
        self.shared.changed.notify_one();
        let request = request.map(|body| Asked { body, read: false, rest: Arc::clone(self) });
        (request, Answering { rest: Arc::clone(self), streams })
    }
}

/// Lives as long as the answer to a request.
#[derive(Debug)]
pub(super) struct Answering {
    rest: Arc<Rest>,
    streams: bool,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.rest.answering.fetch_sub(1, Ordering::Relaxed);
        self.rest.shared.count(self.streams).fetch_sub(1, Ordering::Relaxed);
        self.rest.shared.changed.notify_one();
    }
}

/// What a client sends. If that is not read to its end, nobody else can tell where its next request begins.
#[derive(Debug)]
pub(super) struct Asked<B: Body> {
    body: B,
    read: bool,
    rest: Arc<Rest>,
}

impl<B: Body + Unpin> Body for Asked<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.read = frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body> Drop for Asked<B> {
    fn drop(&mut self) {
        if !self.read && !self.body.is_end_stream() {
            self.rest.private.store(true, Ordering::Relaxed);
        }
    }
}

/// An answer, which is under way until it is dropped.
#[derive(Debug)]
pub(super) struct Answer<B> {
    pub(super) body: B,
    pub(super) _answering: Answering,
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
