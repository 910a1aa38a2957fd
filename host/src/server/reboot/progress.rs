//! How far a restart is, in the reference's words.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::underway::Underway;
use crate::model::SlotName;
use crate::model::swap::{SwapOutcome, SwapPhase, SwapReport};
use crate::swap::{Reporter, Slots};

/// The phases of a restart that goes well, in order: name, percentage once it is reached, and what goes on.
pub(super) const PHASES: [(&str, u8, &str); 7] = [
    ("preparing", 10, "what is to serve is tried beside what serves"),
    ("maintenance_mode", 40, "calls queue from here on"),
    ("suspending_tasks", 50, "what runs comes to rest"),
    ("serializing_state", 65, "state is handed over"),
    ("closing_connections", 80, "the old version lets go of its data"),
    ("finalizing", 90, "the change is committed"),
    ("complete", 100, "the new version serves"),
];

/// A slot that is not open has no phase; it is looked at this often.
const LOOK: Duration = Duration::from_millis(10);

/// The last of [`PHASES`] that a swap has come to.
pub(super) fn reached(phase: SwapPhase) -> Option<usize> {
    match phase {
        SwapPhase::Staging => Some(0),
        SwapPhase::Quiescing => Some(2),
        SwapPhase::Transferring => Some(3),
        SwapPhase::Committing => Some(5),
        // Of a swap before this one.
        SwapPhase::Idle | SwapPhase::Probation => None,
    }
}

/// Tells whoever asked, phase by phase.
pub(super) struct Progress {
    reporter: Arc<dyn Reporter>,
    slot: SlotName,
    /// Which restart it is of how many.
    part: (usize, usize),
    told: usize,
    underway: Underway,
}

impl Progress {
    pub(super) fn new(reporter: Arc<dyn Reporter>, slot: SlotName, part: (usize, usize), underway: Underway) -> Self {
        Self { reporter, slot, part, told: 0, underway }
    }

    /// So many of [`PHASES`] have been told.
    pub(super) fn told(&self) -> usize {
        self.told
    }

    /// Tells all phases up to this one that have not been told: a swap is faster than whoever looks at it.
    pub(super) fn reach(&mut self, index: usize) {
        while self.told <= index {
            let (name, percentage, words) = PHASES[self.told];
            let (number, of) = self.part;
            let percentage = f64::from(percentage);
            // Parts are few: no figure is lost.
            let (number, of) = (number as f64, of as f64);
            let progress = (number * 100.0 + percentage) / of;
            self.reporter.progress(progress, Some(100.0), Some(format!("{name}: {}, {words}", self.slot)));
            self.underway.reach(self.told);
            self.told += 1;
        }
    }

    /// It is over: tells as far as it came.
    pub(super) fn came_to(&mut self, report: &SwapReport) {
        match &report.outcome {
            SwapOutcome::Refused(refusal) => {
                if let Some(index) = reached(refusal.phase) {
                    self.reach(index);
                }
            }
            SwapOutcome::RolledBack { .. } => {}
            SwapOutcome::Committed | SwapOutcome::Unchanged | SwapOutcome::Ready => self.reach(PHASES.len() - 1),
        }
    }

    /// Tells the phases of the slot while `doing` is not done.
    pub(super) async fn during<T>(&mut self, slots: &Slots, doing: impl Future<Output = T>) -> T {
        let mut doing = std::pin::pin!(doing);
        let mut phases = None;
        self.reach(0);
        loop {
            tokio::select! {
                biased;
                done = &mut doing => return done,
                phase = next(&mut phases, slots, &self.slot) => {
                    if let Some(index) = phase.and_then(reached) {
                        self.reach(index);
                    }
                }
            }
        }
    }
}

/// The next phase of the slot; none if nothing is known yet.
async fn next(phases: &mut Option<watch::Receiver<SwapPhase>>, slots: &Slots, slot: &SlotName) -> Option<SwapPhase> {
    if let Some(known) = phases {
        if known.changed().await.is_ok() {
            return Some(*known.borrow_and_update());
        }
        *phases = None;
    } else if let Some(mut found) = slots.phase(slot) {
        let phase = *found.borrow_and_update();
        *phases = Some(found);
        return Some(phase);
    }
    tokio::time::sleep(LOOK).await;
    None
}

#[cfg(test)]
mod tests;
