//! One stream of a session: what was sent on it lately, and who reads it.
//!
//! Readers take what is in the ring; nothing is pushed to them. So a reader that does not read holds up nobody, and a
//! stream costs no task and no channel.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rmcp::model::{ServerJsonRpcMessage, ServerNotification};
use rmcp::transport::streamable_http_server::session::ServerSseMessage;

use super::event_id::StreamId;

/// What is kept of a stream in memory, so that a client that was cut off misses nothing: far more than a call reports
/// while a connection is made anew.
const EVENTS: usize = 256;
const BYTES: usize = 1 << 20;
/// Readers of one stream at once. Clients have one; whatever they leave behind goes when there are more.
const READERS: usize = 4;

/// A stream and its ring.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    events: VecDeque<Event>,
    /// The place of the next event.
    next: u64,
    /// The place of the next event to be read.
    cursor: u64,
    bytes: usize,
    /// The last one reads; the ones before are kept open and hear nothing, until it has gone.
    readers: Vec<Seat>,
    /// There will be no more events.
    done_at: Option<Instant>,
}

#[derive(Debug)]
struct Event {
    place: u64,
    message: Arc<ServerJsonRpcMessage>,
    bytes: usize,
    since: Instant,
}

#[derive(Debug)]
struct Seat {
    number: u64,
    waker: Option<Waker>,
}

/// An event that is to be kept on disk.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    pub(super) stream: StreamId,
    pub(super) place: u64,
    pub(super) handed: bool,
    pub(super) message: Arc<ServerJsonRpcMessage>,
}

impl Stream {
    pub(super) fn new(id: StreamId) -> Self {
        let (events, readers) = (VecDeque::new(), Vec::new());
        Self { id, events, next: 1, cursor: 1, bytes: 0, readers, done_at: None }
    }

    /// Puts a message at the end. Comes back with what is to be kept on disk: the message, if nobody is there to read it.
    pub(super) fn push(&mut self, message: ServerJsonRpcMessage, now: Instant) -> Option<Unread> {
        let message = Arc::new(message);
        let bytes = weight(&message);
        let place = self.next;
        self.next += 1;
        self.events.push_back(Event { place, message: Arc::clone(&message), bytes, since: now });
        self.bytes += bytes;
        while self.events.len() > EVENTS || (self.bytes > BYTES && self.events.len() > 1) {
            let oldest = self.events.pop_front();
            self.bytes -= oldest.map_or(0, |event| event.bytes);
        }
        if let Some(reader) = self.readers.last_mut() {
            reader.waker.take().into_iter().for_each(Waker::wake);
            return None;
        }
        may_be_kept(&message).then(|| Unread { stream: self.id.clone(), place, handed: false, message })
    }

    /// A reader takes its place. If it has read up to `after`, it goes on from there.
    pub(super) fn join(&mut self, reader: u64, after: Option<u64>) {
        if let Some(after) = after {
            self.cursor = after.saturating_add(1).min(self.next);
        }
        if self.readers.len() >= READERS {
            self.readers.remove(0).waker.into_iter().for_each(Waker::wake);
        }
        self.readers.push(Seat { number: reader, waker: None });
    }

    pub(super) fn leave(&mut self, reader: u64) {
        self.readers.retain(|seat| seat.number != reader);
        // Whoever was there before reads on.
        self.readers.last_mut().and_then(|seat| seat.waker.take()).into_iter().for_each(Waker::wake);
    }

    /// The next event for that reader; none if there will be none.
    pub(super) fn take(&mut self, reader: u64, context: &Context<'_>) -> Poll<Option<ServerSseMessage>> {
        let reads = self.readers.last().is_some_and(|seat| seat.number == reader);
        let Some(seat) = self.readers.iter_mut().find(|seat| seat.number == reader) else {
            return Poll::Ready(None);
        };
        let next = self.events.iter().find(|event| event.place >= self.cursor);
        match next {
            Some(event) if reads => {
                self.cursor = event.place + 1;
                let mut message = ServerSseMessage::default();
                message.event_id = Some(self.id.at(event.place).to_string());
                message.message = Some(Arc::clone(&event.message));
                Poll::Ready(Some(message))
            }
            None if self.done_at.is_some() => Poll::Ready(None),
            _ => {
                seat.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Nothing comes any more. What is in the ring can be read.
    pub(super) fn finish(&mut self, now: Instant) {
        self.done_at.get_or_insert(now);
        self.wake();
    }

    /// Its readers are cut off. They can resume.
    pub(super) fn close(&mut self) {
        self.readers.drain(..).filter_map(|seat| seat.waker).for_each(Waker::wake);
    }

    fn wake(&mut self) {
        self.readers.iter_mut().filter_map(|seat| seat.waker.take()).for_each(Waker::wake);
    }

    /// How many have it open.
    pub(super) fn readers(&self) -> usize {
        self.readers.len()
    }

    /// Whether somebody has it open.
    pub(super) fn is_open(&self) -> bool {
        !self.readers.is_empty()
    }

    pub(super) fn is_done(&self) -> bool {
        self.done_at.is_some()
    }

    /// Everything on it was taken by somebody.
    pub(super) fn is_read(&self) -> bool {
        self.cursor == self.next
    }

    /// How much is in the ring.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// For how long it has had nothing new to come.
    pub(super) fn done_for(&self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.done_at?))
    }

    /// Whether what was sent after that is still here, all of it.
    pub(super) fn has_all_after(&self, place: u64) -> bool {
        place < self.next && self.events.front().map_or(self.next, |first| first.place) <= place + 1
    }

    /// Whether its reader has left something unread for as long as that.
    pub(super) fn is_stuck(&self, now: Instant, longest: Duration) -> bool {
        let oldest = self.events.iter().find(|event| event.place >= self.cursor);
        let waits = oldest.map(|event| now.saturating_duration_since(event.since));
        self.is_open() && waits.is_some_and(|waits| waits >= longest)
    }

    /// All that is in the ring and may be kept on disk.
    pub(super) fn unread(&self) -> impl Iterator<Item = Unread> {
        let kept = self.events.iter().filter(|event| may_be_kept(&event.message));
        kept.map(|event| Unread {
            stream: self.id.clone(),
            place: event.place,
            handed: event.place < self.cursor,
            message: Arc::clone(&event.message),
        })
    }
}

/// What the host asks is asked by a process: nobody waits for the answer after it. And that a resource may have changed is
/// said anew by the process that follows.
fn may_be_kept(message: &ServerJsonRpcMessage) -> bool {
    match message {
        ServerJsonRpcMessage::Request(_) => false,
        ServerJsonRpcMessage::Notification(said) => {
            !matches!(said.notification, ServerNotification::ResourceUpdatedNotification(_))
        }
        ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_) => true,
    }
}

/// How long a message is on the wire.
fn weight(message: &ServerJsonRpcMessage) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // What cannot be written is not sent either.
    drop(serde_json::to_writer(&mut count, message));
    count.0
}
