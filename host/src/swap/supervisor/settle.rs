//! After the commit: clients are told, what is not needed any more goes.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::mode::{Failed, Mode, refusal};
use super::{Supervisor, Turn};
use crate::model::snapshot::SnapshotCause;
use crate::model::surface::ToolText;
use crate::model::swap::SwapPhase;
use crate::model::{Digest, SlotName, chain};
use crate::plugin::{Plugin, now};
use crate::store::Activation;
use crate::store::{PublishedTool, StoreError};
use crate::swap::catalogue::compose;
use crate::swap::exchange::Committed;
use crate::swap::report::{self, Draft};
use crate::swap::snapshots;

/// What no component has.
const NO_COMPONENT: Digest = Digest::from_bytes([0; 32]);

impl Supervisor {
    /// The new version serves: tells clients, keeps the one before ready, and watches.
    pub(super) async fn settle(self: &Arc<Self>, committed: Committed, mode: Mode, turn: &mut Turn, draft: &Draft) {
        *self.active.lock() = committed.activation.clone();
        let plugin = self.slot.serving();
        let (offered, swap) = (Arc::clone(&plugin.plugin), draft.id().to_owned());
        let release = mode.policy().is_some();
        let published = self.aside(move |this| {
            this.publish(&offered, &swap);
            if release && let Err(error) = this.hosting.db.release(&this.name, offered.digest()) {
                tracing::warn!(error = chain(&error), "a component could not be taken out of quarantine");
            }
        });
        published.await;
        self.take_snapshot(SnapshotCause::Swap);
        let recovery = matches!(mode, Mode::Recovery { .. });
        turn.recovered = recovery;
        turn.stalls = 0;
        if committed.before.plugin.digest() != plugin.plugin.digest() {
            turn.previous = (!recovery).then(|| Arc::clone(&committed.before.plugin));
        }
        self.slot.readers().let_go();
        let retired = committed.retired;
        drop(spawn_blocking(move || drop(retired)));
        self.tidy_up();
    }

    /// Takes a snapshot of the state when there is time for it.
    pub(crate) fn take_snapshot(&self, why: SnapshotCause) {
        snapshots::take_aside(&self.hosting, &self.settings, why);
    }

    /// Removes components that nobody can go back to any more, when there is time for it.
    pub(crate) fn tidy_up(self: &Arc<Self>) {
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let Some(keep) = this.kept().await else { return };
            this.aside(move |this| this.shared.tidy(&this.name, keep)).await;
        });
    }

    /// Components that this slot may go back to; none if that is not known.
    async fn kept(&self) -> Option<Vec<Digest>> {
        let limit = self.settings.live.get().swap.keep.max(2);
        let known = self.slot.readers().look(|db| db.activations()).await.ok()?;
        let mut keep: Vec<Digest> = Vec::new();
        for activation in known {
            if keep.len() < limit && !keep.contains(&activation.digest) {
                keep.push(activation.digest);
            }
        }
        Some(keep)
    }

    /// Makes the tools of this version those that clients are shown.
    pub(crate) fn publish(&self, plugin: &Plugin, swap: &str) {
        let offered = plugin.surface().tool_texts();
        let _publishing = self.shared.publishing.lock();
        let before = self.shared.catalogue.get().map(|published| published.tools.clone()).unwrap_or_default();
        let served = self.shared.served();
        match self.store(plugin.digest(), &offered, &before, swap) {
            Ok(stored) => self.shared.catalogue.replace(compose(stored, &[], &served, now())),
            Err(error) => {
                tracing::error!(error = chain(&error), "the list of tools could not be stored");
                let offered = [(self.name.clone(), offered)];
                self.shared.catalogue.replace(compose(before, &offered, &served, now()));
            }
        }
    }

    /// Stores this slot's tools. Those of slots that nobody has called yet are listed already, and stored with them in
    /// the order in which they are, as of no component: so each keeps its place.
    fn store(
        &self,
        digest: Digest,
        offered: &[ToolText],
        before: &[PublishedTool],
        swap: &str,
    ) -> Result<Vec<PublishedTool>, StoreError> {
        let db = &self.hosting.db;
        let mut slots: Vec<&SlotName> = Vec::new();
        for slot in before.iter().map(|tool| &tool.slot).chain([&self.name]) {
            if slots.contains(&slot) {
                continue;
            }
            slots.push(slot);
            if *slot == self.name {
                db.publish(slot, digest, offered, swap, now())?;
            } else if db.published_digest(slot)?.is_none() {
                let listed = before.iter().filter(|tool| tool.slot == *slot).map(|tool| tool.tool.clone());
                db.publish(slot, NO_COMPONENT, &listed.collect::<Vec<_>>(), swap, now())?;
            }
        }
        db.tools()
    }

    pub(super) async fn quarantine(self: &Arc<Self>, digest: Digest, mode: Mode, failed: &Failed) {
        if !failed.permanent || mode.policy().is_none() || mode.is_dry_run() {
            return;
        }
        let refusal = failed.refusal.clone();
        let written = self.aside(move |this| {
            if let Err(error) = this.hosting.db.quarantine(&this.name, digest, &refusal, now()) {
                tracing::warn!(error = chain(&error), "a component could not be put into quarantine");
            }
        });
        written.await;
    }

    /// Says of the version that a rollback replaced that it did not last, and why; one that failed is not tried again.
    pub(super) async fn withdraw(self: &Arc<Self>, bad: Activation, mode: Mode, why: Option<String>) {
        if mode.policy().is_some() || matches!(mode, Mode::Restoration { .. }) {
            return;
        }
        self.settings.pulse.withdrawn();
        let why = why.unwrap_or_else(|| format!("version {} was rolled back", bad.version));
        let failed = matches!(mode, Mode::Recovery { .. });
        let written = self.aside(move |this| {
            report::withdraw(&this.hosting.db, &bad.swap, &why);
            let refusal = refusal("probation", why, SwapPhase::Probation);
            if failed && let Err(error) = this.hosting.db.quarantine(&this.name, bad.digest, &refusal, now()) {
                tracing::warn!(error = chain(&error), "a component could not be put into quarantine");
            }
        });
        written.await;
    }

    /// Does something that takes the disk's time where nobody waits for it. None if the thread died.
    pub(super) async fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let this = Arc::clone(self);
        spawn_blocking(move || work(&this)).await.ok()
    }
}
