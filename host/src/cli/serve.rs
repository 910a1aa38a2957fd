//! `mainstay serve`

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::block_on;
use crate::app::{App, Options};
use crate::server::{Handler, serve_stdio};
use crate::store::ClosedBy;

/// Serve MCP on standard input and output
///
/// Answers until the client closes its end. Standard output carries the protocol and nothing else.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {}

impl Serve {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let app = App::build(options)?;
        block_on(async {
            let leaving = CancellationToken::new();
            // In the background, so that the first call finds it loaded. Whatever goes wrong here is said
            // to whoever needs the plugin.
            let early = Arc::clone(&app.slots);
            let warm_up = tokio::spawn(async move {
                for slot in early.all() {
                    drop(slot.plugin().await);
                }
            });
            let directory = std::env::current_dir().ok().map(|dir| dir.to_string_lossy().into_owned());
            let handler = Handler::new(Arc::clone(&app.shared), directory, leaving.clone());
            let (served, by) = tokio::select! {
                served = serve_stdio(handler, app.live.get().server.message_bytes, leaving) => (served, ClosedBy::Client),
                () = asked_to_stop() => (Ok(()), ClosedBy::Host),
                () = never_ends(app.attend()) => (Ok(()), ClosedBy::Host),
            };
            warm_up.abort();
            app.slots.end().await;
            app.shared.close_journal(by).await;
            served
        })
    }
}

/// What a host does on the side does not end its service.
async fn never_ends(aside: impl Future<Output = ()>) {
    aside.await;
    std::future::pending::<()>().await;
}

/// SIGTERM and SIGINT end the service; everything acknowledged is on disk already.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return std::future::pending().await;
    }
}
