//! The last moment of a swap, on the writer's thread: calls queue while it lasts.
//!
//! Each state consumes the one before, so there is no other order: [`Staged`] → [`Quiesced`] → [`Transferred`] →
//! [`Committed`]. Whatever fails before the commit drops the candidate, and the version that serves goes on with the
//! next entry. What could be tried before has been: see [`super::trial`].

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{oneshot, watch};

use super::aborted::Aborted;
use super::carried::{Kept, Predecessor, seal};
use super::error::import_problem;
use super::held::whole;
use super::serving::{Serving, too_much};
use super::steps::{Steps, at};
use super::writer::Writer;
use crate::model::swap::{StepTime, SwapPhase};
use crate::model::{Generation, chain};
use crate::plugin::contract::lifecycle::{ExportedState, Readiness};
use crate::plugin::{EntryContext, Instance, KillSwitch, Plugin, now, now_us};
use crate::seal::Sealer;
use crate::store::{Activation, MigrationPlan, Route, StoreError};

/// A swap in the mailbox.
pub(crate) struct SwapOrder {
    pub(crate) staged: Staged,
    pub(crate) reply: oneshot::Sender<Result<Committed, Aborted>>,
}

/// A candidate that passed everything that can be tried beside the version that serves.
pub(crate) struct Staged {
    pub(crate) plugin: Arc<Plugin>,
    /// An instance that nobody has entered, made while nobody waited for it; none if it is still to be made.
    pub(crate) fresh: Option<Instance>,
    /// Names the swap in records.
    pub(crate) swap: String,
    pub(crate) predecessor: Predecessor,
    /// The migrations of the version that wrote the data: the ways back are there.
    pub(crate) newer: Option<MigrationPlan>,
    /// The generation on record; none if there never was one.
    pub(crate) active: Option<Generation>,
    /// Whether calls that wait and that the candidate cannot continue are given up.
    pub(crate) orphan: bool,
    /// The file or built-in component this comes from, if it comes from one.
    pub(crate) source: Option<crate::model::Digest>,
    /// Whether the version before is kept ready for it.
    pub(crate) probation: bool,
    pub(crate) config: Arc<str>,
    /// What is not committed then is abandoned.
    pub(crate) until: Option<Instant>,
    /// What runs is stopped for it, and nobody is asked to come to rest.
    pub(crate) at_once: bool,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) phase: watch::Sender<SwapPhase>,
}

/// The old instance is at rest.
pub(crate) struct Quiesced {
    staged: Staged,
    /// None if it died on the way.
    old: Option<Instance>,
    steps: Steps,
    began: Instant,
}

/// The candidate has the state.
pub(crate) struct Transferred {
    staged: Staged,
    old: Option<Instance>,
    candidate: Instance,
    carried: Option<ExportedState>,
    steps: Steps,
    began: Instant,
}

/// The new version serves.
pub(crate) struct Committed {
    pub(crate) activation: Activation,
    pub(crate) before: Arc<Serving>,
    pub(crate) migrations: Vec<String>,
    pub(crate) orphaned: u64,
    pub(crate) pause_us: u64,
    pub(crate) paused_at_us: u64,
    pub(crate) waited: u64,
    pub(crate) steps: Vec<StepTime>,
    pub(crate) warnings: Vec<String>,
    /// To be dropped where nobody waits: freeing its memory takes time.
    pub(crate) retired: Option<Instance>,
}

impl SwapOrder {
    /// Goes through with it, or leaves everything as it is. `queued` counts the calls that wait.
    pub(super) fn carry_out(self, writer: &mut Writer, queued: &dyn Fn() -> usize) {
        let Self { staged, reply } = self;
        let phase = staged.phase.clone();
        // Of what happens from here on.
        drop(writer.bench.lock().db.take_corruption());
        let done = staged
            .quiesce(writer)
            .and_then(|quiesced| quiesced.transfer(writer))
            .and_then(|transferred| transferred.commit(writer, queued));
        let done = done.map_err(|aborted| whole(&writer.bench, SwapPhase::Committing).err().unwrap_or(aborted));
        if done.is_err() {
            phase.send_replace(SwapPhase::Idle);
        }
        // Whoever asked is gone only if the whole host is.
        drop(reply.send(done));
    }
}

impl Staged {
    /// In the transaction that has begun, so that the candidate never sees what it is not to have.
    fn replace_state(&self, writer: &Writer) -> Result<(), Aborted> {
        let bench = writer.bench.lock();
        let replaced = match &self.predecessor {
            Predecessor::Nothing => bench.db.state_clear(),
            Predecessor::Kept(Kept { entries: Some(entries), .. }) => bench.db.state_replace(entries),
            _ => Ok(()),
        };
        replaced.map_err(|error| Aborted::of_store(&error))
    }

    /// # Errors
    /// If whoever asked for it does not wait any more.
    fn in_time(&self) -> Result<(), Aborted> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            let message = "it was not done in time: the version before goes on".to_owned();
            return Err(Aborted::new(SwapPhase::Committing, "timeout", message).passing());
        }
        Ok(())
    }

    /// Brings the old instance to rest.
    pub(super) fn quiesce(self, writer: &mut Writer) -> Result<Quiesced, Aborted> {
        let began = Instant::now();
        let mut steps = Steps::default();
        self.phase.send_replace(SwapPhase::Quiescing);
        at("quiesce", SwapPhase::Quiescing)?;
        // So that whoever looks at the data on the way sees what the next entry would. The commit begins anew.
        let opened = writer.bench.lock().db.begin_activation(self.active);
        opened.map_err(|error| Aborted { phase: SwapPhase::Quiescing, ..Aborted::of_store(&error) })?;
        match self.predecessor {
            Predecessor::Gone(_) => return Ok(Quiesced { staged: self, old: None, steps, began }),
            Predecessor::Nothing | Predecessor::Kept(_) => {
                if let Err(aborted) = self.replace_state(writer) {
                    writer.bench.lock().db.rollback();
                    return Err(aborted);
                }
                let old = writer.instance.take();
                return Ok(Quiesced { staged: self, old, steps, began });
            }
            Predecessor::Live | Predecessor::Ailing if self.at_once => {
                let old = writer.take_instance();
                let old = old.inspect_err(|error| steps.warn(chain(error))).ok();
                return Ok(Quiesced { staged: self, old, steps, began });
            }
            Predecessor::Live | Predecessor::Ailing => {}
        }
        let context = context(writer);
        let asked =
            reading(writer, |writer| writer.take_instance().and_then(|instance| Ok(instance.quiesce(&context)?)));
        let old = match asked {
            Ok((instance, Readiness::AtRest)) => Some(instance),
            Ok((instance, Readiness::Busy(_))) if matches!(self.predecessor, Predecessor::Ailing) => Some(instance),
            Ok((instance, Readiness::Busy(why))) => {
                writer.instance = Some(instance);
                writer.bench.lock().db.rollback();
                return Err(Aborted::new(SwapPhase::Quiescing, "busy", why).passing());
            }
            Err(error) => {
                steps.warn(format!("the version that served failed in quiesce: {}", chain(&error)));
                None
            }
        };
        steps.done("quiesce", began);
        Ok(Quiesced { staged: self, old, steps, began })
    }
}

impl Quiesced {
    /// Copies the state in memory over into a fresh instance of the candidate.
    pub(super) fn transfer(mut self, writer: &mut Writer) -> Result<Transferred, Aborted> {
        self.staged.phase.send_replace(SwapPhase::Transferring);
        let began = Instant::now();
        let exported =
            at("export", SwapPhase::Transferring).and_then(|()| reading(writer, |writer| self.export(writer)));
        let state = match exported {
            Ok(state) => state,
            Err(aborted) => {
                writer.bench.lock().db.rollback();
                writer.instance = self.old;
                return Err(aborted);
            }
        };
        self.steps.done("export", began);
        let began = Instant::now();
        let imported =
            at("import", SwapPhase::Transferring).and_then(|()| reading(writer, |writer| self.import(writer, state)));
        let (candidate, carried) = match imported {
            Ok(imported) => imported,
            Err(aborted) => {
                writer.bench.lock().db.rollback();
                writer.instance = self.old;
                return Err(aborted);
            }
        };
        self.steps.done("import", began);
        let Self { staged, old, steps, began } = self;
        Ok(Transferred { staged, old, candidate, carried, steps, began })
    }

    fn export(&mut self, writer: &Writer) -> Result<Option<ExportedState>, Aborted> {
        // What one that does not do well had in memory itself is not for its successor.
        let ailing = matches!(self.staged.predecessor, Predecessor::Ailing);
        let last = || if ailing { writer.serving.carried.clone() } else { writer.serving.last().cloned() };
        match &self.staged.predecessor {
            Predecessor::Gone(state) => return Ok(state.clone()),
            Predecessor::Nothing => return Ok(None),
            Predecessor::Kept(kept) => return Ok(kept.exported.clone()),
            Predecessor::Live | Predecessor::Ailing => {}
        }
        let Some(old) = self.old.take() else { return Ok(last()) };
        let refused = |code, message| Aborted::new(SwapPhase::Transferring, code, message).passing();
        match old.export_state(&context(writer)) {
            Ok((instance, Ok(state))) => {
                self.old = Some(instance);
                writer.pulse().exported(state.data.len());
                let Some(why) = too_much(&state, writer.settings.exported_state_bytes) else {
                    return Ok(Some(state).filter(|state| !state.data.is_empty()));
                };
                let message = format!("the version that serves {why}");
                self.ailing_or(refused("exported-state", message)).map(|()| last())
            }
            Ok((instance, Err(failure))) => {
                self.old = Some(instance);
                self.ailing_or(refused("export", failure.message)).map(|()| last())
            }
            Err(error) => {
                self.steps.warn(format!(
                    "the version that served failed in export-state, so its last exported state was used: {error}"
                ));
                Ok(last())
            }
        }
    }

    /// A version that is replaced because it does not do well has no say.
    fn ailing_or(&mut self, aborted: Aborted) -> Result<(), Aborted> {
        if matches!(self.staged.predecessor, Predecessor::Ailing) {
            self.steps.warn(format!("{}: its last exported state was used", aborted.message));
            return Ok(());
        }
        Err(aborted)
    }

    fn import(
        &mut self,
        writer: &Writer,
        state: Option<ExportedState>,
    ) -> Result<(Instance, Option<ExportedState>), Aborted> {
        let fresh = self.staged.fresh.take();
        match import(&self.staged.plugin, fresh, writer, state.as_ref()) {
            Ok(candidate) => Ok((candidate, state)),
            Err(aborted) if matches!(self.staged.predecessor, Predecessor::Ailing) => {
                self.steps.warn(format!("{}: the state of its predecessor was used", aborted.message));
                let earlier = writer.serving.carried.clone();
                Ok((import(&self.staged.plugin, None, writer, earlier.as_ref())?, earlier))
            }
            Err(aborted) => Err(aborted),
        }
    }
}

fn import(
    plugin: &Arc<Plugin>,
    fresh: Option<Instance>,
    writer: &Writer,
    state: Option<&ExportedState>,
) -> Result<Instance, Aborted> {
    let phase = SwapPhase::Transferring;
    let failed = |error: crate::plugin::EntryError| Aborted::of_entry(phase, "import", &error.into());
    let make = || Instance::new(plugin, Box::new(writer.bench.clone()), writer.watch.clone()).map_err(failed);
    let fresh = fresh.map_or_else(make, Ok)?;
    let Some(state) = state else { return Ok(fresh) };
    let (candidate, imported) = fresh.import_state(&context(writer), state).map_err(failed)?;
    imported.map_err(|error| Aborted::new(phase, "import", import_problem(&error)))?;
    Ok(candidate)
}

impl Transferred {
    /// Code, schema, state and the record of it change together, or not at all.
    pub(super) fn commit(self, writer: &mut Writer, queued: &dyn Fn() -> usize) -> Result<Committed, Aborted> {
        self.staged.phase.send_replace(SwapPhase::Committing);
        let Self { staged, old, candidate, carried, mut steps, began } = self;
        let changed = change(&staged, candidate, carried.as_ref(), writer, &mut steps);
        let (candidate, change) = match changed {
            Ok(changed) => changed,
            Err(aborted) => {
                writer.bench.lock().db.rollback();
                writer.instance = old;
                return Err(aborted);
            }
        };
        if let Err(aborted) = whole(&writer.bench, SwapPhase::Committing) {
            writer.bench.lock().db.rollback();
            writer.instance = old;
            return Err(aborted);
        }
        let committing = Instant::now();
        let generation = change.activation.generation;
        let next = Serving {
            plugin: Arc::clone(&staged.plugin),
            generation: Some(generation),
            carried,
            kept: None,
            config: Arc::clone(&staged.config),
        };
        let committed = at("commit", SwapPhase::Committing).and_then(|()| staged.in_time()).and_then(|()| {
            let bench = writer.bench.clone();
            let commit = || bench.lock().db.commit_activation(generation);
            writer.current.exchange(next, commit).map_err(|error| Aborted::of_store(&error))
        });
        let before = match committed {
            Ok(before) => before,
            Err(aborted) => {
                writer.bench.lock().db.rollback();
                writer.instance = old;
                return Err(aborted);
            }
        };
        // Before the first call enters it.
        writer.health.serve(generation, staged.probation);
        writer.serving = writer.current.get();
        writer.instance = Some(candidate);
        steps.done("commit", committing);
        let pause_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let paused_at_us = now_us().saturating_sub(pause_us);
        staged.phase.send_replace(if staged.probation { SwapPhase::Probation } else { SwapPhase::Idle });
        // The switch is done; a test may still stop the host before anybody hears of it.
        drop(at("committed", SwapPhase::Probation));
        let (waited, retired) = (u64::try_from(queued()).unwrap_or(u64::MAX), old);
        let (steps, warnings) = steps.into_parts();
        let Change { activation, migrations, orphaned } = change;
        Ok(Committed {
            activation,
            before,
            migrations,
            orphaned,
            pause_us,
            paused_at_us,
            waited,
            steps,
            warnings,
            retired,
        })
    }
}

/// What is written, and not committed yet.
struct Change {
    activation: Activation,
    migrations: Vec<String>,
    orphaned: u64,
}

fn change(
    staged: &Staged,
    candidate: Instance,
    carried: Option<&ExportedState>,
    writer: &mut Writer,
    steps: &mut Steps,
) -> Result<(Instance, Change), Aborted> {
    let phase = SwapPhase::Committing;
    let stored = |error: StoreError| Aborted::of_store(&error);
    let migrating = Instant::now();
    at("migrate", phase)?;
    let route = {
        // Migrations are no entry: they have a deadline of their own.
        writer.watch.begin(&EntryContext::new(writer.settings.migrate, KillSwitch::default()));
        let bench = writer.bench.lock();
        bench.db.begin_activation(staged.active).map_err(stored)?;
        drop(bench);
        staged.replace_state(writer)?;
        let bench = writer.bench.lock();
        let schema = bench.db.activation().map_err(stored)?.map_or(0, |active| active.schema);
        let plan = staged.plugin.surface().migration_plan();
        let route = plan.route(schema, staged.newer.as_ref()).map_err(stored)?;
        bench.db.migrate(&route).map_err(stored)?;
        route
    };
    steps.done("migrate", migrating);
    let starting = Instant::now();
    at("start", phase)?;
    let candidate = start(candidate, &staged.config, writer)?;
    steps.done("start", starting);
    let recording = Instant::now();
    at("record", phase)?;
    let change = record(staged, &route, carried, writer)?;
    steps.done("record", recording);
    Ok((candidate, change))
}

/// What runs may look at the data and not change it.
pub(super) fn reading<T>(writer: &mut Writer, run: impl FnOnce(&mut Writer) -> T) -> T {
    let was = writer.bench.lock().db.set_read_only(true);
    let result = run(writer);
    writer.bench.lock().db.set_read_only(was);
    result
}

fn start(candidate: Instance, config: &str, writer: &mut Writer) -> Result<Instance, Aborted> {
    let phase = SwapPhase::Committing;
    let started = reading(writer, |writer| candidate.start(&context(writer), config));
    let (candidate, started) = started.map_err(|error| Aborted::of_entry(phase, "start", &error.into()))?;
    started.map_err(|failure| Aborted::new(phase, "start", failure.message))?;
    Ok(candidate)
}

fn record(staged: &Staged, route: &Route, carried: Option<&ExportedState>, writer: &Writer) -> Result<Change, Aborted> {
    let stored = |error: StoreError| Aborted::of_store(&error);
    let bench = writer.bench.lock();
    let description = &staged.plugin.surface().description;
    let readable = &description.continuations;
    let unreadable = bench.db.count_unreadable_waits(readable, now()).map_err(stored)?;
    if unreadable > 0 && !staged.orphan {
        let message = format!("{unreadable} calls wait that the new version cannot continue");
        return Err(Aborted::new(SwapPhase::Committing, "orphans", message).passing());
    }
    let orphaned = bench.db.orphan_unreadable_waits(readable, &staged.swap).map_err(stored)?;
    let generation = staged.active.map_or(Generation(1), Generation::next);
    let carried = carried.map(|state| seal(&staged.sealer, generation, state)).transpose()?;
    let activation = Activation {
        generation,
        plugin: description.name.clone(),
        version: description.version.clone(),
        digest: staged.plugin.digest(),
        schema: route.schema,
        activated_at: now(),
        swap: staged.swap.clone(),
        carried,
    };
    bench.db.activate(&activation).map_err(stored)?;
    if let Some(source) = staged.source {
        bench.db.set_source(source).map_err(stored)?;
    }
    let migrations = route.scripts.iter().map(|script| script.name.clone()).collect();
    Ok(Change { activation, migrations, orphaned })
}

pub(super) fn context(writer: &Writer) -> EntryContext {
    EntryContext::new(writer.settings.deadline, KillSwitch::default())
}
