//! One attempt to exchange versions: what may be in the way, in the order in which it is looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::mode::{Candidate, Failed, Mode};
use super::{Supervisor, Turn};
use crate::config::Replay;
use crate::model::drift::{Drift, DriftKind};
use crate::model::swap::{SwapPhase, SwapReport};
use crate::model::{Digest, chain};
use crate::plugin::{CompileError, LoadError, Plugin};
use crate::store::StoreError;
use crate::swap::exchange::{Committed, Predecessor, Staged};
use crate::swap::report::{self, Draft};
use crate::swap::steps::at;
use crate::swap::trial::{Findings, Trial};

/// Between two questions to a plugin that is not at rest.
const AGAIN: Duration = Duration::from_millis(5);

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
    pub(super) async fn perform(self: &Arc<Self>, candidate: Candidate, mode: Mode, mut draft: Draft) -> SwapReport {
        let mut turn = self.turn.lock().await;
        let serving = self.slot.serving();
        let before = self.active();
        draft.from(Some(report::version_of_activation(&before)));
        if matches!(mode, Mode::Recovery { of } if serving.generation != Some(of)) {
            // Whatever it is to take over from has been replaced already.
            return draft.finish();
        }
        let candidate = match self.resolve(candidate, mode, &turn).await {
            Ok(candidate) => candidate,
            Err(failed) => {
                draft.refused(failed.refusal);
                return self.written_down(draft).await;
            }
        };
        let digest = candidate.digest();
        if digest == serving.plugin.digest() && self.slot.current().stalled().is_none() {
            if matches!(mode, Mode::Upgrade { source: true, .. }) {
                self.slot.taken_up(digest);
            }
            return draft.finish();
        }
        let probation = *self.phase.borrow() == SwapPhase::Probation;
        self.phase.send_replace(SwapPhase::Staging);
        let mut candidate = candidate;
        if !matches!(mode, Mode::Recovery { .. })
            && let Some(previous) = turn.previous.take()
            && previous.digest() == digest
        {
            // Any other would be a third version in memory; it can be loaded again.
            candidate = Candidate::Warm(previous);
        }
        let done = self.attempt(candidate, digest, mode, &mut draft).await;
        let serves_no_more = serving;
        let after = if probation { SwapPhase::Probation } else { SwapPhase::Idle };
        match done {
            Ok(Attempted::Committed { committed, prompts }) => {
                draft.committed(&committed);
                self.settle(*committed, mode, &mut turn, &draft).await;
                let templates = |plugin: &Plugin| serde_json::to_string(&plugin.surface().templates).ok();
                let resources = templates(&serves_no_more.plugin) != templates(&self.slot.serving().plugin);
                self.shared.catalogue.changed(prompts, resources);
                self.withdraw(before, mode, draft.reason()).await;
            }
            Ok(Attempted::Tried) => {
                draft.ready();
                self.phase.send_replace(after);
                return draft.finish();
            }
            Err(failed) => {
                self.phase.send_replace(after);
                self.quarantine(digest, mode, &failed).await;
                draft.refused(failed.refusal);
            }
        }
        self.written_down(draft).await
    }

    async fn written_down(self: &Arc<Self>, draft: Draft) -> SwapReport {
        let report = draft.finish();
        tracing::info!(slot = %self.name, swap = report.id, outcome = ?report.outcome, "swap");
        let row = report.clone();
        self.aside(move |this| report::record(&this.hosting.db, &row)).await;
        report
    }

    /// Which plugin it is about, as things are when its turn has come.
    async fn resolve(self: &Arc<Self>, candidate: Candidate, mode: Mode, turn: &Turn) -> Result<Candidate, Failed> {
        let Candidate::Earlier(to) = candidate else { return Ok(candidate) };
        if turn.recovered && matches!(mode, Mode::Recovery { .. }) {
            return Err(Failed::refused("recovered", "it had taken over from one that failed".to_owned()));
        }
        let earlier = self.earlier(to, turn).await;
        earlier.map(Candidate::Warm).map_err(|message| Failed::refused("no-such-generation", message))
    }

    /// Stages and exchanges; none if it is only tried.
    async fn attempt(
        self: &Arc<Self>,
        candidate: Candidate,
        digest: Digest,
        mode: Mode,
        draft: &mut Draft,
    ) -> Result<Attempted, Failed> {
        self.allowed(digest, mode).await?;
        let began = Instant::now();
        let (plugin, bytes) = self.load(candidate).await?;
        draft.step("load", began);
        draft.to(report::version_of_plugin(&plugin));
        self.fits(&plugin, mode, draft)?;
        let findings = self.tried(&plugin, mode, draft).await?;
        if let (Mode::Upgrade { force: false, .. }, Replay::Require, Some(replay)) =
            (mode, self.settings.live.get().swap.replay, &findings.replay)
            && replay.different > 0
        {
            let (different, calls) = (replay.different, replay.calls);
            let message = format!("{different} of {calls} recorded calls are answered differently");
            draft.tried(findings.replay, findings.migrations, findings.orphans);
            return Err(Failed::refused("replay", message).hinted("set swap.replay = \"report\", or use --force"));
        }
        let prompts = findings.prompts;
        draft.tried(findings.replay, findings.migrations, findings.orphans);
        if matches!(mode, Mode::Upgrade { dry_run: true, .. }) {
            return Ok(Attempted::Tried);
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
        let committed = Box::new(self.exchange(plugin, mode, draft.id()).await?);
        Ok(Attempted::Committed { committed, prompts })
    }

    async fn allowed(self: &Arc<Self>, digest: Digest, mode: Mode) -> Result<(), Failed> {
        let Mode::Upgrade { force: false, .. } = mode else { return Ok(()) };
        let known = self.aside(move |this| this.hosting.db.quarantined(&this.name, digest)).await;
        let known = known.ok_or_else(Failed::died)?.map_err(|error| Failed::passing("storage", chain(&error)))?;
        let Some(known) = known else { return Ok(()) };
        let message = format!("this very component failed before ({}): {}", known.refusal.code, known.refusal.message);
        Err(Failed::refused("quarantined", message).hinted("change the file, or use --force"))
    }

    async fn load(&self, candidate: Candidate) -> Result<(Arc<Plugin>, Option<Vec<u8>>), Failed> {
        let (bytes, digest) = match candidate {
            Candidate::Warm(plugin) => return Ok((plugin, None)),
            Candidate::Earlier(_) => return Err(Failed::died()),
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
        let Mode::Upgrade { policy, .. } = mode else { return Ok(()) };
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
        let trial = Trial {
            candidate: Arc::clone(plugin),
            serving: self.slot.serving(),
            settings: self.settings.clone(),
            recorded: self.slot.recorder().calls(),
            orphan: mode.orphans(),
            recovery: matches!(mode, Mode::Recovery { .. }),
            lenient: mode.is_forced() || self.slot.current().stalled().is_some(),
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
    async fn exchange(&self, plugin: Arc<Plugin>, mode: Mode, swap: &str) -> Result<Committed, Failed> {
        let until = Instant::now() + Duration::from_millis(self.settings.live.get().swap.quiesce_ms);
        loop {
            let ailing = matches!(mode, Mode::Recovery { .. }) || self.slot.current().stalled().is_some();
            let forced = mode.is_forced();
            let staged = Staged {
                plugin: Arc::clone(&plugin),
                fresh: None,
                swap: swap.to_owned(),
                predecessor: if ailing || forced { Predecessor::Ailing } else { Predecessor::Live },
                newer: Some(self.slot.serving().plugin.surface().migration_plan()),
                active: self.slot.serving().generation,
                orphan: mode.orphans(),
                source: matches!(mode, Mode::Upgrade { source: true, .. }).then(|| plugin.digest()),
                probation: !matches!(mode, Mode::Recovery { .. }),
                sealer: Arc::clone(&self.hosting.carried),
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
