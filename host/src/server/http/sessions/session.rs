//! One session: which message goes on which stream.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, GetExtensions as _, GetMeta as _, ProgressToken, RequestId,
    ServerJsonRpcMessage, ServerNotification, ServerResult,
};
use rmcp::service::OriginatingRequestId;
use rmcp::transport::streamable_http_server::session::{ServerSseMessage, SessionId};
use tokio::sync::{mpsc, oneshot};

use super::event_id::{EventId, StreamId};
use super::stream::{Stream, Unread};
use crate::plugin::now as epoch;
use crate::server::principal::{SessionTag, Standing};
use crate::store::SessionKey;

/// Messages of the client that may wait for the service. It takes them at once; more would wait in the connection.
const INCOMING: usize = 8;
/// Finished streams that are kept for clients that were cut off at the end, and those of them that were read.
const FINISHED: usize = 64;
const FINISHED_AND_READ: usize = 8;
/// What all of them may hold, in bytes.
const FINISHED_BYTES: usize = 4 << 20;
/// How long a stream is kept that was read: the client had it, or was cut off and is back by now.
const KEPT_READ: Duration = Duration::from_secs(60);
/// From this version on clients understand an event without data.
const PRIMED_SINCE: &str = "2025-11-25";
/// What a client is to wait before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// A session in memory.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) key: SessionKey,
    /// Whose it is, if clients say who they are.
    pub(super) principal: Option<String>,
    /// Milliseconds since the epoch.
    pub(super) opened_at: u64,
    incarnation: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// To the service; none when the session has ended.
    service: Option<mpsc::Sender<Box<ClientJsonRpcMessage>>>,
    /// Who waits for the answer to `initialize`.
    hello: Option<oneshot::Sender<ServerJsonRpcMessage>>,
    /// The client has been agreed with; it understands events without data.
    agreed: bool,
    primed: bool,
    /// What its client has said for good while it was not in memory, until the service knows.
    before: Option<Standing>,
    common: Stream,
    /// The client has ever read the common stream. Otherwise nothing of it is kept on disk: it would never be read.
    listens: bool,
    streams: BTreeMap<u64, Stream>,
    requests: HashMap<RequestId, u64>,
    tokens: HashMap<ProgressToken, u64>,
    next_stream: u64,
    next_reader: u64,
    active: Instant,
    /// Milliseconds since the epoch; none if nothing is new since it was last noted.
    seen: Option<u64>,
}

/// A place at a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) stream: u64,
    pub(super) reader: u64,
}

/// Why a message of a client is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// The session has ended.
    Ended,
    TooManyStreams,
    /// A request of that id is under way.
    SameId,
}

/// What there is to a stream that a client wants to go on with.
#[derive(Debug)]
pub(super) enum Known {
    /// It is here.
    Here(Place),
    /// The host knows nothing more of it than what is on disk.
    Gone,
}

impl Session {
    /// With what the client sends, for the service.
    pub(super) fn new(
        id: SessionId,
        key: SessionKey,
        principal: Option<String>,
        opened_at: u64,
    ) -> (Arc<Self>, mpsc::Receiver<Box<ClientJsonRpcMessage>>) {
        let (service, messages) = mpsc::channel(INCOMING);
        let incarnation = rand::random();
        let state = State {
            service: Some(service),
            hello: None,
            agreed: false,
            primed: false,
            before: None,
            common: Stream::new(StreamId::common(incarnation)),
            listens: false,
            streams: BTreeMap::new(),
            requests: HashMap::new(),
            tokens: HashMap::new(),
            next_stream: 1,
            next_reader: 0,
            active: Instant::now(),
            seen: Some(epoch()),
        };
        (Arc::new(Self { id, key, principal, opened_at, incarnation, state: Mutex::new(state) }), messages)
    }

    /// What the host knows it by. Of no use to whoever wants to take it over.
    pub(super) fn tag(&self) -> SessionTag {
        let short = self.key.first_chunk::<16>().copied().unwrap_or_default();
        SessionTag { id: data_encoding::HEXLOWER.encode(&short) }
    }

    /// The client is there.
    pub(super) fn touch(&self) {
        let mut state = self.state.lock();
        state.active = Instant::now();
        state.seen = Some(epoch());
    }

    /// Sends `initialize` to the service.
    pub(super) fn hello(
        &self,
    ) -> Option<(mpsc::Sender<Box<ClientJsonRpcMessage>>, oneshot::Receiver<ServerJsonRpcMessage>)> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.state.lock();
        state.hello = Some(answer);
        Some((state.service.clone()?, answered))
    }

    /// Whether the client and the host have agreed on a version.
    pub(super) fn is_agreed(&self) -> bool {
        self.state.lock().agreed
    }

    /// It was open before, in another process or until there was no room for it, and its client has said this.
    pub(super) fn restore(&self, before: Standing) {
        self.state.lock().before = Some(before);
    }

    /// What its client has said before it was restored. Once.
    pub(super) fn said_before(&self) -> Option<Standing> {
        self.state.lock().before.take()
    }

    /// To the service, for what has no stream. What is said with it is looked at.
    pub(super) fn hears(&self, message: &ClientJsonRpcMessage) -> Option<mpsc::Sender<Box<ClientJsonRpcMessage>>> {
        let mut state = self.state.lock();
        if let ClientJsonRpcMessage::Notification(said) = message
            && let ClientNotification::CancelledNotification(cancelled) = &said.notification
            && let Some(id) = &cancelled.params.request_id
            && let Some(stream) = state.requests.get(id).copied()
        {
            // It will not be answered.
            state.finish(stream);
        }
        state.service.clone()
    }

    /// A stream for a request, and the way to the service.
    pub(super) fn ask(
        &self,
        message: &ClientJsonRpcMessage,
        most: usize,
    ) -> Result<(Place, mpsc::Sender<Box<ClientJsonRpcMessage>>), NotTaken> {
        let mut state = self.state.lock();
        let service = state.service.clone().ok_or(NotTaken::Ended)?;
        if state.open_streams() >= most {
            return Err(NotTaken::TooManyStreams);
        }
        let ClientJsonRpcMessage::Request(asked) = message else { return Err(NotTaken::Ended) };
        if state.requests.contains_key(&asked.id) {
            return Err(NotTaken::SameId);
        }
        let number = state.next_stream;
        state.next_stream += 1;
        let id = StreamId { incarnation: self.incarnation, number, request: Some(asked.id.clone()) };
        let mut stream = Stream::new(id);
        let reader = state.reader();
        stream.join(reader, None);
        state.streams.insert(number, stream);
        state.requests.insert(asked.id.clone(), number);
        if let Some(token) = asked.request.get_meta().get_progress_token() {
            state.tokens.insert(token.clone(), number);
        }
        Ok((Place { stream: number, reader }, service))
    }

    /// A message of the service's. Comes back with what is to be kept on disk.
    pub(super) fn deliver(&self, message: ServerJsonRpcMessage) -> Option<Unread> {
        let mut state = self.state.lock();
        let message = state.answer_hello(message)?;
        let now = Instant::now();
        let (stream, ends) = state.route(&message);
        if ends && stream.is_none() {
            // Nobody waits for it any more.
            return None;
        }
        match stream.and_then(|number| state.streams.get_mut(&number)) {
            Some(found) => {
                let unread = found.push(message, now);
                if ends && let Some(number) = stream {
                    state.active = now;
                    state.finish(number);
                }
                unread
            }
            None => {
                let unread = state.common.push(message, now);
                unread.filter(|_| state.listens)
            }
        }
    }

    /// A place at the common stream, which is from now on read there. None if there are too many streams.
    pub(super) fn listen(&self, after: Option<u64>, most: usize) -> Option<Place> {
        let mut state = self.state.lock();
        if state.open_streams() >= most {
            return None;
        }
        state.listens = true;
        let reader = state.reader();
        state.common.join(reader, after);
        Some(Place { stream: 0, reader })
    }

    /// Whether that is a stream of this process. Its number says which: its request may be too long to be said.
    pub(super) fn has(&self, stream: &StreamId) -> bool {
        stream.incarnation == self.incarnation
    }

    /// A place at a stream of this process, if all that the client has not read is here.
    pub(super) fn resume(&self, at: &EventId) -> Known {
        let mut state = self.state.lock();
        if !self.has(&at.stream) {
            return Known::Gone;
        }
        let reader = state.reader();
        let number = at.stream.number;
        let stream = if number == 0 { Some(&mut state.common) } else { state.streams.get_mut(&number) };
        // Of a stream that goes on, what is left is better than nothing.
        match stream.filter(|stream| !stream.is_done() || stream.has_all_after(at.place)) {
            Some(stream) => {
                stream.join(reader, Some(at.place));
                Known::Here(Place { stream: number, reader })
            }
            None => Known::Gone,
        }
    }

    /// What comes first on a stream: what tells the client how to come back. None for one that would not understand.
    pub(super) fn priming(&self, stream: u64) -> Option<ServerSseMessage> {
        let state = self.state.lock();
        if !state.primed {
            return None;
        }
        let id = match stream {
            0 => state.common.id.clone(),
            number => state.streams.get(&number)?.id.clone(),
        };
        Some(ServerSseMessage::priming(id.at(0).to_string(), RETRY))
    }

    /// The next event at that place; none if there will be none.
    pub(super) fn take(&self, place: Place, context: &Context<'_>) -> Poll<Option<ServerSseMessage>> {
        let mut state = self.state.lock();
        state.stream(place.stream).map_or(Poll::Ready(None), |stream| stream.take(place.reader, context))
    }

    pub(super) fn leave(&self, place: Place) {
        let mut state = self.state.lock();
        state.active = Instant::now();
        if let Some(stream) = state.stream(place.stream) {
            stream.leave(place.reader);
        }
    }

    /// For how long nobody has used it; none if somebody does.
    pub(super) fn idle_for(&self, now: Instant) -> Option<Duration> {
        let state = self.state.lock();
        let used = !state.requests.is_empty() || state.hello.is_some() || state.open_streams() > 0;
        (!used).then(|| now.saturating_duration_since(state.active))
    }

    /// When the client was last there, if that is news.
    pub(super) fn news(&self) -> Option<u64> {
        self.state.lock().seen.take()
    }

    /// Closes streams that nobody reads, and forgets what was read. Says how many were closed.
    pub(super) fn sweep(&self, now: Instant, slow: Duration, kept: Duration) -> usize {
        let mut state = self.state.lock();
        let mut closed = 0;
        let State { common, streams, .. } = &mut *state;
        for stream in std::iter::once(common).chain(streams.values_mut()) {
            if stream.is_stuck(now, slow) {
                stream.close();
                closed += 1;
            }
        }
        let stale = |stream: &Stream| {
            let longest = if stream.is_read() { KEPT_READ.min(kept) } else { kept };
            !stream.is_open() && stream.done_for(now).is_some_and(|since| since >= longest)
        };
        streams.retain(|_, stream| !stale(stream));
        closed
    }

    /// Cuts off who waits for nothing in particular.
    pub(super) fn dismiss(&self) {
        self.state.lock().common.close();
    }

    /// Cuts off whoever reads, so that they come back, and says what they may have missed.
    pub(super) fn hand_over(&self) -> Vec<Unread> {
        let mut state = self.state.lock();
        let listens = state.listens;
        let State { common, streams, .. } = &mut *state;
        let mut unread = Vec::new();
        if listens {
            unread.extend(common.unread());
        }
        common.close();
        for stream in streams.values_mut() {
            unread.extend(stream.unread());
            stream.close();
        }
        unread
    }

    /// Whether it has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().service.is_none()
    }

    /// The session ends: the service hears of no more messages, and readers come to the end.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.service = None;
        state.hello = None;
        let State { common, streams, .. } = &mut *state;
        for stream in std::iter::once(common).chain(streams.values_mut()) {
            stream.close();
        }
    }
}

impl State {
    fn stream(&mut self, number: u64) -> Option<&mut Stream> {
        if number == 0 { Some(&mut self.common) } else { self.streams.get_mut(&number) }
    }

    fn reader(&mut self) -> u64 {
        self.next_reader += 1;
        self.next_reader
    }

    fn open_streams(&self) -> usize {
        let going_on = |stream: &&Stream| stream.is_open() || !stream.is_done();
        self.common.readers() + self.streams.values().filter(going_on).count()
    }

    /// Gives the answer to `initialize` to whoever waits for it. Anything else comes back.
    fn answer_hello(&mut self, message: ServerJsonRpcMessage) -> Option<ServerJsonRpcMessage> {
        if !matches!(message, ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_)) {
            return Some(message);
        }
        let Some(hello) = self.hello.take() else { return Some(message) };
        if let ServerJsonRpcMessage::Response(answer) = &message
            && let ServerResult::InitializeResult(agreed) = &answer.result
        {
            self.agreed = true;
            self.primed = agreed.protocol_version.as_str() >= PRIMED_SINCE;
        }
        // A client that has gone meanwhile has no use for it.
        drop(hello.send(message));
        None
    }

    /// The stream for that message, and whether it ends with it. None is the common one.
    fn route(&self, message: &ServerJsonRpcMessage) -> (Option<u64>, bool) {
        let of = |id: &RequestId| self.requests.get(id).copied();
        match message {
            ServerJsonRpcMessage::Response(answer) => (of(&answer.id), true),
            ServerJsonRpcMessage::Error(error) => (error.id.as_ref().and_then(of), true),
            ServerJsonRpcMessage::Request(asked) => {
                let from = asked.request.extensions().get::<OriginatingRequestId>();
                (from.and_then(|from| of(&from.0)), false)
            }
            ServerJsonRpcMessage::Notification(said) => match &said.notification {
                ServerNotification::ProgressNotification(progress) => {
                    (self.tokens.get(&progress.params.progress_token).copied(), false)
                }
                ServerNotification::CancelledNotification(cancelled) => {
                    (cancelled.params.request_id.as_ref().and_then(of), false)
                }
                _ => (None, false),
            },
        }
    }

    /// No more comes on that stream. It is kept for a while.
    fn finish(&mut self, number: u64) {
        self.requests.retain(|_, stream| *stream != number);
        self.tokens.retain(|_, stream| *stream != number);
        if let Some(stream) = self.streams.get_mut(&number) {
            stream.finish(Instant::now());
        }
        self.forget(FINISHED, |_| true);
        self.forget(FINISHED_AND_READ, Stream::is_read);
    }

    /// Of the finished streams that nobody has open and that `those` is true of, keeps that many, the newest.
    fn forget(&mut self, keep: usize, those: impl Fn(&Stream) -> bool) {
        let finished = |stream: &Stream| stream.is_done() && !stream.is_open() && those(stream);
        let numbers: Vec<u64> =
            self.streams.iter().filter(|(_, stream)| finished(stream)).map(|(number, _)| *number).collect();
        let mut bytes = 0;
        for (place, number) in numbers.iter().rev().enumerate() {
            bytes += self.streams.get(number).map_or(0, Stream::bytes);
            if place >= keep || (place > 0 && bytes > FINISHED_BYTES) {
                self.streams.remove(number);
            }
        }
    }
}
