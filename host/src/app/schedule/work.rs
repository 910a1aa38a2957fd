//! What a schedule is for, done. What goes wrong is logged and written into the audit log, and stops nothing else.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::task::spawn_blocking;

use crate::config::{Action, Live, Schedule};
use crate::model::restart::RestartReason;
use crate::model::snapshot::SnapshotCause;
use crate::model::swap::{Origin, SwapOutcome};
use crate::model::{SlotName, chain};
use crate::plugin::now;
use crate::store::{
    AuditEntry, AuditOutcome, AuditWho, Backup, BackupError, backup_host, backup_slot, prune_backups, slots_with_data,
};
use crate::swap::{RestartRequest, Slots};

/// A restart that is not committed after this is abandoned: nobody waits for it who would ask again.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One occurrence of a schedule.
pub(super) struct Work<'a> {
    pub(super) slots: &'a Slots,
    pub(super) live: &'a Live,
    pub(super) schedule: &'a Schedule,
}

/// What came of it.
#[derive(Debug, Default)]
struct Done {
    /// In words.
    what: Vec<String>,
    problems: Vec<String>,
    /// Rows of the history.
    swaps: Vec<String>,
}

impl Work<'_> {
    /// Does it.
    pub(super) async fn carry_out(&self) {
        let at = now();
        let done = match self.schedule.action {
            Action::Restart => self.restart().await,
            Action::Backup => self.back_up().await,
            Action::Prune => self.prune().await,
            Action::Snapshot => self.snapshot().await,
        };
        let (action, what) = (self.action(), done.what.join("; "));
        tracing::info!(action, what, "a schedule was carried out");
        for problem in &done.problems {
            tracing::warn!(action, problem, "a schedule could not be carried out");
        }
        self.record(at, done).await;
    }

    async fn restart(&self) -> Done {
        let mut done = Done::default();
        for slot in self.open() {
            let request = RestartRequest {
                slot: slot.clone(),
                origin: Origin::Schedule,
                reason: RestartReason::ManualRequest,
                graceful: true,
                preserve_state: true,
                force: false,
                timeout: TIMEOUT,
            };
            let report = self.slots.restart(request).await;
            done.swaps.push(report.id.clone());
            match &report.outcome {
                SwapOutcome::Refused(refusal) => done.problems.push(format!("{slot}: {}", refusal.message)),
                SwapOutcome::RolledBack { why, .. } => done.problems.push(format!("{slot} was rolled back: {why}")),
                _ => done.what.push(format!("{slot} was restarted")),
            }
        }
        done
    }

    async fn back_up(&self) -> Done {
        let (dir, only, action) = (self.slots.dir().clone(), self.schedule.slot.clone(), self.action());
        let keep = self.live.get().backup.keep;
        let reason = self.schedule.reason.clone().unwrap_or(action);
        let copy = move || {
            let mut done = Done::default();
            let slots = only.as_ref().map_or_else(|| slots_with_data(&dir), |slot| vec![slot.clone()]);
            for slot in &slots {
                done.copied(backup_slot(&dir, slot, now(), &reason), slot.as_str());
            }
            if only.is_none() {
                done.copied(backup_host(&dir, now(), &reason), "the host's own file");
            }
            // Those that fail are not to cost those there are.
            if done.problems.is_empty() {
                done.pruned(prune_backups(&dir, keep));
            }
            done
        };
        let died = |_| Done { problems: vec!["a thread of the host died".to_owned()], ..Done::default() };
        spawn_blocking(copy).await.unwrap_or_else(died)
    }

    async fn prune(&self) -> Done {
        let mut done = Done::default();
        self.slots.tidy_up(self.schedule.slot.as_ref());
        match self.slots.prune_snapshots(self.schedule.slot.as_ref(), None).await {
            Ok(0) => {}
            Ok(snapshots) => done.what.push(format!("{snapshots} snapshots were removed")),
            Err(error) => done.problems.push(format!("snapshots: {}", chain(&error))),
        }
        let (dir, keep) = (self.slots.dir().clone(), self.live.get().backup.keep);
        if let Ok(pruned) = spawn_blocking(move || prune_backups(&dir, keep)).await {
            done.pruned(pruned);
        }
        done
    }

    async fn snapshot(&self) -> Done {
        let mut done = Done::default();
        for slot in self.open() {
            match self.slots.snapshot(&slot, SnapshotCause::Schedule).await {
                Ok(taken) if taken.unchanged => {}
                Ok(taken) => done.what.push(format!("the state of {slot} is kept in snapshot {}", taken.snapshot.id)),
                Err(error) => done.problems.push(format!("{slot}: {}", chain(&error))),
            }
        }
        done
    }

    /// The slot it is for, or all that are open: in one that is not, nothing has changed since it was.
    fn open(&self) -> Vec<SlotName> {
        match &self.schedule.slot {
            Some(slot) => vec![slot.clone()],
            None => self.slots.all_open(),
        }
    }

    fn action(&self) -> String {
        format!("scheduled {}", self.schedule.action.as_str())
    }

    async fn record(&self, at: u64, done: Done) {
        let who = AuditWho {
            client: "mainstay".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            session: None,
            transport: "schedule".to_owned(),
        };
        let entry = AuditEntry {
            id: uuid::Uuid::now_v7().simple().to_string(),
            at,
            who,
            action: self.action(),
            arguments: json!({ "slot": self.schedule.slot, "done": done.what, "problems": done.problems }),
            reason: self.schedule.reason.clone(),
            outcome: if done.problems.is_empty() { AuditOutcome::Done } else { AuditOutcome::Failed },
            error_code: None,
            swaps: done.swaps,
        };
        if let Some(Err(error)) = self.slots.with_host_db(move |db| db.record_audit(&entry)).await {
            tracing::warn!(error = chain(&error), "the audit log could not be written");
        }
    }
}

impl Done {
    fn copied(&mut self, copied: Result<Backup, BackupError>, of: &str) {
        match copied {
            Ok(backup) => self.what.push(format!("{of} was copied to {}", file(&backup.path))),
            // A slot whose data is gone since it was listed, or that was never used.
            Err(error) => self.problems.push(format!("{of}: {}", chain(&error))),
        }
    }

    fn pruned(&mut self, pruned: Result<Vec<Backup>, BackupError>) {
        match pruned {
            Ok(removed) => self.what.extend(removed.iter().map(|old| format!("{} was removed", file(&old.path)))),
            Err(error) => self.problems.push(format!("old backups: {}", chain(&error))),
        }
    }
}

fn file(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
