//! What a writer does that is no entry and no swap: it looks after its file, and asks how its plugin is.

use tokio::sync::oneshot;

use super::exchange;
use super::serving::too_much;
use super::writer::Writer;
use crate::model::{Generation, chain};
use crate::plugin::contract::lifecycle::Readiness;
use crate::plugin::{Instance, now};
use crate::store::{Carried, PluginDb, StoreError, memory_place};

impl Writer {
    /// Writes something of the host's own, between transactions.
    pub(super) fn note(&self, what: &str, write: impl FnOnce(&PluginDb) -> Result<(), StoreError>) {
        if let Err(error) = write(&self.bench.lock().db) {
            tracing::warn!(error = chain(&error), what, "could not be written");
        }
    }

    /// Forgets what has waited, or was kept for a client, for too long.
    pub(super) fn sweep(&self) {
        self.note("waits", |db| db.remove_expired_waits(now()).map(drop));
        self.note("tasks", |db| db.remove_expired_tasks(now()).map(drop));
    }

    /// Starts of the host need not be counted any more: with the transaction that has begun, if one has.
    pub(super) fn proven(&mut self) {
        if std::mem::replace(&mut self.proven, true) {
            return;
        }
        if let Err(error) = self.bench.lock().db.forget_boots() {
            tracing::warn!(error = chain(&error), "starts of the host could not be forgotten");
        }
    }

    /// Writes something and reads it back.
    pub(super) fn check(&self) -> Result<(), String> {
        let generation = self.serving.generation.unwrap_or(Generation(0));
        let bench = self.bench.lock();
        let checked = bench.db.begin(generation).and_then(|()| bench.db.check(now())).and_then(|()| bench.db.commit());
        checked.map_err(|error| {
            bench.db.rollback();
            chain(&error)
        })
    }

    /// Keeps what the plugin has in memory for the process that is next. If that cannot be, the next one begins with what
    /// this one began with. `_kept` is dropped when there is nothing more to wait for.
    pub(super) fn keep_exported(&mut self, _kept: oneshot::Sender<()>) {
        if self.current.stalled().is_some() {
            return;
        }
        let (Some(generation), Some(instance)) = (self.serving.generation, self.instance.take()) else { return };
        let kept = self.begin().map_err(|error| chain(&error)).and_then(|()| self.export(instance, generation));
        if let Err(problem) = kept {
            self.bench.lock().db.rollback();
            tracing::warn!(problem, "what the plugin has in memory was not kept");
        }
    }

    fn export(&mut self, instance: Instance, generation: Generation) -> Result<(), String> {
        let context = exchange::context(self);
        let rested = exchange::reading(self, |_| instance.quiesce(&context));
        let (instance, readiness) = rested.map_err(|error| chain(&error))?;
        if let Readiness::Busy(why) = readiness {
            return Err(why);
        }
        let exported = exchange::reading(self, |_| instance.export_state(&context));
        let state = exported.map_err(|error| chain(&error))?.1.map_err(|failure| failure.message)?;
        self.pulse().exported(state.data.len());
        if let Some(why) = too_much(&state, self.settings.exported_state_bytes) {
            return Err(format!("it {why}"));
        }
        let place = memory_place(generation, state.schema);
        let sealed = (!state.data.is_empty()).then(|| self.source.0.sealer.seal(&state.data, &place)).transpose();
        let kept = sealed.map_err(|error| chain(&error))?.map(|sealed| Carried { schema: state.schema, sealed });
        let bench = self.bench.lock();
        let written = bench.db.keep_memory(generation, kept.as_ref()).and_then(|()| bench.db.commit());
        written.map_err(|error| chain(&error))
    }

    /// Asks the plugin to test itself; nothing it writes is kept.
    pub(super) fn probe(&mut self) -> Option<Result<(), String>> {
        let context = exchange::context(self);
        // If the file is busy or the disk is full, that says nothing of the plugin.
        self.begin().ok()?;
        let tested = self.take_instance().and_then(|instance| Ok(instance.self_test(&context)?));
        self.bench.lock().db.rollback();
        let corruption = self.bench.lock().db.take_corruption();
        if let Some(corruption) = corruption {
            self.health.corrupt(self.serving.generation, &corruption);
            return None;
        }
        match tested {
            Ok((instance, tested)) => {
                self.instance = Some(instance);
                Some(tested.map_err(|failure| failure.message))
            }
            Err(error) => error.is_fault().then(|| Err(chain(&error))),
        }
    }
}
