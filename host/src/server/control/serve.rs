//! The host's side.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, WriteHalf};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::ControlError;
use super::lines::Lines;
use super::place::socket_path;
use super::progress;
use super::protocol::{
    Event, HistoryQuery, HostStatus, JoinOrder, PruneOrder, REQUEST_BYTES, Request, RollbackOrder, SessionStatus,
    SnapshotOrder, SwapOrder, ToolAnswer, ToolOrder,
};
use super::socket::{Listener, Stream, wire};
use crate::model::swap::{SlotStatus, SwapPhase, SwapReport};
use crate::model::{SlotName, chain};
use crate::server::lines::{ClientEnd, Output, Reader, Standing, Wire};
use crate::store::{DataDir, StoreError};
use crate::swap::{Reporter, TakeError, Taken};

/// Connections at once. One more is told that there is no room.
const CONNECTIONS: usize = 16;
/// Clients of other processes at once: more than anybody opens of editors and terminals.
const JOINED: usize = 256;
/// How long a connection may say nothing, or not take what it is told.
const PATIENCE: Duration = Duration::from_secs(60);
/// Sessions that are told of at once.
const SESSIONS: usize = 100;
/// Before the next attempt, if the system has no room for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What the socket gives access to.
pub(crate) trait Control: Send + Sync + 'static {
    fn swap(self: Arc<Self>, request: SwapOrder) -> impl Future<Output = Arc<SwapReport>> + Send;
    fn rollback(self: Arc<Self>, request: RollbackOrder) -> impl Future<Output = Arc<SwapReport>> + Send;
    /// How far a swap of that slot is; none if there is no such slot.
    fn phase(&self, slot: &SlotName) -> Option<watch::Receiver<SwapPhase>>;
    fn status(&self) -> impl Future<Output = Vec<SlotStatus>> + Send;
    /// Newest first.
    fn history(&self, request: HistoryQuery) -> impl Future<Output = Result<Vec<SwapReport>, StoreError>> + Send;
    fn snapshot(&self, request: SnapshotOrder) -> impl Future<Output = Result<Taken, TakeError>> + Send;
    /// Says how many were removed.
    fn prune_snapshots(&self, request: PruneOrder) -> impl Future<Output = Result<usize, TakeError>> + Send;
    /// Calls a reboot tool, or a plugin's for operators; none if there is no such tool. `reporter` hears how far it is.
    fn tool(
        self: Arc<Self>,
        order: ToolOrder,
        reporter: Arc<dyn Reporter>,
    ) -> impl Future<Output = Option<ToolAnswer>> + Send;
    /// Who asked for something last, newest first: at most so many.
    fn sessions(&self, most: usize) -> Vec<SessionStatus>;
    /// How many are connected.
    fn connected(&self) -> u64;
    /// When this image of the process began, in milliseconds since the epoch.
    fn began_at(&self) -> u64;
    /// Whether a client of another process may join now.
    ///
    /// # Errors
    /// In words for whoever asked.
    fn may_join(&self, order: &JoinOrder) -> Result<(), String>;
    /// Answers that client until it leaves, or goes on elsewhere.
    fn joined(self: Arc<Self>, order: JoinOrder, wire: Wire, end: ClientEnd) -> impl Future<Output = ()> + Send;
}

/// The socket of a data directory. Nobody else finds it once this is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: Listener,
}

impl ControlSocket {
    /// Listens, and may be connected to from now on. The caller holds the directory's lock until this is dropped.
    /// Needs a runtime.
    ///
    /// # Errors
    /// If there can be no socket, or not on this system.
    pub fn bind(dir: &DataDir) -> Result<Self, ControlError> {
        Ok(Self { listener: Listener::bind(&socket_path(dir))? })
    }

    /// Goes on listening where the image of this process before this one did.
    ///
    /// # Errors
    /// If that is no socket, or not on this system.
    #[cfg(unix)]
    pub fn adopt(dir: &DataDir, socket: std::os::fd::OwnedFd) -> Result<Self, ControlError> {
        Ok(Self { listener: Listener::adopt(&socket_path(dir), socket)? })
    }

    /// The socket once more, for the next image of this process. Its file stays when this is dropped.
    ///
    /// # Errors
    /// If the system has no room for it.
    #[cfg(unix)]
    pub fn hand_on(&self) -> std::io::Result<std::os::fd::OwnedFd> {
        self.listener.hand_on()
    }

    /// Serves everybody who connects. Does not end; a swap that was asked for goes on if this is dropped.
    pub(crate) async fn serve(&self, control: Arc<impl Control>) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let joining = Arc::new(Semaphore::new(JOINED));
        loop {
            let stream = match self.listener.accept().await {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!(%error, "could not take a connection to the control socket");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
                refuse(stream);
                continue;
            };
            let control = Arc::clone(&control);
            let joining = Arc::clone(&joining);
            tokio::spawn(async move {
                let served = Connection::new(stream, Arc::clone(&control)).serve().await;
                drop(place);
                match served {
                    Ok(None) => {}
                    Ok(Some((order, connection))) => connection.join(order, &joining).await,
                    Err(error) => tracing::debug!(error = chain(&error), "a control connection ended"),
                }
            });
        }
    }
}

/// Says that there is no room, which takes none.
fn refuse(mut stream: Stream) {
    tokio::spawn(async move {
        let busy = format!("{CONNECTIONS} others are connected: try again in a moment");
        let line = Event::Error { message: busy }.line().unwrap_or_default();
        drop(timeout(PAUSE, stream.write_all(&line)).await);
    });
}

struct Connection<C> {
    lines: Lines<tokio::io::ReadHalf<Stream>>,
    writer: WriteHalf<Stream>,
    control: Arc<C>,
}

impl<C: Control> Connection<C> {
    fn new(stream: Stream, control: Arc<C>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { lines: Lines::new(reader, REQUEST_BYTES), writer, control }
    }

    /// Answers one request after the other, until it ends or is to be a client's.
    async fn serve(mut self) -> Result<Option<(JoinOrder, Self)>, ControlError> {
        loop {
            let line = match timeout(PATIENCE, self.lines.next()).await {
                Ok(Ok(Some(line))) => line,
                Ok(Ok(None)) | Err(_) => return Ok(None),
                Ok(Err(error)) => {
                    // What follows is the rest of it.
                    let message = format!("{error}: the connection is closed");
                    self.say(&Event::Error { message }).await?;
                    return Ok(None);
                }
            };
            let answer = match Request::parse(line) {
                Ok(Request::Join(order)) => match self.control.may_join(&order) {
                    Ok(()) => return Ok(Some((order, self))),
                    Err(message) => Event::Error { message },
                },
                Ok(request) => self.answer(request).await?,
                Err(message) => Event::Error { message },
            };
            self.say(&answer).await?;
        }
    }

    /// Is the client's from now on.
    async fn join(mut self, order: JoinOrder, room: &Semaphore) {
        let Ok(_place) = room.try_acquire() else {
            let message = format!("{JOINED} clients of other processes are here: close one of them");
            drop(self.say(&Event::Error { message }).await);
            return;
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        if self.say(&Event::Joined { version }).await.is_err() {
            return;
        }
        let (first, reader) = self.lines.into_parts();
        let stream = reader.unsplit(self.writer);
        let wire = match wire(&stream) {
            Ok(wire) => wire,
            Err(error) => {
                tracing::warn!(%error, "a client cannot join");
                return;
            }
        };
        let (source, sink) = tokio::io::split(stream);
        let reader = Reader::after(first, Box::new(source));
        let end = ClientEnd::again(reader, Output::new(Box::new(sink)), Standing::default());
        self.control.joined(order, wire, end).await;
    }

    /// The event that ends the answer.
    async fn answer(&mut self, request: Request) -> Result<Event, ControlError> {
        let control = Arc::clone(&self.control);
        Ok(match request {
            // Both are seen to before.
            Request::Ping | Request::Join(_) => Event::Pong,
            Request::Status => Event::Status(HostStatus {
                process: std::process::id(),
                began_at: control.began_at(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                slots: control.status().await,
                sessions: control.sessions(SESSIONS),
                connected: control.connected(),
            }),
            Request::History(request) => match control.history(request).await {
                Ok(swaps) => Event::history(swaps),
                Err(error) => Event::Error { message: chain(&error) },
            },
            Request::Snapshot(request) => match control.snapshot(request).await {
                Ok(Taken { snapshot, unchanged }) => Event::Snapshot { snapshot: Box::new(snapshot), unchanged },
                Err(error) => Event::Error { message: chain(&error) },
            },
            Request::PruneSnapshots(request) => match control.prune_snapshots(request).await {
                Ok(removed) => Event::Pruned { removed },
                Err(error) => Event::Error { message: chain(&error) },
            },
            Request::Tool(order) => self.tool(order).await?,
            Request::Swap(request) if request.file.is_relative() => {
                Event::Error { message: format!("{} is no absolute path", request.file.display()) }
            }
            Request::Swap(request) => {
                let slot = request.slot.clone();
                self.report(slot, async move { control.swap(request).await }).await?
            }
            Request::Rollback(request) => {
                let slot = request.slot.clone();
                self.report(slot, async move { control.rollback(request).await }).await?
            }
        })
    }

    /// Tells how far `work` is until it is done. If nobody listens any more, it goes on alone.
    async fn report(
        &mut self,
        slot: SlotName,
        work: impl Future<Output = Arc<SwapReport>> + Send + 'static,
    ) -> Result<Event, ControlError> {
        let mut phases = self.control.phase(&slot);
        if let Some(phases) = &mut phases {
            phases.mark_unchanged();
        }
        let mut work = tokio::spawn(work);
        loop {
            let phase = tokio::select! {
                biased;
                phase = next_phase(&mut phases) => phase,
                report = &mut work => return Ok(match report {
                    Ok(report) => Event::Report { report: Box::new(Arc::unwrap_or_clone(report)) },
                    Err(_) => Event::Error { message: "the swap ended without a report".to_owned() },
                }),
            };
            self.say(&Event::Phase { slot: slot.clone(), phase }).await?;
        }
    }

    /// Tells how far a tool is until it has answered. If nobody listens any more, it goes on alone.
    async fn tool(&mut self, order: ToolOrder) -> Result<Event, ControlError> {
        let name = order.tool.clone();
        let (reporter, mut steps) = progress::channel();
        let mut work = tokio::spawn(Arc::clone(&self.control).tool(order, Arc::new(reporter)));
        let answer = loop {
            tokio::select! {
                biased;
                Some(step) = steps.recv() => self.say(&step).await?,
                answer = &mut work => break answer,
            }
        };
        while let Ok(step) = steps.try_recv() {
            self.say(&step).await?;
        }
        Ok(match answer {
            Ok(Some(answer)) => Event::Answer(answer),
            Ok(None) => {
                Event::Error { message: format!("there is no tool {name:?} of the host's own, and none for operators") }
            }
            Err(_) => Event::Error { message: format!("{name} ended without an answer") },
        })
    }

    async fn say(&mut self, event: &Event) -> Result<(), ControlError> {
        let line = event.line().map_err(|error| ControlError::Strange(error.to_string()))?;
        let written = timeout(PATIENCE, self.writer.write_all(&line)).await;
        Ok(written.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??)
    }
}

/// The next change; never, if there is none any more.
async fn next_phase(phases: &mut Option<watch::Receiver<SwapPhase>>) -> SwapPhase {
    if let Some(receiver) = phases {
        if receiver.changed().await.is_ok() {
            return *receiver.borrow_and_update();
        }
        *phases = None;
    }
    std::future::pending().await
}
