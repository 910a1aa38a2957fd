//! Resources that a client wants to hear of.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rmcp::model::{ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::{Peer, SubscriptionSink};
use rmcp::{ErrorData, RoleServer};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::handler::Handler;

/// Resources that one client, or one of its streams, may subscribe to. Each that changes is compared with them.
const MOST: usize = 1_000;

/// What a client of the protocol's older versions subscribed to, in its session.
#[derive(Debug, Default)]
pub(crate) struct Subscribed {
    uris: Mutex<BTreeSet<String>>,
    /// Somebody sees to it that the client hears.
    watched: AtomicBool,
}

impl Subscribed {
    /// Twice is once.
    pub(crate) fn add(&self, uri: String) -> Result<(), ErrorData> {
        let mut uris = self.uris.lock();
        if uris.len() >= MOST && !uris.contains(&uri) {
            let text = format!("a client subscribes to at most {MOST} resources: unsubscribe from one first");
            return Err(ErrorData::invalid_params(text, None));
        }
        uris.insert(uri);
        Ok(())
    }

    pub(crate) fn remove(&self, uri: &str) {
        self.uris.lock().remove(uri);
    }

    pub(crate) fn has(&self, uri: &str) -> bool {
        self.uris.lock().contains(uri)
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.uris.lock().iter().cloned().collect()
    }
}

/// As much of what a stream asks for as it gets.
pub(crate) fn accepted(requested: &SubscriptionFilter) -> SubscriptionFilter {
    let mut accepted = requested.clone();
    if let Some(uris) = &mut accepted.resource_subscriptions {
        uris.truncate(MOST);
    }
    accepted
}

impl Handler {
    /// A client of the protocol's older versions wants to hear of a resource. What changes after the answer is told.
    pub(crate) fn subscribed(&self, uri: String, peer: &Peer<RoleServer>) -> Result<(), ErrorData> {
        let session = self.session();
        session.subscribed().add(uri)?;
        if !session.subscribed().watched.swap(true, Ordering::Relaxed) {
            let changed = self.slots().subscribe_resources();
            tokio::spawn(self.beside().tell_of_resources(peer.clone(), changed));
        }
        Ok(())
    }

    async fn tell_of_resources(self, peer: Peer<RoleServer>, changed: broadcast::Receiver<Arc<str>>) {
        let session = self.session().clone();
        let (wanted, every) = (|uri: &str| session.subscribed().has(uri), || session.subscribed().all());
        let tell = |uri: String| {
            let peer = peer.clone();
            async move { peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_ok() }
        };
        self.watch_resources(changed, wanted, every, tell).await;
    }

    /// A stream that asked for resources. One that asked for none hears of none.
    pub(crate) async fn tell_stream_of_resources(self, sink: SubscriptionSink) {
        let changed = self.slots().subscribe_resources();
        let uris: BTreeSet<String> = sink.accepted().resource_subscriptions.iter().flatten().cloned().collect();
        let tell = |uri: String| {
            let sink = sink.clone();
            async move { sink.notify_resource_updated(uri).await.is_ok() }
        };
        self.watch_resources(changed, |uri| uris.contains(uri), || uris.iter().cloned().collect(), tell).await;
    }

    /// Tells a client of each resource that changed, as long as `wanted` says so, until it cannot be told. If it was too
    /// slow to hear of all of them, `every` one that it wants to hear of may have changed.
    async fn watch_resources<F: Future<Output = bool>>(
        &self,
        mut changed: broadcast::Receiver<Arc<str>>,
        wanted: impl Fn(&str) -> bool,
        every: impl Fn() -> Vec<String>,
        tell: impl Fn(String) -> F,
    ) {
        loop {
            let next = tokio::select! {
                () = self.client_left() => return,
                next = changed.recv() => next,
            };
            let uris = match next {
                Ok(uri) if wanted(&uri) => vec![uri.to_string()],
                Ok(_) => continue,
                Err(RecvError::Lagged(_)) => every(),
                Err(RecvError::Closed) => return,
            };
            for uri in uris {
                if !tell(uri).await {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
