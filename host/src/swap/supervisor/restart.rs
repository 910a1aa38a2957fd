//! A restart: which version a slot begins anew with, and who joins whom.

use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt as _;
use tokio::time::timeout_at;

use super::mode::{Candidate, Manner, Mode, died, refusal};
use super::{GLANCE, Pending, RestartRequest, Supervisor};
use crate::model::drift::Policy;
use crate::model::restart::RestartReason;
use crate::model::swap::SwapReport;
use crate::model::{Digest, chain};
use crate::swap::lazy::Component;
use crate::swap::opening::choose;
use crate::swap::report::Draft;

impl Supervisor {
    /// Begins anew, with `in_place` if that is news. The same request, while one is under way, joins it; another is
    /// refused, unless it is not graceful: then what the first one waits for is stopped, and it is next.
    pub(crate) async fn restart(
        self: &Arc<Self>,
        request: RestartRequest,
        until: Instant,
        in_place: Component,
    ) -> Arc<SwapReport> {
        let graceful = request.graceful && request.reason != RestartReason::EmergencyShutdown;
        let key = (request.reason, graceful, request.preserve_state, request.force);
        loop {
            let other = {
                let mut restarting = self.restarting.lock();
                match &*restarting {
                    Some((known, pending)) if *known == key => Other::Same(pending.clone()),
                    Some((_, pending)) if !graceful => Other::First(pending.clone()),
                    Some(_) => return Arc::new(self.in_progress(request)),
                    None => {
                        let (this, request, in_place) = (Arc::clone(self), request.clone(), in_place.clone());
                        let restart = tokio::spawn(async move {
                            let _over = Restarted(&this);
                            Arc::new(this.begin_anew(request, until, in_place).await)
                        });
                        let name = self.name.clone();
                        let pending =
                            async move { restart.await.unwrap_or_else(|error| Arc::new(died(&name, &error))) };
                        let pending = pending.boxed().shared();
                        *restarting = Some((key, pending.clone()));
                        Other::Same(pending)
                    }
                }
            };
            match other {
                Other::Same(pending) => return pending.await,
                Other::First(pending) => {
                    self.slot.stop_running();
                    if timeout_at(until.into(), pending).await.is_err() {
                        return Arc::new(self.in_progress(request));
                    }
                }
            }
        }
    }

    async fn begin_anew(self: &Arc<Self>, request: RestartRequest, until: Instant, in_place: Component) -> SwapReport {
        let draft = Draft::new(&self.name, request.origin, Some(request.reason.to_string())).of_restart();
        let policy = self.settings.live.get().swap.policy;
        let manner = Manner {
            policy: if request.force { Policy::Force } else { policy },
            force: request.force,
            source: false,
            graceful: request.graceful && request.reason != RestartReason::EmergencyShutdown,
            preserve_state: request.preserve_state,
            ailing: request.reason == RestartReason::ErrorRecovery,
            backup: request.reason == RestartReason::SchemaMigration,
            until,
        };
        // Migrations that are pending are not to be passed over because they failed before.
        let insists = request.force || request.reason == RestartReason::SchemaMigration;
        let candidate = Candidate::InPlace { component: in_place, insists };
        self.perform(candidate, Mode::Restart(manner), draft).await
    }

    /// What is in place, if it is to take over: it was not taken up yet, and is not known to fail. If that cannot be
    /// found out in time, it is not.
    pub(super) async fn news(
        self: &Arc<Self>,
        in_place: Component,
        insists: bool,
        mode: Mode,
    ) -> Option<(Vec<u8>, Digest)> {
        let looked = self.slot.readers().look(|db| db.source());
        let until = mode.until().unwrap_or_else(|| Instant::now() + GLANCE);
        let source = timeout_at(until.into(), looked).await.ok()?.ok()?;
        let active = self.active();
        let read = move |this: &Self| {
            let (bytes, digest) = in_place
                .read()
                .inspect_err(|error| tracing::warn!(error = chain(error), "what is in place cannot be read"))
                .ok()?;
            let fails = !insists && matches!(this.hosting.db.quarantined(&this.name, digest), Ok(Some(_)));
            let wanted = choose(Some(&active), source, digest, fails);
            (wanted != active.digest).then(|| (bytes.into_owned(), digest))
        };
        self.aside(read).await.flatten()
    }

    fn in_progress(&self, request: RestartRequest) -> SwapReport {
        let mut draft = Draft::new(&self.name, request.origin, Some(request.reason.to_string())).of_restart();
        let message = "another restart, which was asked for otherwise, is under way: wait until it is done".to_owned();
        draft.refused(refusal("in-progress", message, *self.phase.borrow()));
        draft.finish()
    }
}

/// A restart that is under way already, or has just begun.
enum Other {
    Same(Pending),
    /// It was asked for otherwise, and has to end first.
    First(Pending),
}

/// Whatever becomes of a restart, the next one begins anew.
struct Restarted<'a>(&'a Supervisor);

impl Drop for Restarted<'_> {
    fn drop(&mut self) {
        *self.0.restarting.lock() = None;
    }
}
