//! The host itself begins anew: the program on disk takes the place of the one that runs.

use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use super::answer::{Answer, Code, Problem};
use super::audit::Attempt;
use super::desk::Call;
use super::limits::Kind;
use super::restart_server::timeout;

/// Asks the program on disk whether it can take over. Its version, or what is in the way.
type Check = Box<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// That it is to begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostOrder {
    /// How long what is under way may take to be answered.
    pub(crate) timeout: Duration,
}

/// Whether it can, and is to.
#[derive(Default)]
pub(crate) struct HostRestart {
    check: Mutex<Option<std::sync::Arc<Check>>>,
    order: Mutex<Option<HostOrder>>,
    asked: Notify,
}

impl HostRestart {
    /// From now on it can; `check` says whether to what is on disk.
    pub(crate) fn offer(&self, check: Check) {
        *self.check.lock() = Some(std::sync::Arc::new(check));
    }

    /// Comes back when it is to.
    pub(crate) async fn asked(&self) -> HostOrder {
        loop {
            if let Some(order) = *self.order.lock() {
                return order;
            }
            self.asked.notified().await;
        }
    }

    /// Whether nobody asked before.
    fn ask(&self, order: HostOrder) -> bool {
        let is_first = self.order.lock().replace(order).is_none();
        self.asked.notify_one();
        is_first
    }
}

impl std::fmt::Debug for HostRestart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostRestart").field("order", &self.order).finish_non_exhaustive()
    }
}

pub(super) async fn answer(call: Call<'_>, attempt: &Attempt) -> Answer {
    let refuse = |code, message: String| Err(Problem::new(code, "preparation_failed", message));
    if let Some(field) = ["plugin", "force", "when"].into_iter().find(|field| call.arguments.contains_key(*field)) {
        let message = format!("\"{field}\" is said of a plugin, not with \"scope\": \"host\". Nothing was done.");
        return refuse(Code::InvalidParameters, message);
    }
    if call.arguments.get("preserve_state") == Some(&Value::Bool(false)) {
        let message =
            "The host keeps all state when it begins anew; only a plugin's can be given up. Nothing was done.";
        return refuse(Code::InvalidParameters, message.to_owned());
    }
    call.token(Kind::Restart)?;
    let host = &call.shared.reboot.host;
    let Some(check) = host.check.lock().clone() else {
        let message = "This process answers for somebody else and is not the host, so it cannot be replaced.";
        return refuse(Code::SystemNotReady, message.to_owned());
    };
    attempt.begun().await;
    let version = match check().await {
        Ok(version) => version,
        Err(why) => {
            let message =
                format!("Nothing was restarted, and this host serves on: {why}. Put a program in place that can.");
            return refuse(Code::ProcessFailed, message);
        }
    };
    if !host.ask(HostOrder { timeout: timeout(&call.arguments) }) {
        return refuse(Code::ShutdownInProgress, "The host is about to begin anew already.".to_owned());
    }
    let running = env!("CARGO_PKG_VERSION");
    let message = format!(
        "The program on disk ({version}) was checked and takes the place of this one ({running}) as soon as what is under way is answered. Connections and sessions stay; what is asked meanwhile is answered then."
    );
    let answer = json!({
        "success": true, "phase": "finalizing", "progress": 90, "message": message, "errors": [],
        "from": { "version": running }, "to": { "version": version },
    });
    Ok(answer.as_object().cloned().unwrap_or_else(Map::new))
}
