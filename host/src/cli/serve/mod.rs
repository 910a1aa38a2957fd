//! `mainstay serve`

mod drain;
mod elsewhere;
mod here;
mod web;

use tokio_util::sync::CancellationToken;

use self::web::Where;
use super::block_on;
use crate::app::{App, Handover, Options, program};
use crate::server::control::Joined;
use crate::server::{ClientEnd, Held, Open, Session, Wire, stdio};

/// Serve MCP on standard input and output, or over HTTP
///
/// Answers until the client closes its end. Standard output carries the protocol and nothing else. If another host works
/// on the data directory, that one answers, and this process takes its place if it ends. With --http it serves any number
/// of clients at http://ADDRESS/mcp until it is told to end (SIGTERM).
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Serve over HTTP at this address, such as 127.0.0.1:8420, or on the socket that systemd hands over
    #[arg(long, value_name = "ADDRESS|systemd")]
    http: Option<Where>,
    /// With --http: serve whoever started this process on standard input and output as well, and end with it
    #[arg(long, requires = "http")]
    stdio: bool,
}

/// What is to be done next with the clients of this process.
enum Next {
    /// See whether another process answers.
    Look {
        client: Held,
        open: Vec<Open>,
        orphaned: bool,
    },
    /// Have it answered by that process.
    Pass {
        client: Held,
        open: Vec<Open>,
        joined: Joined,
    },
    /// Answer here. With an app that is the host already, if there is one.
    Answer {
        taken: Handover,
        open: Vec<Open>,
        app: Option<App>,
    },
    /// Leave everything to the program on disk.
    Exec(Handover),
    End,
}

impl Serve {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        // Asked for while the file is still the one that was started.
        let program = program();
        block_on(async {
            let stop = stop();
            let mut next = match Handover::inherited()? {
                Some(taken) => Next::Answer { taken, open: Vec::new(), app: None },
                None => self.begin()?,
            };
            loop {
                next = match next {
                    Next::Look { client, open, orphaned } => {
                        elsewhere::look(options, client, open, orphaned, &stop).await?
                    }
                    Next::Pass { client, open, joined } => {
                        elsewhere::pass(options, client, open, joined, &stop).await?
                    }
                    Next::Answer { taken, open, app } => here::answer(options, taken, open, app, &stop).await?,
                    Next::Exec(_) if stop.is_cancelled() => Next::End,
                    Next::Exec(taken) => {
                        let error = program.map(|program| taken.exec(program));
                        tracing::error!(?error, "the host could not be replaced: this one goes on");
                        Next::Answer { taken, open: Vec::new(), app: None }
                    }
                    Next::End => return Ok(()),
                };
            }
        })
    }
}

impl Serve {
    fn begin(&self) -> anyhow::Result<Next> {
        let Some(http) = self.http else {
            return Ok(Next::Look { client: own_client(), open: Vec::new(), orphaned: false });
        };
        // Before there are threads: what a service manager says is in the environment.
        let clients = if self.stdio { vec![own_client()] } else { Vec::new() };
        let taken = Handover { http: http.listen()?, clients, ..Handover::default() };
        Ok(Next::Answer { taken, open: Vec::new(), app: None })
    }
}

/// Whoever started this process.
fn own_client() -> Held {
    let directory = std::env::current_dir().ok().map(|dir| dir.to_string_lossy().into_owned());
    let (source, sink) = stdio();
    Held { session: Session::new(directory, "stdio"), wire: Wire::Stdio, end: ClientEnd::new(source, sink) }
}

/// Cancelled with SIGTERM or SIGINT, whenever they come.
fn stop() -> Stop {
    let stop = Stop::new();
    let told = stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        told.cancel();
    });
    stop
}

/// Comes back with SIGTERM or SIGINT; everything acknowledged is on disk already.
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

/// Cancelled when this process is to end.
type Stop = CancellationToken;

/// Cancelled when whoever started this process has left.
type Left = CancellationToken;
