//! One attempt to exchange versions: what may be in the way, in the order in which it is looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::MutexGuard;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::mode::{Candidate, Failed, Manner, Mode};
use super::{Supervisor, Turn};
use crate::config::Replay;
use crate::model::drift::{Drift, DriftKind};
use crate::model::restart::HOST_TOOLS;
use crate::model::swap::{SwapPhase, SwapReport};
use crate::model::{Digest, chain};
use crate::plugin::{CompileError, LoadError, Plugin, now};
use crate::store::{BackupError, StoreError, backup_slot, prune_backups};
use crate::swap::carried::Predecessor;
use crate::swap::exchange::{Committed, Staged};
use crate::swap::report::{self, Draft};
use crate::swap::steps::at;
use crate::swap::trial::{Findings, Trial};

/// Between two questions to a plugin that is not at rest.
const AGAIN: Duration = Duration::from_millis(5);

/// # Errors
/// If whoever asked for it does not wait any more.
fn in_time(mode: Mode) -> Result<(), Failed> {
    if mode.until().is_some_and(|until| Instant::now() >= until) { Err(too_late()) } else { Ok(()) }
}

fn too_late() -> Failed {
    let message = "it was not done in time, and is abandoned: the version before goes on".to_owned();
    Failed::passing("timeout", message).hinted("give it more time, or find out with a health check what is in the way")
}

/// What an attempt came to that went well.
enum Attempted {
    /// It was only to be tried.
    Tried,
    Committed {
        committed: Box<Committed>,
        /// Other prompts are offered.
        prompts: bool,
    },
}

impl Supervisor {
    pub(super) async fn perform(self: &Arc<Self>, candidate: Candidate, mode: Mode, draft: Draft) -> SwapReport {
        let report = self.go_through(candidate, mode, draft).await;
        self.shared.swapped(&report);
        report
    }

    async fn go_through(self: &Arc<Self>, candidate: Candidate, mode: Mode, mut draft: Draft) -> SwapReport {
        let mut turn = match self.turn(mode).await {
            Ok(turn) => turn,
            Err(failed) => {
                draft.refused(failed.refusal);
                return self.written_down(draft).await;
            }
        };
        let serving = self.slot.serving();
        let before = self.active();
        draft.from(Some(report::version_of_activation(&before)));
        if mode.of().is_some_and(|of| serving.generation != Some(of)) {
            // Whatever it is to take over from has been replaced already.
            return draft.finish();
        }
        let (candidate, mode) = match self.resolve(candidate, mode, &turn).await {
            Ok(resolved) => resolved,
            Err(failed) => {
                draft.refused(failed.refusal);
                return self.written_down(draft).await;
            }
        };
        let digest = candidate.digest();
        let same = digest == serving.plugin.digest();
        let anew = mode.manner().is_some() || matches!(mode, Mode::Restoration { .. });
        if same && !anew && self.slot.current().stalled().is_none() {
            if mode.takes_up() {
                self.slot.taken_up(digest);
            }
            return draft.finish();
        }
        let probation = *self.phase.borrow() == SwapPhase::Probation;
        self.phase.send_replace(SwapPhase::Staging);
        let mut candidate = candidate;
        if !same
            && !matches!(mode, Mode::Recovery { .. })
            && let Some(previous) = turn.previous.take()
            && previous.digest() == digest
        {
            // Any other would be a third version in memory; it can be loaded again.
            candidate = Candidate::Warm(previous);
        }
        let done = self.attempt(candidate, digest, mode, probation, &mut draft).await;
        let serves_no_more = serving;
        let after = if probation { SwapPhase::Probation } else { SwapPhase::Idle };
        match done {
            Ok(Attempted::Committed { committed, prompts }) => {
                draft.committed(&committed);
                self.settle(*committed, mode, &mut turn, &draft).await;
                let templates = |plugin: &Plugin| serde_json::to_string(&plugin.surface().templates).ok();
                let resources = templates(&serves_no_more.plugin) != templates(&self.slot.serving().plugin);
                self.shared.changes.lists_changed(false, prompts, resources);
                self.withdraw(before, mode, draft.reason()).await;
            }
            Ok(Attempted::Tried) => {
                draft.ready();
                self.phase.send_replace(after);
                return draft.finish();
            }
            Err(failed) => {
                self.phase.send_replace(after);
                if !same {
                    self.quarantine(digest, mode, &failed).await;
                }
                draft.refused(failed.refusal);
            }
        }
        self.written_down(draft).await
    }

    /// Waits for the swap that is under way to end.
    async fn turn(&self, mode: Mode) -> Result<MutexGuard<'_, Turn>, Failed> {
        match mode.until() {
            None => Ok(self.turn.lock().await),
            Some(until) => timeout_at(until.into(), self.turn.lock()).await.map_err(|_| too_late()),
        }
    }

    /// Whether what serves has no say in being replaced.
    fn ailing(&self, mode: Mode) -> bool {
        let asked = mode.manner().is_some_and(|manner| manner.ailing || !manner.graceful);
        asked || matches!(mode, Mode::Recovery { .. }) || self.slot.current().stalled().is_some()
    }

    fn predecessor(&self, mode: Mode) -> Result<Predecessor, Failed> {
        if matches!(mode, Mode::Restoration { .. }) {
            return self.kept.lock().take().map(Predecessor::Kept).ok_or_else(Failed::died);
        }
        Ok(if mode.manner().is_some_and(|manner| !manner.preserve_state) {
            Predecessor::Nothing
        } else if self.ailing(mode) || mode.is_forced() {
            Predecessor::Ailing
        } else {
            Predecessor::Live
        })
    }

    /// The same version anew has proven as much as before.
    fn has_probation(&self, mode: Mode, same: bool, was: bool) -> bool {
        if same { was } else { !matches!(mode, Mode::Recovery { .. }) }
    }

    /// Copies the data, and says where the copy is.
    async fn back_up(&self) -> Result<String, Failed> {
        let (dir, name) = (self.shared.dir.clone(), self.name.clone());
        let keep = self.settings.live.get().backup.keep;
        let made = spawn_blocking(move || {
            let made = backup_slot(&dir, &name, now(), "before a migration")?;
            if let Err(error) = prune_backups(&dir, keep) {
                tracing::warn!(error = chain(&error), "old backups could not be removed");
            }
            Ok::<_, BackupError>(made)
        });
        let made = made.await.map_err(|_| Failed::died())?;
        let failed = |error| Failed::passing("backup", format!("no backup could be made: {}", chain(&error)));
        Ok(made.map_err(failed)?.path.to_string_lossy().into_owned())
    }

    async fn written_down(self: &Arc<Self>, draft: Draft) -> SwapReport {
        let report = draft.finish();
        tracing::info!(slot = %self.name, swap = report.id, outcome = ?report.outcome, "swap");
        let row = report.clone();
        self.aside(move |this| report::record(&this.hosting.db, &row)).await;
        report
    }

    /// Which plugin it is about, as things are when its turn has come.
    async fn resolve(
        self: &Arc<Self>,
        candidate: Candidate,
        mode: Mode,
        turn: &Turn,
    ) -> Result<(Candidate, Mode), Failed> {
        let to = match candidate {
            Candidate::Earlier(to) => to,
            Candidate::InPlace { component, insists } => {
                return Ok(match self.news(component, insists, mode).await {
                    Some((bytes, digest)) => (Candidate::Bytes(bytes, digest), mode.taking_up()),
                    None => (Candidate::Warm(Arc::clone(&self.slot.serving().plugin)), mode),
                });
            }
            Candidate::Bytes(..) | Candidate::Warm(_) => return Ok((candidate, mode)),
        };
        if turn.recovered && matches!(mode, Mode::Recovery { .. }) {
            return Err(Failed::refused("recovered", "it had taken over from one that failed".to_owned()));
        }
        let earlier = self.earlier(to, turn).await;
        earlier
            .map(|plugin| (Candidate::Warm(plugin), mode))
            .map_err(|message| Failed::refused("no-such-generation", message))
    }

    /// Stages and exchanges; none if it is only tried.
    async fn attempt(
        self: &Arc<Self>,
        candidate: Candidate,
        digest: Digest,
        mode: Mode,
        was_on_probation: bool,
        draft: &mut Draft,
    ) -> Result<Attempted, Failed> {
        self.allowed(digest, mode).await?;
        let began = Instant::now();
        let (plugin, bytes) = self.load(candidate).await?;
        draft.step("load", began);
        draft.to(report::version_of_plugin(&plugin));
        in_time(mode)?;
        self.fits(&plugin, mode, draft)?;
        let findings = self.tried(&plugin, mode, draft).await?;
        in_time(mode)?;
        if let (Some(_), false, Replay::Require, Some(replay)) =
            (mode.policy(), mode.is_forced(), self.settings.live.get().swap.replay, &findings.replay)
            && replay.different > 0
        {
            let (different, calls) = (replay.different, replay.calls);
            let message = format!("{different} of {calls} recorded calls are answered differently");
            draft.tried(findings.replay, findings.migrations, findings.orphans);
            return Err(Failed::refused("replay", message).hinted("set swap.replay = \"report\", or use --force"));
        }
        let prompts = findings.prompts;
        draft.tried(findings.replay, findings.migrations, findings.orphans);
        if mode.is_dry_run() {
            return Ok(Attempted::Tried);
        }
        if mode.manner().is_some_and(|manner| manner.backup) {
            let began = Instant::now();
            draft.backed_up(self.back_up().await?);
            draft.step("backup", began);
        }
        if let Some(bytes) = bytes {
            let began = Instant::now();
            let (shared, name) = (Arc::clone(&self.shared), self.name.clone());
            let keep = move || {
                shared.spare(&name, digest);
                shared.keep(|dir| dir.keep_component(&bytes, digest))
            };
            let kept = spawn_blocking(keep).await;
            kept.map_err(|_| Failed::died())?.map_err(|error| Failed::passing("storage", chain(&error)))?;
            draft.step("keep", began);
        }
        let committed = Box::new(self.exchange(plugin, mode, was_on_probation, draft.id()).await?);
        Ok(Attempted::Committed { committed, prompts })
    }

    async fn allowed(self: &Arc<Self>, digest: Digest, mode: Mode) -> Result<(), Failed> {
        if mode.policy().is_none() || mode.is_forced() || digest == self.slot.serving().plugin.digest() {
            return Ok(());
        }
        let known = self.aside(move |this| this.hosting.db.quarantined(&this.name, digest)).await;
        let known = known.ok_or_else(Failed::died)?.map_err(|error| Failed::passing("storage", chain(&error)))?;
        let Some(known) = known else { return Ok(()) };
        let message = format!("this very component failed before ({}): {}", known.refusal.code, known.refusal.message);
        Err(Failed::refused("quarantined", message).hinted("change the file, or use --force"))
    }

    async fn load(&self, candidate: Candidate) -> Result<(Arc<Plugin>, Option<Vec<u8>>), Failed> {
        let (bytes, digest) = match candidate {
            Candidate::Warm(plugin) => return Ok((plugin, None)),
            Candidate::Earlier(_) | Candidate::InPlace { .. } => return Err(Failed::died()),
            Candidate::Bytes(bytes, digest) => (bytes, digest),
        };
        let (shared, name) = (Arc::clone(&self.shared), self.name.clone());
        let loaded = spawn_blocking(move || {
            at("load", SwapPhase::Staging).map_err(|aborted| Failed::of(&aborted, &name))?;
            let loader = shared.loader().map_err(|error| Failed::passing("load", chain(&error)))?;
            let plugin = loader.load(&bytes, digest).map_err(|error| match error {
                // The machine's fault, not the component's.
                LoadError::Compile(CompileError::Spawn { .. } | CompileError::Stopped { .. }) => {
                    Failed::passing("load", chain(&error))
                }
                _ => Failed::permanent("load", chain(&error)),
            })?;
            Ok((plugin, Some(bytes)))
        });
        loaded.await.map_err(|_| Failed::died())?
    }

    /// Whether the candidate is a version of what serves, and which change of the tools it brings.
    fn fits(&self, plugin: &Plugin, mode: Mode, draft: &mut Draft) -> Result<(), Failed> {
        let (found, wanted) = (&self.active.lock().plugin.clone(), &plugin.surface().description.name);
        if found != wanted {
            let error = StoreError::OtherPlugin { found: found.clone(), wanted: wanted.clone() };
            return Err(Failed::refused("other-plugin", error.to_string()));
        }
        let offered = plugin.surface().tool_texts();
        let published = self.shared.catalogue.get();
        if let Some(tool) = offered.iter().find(|tool| HOST_TOOLS.contains(&&*tool.name)) {
            let message = format!("its tool {:?} is one of the host's own", tool.name);
            return Err(Failed::refused("clash", message).hinted("give the tool another name"));
        }
        if let Some(published) = &published
            && let Some(clash) =
                offered.iter().find_map(|tool| published.find(&tool.name).filter(|t| t.slot != self.name))
        {
            let message = format!("slot {} has a tool {:?} already", clash.slot, clash.tool.name);
            return Err(Failed::refused("clash", message).hinted("tools of all slots share one list: rename it"));
        }
        let before = published.map(|published| published.of_slot(&self.name)).unwrap_or_default();
        let drift = Drift::between(&before, &offered);
        draft.drift(drift.clone());
        if drift.kind != DriftKind::Identical && draft.origin_has_fixed_list() {
            let message = format!(
                "the tools change ({}), and the protocol of this client forbids a list that changes as the effect of a request",
                drift.summary()
            );
            return Err(Failed::refused("fixed-list", message).hinted(&format!(
                "swap from outside: copy the file to plugins/{}.wasm, or use `mainstay swap`",
                self.name
            )));
        }
        let Some(policy) = mode.policy() else { return Ok(()) };
        if !policy.allows(&drift) {
            let how = if drift.kind == DriftKind::Append { "--append" } else { "--force" };
            let message =
                format!("the tools change ({}), and the policy is {policy}:\n{}", drift.summary(), drift.diff);
            return Err(Failed::refused("drift", message).hinted(&format!("mainstay swap {} FILE {how}", self.name)));
        }
        if drift.kind != DriftKind::Identical {
            draft.steps.warn(drift.warning());
        }
        Ok(())
    }

    async fn tried(&self, plugin: &Arc<Plugin>, mode: Mode, draft: &mut Draft) -> Result<Findings, Failed> {
        let same = plugin.digest() == self.slot.serving().plugin.digest();
        let kept = |manner: Manner| manner.graceful && manner.preserve_state && !manner.ailing;
        if matches!(mode, Mode::Restoration { .. }) || same && mode.manner().is_some_and(|manner| !kept(manner)) {
            // It serves already, and whoever asks for this has reasons to.
            return Ok(Findings::default());
        }
        let trial = Trial {
            candidate: Arc::clone(plugin),
            serving: self.slot.serving(),
            settings: self.settings.clone(),
            recorded: self.slot.recorder().calls(),
            orphan: mode.orphans(),
            recovery: matches!(mode, Mode::Recovery { .. }) || same,
            lenient: mode.is_forced() || self.ailing(mode),
            carries: mode.manner().is_none_or(|manner| manner.preserve_state),
        };
        let mut steps = std::mem::take(&mut draft.steps);
        let tried = spawn_blocking(move || {
            let found = trial.run(&mut steps);
            (steps, found)
        });
        let (steps, found) = tried.await.map_err(|_| Failed::died())?;
        draft.steps = steps;
        found.map_err(|aborted| Failed::of(&aborted, &self.name))
    }

    /// Puts the swap into the mailbox, again and again while the plugin is not at rest.
    async fn exchange(
        &self,
        plugin: Arc<Plugin>,
        mode: Mode,
        was_on_probation: bool,
        swap: &str,
    ) -> Result<Committed, Failed> {
        let patience = Duration::from_millis(self.settings.live.get().swap.quiesce_ms);
        let until = mode.until().map_or(Instant::now() + patience, |until| until.min(Instant::now() + patience));
        let same = plugin.digest() == self.slot.serving().plugin.digest();
        loop {
            let staged = Staged {
                plugin: Arc::clone(&plugin),
                fresh: None,
                swap: swap.to_owned(),
                predecessor: self.predecessor(mode)?,
                newer: Some(self.slot.serving().plugin.surface().migration_plan()),
                active: self.slot.serving().generation,
                orphan: mode.orphans(),
                source: mode.takes_up().then(|| plugin.digest()),
                probation: self.has_probation(mode, same, was_on_probation),
                config: self.settings.config(),
                until: mode.until(),
                at_once: mode.manner().is_some_and(|manner| !manner.graceful),
                sealer: Arc::clone(&self.settings.sealer),
                phase: self.phase.clone(),
            };
            let slot = Arc::clone(&self.slot);
            let order = move || slot.order(Staged { fresh: slot.instance(&staged.plugin), ..staged });
            let ordered = spawn_blocking(order).await.map_err(|_| Failed::died())?;
            match ordered.await.map_err(|_| Failed::died())? {
                Ok(committed) => return Ok(committed),
                Err(aborted) if aborted.code == "busy" && Instant::now() < until => tokio::time::sleep(AGAIN).await,
                Err(aborted) => return Err(Failed::of(&aborted, &self.name)),
            }
        }
    }
}
