//! A candidate tried beside the version that serves, on data where nothing it does can stay.
//!
//! Small files are copied into memory, so that migrations, the self-test and recorded calls that write are tried on
//! the real data without holding up whoever writes it. Large ones are copied to disk if there is something to
//! migrate; else the candidate gets a snapshot that it can only read.

use std::sync::Arc;
use std::time::Instant;

use super::aborted::Aborted;
use super::error::{SlotError, import_problem};
use super::held::whole;
use super::recorder::Recorded;
use super::replay::{self, Replayed};
use super::services::Workbench;
use super::serving::{Serving, too_much};
use super::slot::SlotSettings;
use super::steps::{Steps, at};
use crate::config::Replay;
use crate::model::chain;
use crate::model::swap::{ReplayReport, SwapPhase};
use crate::plugin::contract::lifecycle::{ExportedState, ImportError};
use crate::plugin::contract::types;
use crate::plugin::{EntryContext, Instance, KillSwitch, Plugin, Watch, now};
use crate::store::{PluginDb, Route, StoreError};

/// What is tried, and against what.
pub(crate) struct Trial {
    pub(crate) candidate: Arc<Plugin>,
    pub(crate) serving: Arc<Serving>,
    pub(crate) settings: SlotSettings,
    pub(crate) recorded: Vec<Recorded>,
    /// Calls that wait may be given up.
    pub(crate) orphan: bool,
    /// The version that serves does not do well: what it exports does not matter.
    pub(crate) recovery: bool,
    /// State in memory is carried over.
    pub(crate) carries: bool,
    /// Somebody insists: state that cannot be handed over is done without.
    pub(crate) lenient: bool,
}

/// What a trial showed, if nothing was in the way.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) replay: Option<ReplayReport>,
    pub(crate) migrations: Vec<String>,
    pub(crate) orphans: u64,
    /// Other prompts are offered.
    pub(crate) prompts: bool,
}

/// What one of the two versions showed.
#[derive(Debug, Default)]
struct Shown {
    replayed: Option<Replayed>,
    /// As JSON; none if there are none, or they could not be listed.
    prompts: Option<String>,
}

/// Where the candidate is tried.
struct Ground {
    bench: Workbench,
    watch: Watch,
    /// It can write there, and nobody will see it.
    writes: bool,
    /// Holds the copy, if it is a file.
    _folder: Option<tempfile::TempDir>,
}

const PHASE: SwapPhase = SwapPhase::Staging;

impl Trial {
    /// Tries everything. Blocks.
    pub(crate) fn run(&self, steps: &mut Steps) -> Result<Findings, Aborted> {
        let began = Instant::now();
        at("shadow", PHASE)?;
        let stored = |error: StoreError| Aborted::staging(&error);
        let db = self.settings.open_reader().map_err(stored)?;
        let description = &self.candidate.surface().description;
        let orphans = db.count_unreadable_waits(&description.continuations, now()).map_err(stored)?;
        if orphans > 0 && !self.orphan {
            let message = format!(
                "{orphans} calls wait (for a person, a model, a time) and this version cannot continue them: it reads continuations {:?}",
                description.continuations
            );
            return Err(Aborted::new(PHASE, "orphans", message).passing());
        }
        let route = self.route(&db).map_err(stored)?;
        let ground = self.ground(db, &route, !self.carries).map_err(stored)?;
        let (old, state) = self.old(&ground, steps)?;
        let mut new = self.takes_over(&ground, &route, state.as_ref());
        if new.is_err() && !ground.writes {
            // A self-test may write, and here it could not.
            let db = self.settings.open_reader().map_err(stored)?;
            let ground = self.ground(db, &route, true).map_err(stored)?;
            new = self.takes_over(&ground, &route, state.as_ref());
            whole(&ground.bench, PHASE)?;
        }
        whole(&ground.bench, PHASE)?;
        let new = new?;
        let took = |shown: &Shown| shown.replayed.as_ref().map(|replayed| replayed.took).unwrap_or_default();
        let replaying = took(&old) + took(&new);
        steps.took("shadow", began.elapsed().saturating_sub(replaying));
        if old.replayed.is_some() {
            steps.took("replay", replaying);
        }
        let prompts = old.prompts != new.prompts;
        let replay = old.replayed.zip(new.replayed).map(|(old, new)| replay::compare(&self.recorded, &old, &new));
        let migrations = route.scripts.iter().map(|script| script.name.clone()).collect();
        Ok(Findings { replay, migrations, orphans, prompts })
    }

    fn route(&self, db: &PluginDb) -> Result<Route, StoreError> {
        let schema = db.activation()?.map_or(0, |active| active.schema);
        let newer = self.serving.plugin.surface().migration_plan();
        self.candidate.surface().migration_plan().route(schema, Some(&newer))
    }

    fn ground(&self, db: PluginDb, route: &Route, must_write: bool) -> Result<Ground, StoreError> {
        let settings = self.settings.live.get();
        let small = db.bytes()? <= settings.swap.shadow_bytes;
        let (mut db, writes, folder) = if small {
            (db.copy(None, &settings.database)?, true, None)
        } else if must_write || !route.scripts.is_empty() {
            let beside = self.settings.database.parent().unwrap_or(std::path::Path::new("."));
            let folder =
                tempfile::Builder::new().prefix(crate::store::TRIAL).tempdir_in(beside).map_err(StoreError::scratch)?;
            (db.copy(Some(&folder.path().join("copy.sqlite")), &settings.database)?, true, Some(folder))
        } else {
            (db, false, None)
        };
        let watch = Watch::new();
        let asked = watch.clone();
        db.interrupt_with(Box::new(move || asked.is_over()))?;
        Ok(Ground { bench: Workbench::new(db, self.settings.granted()), watch, writes, _folder: folder })
    }

    /// What the version that serves would hand over, and what it answers to the recorded calls.
    fn old(&self, ground: &Ground, steps: &mut Steps) -> Result<(Shown, Option<ExportedState>), Aborted> {
        let wanted = self.settings.live.get().swap.replay != Replay::Off && !self.recovery && self.carries;
        let replayed = wanted.then(|| {
            let _open = ground.open(&self.serving);
            replay::run(&self.recorded, &self.serving, &ground.bench, &ground.watch, &self.settings, ground.writes)
        });
        if !self.carries {
            let prompts = {
                let _open = ground.open(&self.serving);
                self.prompts(&self.serving, ground)
            };
            // It is about to be given up.
            drop(ground.bench.lock().db.take_corruption());
            return Ok((Shown { replayed: None, prompts }, None));
        }
        let state = match self.export(ground) {
            Ok(state) => state,
            Err(error) if self.recovery || self.lenient => {
                tracing::debug!(error = chain(&error), "the version that serves exports nothing");
                None
            }
            Err(error @ (SlotError::Entry(_) | SlotError::Start(_) | SlotError::Import(_))) => {
                steps.warn(format!("the version that serves fails in export-state: {}", chain(&error)));
                self.serving.carried.clone()
            }
            Err(error) => return Err(Aborted::new(PHASE, "exported-state", chain(&error)).passing()),
        };
        let prompts = {
            let _open = ground.open(&self.serving);
            self.prompts(&self.serving, ground)
        };
        Ok((Shown { replayed, prompts }, state))
    }

    fn export(&self, ground: &Ground) -> Result<Option<ExportedState>, SlotError> {
        let _open = ground.open(&self.serving);
        let deadline = self.settings.live.get().entry.deadline();
        let instance = self.serving.fresh(&ground.bench, &ground.watch, deadline)?;
        let (_, exported) = instance.export_state(&self.context())?;
        let state = exported.map_err(|failure| SlotError::Contract(failure.message))?;
        if let Some(why) = too_much(&state, self.settings.live.get().entry.exported_state_bytes) {
            return Err(SlotError::Contract(format!("it {why}")));
        }
        Ok(Some(state).filter(|state| !state.data.is_empty()))
    }

    /// Whether the candidate can take over, and what it answers to the recorded calls.
    fn takes_over(&self, ground: &Ground, route: &Route, state: Option<&ExportedState>) -> Result<Shown, Aborted> {
        let _open = ground.open(&self.serving);
        if ground.writes {
            ground.watch.begin(&EntryContext::new(self.settings.migrate(), KillSwitch::default()));
            let db = &mut ground.bench.lock().db;
            if !self.carries {
                db.state_clear().map_err(|error| Aborted::staging(&error))?;
            }
            db.migrate(route).map_err(|error| Aborted::staging(&error))?;
        }
        let carried = self.imports(ground, state)?;
        let serving = Serving {
            plugin: Arc::clone(&self.candidate),
            generation: None,
            carried,
            kept: None,
            config: self.settings.config(),
        };
        let deadline = self.settings.live.get().entry.deadline();
        let instance = serving
            .fresh(&ground.bench, &ground.watch, deadline)
            .map_err(|error| Aborted::of_entry(PHASE, "start", &error))?;
        at("self-test", PHASE)?;
        let savepoint = |db: &PluginDb| if ground.writes { db.savepoint() } else { Ok(()) };
        savepoint(&ground.bench.lock().db).map_err(|error| Aborted::staging(&error))?;
        let (_, tested) = instance
            .self_test(&self.context())
            .map_err(|error| Aborted::of_entry(PHASE, "self-test", &error.into()))?;
        if ground.writes {
            ground.bench.lock().db.undo_entry().map_err(|error| Aborted::staging(&error))?;
        }
        tested.map_err(|failure| Aborted::new(PHASE, "self-test", failure.message))?;
        let prompts = self.prompts(&serving, ground);
        at("replay", PHASE)?;
        if self.settings.live.get().swap.replay == Replay::Off || self.recovery || !self.carries {
            return Ok(Shown { replayed: None, prompts });
        }
        let replayed =
            replay::run(&self.recorded, &serving, &ground.bench, &ground.watch, &self.settings, ground.writes);
        Ok(Shown { replayed: Some(replayed), prompts })
    }

    /// The prompts that a version offers to somebody of whom nothing is known.
    fn prompts(&self, serving: &Serving, ground: &Ground) -> Option<String> {
        if !serving.plugin.surface().has_prompts {
            return None;
        }
        let deadline = self.settings.live.get().entry.deadline();
        let instance = serving.fresh(&ground.bench, &ground.watch, deadline).ok()?;
        let nobody = types::Caller {
            session: String::new(),
            client_name: String::new(),
            client_version: String::new(),
            protocol: String::new(),
            working_directory: None,
        };
        let (_, prompts) = instance.list_prompts(&self.context(), &nobody).ok()?;
        serde_json::to_string(&prompts.ok()?).ok()
    }

    /// The state that the candidate takes, checked by an instance of its own.
    fn imports(&self, ground: &Ground, state: Option<&ExportedState>) -> Result<Option<ExportedState>, Aborted> {
        let Some(state) = state else { return Ok(None) };
        let failed = |error: crate::plugin::EntryError| Aborted::of_entry(PHASE, "import", &error.into());
        let fresh = Instance::new(&self.candidate, Box::new(ground.bench.clone()), ground.watch.clone());
        let (_, imported) = fresh.and_then(|instance| instance.import_state(&self.context(), state)).map_err(failed)?;
        match imported {
            Ok(()) => Ok(Some(state.clone())),
            Err(error) if self.recovery || self.lenient => {
                tracing::warn!(error = import_problem(&error), "the version before does not take the state");
                Ok(None)
            }
            Err(error) => {
                let message = format!("it does not take over what is in memory: {}", import_problem(&error));
                let aborted = Aborted::new(PHASE, "import", message);
                // Of which schema there is state to take over is not the component's fault.
                Err(if matches!(error, ImportError::UnsupportedSchema(_)) { aborted.passing() } else { aborted })
            }
        }
    }

    fn context(&self) -> EntryContext {
        EntryContext::new(self.settings.live.get().entry.deadline(), KillSwitch::default())
    }
}

impl Ground {
    /// Begins a transaction that is never committed.
    fn open(&self, serving: &Serving) -> Undo<'_> {
        if self.writes
            && let Some(generation) = serving.generation
            && let Err(error) = self.bench.lock().db.begin(generation)
        {
            tracing::warn!(error = chain(&error), "a trial could not begin");
        }
        // A snapshot is one for the whole trial, so that both versions see the same.
        Undo(self.writes.then_some(&self.bench))
    }
}

/// Undoes what was tried.
struct Undo<'a>(Option<&'a Workbench>);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Some(bench) = self.0 {
            bench.lock().db.rollback();
        }
    }
}
