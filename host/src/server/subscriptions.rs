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
use super::principal::Standing;
use super::reports::level_from_mcp;

/// Resources that one client, or one of its streams, may subscribe to. Each that changes is compared with them, and a
/// notice of each is less than what is kept for a client that is not there to read.
pub(crate) const MOST: usize = 200;
/// What a URI of one may have, in bytes: they are kept as long as a session.
pub(crate) const LONGEST: usize = 2 << 10;

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
        if uri.len() > LONGEST {
            let text = format!("a URI to subscribe to has at most {LONGEST} bytes, and this one has {}", uri.len());
            return Err(ErrorData::invalid_params(text, None));
        }
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
        uris.retain(|uri| uri.len() <= LONGEST);
        uris.truncate(MOST);
    }
    accepted
}

impl Handler {
    /// A client of the protocol's older versions wants to hear of a resource. What changes after the answer is told.
    pub(crate) fn subscribed(&self, uri: String, peer: &Peer<RoleServer>) -> Result<(), ErrorData> {
        self.session().subscribed().add(uri)?;
        self.sees_to_it(peer, Vec::new());
        Ok(())
    }

    /// The client hears of what changes from now on, after those `first`, unless somebody sees to that already.
    fn sees_to_it(&self, peer: &Peer<RoleServer>, first: Vec<String>) {
        // Before anybody can take it for watched.
        let changed = self.slots().subscribe_resources();
        if !self.session().subscribed().watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(self.beside().tell_of_resources(peer.clone(), changed, first));
        }
    }

    /// The client said this before it was answered here.
    pub(crate) fn takes_up(&self, standing: &Standing) {
        let level = standing.level.as_ref().and_then(|level| serde_json::from_value(level.as_str().into()).ok());
        level.and_then(level_from_mcp).into_iter().for_each(|level| self.session().log_from(level));
        // What was taken before is taken again.
        let all = standing.subscriptions.iter().cloned();
        all.for_each(|uri| drop(self.session().subscribed().add(uri)));
    }

    /// If the client was answered elsewhere before, whatever it had subscribed to may have changed since, and it is told of
    /// what does from now on.
    pub(crate) fn tell_what_may_have_changed(&self, peer: &Peer<RoleServer>) {
        let all = self.session().subscribed().all();
        if !all.is_empty() {
            self.sees_to_it(peer, all);
        }
    }

    /// Of all that `changed`, after those that may have.
    async fn tell_of_resources(
        self,
        peer: Peer<RoleServer>,
        changed: broadcast::Receiver<Arc<str>>,
        first: Vec<String>,
    ) {
        let session = self.session().clone();
        let (wanted, every) = (|uri: &str| session.subscribed().has(uri), || session.subscribed().all());
        let tell = |uri: String| {
            let peer = peer.clone();
            async move { peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_ok() }
        };
        for uri in first {
            if !tell(uri).await {
                return;
            }
        }
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
