//! Clients that speak in lines: over standard input and output, or over the local socket through a process that joined
//! this one.
//!
//! [`ClientEnd`] is what there is of such a client: it can be answered [here](answer), handed to another process that
//! answers it ([`mod@relay`]), or to the next image of this one, and given back each time.

mod clients;
pub(super) mod fuzz;
mod output;
mod reader;
mod relay;
mod scan;
mod traffic;
mod transport;

use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::service::{ServerInitializeError, ServiceExt as _};
use tokio_util::sync::CancellationToken;

pub(crate) use self::clients::{Held, LineClients, Wire};
pub(crate) use self::output::{Output, Sink};
#[cfg(test)]
pub(crate) use self::reader::Read;
pub(crate) use self::reader::{Reader, Source};
pub(crate) use self::relay::{Passed, interrupted, relay};
pub(crate) use self::traffic::{Open, Standing, Traffic};
use self::transport::{Lines, Orders};
use super::handler::{Guarded, Handler};

/// A client, as its connection leads to it.
#[derive(Debug)]
pub(crate) struct ClientEnd {
    pub(crate) reader: Reader,
    pub(crate) output: Output,
    pub(crate) traffic: Arc<Mutex<Traffic>>,
    /// Nothing will come from it any more.
    pub(crate) has_left: bool,
}

/// How long a client that is to go on elsewhere may take to hear what it is told.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// What can be done to a client that is answered here.
#[derive(Debug, Clone)]
pub(crate) struct Reins {
    pause: CancellationToken,
    stop: CancellationToken,
    leaving: CancellationToken,
    traffic: Arc<Mutex<Traffic>>,
}

impl ClientEnd {
    pub(crate) fn new(source: Source, sink: Sink) -> Self {
        Self::again(Reader::new(source), Output::new(sink), Standing::default())
    }

    /// One that was answered elsewhere before.
    pub(crate) fn again(reader: Reader, output: Output, standing: Standing) -> Self {
        Self { reader, output, traffic: Arc::new(Mutex::new(Traffic::new(standing))), has_left: false }
    }

    /// What can be done to it while it is answered with `leaving`.
    pub(crate) fn reins(&self, leaving: CancellationToken) -> Reins {
        let (pause, stop) = (CancellationToken::new(), CancellationToken::new());
        Reins { pause, stop, leaving, traffic: Arc::clone(&self.traffic) }
    }
}

impl Reins {
    /// Nothing more of the client is read; what was read is answered.
    pub(crate) fn pause(&self) {
        self.pause.cancel();
    }

    /// Comes back when everything that the client has asked is answered.
    pub(crate) async fn quiet(&self) {
        let (is_quiet, changed) = {
            let traffic = self.traffic.lock();
            (traffic.is_quiet(), traffic.changes())
        };
        if is_quiet {
            return;
        }
        while !self.traffic.lock().is_quiet() {
            changed.notified().await;
        }
    }

    /// The client is given back at once. Whatever has not been answered is not answered here.
    pub(crate) fn stop(&self) {
        self.traffic.lock().close();
        self.pause.cancel();
        self.stop.cancel();
        self.leaving.cancel();
    }
}

/// Answers a client until it leaves, or until it is to be given back.
///
/// `open` is what it asked elsewhere and still waits for. With `keep`, what it asks is remembered word by word until it
/// is answered.
///
/// # Errors
/// If the service ends in another way.
pub(crate) async fn answer(
    handler: Handler,
    end: ClientEnd,
    open: &[Open],
    reins: &Reins,
    longest: usize,
    keep: impl Fn() -> bool + Send + Sync + 'static,
) -> anyhow::Result<Option<ClientEnd>> {
    handler.session().sends_to(end.output.unsent());
    let again = end.traffic.lock().standing().again(open);
    end.traffic.lock().reopen(open);
    let Reins { pause, stop, leaving, .. } = reins.clone();
    let (transport, mut back) = Lines::new(end, again, Orders { longest, pause, stop, leaving, keep: Arc::new(keep) });
    match Guarded(handler).serve(transport).await {
        Ok(service) => tokio::select! {
            biased;
            // Whatever still runs has nobody to answer.
            end = &mut back => return Ok(end.ok().filter(|end| !end.has_left)),
            ended = service.waiting() => drop(ended?),
        },
        // A client that left, or was given back, before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let end = tokio::time::timeout(PATIENCE, &mut back).await;
    Ok(end.ok().and_then(Result::ok).filter(|end| !end.has_left))
}

#[cfg(test)]
mod tests;
