//! Connections: how many, for how long, and how they end.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{BoxError, Router};
use axum_server::accept::Accept as _;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::rest::{Answer, Rest, Shared};
use super::socket::Socket;
use crate::config::{HttpSettings, Live};
use crate::server::metrics::{Limit, Refusals};

/// What a client hears for which there is no room. It is not read: nothing is known of it yet.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Content-Type: application/json\r\nContent-Length: 125\r\n\r\n\
    {\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"There are too many connections.\",\
    \"data\":{\"code\":\"busy\",\"retryable\":true}}}";
/// How often a connection of HTTP/2 is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// Headers of one request.
const HEADERS: usize = 100;
/// Streams of one connection of HTTP/2.
const STREAMS: u32 = 256;
/// How long to wait after the system had no file for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How long a connection over which nothing was asked is waited for when the host ends: its client may have come a moment
/// ago.
const FIRST_WORDS: Duration = Duration::from_millis(100);
/// Files that connections leave for everything else.
const OTHER_FILES: u64 = 256;

/// Why the host does not listen at an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} can be reached from other machines, and nobody would be asked who they are: listen on a loopback address \
     such as 127.0.0.1, or set up authentication first (`mainstay token create`, or http.oauth in the settings)"
)]
pub struct ListenError {
    address: IpAddr,
}

/// Whether the host may listen there: other machines are served only with authentication.
///
/// # Errors
/// If it may not, with what to do.
pub(super) fn may_listen(address: SocketAddr, authenticates: bool) -> Result<(), ListenError> {
    let address = address.ip().to_canonical();
    if address.is_loopback() || authenticates { Ok(()) } else { Err(ListenError { address }) }
}

/// What connections share.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    pub(super) live: Live,
    pub(super) tls: Option<RustlsConfig>,
    /// No more are accepted; those there are finish what runs.
    pub(super) draining: CancellationToken,
    /// All that is left is cut off.
    pub(super) ended: CancellationToken,
    pub(super) shared: Arc<Shared>,
    open: Arc<AtomicUsize>,
    tasks: TaskTracker,
    refusals: Arc<Refusals>,
}

/// Counts a connection for as long as it lives.
struct Counted(Arc<AtomicUsize>, Arc<Shared>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        self.1.changed.notify_one();
    }
}

/// What becomes of a connection next.
enum Turn<E> {
    Ended(Result<(), E>),
    /// Somebody else goes on with it.
    Leaves,
    /// It ends when what runs on it has.
    Closes,
}

impl Connections {
    pub(super) fn new(live: Live, tls: Option<RustlsConfig>, refusals: Arc<Refusals>) -> Self {
        more_files(live.get().http.connections);
        let (draining, ended) = (CancellationToken::new(), CancellationToken::new());
        let (shared, open, tasks) = (Arc::default(), Arc::default(), TaskTracker::new());
        Self { live, tls, draining, ended, shared, open, tasks, refusals }
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Accepts connections until it is told to stop. From then on they wait in the listener, for whoever has it next.
    pub(super) async fn accept(&self, listener: &TcpListener, router: &Router) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.draining.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, from)) => self.take(stream, from, router),
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    /// Serves a connection that is there already.
    pub(super) fn adopt(&self, stream: std::net::TcpStream, router: &Router) -> std::io::Result<()> {
        stream.set_nonblocking(true)?;
        let from = stream.peer_addr()?;
        self.take(TcpStream::from_std(stream)?, from, router);
        Ok(())
    }

    fn take(&self, stream: TcpStream, from: SocketAddr, router: &Router) {
        // Without it an answer waits 40 ms for what the client confirms.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection went at once");
            return;
        }
        let settings = self.live.get();
        let most = settings.http.connections.min(files());
        if self.open.fetch_add(1, Ordering::Relaxed) >= most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!(connections = most, "a connection was refused: there are too many");
            self.refusals.one_more(Limit::Connections);
            // It has room for that, or the client hears nothing.
            drop(stream.try_write(FULL));
            return;
        }
        let counted = Counted(Arc::clone(&self.open), Arc::clone(&self.shared));
        let (connections, router) = (self.clone(), router.clone());
        self.tasks.spawn(async move {
            let _counted = counted;
            let ended = connections.ended.clone();
            let rest = Arc::new(Rest::new(Arc::clone(&connections.shared), connections.tls.is_some()));
            let (patience, refusals) = (settings.http.slow_reader(), Arc::clone(&connections.refusals));
            let socket = Socket::new(stream, patience, refusals, Arc::clone(&rest));
            tokio::select! {
                () = ended.cancelled() => {}
                () = connections.serve(socket, &rest, from, router, &settings.http) => {}
            }
        });
    }

    async fn serve(&self, socket: Socket, rest: &Arc<Rest>, from: SocketAddr, router: Router, settings: &HttpSettings) {
        let Some(tls) = &self.tls else { return self.speak(socket, rest, from, router, settings).await };
        let acceptor = RustlsAcceptor::new(tls.clone()).handshake_timeout(settings.header());
        match acceptor.accept(socket, ()).await {
            Ok((stream, ())) => self.speak(stream, rest, from, router, settings).await,
            Err(error) => tracing::debug!(%error, %from, "a client does not speak TLS"),
        }
    }

    /// Serves a connection to its end.
    async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        rest: &Arc<Rest>,
        from: SocketAddr,
        router: Router,
        settings: &HttpSettings,
    ) {
        let asked = Arc::new(AtomicBool::new(false));
        let service = TowerToHyperService::new(router);
        let answer = service_fn(|mut request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(from));
            let (request, answering) = rest.asked(request);
            let response = service.call(request);
            async move { response.await.map(|response| response.map(|body| Answer { body, _answering: answering })) }
        });
        let builder = builder(settings);
        let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), answer));
        // One that has asked is timed by its own protocol from then on.
        let mut silent = std::pin::pin!(tokio::time::sleep(settings.header()));
        let mut leaving = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
        let (mut drains, mut closes, mut listened) = (false, false, false);
        loop {
            let turn = poll_fn(|context| match connection.as_mut().poll(context) {
                Poll::Ready(served) => Poll::Ready(Turn::Ended(served)),
                Poll::Pending if !drains || closes => Poll::Pending,
                Poll::Pending if !rest.may_leave() => leaving.as_mut().poll(context).map(|()| Turn::Closes),
                Poll::Pending if rest.is_reached() => Poll::Ready(Turn::Leaves),
                Poll::Pending => Poll::Pending,
            });
            tokio::select! {
                turn = turn => match turn {
                    Turn::Ended(served) => return self.ended(served, from),
                    Turn::Leaves => return rest.leave(),
                    Turn::Closes => {
                        closes = true;
                        connection.as_mut().graceful_shutdown();
                    }
                },
                () = silent.as_mut(), if !listened => {
                    listened = true;
                    if !asked.load(Ordering::Relaxed) {
                        tracing::debug!(%from, "a connection over which nothing was asked was closed");
                        return;
                    }
                }
                () = self.draining.cancelled(), if !drains => {
                    drains = true;
                    // Whoever has just come has not had time to ask.
                    let patience = if asked.load(Ordering::Relaxed) { Duration::ZERO } else { FIRST_WORDS };
                    leaving.as_mut().reset(Instant::now() + patience);
                }
            }
        }
    }

    fn ended(&self, served: Result<(), BoxError>, from: SocketAddr) {
        let Err(error) = served else { return };
        tracing::debug!(%error, %from, "a connection ended");
        if error.downcast_ref().is_some_and(hyper::Error::is_parse_too_large) {
            self.refusals.one_more(Limit::Headers);
        }
    }

    /// Waits for connections to finish what runs on them, no longer than `grace`; those that only tell of changes are not
    /// waited for. No more are accepted.
    pub(super) async fn settle(&self, grace: Duration) {
        self.draining.cancel();
        let settled = async {
            while !self.shared.is_settled(self.len()) {
                self.shared.changed.notified().await;
            }
        };
        drop(tokio::time::timeout(grace, settled).await);
    }

    /// Waits for connections to end, no longer than `grace`.
    pub(super) async fn leave(&self, grace: Duration) {
        self.tasks.close();
        // Whoever takes longer is cut off.
        drop(tokio::time::timeout(grace, self.tasks.wait()).await);
    }

    /// Cuts off those that are left.
    pub(super) async fn cut(&self) {
        if self.len() > 0 {
            tracing::info!(connections = self.len(), "connections were cut off");
        }
        self.ended.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn builder(settings: &HttpSettings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header())
        .max_buf_size(settings.header_bytes)
        .max_headers(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(settings.header_bytes).unwrap_or(u32::MAX));
    builder
}

/// Has the system give this process as many files as it may have: what is given without asking is often less than
/// there may be connections.
fn more_files(connections: usize) {
    #[cfg(unix)]
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the system does not let this process open more files");
    }
    let most = files();
    if most < connections {
        tracing::warn!(
            connections,
            most,
            "the system has not as many files for this process as it may have connections"
        );
    }
}

/// How many connections the system has files for.
fn files() -> usize {
    #[cfg(unix)]
    if let Ok((soft, _)) = rlimit::Resource::NOFILE.get() {
        return usize::try_from(soft.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(1);
    }
    usize::MAX
}

/// The client has gone before it was there.
fn is_of_the_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests;
