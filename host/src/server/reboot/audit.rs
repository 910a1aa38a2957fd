//! Every attempt to act is written down, allowed or not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Code};
use super::desk::Asker;
use super::outcome;
use crate::model::chain;
use crate::model::swap::SwapReport;
use crate::plugin::now;
use crate::server::shared::Shared;
use crate::store::{AuditEntry, AuditOutcome, AuditWho};

/// How long an answer waits for the disk. What is written later is written all the same.
const DISK: Duration = Duration::from_millis(400);
/// Arguments longer than this are not kept. No valid ones are.
const ARGUMENTS: usize = 2_048;
/// Of a name that a client gives itself.
const NAME: usize = 200;

/// An attempt that is not over.
pub(super) struct Attempt {
    shared: Arc<Shared>,
    entry: AuditEntry,
}

impl Attempt {
    pub(super) fn new(shared: &Arc<Shared>, from: &Asker, action: &str, arguments: &Map<String, Value>) -> Self {
        let reason = arguments.get("reason").and_then(Value::as_str);
        let given = Value::Object(arguments.clone());
        let length = given.to_string().len();
        let entry = AuditEntry {
            id: uuid::Uuid::now_v7().simple().to_string(),
            at: now(),
            who: from.who(),
            action: action.to_owned(),
            arguments: if length <= ARGUMENTS { given } else { json!({ "bytes": length }) },
            reason: reason.filter(|_| length <= ARGUMENTS).map(str::to_owned),
            outcome: AuditOutcome::Begun,
            error_code: None,
            swaps: Vec::new(),
        };
        Self { shared: Arc::clone(shared), entry }
    }

    /// It is allowed, and about to be made.
    pub(super) async fn begun(&self) {
        self.write().await;
    }

    /// What came of it.
    pub(super) async fn over(mut self, answer: &Answer) {
        let (outcome, fields) = match answer {
            Ok(object) if object.contains_key("scheduled_for") => (AuditOutcome::Scheduled, object),
            Ok(object) => (AuditOutcome::Done, object),
            Err(problem) => {
                self.entry.error_code = Some(problem.code.as_str().to_owned());
                let denied = [Code::PermissionDenied, Code::RateLimited, Code::InvalidParameters];
                let denied = denied.contains(&problem.code);
                (if denied { AuditOutcome::Denied } else { AuditOutcome::Failed }, &problem.more)
            }
        };
        self.entry.outcome = outcome;
        self.entry.swaps = swaps(fields);
        if !self.write().await {
            // Only the host writes its file, and whoever is refused does not become it.
            let AuditEntry { who, action, outcome, error_code, .. } = &self.entry;
            let (client, outcome) = (&who.client, outcome.as_str());
            tracing::warn!(
                client,
                action,
                outcome,
                error_code,
                "an attempt that is in no audit log: nobody is host yet"
            );
        }
    }

    /// Whether there is a log to write to.
    async fn write(&self) -> bool {
        let (shared, entry) = (Arc::clone(&self.shared), self.entry.clone());
        let write = tokio::spawn(async move {
            let written = shared.slots.with_host_db(move |db| db.record_audit(&entry)).await;
            if let Some(Err(error)) = &written {
                tracing::error!(error = chain(error), "an attempt could not be written to the audit log");
            }
            written.is_some()
        });
        match tokio::time::timeout(DISK, write).await {
            Ok(written) => written.unwrap_or(false),
            Err(_) => true,
        }
    }
}

impl Shared {
    /// What the owner of the data asks for without a tool is an attempt too, and nobody is asked whether he may.
    pub(crate) async fn audited(
        self: &Arc<Self>,
        from: &Asker,
        action: &str,
        arguments: &Map<String, Value>,
        work: impl Future<Output = Arc<SwapReport>> + Send,
    ) -> Arc<SwapReport> {
        let attempt = Attempt::new(self, from, action, arguments);
        attempt.begun().await;
        let report = work.await;
        attempt.over(&outcome::answer(&report, action, true)).await;
        report
    }
}

impl Asker {
    fn who(&self) -> AuditWho {
        let short = |text: &str| text.chars().take(NAME).collect();
        AuditWho {
            client: short(&self.client_name),
            version: short(&self.client_version),
            session: self.session.as_ref().map(|session| session.id().to_owned()),
            transport: self.transport.to_owned(),
        }
    }
}

/// The swaps that an answer names.
fn swaps(answer: &Map<String, Value>) -> Vec<String> {
    let several = answer.get("restarts").and_then(Value::as_array).into_iter().flatten();
    let named = several.map(|one| &one["swap_id"]).chain(answer.get("swap_id"));
    let mut ids: Vec<String> = named.filter_map(Value::as_str).map(str::to_owned).collect();
    ids.dedup();
    ids
}
