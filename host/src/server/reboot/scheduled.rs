//! Restarts that are to happen at a time. They are forgotten when the host ends: what is to outlive it belongs into the
//! settings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Code, Problem};
use super::audit::Attempt;
use super::desk::Asker;
use super::restarting::Order;
use super::time::timestamp;
use crate::plugin::now;
use crate::server::shared::Shared;
use crate::swap::Silent;

/// More at a time are a mistake.
const MOST: usize = 8;
/// The clock on the wall is looked at this often, for it may be set.
const LOOK: Duration = Duration::from_secs(30);

/// Those that have not begun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scheduled(Arc<Mutex<Vec<Pending>>>);

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) id: String,
    pub(crate) plugin: String,
    /// Milliseconds since the epoch.
    pub(crate) at: u64,
    pub(crate) reason: &'static str,
    pub(crate) asked_by: String,
}

impl Scheduled {
    /// In the order in which they are to happen.
    pub(crate) fn all(&self) -> Vec<Pending> {
        let mut all = self.0.lock().clone();
        all.sort_by_key(|pending| pending.at);
        all
    }

    /// Accepts one more.
    ///
    /// # Errors
    /// If there are too many.
    pub(super) fn add(
        &self,
        shared: &Arc<Shared>,
        from: &Asker,
        order: Order,
        arguments: &Map<String, Value>,
        at: u64,
    ) -> Answer {
        let slots: Vec<_> = order.target.slots.iter().map(|slot| slot.as_str()).collect();
        let pending = Pending {
            id: uuid::Uuid::now_v7().simple().to_string(),
            plugin: if order.target.all { "*".to_owned() } else { slots.join(", ") },
            at,
            reason: order.reason.as_str(),
            asked_by: from.client_name.clone(),
        };
        {
            let mut known = self.0.lock();
            if known.len() >= MOST {
                let message = format!("{MOST} restarts are scheduled already: see orchestrator_restart_status.");
                return Err(Problem::new(Code::SystemNotReady, "preparation_failed", message));
            }
            known.push(pending.clone());
        }
        let answer = pending.answer();
        let (all, shared, arguments) = (self.clone(), Arc::clone(shared), arguments.clone());
        // Whoever asked has its answer by then, and hears of it like all others.
        let from = Asker { reporter: Arc::new(Silent), ..from.clone() };
        let order = Order { knows: None, ..order };
        tokio::spawn(async move {
            come(at).await;
            all.0.lock().retain(|known| known.id != pending.id);
            let attempt = Attempt::new(&shared, &from, "orchestrator_restart_server", &arguments);
            attempt.begun().await;
            let answer = order.carry_out(&shared, &from, Instant::now()).await;
            if let Err(problem) = &answer {
                tracing::error!(code = problem.code.as_str(), problem.message, "a scheduled restart failed");
            }
            attempt.over(&answer).await;
        });
        Ok(answer)
    }
}

impl Pending {
    fn answer(&self) -> Map<String, Value> {
        let time = timestamp(self.at);
        let message =
            format!("Restart of {} scheduled for {time}. It is forgotten if the host ends before.", self.plugin);
        let answer = json!({
            "success": true,
            "phase": "maintenance_mode",
            "progress": 0,
            "message": message,
            "plugin": self.plugin,
            "scheduled_for": time,
            "schedule_id": self.id,
            "errors": [],
        });
        if let Value::Object(answer) = answer { answer } else { Map::new() }
    }
}

/// Comes back when the clock on the wall says so.
async fn come(at: u64) {
    loop {
        let left = Duration::from_millis(at.saturating_sub(now()));
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK)).await;
    }
}
