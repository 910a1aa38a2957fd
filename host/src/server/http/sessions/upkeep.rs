//! What is done for all sessions from time to time, and when the host goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Sessions;
use super::session::Session;
use crate::server::metrics::Limit;

/// How often sessions are looked at. What is for a slow reader waits no longer than that beyond its time.
const LOOK: Duration = Duration::from_secs(5);
/// How often it is noted who is there, in looks: a minute.
const NOTE: u32 = 12;

impl Sessions {
    /// Writes down what clients have not read, closes streams that nobody reads and sessions that nobody uses. Never
    /// comes back.
    pub(in crate::server::http) async fn attend(&self) {
        let mut looks = 0_u32;
        let mut look = tokio::time::interval(LOOK.min(self.live.get().http.slow_reader()));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.journal.filled() => self.write().await,
                _ = look.tick() => {
                    self.sweep(Instant::now());
                    if looks.is_multiple_of(NOTE) {
                        self.note().await;
                    }
                    looks = looks.wrapping_add(1);
                }
            }
        }
    }

    /// Closes streams that are not read, and sessions that are not used.
    pub(super) fn sweep(&self, now: Instant) {
        let settings = Arc::clone(&self.live.get());
        let (slow, kept, longest) = (settings.http.slow_reader(), settings.http.resume(), settings.http.session_idle());
        for session in self.all() {
            let closed = session.sweep(now, slow, kept);
            if closed > 0 {
                (0..closed).for_each(|_| self.refusals.one_more(Limit::SlowReader));
                tracing::info!(streams = closed, "a client over HTTP does not read: it was cut off");
            }
            if session.idle_for(now).is_some_and(|idle| idle >= longest) {
                // It expires on disk by itself.
                self.remove(&session.id);
            }
        }
    }

    /// Writes down who was there since the last time.
    async fn note(&self) {
        let settings = self.live.get();
        let seen: Vec<_> = self.all().iter().filter_map(|session| Some((session.key, session.news()?))).collect();
        if !seen.is_empty() {
            self.journal.seen(seen, settings.http.session_idle()).await;
        }
        self.journal.prune(settings.http.sessions).await;
    }

    /// The host is about to go: who waits for nothing in particular is cut off, so that it waits for what follows.
    pub(in crate::server::http) fn dismiss(&self) {
        self.all().iter().for_each(|session| session.dismiss());
    }

    /// The host goes: clients are cut off, so that they come back to the one that follows, and what they may have missed
    /// is written down. Comes back when it is on disk.
    pub(in crate::server::http) async fn end(&self) {
        let mut unread = Vec::new();
        for session in self.all() {
            unread.extend(session.hand_over().into_iter().map(|event| (session.key, event)));
        }
        self.journal.write(unread, self.live.get().http.resume()).await;
        self.note().await;
    }

    /// Writes what is on its way to the disk.
    pub(in crate::server::http) async fn write(&self) {
        self.journal.write(Vec::new(), self.live.get().http.resume()).await;
    }

    fn all(&self) -> Vec<Arc<Session>> {
        self.open.read().values().cloned().collect()
    }
}
