//! What happens to a version that serves and does not do well, and to one that does.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Supervisor;
use super::mode::{Candidate, Mode};
use crate::model::swap::{Origin, SwapOutcome, SwapPhase};
use crate::store::{Activation, Corruption};
use crate::swap::health::Verdict;
use crate::swap::held;
use crate::swap::report::Draft;

/// How often recorded calls go to disk, if there are new ones. A crash costs no more than these seconds of them.
const SAVE_RECORDING: Duration = Duration::from_secs(5);
/// A version that is taken out of service, and that nobody can take over from, is tried again after this, and after
/// twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Supervisor {
    /// The version that serves does not do well: the one before takes over, or none does.
    async fn recover(self: &Arc<Self>, verdict: Verdict) {
        let Verdict { of, why, corruption } = verdict;
        let bad = self.active();
        if bad.generation != of {
            return;
        }
        if let Some(corruption) = corruption {
            return self.restore(&bad, &corruption).await;
        }
        let draft = Draft::new(&self.name, Origin::Recovery, Some(why.clone()));
        let report = self.perform(Candidate::Earlier(None), Mode::Recovery { of }, draft).await;
        match report.outcome {
            SwapOutcome::Committed => tracing::warn!(slot = %self.name, version = bad.version, why, "rolled back"),
            SwapOutcome::Refused(refusal) => self.stall(&bad, &why, &refusal.message).await,
            // Somebody else has replaced it meanwhile.
            _ => {}
        }
    }

    /// State that was kept for the version does not open: it begins anew with the newest that does, or not at all.
    async fn restore(self: &Arc<Self>, active: &Activation, corruption: &Corruption) {
        // Whoever met it may have been late: what was restored since is whole.
        if matches!(self.slot.readers().look(|db| Ok(db.verify_state())).await, Ok(Ok(()))) {
            return;
        }
        let (of, found, carried) = (active.clone(), corruption.clone(), self.slot.serving().carried.clone());
        let instead = self.aside(move |this| held::instead(&this.hosting, &this.name, &of, carried, &found)).await;
        let refused = match instead {
            Some(Ok((kept, told))) => {
                let told = format!("STATE_CORRUPTION: {told}");
                let mut draft = Draft::new(&self.name, Origin::Recovery, Some(corruption.to_string())).of_restart();
                draft.warn(told.clone());
                let candidate = Candidate::Warm(Arc::clone(&self.slot.serving().plugin));
                *self.kept.lock() = Some(kept);
                let report = self.perform(candidate, Mode::Restoration { of: active.generation }, draft).await;
                match report.outcome {
                    SwapOutcome::Refused(refusal) => refusal.message,
                    SwapOutcome::Committed => return self.was_restored(Some(told)),
                    // Somebody else was faster.
                    _ => return,
                }
            }
            Some(Err(refusal)) => format!("{}. {}", refusal.message, refusal.hint.unwrap_or_default()),
            None => "a thread of the host died".to_owned(),
        };
        let why = format!("STATE_CORRUPTION: {refused}");
        tracing::error!(slot = %self.name, why);
        let _turn = self.turn.lock().await;
        if self.slot.serving().generation == Some(active.generation) {
            self.slot.current().stall(why, None);
        }
    }

    /// Nobody can take over: calls are refused for a while, and then tried again.
    async fn stall(&self, bad: &Activation, why: &str, problem: &str) {
        let mut turn = self.turn.lock().await;
        if self.active().generation != bad.generation {
            // Repaired meanwhile.
            return;
        }
        let version = &bad.version;
        let pause = FIRST_PAUSE.saturating_mul(1 << turn.stalls.min(6)).min(LONGEST_PAUSE);
        turn.stalls += 1;
        let (name, seconds) = (&self.name, pause.as_secs());
        let why = format!(
            "version {version} was taken out of service for {seconds} s: {why}. No other version can take over: {problem}. Repair it: put a component that works in its place and call orchestrator_restart_server, go back with orchestrator_rollback, or use `mainstay swap {name} FILE`"
        );
        tracing::error!(slot = %name, why);
        self.slot.current().stall(why, Some(pause));
        self.phase.send_replace(SwapPhase::Idle);
    }
}

pub(super) async fn carry_out_verdicts(supervisor: Weak<Supervisor>, mut judge: mpsc::Receiver<Verdict>) {
    while let Some(verdict) = judge.recv().await {
        let Some(supervisor) = supervisor.upgrade() else { return };
        supervisor.recover(verdict).await;
    }
}

/// Ends probations, probes the plugin while there is one, keeps recorded calls, and forgets starts that went well.
pub(super) async fn look_after(supervisor: Weak<Supervisor>) {
    let began = Instant::now();
    let (mut boots, mut saved) = (true, Instant::now());
    loop {
        let pause = {
            let Some(supervisor) = supervisor.upgrade() else { return };
            Duration::from_millis(supervisor.settings.live.get().probation.probe_ms.max(10))
        };
        tokio::time::sleep(pause).await;
        let Some(supervisor) = supervisor.upgrade() else { return };
        if boots && began.elapsed() >= Duration::from_secs(supervisor.settings.live.get().probation.seconds) {
            boots = !supervisor.slot.forget_boots();
        }
        supervisor.slot.sweep();
        if saved.elapsed() >= SAVE_RECORDING {
            supervisor.aside(|this| this.save_recording()).await;
            saved = Instant::now();
        }
        if *supervisor.phase.borrow() != SwapPhase::Probation {
            continue;
        }
        if let Some(Err(why)) = supervisor.slot.probe().await {
            supervisor.slot.health().failed_probe(&why);
        } else if supervisor.slot.health().is_proven() {
            let mut turn = supervisor.turn.lock().await;
            // Another may have taken its place while this one waited for its turn.
            if *supervisor.phase.borrow() != SwapPhase::Probation || !supervisor.slot.health().is_proven() {
                continue;
            }
            turn.previous = None;
            turn.stalls = 0;
            supervisor.slot.health().end_probation();
            supervisor.phase.send_if_modified(|phase| {
                let ends = *phase == SwapPhase::Probation;
                if ends {
                    *phase = SwapPhase::Idle;
                }
                ends
            });
        }
    }
}
