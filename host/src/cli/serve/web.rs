//! What is served over HTTP, and where.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::sync::OnceCell;

use crate::app::{App, inherited_listeners};
use crate::model::chain;
use crate::server::{HttpServer, Routes};

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    At(SocketAddr),
    /// On the socket that a service manager hands over.
    Systemd,
}

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "systemd" {
            return Ok(Self::Systemd);
        }
        let address = text.parse().map_err(|_| "say an address and a port, such as 127.0.0.1:8420, or systemd")?;
        Ok(Self::At(address))
    }
}

/// The servers over HTTP of an app: none, until it is the host.
#[derive(Debug, Default)]
pub(super) struct Web {
    servers: OnceCell<Vec<HttpServer>>,
    /// The same listeners, for the next image of this process.
    kept: parking_lot::Mutex<Vec<TcpListener>>,
}

impl Where {
    /// Listens.
    ///
    /// # Errors
    /// If it cannot be listened there.
    pub(super) fn listen(self) -> anyhow::Result<Vec<TcpListener>> {
        match self {
            Self::At(address) => {
                let listener = TcpListener::bind(address);
                Ok(vec![listener.with_context(|| format!("the host cannot listen at {address}"))?])
            }
            Self::Systemd => {
                let listeners = inherited_listeners()?;
                let count = listeners.len();
                ensure!(
                    count == 1,
                    "the service manager has handed over {count} sockets (LISTEN_FDS): name one in its unit"
                );
                Ok(listeners)
            }
        }
    }
}

impl Web {
    /// Prepares to serve on those. This process is the host.
    ///
    /// # Errors
    /// If the host may not listen there, or the certificate cannot be used.
    pub(super) async fn open(&self, app: &App, listeners: Vec<TcpListener>) -> anyhow::Result<()> {
        let mut servers = Vec::new();
        for listener in listeners {
            let address = listener.local_addr().context("a listener has no address")?;
            HttpServer::may_listen(&app.shared, address).await?;
            let kept = listener.try_clone()?;
            let routes = Routes::of(&app.shared, &app.live, address);
            let server = HttpServer::build(listener, &app.shared, &app.live, routes).await?;
            tracing::info!("listening at {}://{}/mcp", server.scheme(), server.address());
            self.kept.lock().push(kept);
            servers.push(server);
        }
        drop(self.servers.set(servers));
        Ok(())
    }

    /// Serves; where the settings say, if nobody has said so before, as soon as this process is the host. Does not end.
    pub(super) async fn serve(&self, app: &App) {
        let configured = app.live.get().http.listen.clone();
        if !self.servers.initialized() && !configured.is_empty() {
            if app.slots.is_host().wait_for(|is| *is).await.is_err() {
                return;
            }
            let opened = async {
                let place: Where = configured.parse().map_err(anyhow::Error::msg)?;
                self.open(app, place.listen()?).await
            };
            if let Err(error) = opened.await {
                tracing::error!(error = chain(&*error), "nothing is served over HTTP");
            }
        }
        let serving = self.servers.get().into_iter().flatten().map(HttpServer::serve);
        futures::future::join_all(serving).await;
        std::future::pending::<()>().await;
    }

    /// Those whose connections are kept go on with whoever serves next.
    pub(super) fn hold(&self) {
        self.servers.get().into_iter().flatten().for_each(HttpServer::hold);
    }

    /// Has connections served that came from elsewhere.
    pub(super) fn adopt(&self, connections: Vec<TcpStream>) {
        if let Some(server) = self.servers.get().and_then(|servers| servers.first()) {
            server.adopt(connections);
        }
    }

    /// Nothing more is accepted.
    pub(super) fn stop(&self) {
        self.servers.get().into_iter().flatten().for_each(HttpServer::stop);
    }

    /// Comes back when nothing runs over HTTP any more, or after `limit`.
    pub(super) async fn settle(&self, limit: Duration) {
        let settling = self.servers.get().into_iter().flatten().map(|server| server.settle(limit));
        futures::future::join_all(settling).await;
    }

    /// What is answered reaches its client within `limit`, and what clients may have missed is kept.
    pub(super) async fn finish(&self, limit: Duration) {
        let finishing = self.servers.get().into_iter().flatten().map(|server| server.finish(limit));
        futures::future::join_all(finishing).await;
    }

    /// The listeners and the connections that are kept, for whoever serves next.
    pub(super) fn hand_on(&self) -> (Vec<TcpListener>, Vec<TcpStream>) {
        let connections = self.servers.get().into_iter().flatten().flat_map(HttpServer::hand_on).collect();
        (std::mem::take(&mut *self.kept.lock()), connections)
    }
}
