//! What outlives the process: sessions, and what their clients have not read. In the host's own file.
//!
//! All of it is written by threads that may wait.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::model::ServerJsonRpcMessage;
use tokio::sync::Notify;

use super::lasting::Lasting;
use super::stream::Unread;
use crate::model::chain;
use crate::plugin::now;
use crate::seal::Sealer;
use crate::server::principal::Standing;
use crate::server::subscriptions::{LONGEST, MOST};
use crate::store::{EventBounds, HTTP_EVENTS, HostDb, HttpEvent, HttpSession, SessionKey, StoreError};
use crate::swap::Slots;

/// What is kept of one session: what a client that was away for a while wants to know, not all that it missed.
const OF_SESSION: EventBounds = EventBounds { events: 256, bytes: 1 << 20 };
/// Messages that may wait to be written. At a commit for each hundred or so, more would be a disk that does not follow.
const PENDING: usize = 4_096;
/// Messages that share one commit.
const BATCH: usize = 256;

/// The host's own file.
#[derive(Debug, Clone)]
pub(in crate::server::http) enum Disk {
    /// As long as this process is the host.
    Host(Arc<Slots>),
    #[cfg(test)]
    File(Arc<HostDb>),
}

/// Messages on their way to the disk.
#[derive(Debug)]
pub(super) struct Journal {
    disk: Disk,
    sealer: OnceLock<Sealer>,
    pending: Mutex<Vec<(SessionKey, Unread)>>,
    filled: Notify,
}

/// A message that is read back.
#[derive(Debug)]
pub(super) struct ReadBack {
    pub(super) place: u64,
    pub(super) stream: String,
    pub(super) message: ServerJsonRpcMessage,
}

impl Disk {
    /// None if there is no file to be asked.
    async fn with<T: Send + 'static>(&self, ask: impl FnOnce(&HostDb) -> T + Send + 'static) -> Option<T> {
        match self {
            Self::Host(slots) => slots.with_host_db(ask).await,
            #[cfg(test)]
            Self::File(db) => {
                let db = Arc::clone(db);
                tokio::task::spawn_blocking(move || ask(&db)).await.ok()
            }
        }
    }

    fn sealer(&self) -> Option<Sealer> {
        match self {
            Self::Host(slots) => match slots.keyring() {
                Ok(keyring) => Some(Sealer::new(&keyring, HTTP_EVENTS)),
                Err(error) => {
                    tracing::warn!(error = chain(&error), "what clients have not read is not kept");
                    None
                }
            },
            #[cfg(test)]
            Self::File(_) => Some(Sealer::new(&crate::seal::Keyring::of([7; 32]), HTTP_EVENTS)),
        }
    }
}

impl Journal {
    pub(super) fn new(disk: Disk) -> Arc<Self> {
        Arc::new(Self { disk, sealer: OnceLock::new(), pending: Mutex::default(), filled: Notify::new() })
    }

    fn sealer(&self) -> Option<&Sealer> {
        if self.sealer.get().is_none() {
            // Whoever was first has the same keys.
            drop(self.sealer.set(self.disk.sealer()?));
        }
        self.sealer.get()
    }

    /// From now on this is on its way to the disk.
    pub(super) fn keep(&self, key: SessionKey, unread: Unread) {
        let mut pending = self.pending.lock();
        if pending.len() >= PENDING {
            tracing::warn!("the disk does not follow: a message that a client has not read is not kept");
            return;
        }
        pending.push((key, unread));
        self.filled.notify_one();
    }

    /// Comes back when there is something to write.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Writes what is on its way, and these.
    pub(super) async fn write(self: &Arc<Self>, more: Vec<(SessionKey, Unread)>, keep: Duration) {
        let mut all = std::mem::take(&mut *self.pending.lock());
        all.extend(more);
        if keep.is_zero() {
            return;
        }
        let expires = now().saturating_add(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX / 4));
        for batch in all.chunks(BATCH) {
            let (journal, batch) = (Arc::clone(self), batch.to_vec());
            let written = self.disk.with(move |db| {
                // Sealing takes a while too.
                let Some(sealer) = journal.sealer() else { return Ok(()) };
                let sealed: Vec<_> =
                    batch.iter().filter_map(|(key, event)| seal(sealer, key, event, expires)).collect();
                db.keep_http_events(&sealed, OF_SESSION)
            });
            said(written.await, "what clients have not read was not kept");
        }
    }

    /// What is kept of a stream after that place.
    pub(super) async fn read(self: &Arc<Self>, key: SessionKey, stream: String, after: u64) -> Vec<ReadBack> {
        let journal = Arc::clone(self);
        let read = self.disk.with(move |db| Ok(journal.open(db.http_events(&key, &stream, after, now())?)));
        said(read.await, "what a client has not read cannot be read back").unwrap_or_default()
    }

    /// What was sent to the client and given to nobody, of streams that are of no request.
    pub(super) async fn take_notices(self: &Arc<Self>, key: SessionKey) -> Vec<ReadBack> {
        let journal = Arc::clone(self);
        let read = self.disk.with(move |db| Ok(journal.open(db.take_http_notices(&key, now())?)));
        said(read.await, "what a client has not read cannot be read back").unwrap_or_default()
    }

    /// Only those that open: of another key, or damaged, they are as good as lost.
    fn open(&self, events: Vec<HttpEvent>) -> Vec<ReadBack> {
        let Some(sealer) = self.sealer() else { return Vec::new() };
        let open = |event: HttpEvent| {
            let associated = HttpEvent::place_of(&event.key, &event.stream, event.place);
            let plain = sealer.open(&event.sealed, &associated).ok()?;
            let message = serde_json::from_slice(&plain).ok()?;
            Some(ReadBack { place: event.place, stream: event.stream, message })
        };
        events.into_iter().filter_map(open).collect()
    }

    /// # Errors
    /// If there is a file and it cannot be written.
    pub(super) async fn keep_session(&self, session: HttpSession) -> Result<(), StoreError> {
        self.disk.with(move |db| db.keep_http_session(&session)).await.unwrap_or(Ok(()))
    }

    /// # Errors
    /// If there is a file and it cannot be read.
    pub(super) async fn session(&self, key: SessionKey) -> Result<Option<HttpSession>, StoreError> {
        self.disk.with(move |db| db.http_session(&key, now())).await.unwrap_or(Ok(None))
    }

    pub(super) async fn forget(&self, key: SessionKey) {
        said(self.disk.with(move |db| db.forget_http_session(&key)).await, "a session was not forgotten");
    }

    pub(super) async fn lasting(&self, key: SessionKey, lasting: Lasting) {
        let noted = self.disk.with(move |db| match lasting {
            Lasting::Level(level) => db.set_http_log_level(&key, &level),
            Lasting::Subscribed(uri) if uri.len() > LONGEST => Ok(()),
            Lasting::Subscribed(uri) => db.subscribe_over_http(&key, &uri, MOST),
            Lasting::Unsubscribed(uri) => db.unsubscribe_over_http(&key, &uri),
        });
        said(noted.await, "what a client said for good was not noted");
    }

    /// What the client of that session has said for good.
    ///
    /// # Errors
    /// If there is a file and it cannot be read.
    pub(super) async fn standing(&self, session: &HttpSession) -> Result<Standing, StoreError> {
        let (key, level) = (session.key, session.log_level.clone());
        let subscriptions =
            self.disk.with(move |db| db.subscriptions_over_http(&key)).await.unwrap_or(Ok(Vec::new()))?;
        Ok(Standing { level, subscriptions })
    }

    pub(super) async fn seen(&self, seen: Vec<(SessionKey, u64)>, idle: Duration) {
        let noted = self.disk.with(move |db| db.touch_http_sessions(&seen, idle)).await;
        said(noted, "it was not noted who is there");
    }

    pub(super) async fn prune(&self, most: usize) {
        said(self.disk.with(move |db| db.prune_http(now(), most)).await, "old sessions were not forgotten");
    }
}

fn seal(sealer: &Sealer, key: &SessionKey, unread: &Unread, expires: u64) -> Option<HttpEvent> {
    let (stream, place) = (unread.stream.name(), unread.place);
    let plain = serde_json::to_vec(&*unread.message).ok()?;
    let sealed = sealer.seal(&plain, &HttpEvent::place_of(key, &stream, place)).ok()?;
    let common = unread.stream.is_common();
    Some(HttpEvent { key: *key, stream, place, common, handed: unread.handed, expires, sealed })
}

/// Nobody who asked would be helped by hearing of it.
fn said<T>(result: Option<Result<T, StoreError>>, what: &str) -> Option<T> {
    match result? {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::warn!(error = chain(&error), "{what}");
            None
        }
    }
}
