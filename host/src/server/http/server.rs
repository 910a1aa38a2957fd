//! The server over HTTP, put together.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use parking_lot::Mutex;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use super::auth::is_configured;
use super::gate::Gate;
use super::limits::Rates;
use super::listen::{Connections, may_listen};
use super::operation::counted;
use super::origin::Origins;
use super::router::{Routes, router};
use super::sessions::{Disk, Sessions};
use super::tls::Certificate;
use crate::config::Live;
use crate::server::handler::{Guarded, Handler};
use crate::server::shared::Shared;

/// How often rates are looked at.
const RATES: Duration = Duration::from_secs(60);
/// How often it is looked whether the certificate's files are others.
const CERTIFICATE: Duration = Duration::from_secs(5);

/// How long the end of a stream may take to reach its client.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves MCP over HTTP.
#[derive(Debug)]
pub struct HttpServer {
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    router: Router,
    connections: Connections,
    sessions: Arc<Sessions>,
    rates: Arc<Rates>,
    certificate: Option<Certificate>,
    /// Ends streams.
    streams: CancellationToken,
    /// Connections that are there already.
    adopted: Mutex<Vec<TcpStream>>,
}

impl HttpServer {
    /// On a listener that is there already: it was made here, came with the process, or was kept by the one before.
    ///
    /// # Errors
    /// If the listener cannot be used, or there is no certificate where one is named.
    pub async fn build(
        listener: TcpListener,
        shared: &Arc<Shared>,
        live: &Live,
        routes: Routes,
    ) -> anyhow::Result<Self> {
        listener.set_nonblocking(true).context("the listener cannot be used")?;
        let listener = tokio::net::TcpListener::from_std(listener).context("the listener cannot be used")?;
        let address = listener.local_addr().context("the listener has no address")?;
        let (settings, refusals) = (live.get(), &shared.metrics.refusals);
        let certificate = Certificate::read(&settings.http.tls).await?;
        let sessions = Sessions::new(Disk::Host(Arc::clone(&shared.slots)), live.clone(), Arc::clone(refusals));
        let origins = Arc::new(Origins::new(&settings.http, address));
        let streams = CancellationToken::new();
        let mut config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(origins.hosts.iter().cloned())
            .with_allowed_origins(origins.pages.iter().cloned())
            .enforce_origin_validation()
            // Sessions say themselves how to come back.
            .with_sse_retry(None)
            .with_cancellation_token(streams.clone())
            .with_max_request_body_bytes(settings.server.message_bytes);
        config.session_store = Some(sessions.as_store());
        let service = |config: StreamableHttpServerConfig| {
            let shared = Arc::clone(shared);
            let handler = move || Ok(Guarded(Handler::over_http(Arc::clone(&shared))));
            StreamableHttpService::new(handler, Arc::clone(&sessions), config)
        };
        let (json, events) = (service(config.clone().with_json_response(true)), service(config));
        let gate = Arc::new(Gate { events, json, live: live.clone() });
        let rates = Arc::new(Rates::new(settings.http.requests_per_second));
        let router = counted(router(gate, Arc::clone(&rates), origins, routes), shared);
        let tls = certificate.as_ref().map(Certificate::config);
        let connections = Connections::new(live.clone(), tls, Arc::clone(refusals));
        Ok(Self {
            listener,
            address,
            router,
            connections,
            sessions,
            rates,
            certificate,
            streams,
            adopted: Mutex::default(),
        })
    }

    /// Whether the host may listen at that address: to other machines only if there is a way to say who one is.
    ///
    /// # Errors
    /// If it may not, with what to do.
    pub async fn may_listen(shared: &Shared, address: SocketAddr) -> anyhow::Result<()> {
        let oauth = shared.slots.settings().oauth.clone();
        let asked = shared.slots.with_host_db(move |db| is_configured(&oauth, db)).await;
        Ok(may_listen(address, asked.transpose()?.unwrap_or(false))?)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.certificate.is_some() { "https" } else { "http" }
    }

    /// Sessions in memory, and connections.
    pub fn counts(&self) -> (usize, usize) {
        (self.sessions.len(), self.connections.len())
    }

    /// Has connections served too that the image of this process before this one had.
    pub fn adopt(&self, connections: Vec<TcpStream>) {
        self.adopted.lock().extend(connections);
    }

    /// Accepts connections until [`Self::stop`] is called, and attends to those there are until this is dropped.
    pub async fn serve(&self) {
        for connection in std::mem::take(&mut *self.adopted.lock()) {
            if let Err(error) = self.connections.adopt(connection, &self.router) {
                tracing::debug!(%error, "a connection ended meanwhile");
            }
        }
        let accepting = self.connections.accept(&self.listener, &self.router);
        tokio::join!(accepting, self.sessions.attend(), self.look());
    }

    async fn look(&self) {
        let (mut rates, mut certificate) = (tokio::time::interval(RATES), tokio::time::interval(CERTIFICATE));
        loop {
            tokio::select! {
                _ = rates.tick() => self.rates.sweep(),
                _ = certificate.tick() => {
                    if let Some(certificate) = &self.certificate {
                        certificate.refresh().await;
                    }
                }
            }
        }
    }

    /// From [`Self::stop`] on, connections over which nothing is under way are kept for [`Self::hand_on`]. Those that are
    /// encrypted, or of HTTP/2, cannot be.
    pub fn hold(&self) {
        self.connections.shared.hold();
    }

    /// The connections that were kept, for whoever serves next.
    pub fn hand_on(&self) -> Vec<TcpStream> {
        self.connections.shared.hand_on()
    }

    /// Accepts no more connections: they wait in the listener. What runs goes on, and its clients hear that the
    /// connection closes after it.
    pub fn stop(&self) {
        self.connections.draining.cancel();
        self.sessions.dismiss();
    }

    /// Comes back when nothing runs any more, or after `grace`.
    pub async fn settle(&self, grace: Duration) {
        self.connections.settle(grace).await;
    }

    /// What is answered reaches its client within `grace`. Then streams end, what clients may have missed is on disk, and
    /// nothing is left open.
    pub async fn finish(&self, grace: Duration) {
        self.stop();
        self.connections.settle(grace).await;
        self.sessions.end().await;
        self.streams.cancel();
        self.connections.leave(LAST_WORDS).await;
        self.connections.cut().await;
        // What came meanwhile.
        self.sessions.write().await;
    }
}
