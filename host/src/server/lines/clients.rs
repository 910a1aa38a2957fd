//! The clients that speak in lines and are answered in this process.

use std::collections::HashMap;
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{ClientEnd, Open, Reins, answer};
use crate::model::chain;
use crate::server::handler::Handler;
use crate::server::session::Session;
use crate::server::shared::Shared;

/// How long those that are to be given back may take, after everything was answered.
const GIVING_BACK: Duration = Duration::from_secs(5);

/// What a client's connection is.
#[derive(Debug, Clone)]
pub(crate) enum Wire {
    /// Standard input and output of this process.
    Stdio,
    /// A connection to the local socket, from a process that joined this one.
    #[cfg(unix)]
    Socket(Arc<OwnedFd>),
}

/// A client, and all that is to stay the same for it wherever it is answered.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) session: Session,
    pub(crate) wire: Wire,
    pub(crate) end: ClientEnd,
}

/// Those that are answered here, and those that were given back.
#[derive(Debug, Default)]
pub(crate) struct LineClients {
    known: Mutex<Known>,
    /// One has gone, or was given back.
    fewer: Notify,
}

#[derive(Debug, Default)]
struct Known {
    next: u64,
    answered: HashMap<u64, Reins>,
    back: Vec<Held>,
    /// Whoever comes now goes on elsewhere, too.
    gathered: bool,
}

impl Shared {
    /// Answers a client until it leaves, or until all are to be given back: then it is [there](LineClients::gather).
    /// `open` is what it asked elsewhere and still waits for. Says whether it left.
    pub(crate) async fn serve_lines(self: &Arc<Self>, held: Held, open: &[Open]) -> bool {
        let Held { session, wire, end } = held;
        let output = end.output.clone();
        // What whoever answered it before could not tell it any more.
        tokio::spawn(async move { drop(output.flush().await) });
        let leaving = CancellationToken::new();
        let handler = Handler::of(Arc::clone(self), session.clone(), leaving.clone());
        let reins = end.reins(leaving);
        let number = self.lines.add(reins.clone());
        let longest = self.slots.settings().server.message_bytes;
        let is_host = self.slots.is_host();
        // Before this process is the host, whoever is may have to be asked again.
        let ended = answer(handler, end, open, &reins, longest, move || !*is_host.borrow()).await;
        let end = ended.unwrap_or_else(|error| {
            tracing::warn!(error = chain(&*error), "a client is not answered any more");
            None
        });
        let left = end.is_none();
        self.lines.remove(number, end.map(|end| Held { session, wire, end }));
        left
    }
}

impl LineClients {
    fn add(&self, reins: Reins) -> u64 {
        let mut known = self.known.lock();
        let number = known.next;
        known.next += 1;
        if known.gathered {
            reins.stop();
        }
        known.answered.insert(number, reins);
        number
    }

    fn remove(&self, number: u64, back: Option<Held>) {
        let mut known = self.known.lock();
        known.answered.remove(&number);
        known.back.extend(back);
        drop(known);
        self.fewer.notify_one();
    }

    fn all(&self) -> Vec<Reins> {
        self.known.lock().answered.values().cloned().collect()
    }

    /// Nothing more is read of any of them.
    pub(crate) fn pause(&self) {
        self.all().iter().for_each(Reins::pause);
    }

    /// Comes back when all that they asked is answered.
    pub(crate) async fn quiet(&self) {
        for reins in self.all() {
            reins.quiet().await;
        }
    }

    /// Has all of them given back. What is not answered by then is not answered here.
    pub(crate) async fn gather(&self) -> Vec<Held> {
        self.known.lock().gathered = true;
        self.all().iter().for_each(Reins::stop);
        let gone = async {
            while !self.known.lock().answered.is_empty() {
                self.fewer.notified().await;
            }
        };
        if timeout(GIVING_BACK, gone).await.is_err() {
            tracing::warn!("a client does not take what it is told, and is left behind");
        }
        std::mem::take(&mut self.known.lock().back)
    }
}
