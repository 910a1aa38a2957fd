//! From a request to an answer: who asks, whether they may, and which tool it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::answer::{Answer, Code, Problem};
use super::audit::Attempt;
use super::definition::{Definition, definitions};
use super::host::HostRestart;
use super::limits::{Kind, Limits};
use super::scheduled::Scheduled;
use super::underway::Restarts;
use super::{health_check, reconnect_test, restart_server, restart_status, rollback, shutdown_prepare};
use crate::config::Role;
use crate::model::swap::Origin;
use crate::server::metrics::Limit;
use crate::server::session::Session;
use crate::server::shared::Shared;
use crate::swap::Reporter;

/// How long an answer waits to hear how the slots are.
const GLANCE: Duration = Duration::from_millis(250);

/// What the tools keep for as long as the process lives.
#[derive(Debug, Default)]
pub(crate) struct Reboot {
    pub(crate) host: HostRestart,
    pub(super) limits: Limits,
    pub(super) restarts: Restarts,
    pub(super) scheduled: Scheduled,
}

impl Reboot {
    /// The session has closed.
    pub(crate) fn forget(&self, session: &Session) {
        self.limits.forget(session.id());
    }
}

/// Who asks.
#[derive(Clone)]
pub(crate) struct Asker {
    /// None for the command line, which is the owner's.
    pub(crate) session: Option<Session>,
    pub(crate) client_name: String,
    pub(crate) client_version: String,
    /// `stdio`, `socket`.
    pub(crate) transport: &'static str,
    pub(crate) role: Role,
    /// Its protocol forbids that a list changes as the effect of a request.
    pub(crate) fixed_list: bool,
    /// Hears how far it is.
    pub(crate) reporter: Arc<dyn Reporter>,
}

/// A request for a reboot tool.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) from: &'a Asker,
    /// Checked against the schema.
    pub(crate) arguments: Map<String, Value>,
    /// When it came.
    pub(crate) began: Instant,
}

impl Shared {
    /// Answers for the reboot tool of that name; none if there is no such tool.
    pub(crate) async fn reboot(
        self: &Arc<Self>,
        tool: &str,
        arguments: Map<String, Value>,
        from: &Asker,
    ) -> Option<Answer> {
        let definition = definitions().iter().find(|definition| definition.name == tool)?;
        Some(self.answer(definition, arguments, from).await)
    }

    /// Answers for that tool.
    pub(super) async fn answer(
        self: &Arc<Self>,
        definition: &Definition,
        arguments: Map<String, Value>,
        from: &Asker,
    ) -> Answer {
        let call = Call { shared: self, from, arguments, began: Instant::now() };
        let mut answer = match definition.name.as_str() {
            "orchestrator_restart_server" | "orchestrator_rollback" => call.act(definition).await,
            _ => call.look(definition).await,
        };
        let attempts = self.attempts().await;
        let fields = match &mut answer {
            Ok(object) => object,
            Err(problem) => &mut problem.more,
        };
        fields.entry("attempts").or_insert(attempts);
        answer
    }

    /// How often each slot's version may fail, and has.
    async fn attempts(&self) -> Value {
        let Ok(slots) = tokio::time::timeout(GLANCE, self.slots.status()).await else { return json!({}) };
        Value::Object(slots.into_iter().map(|status| (status.slot.to_string(), json!(status.attempts))).collect())
    }
}

impl Call<'_> {
    async fn act(self, definition: &Definition) -> Answer {
        let attempt = Attempt::new(self.shared, self.from, &definition.name, &self.arguments);
        let rollback = definition.name == "orchestrator_rollback";
        let frame = if rollback { rollback::frame(&self.arguments) } else { restart_server::frame(&self.arguments) };
        let operator = self.from.must_be_operator().inspect_err(|_| {
            self.shared.metrics.refusals.one_more(Limit::Role);
        });
        let allowed = operator.and_then(|()| self.fits(definition));
        let answer = match allowed {
            Err(problem) => Err(problem),
            Ok(()) if rollback => rollback::answer(self, &attempt).await,
            Ok(()) => restart_server::answer(self, &attempt).await,
        };
        attempt.over(&answer).await;
        // What fails says the same of itself as what goes well.
        answer.map_err(|problem| problem.with(frame))
    }

    async fn look(self, definition: &Definition) -> Answer {
        self.fits(definition)?;
        match definition.name.as_str() {
            "orchestrator_health_check" => {
                self.token(Kind::Health)?;
                health_check::answer(self).await
            }
            "orchestrator_restart_status" => {
                self.token(Kind::Status)?;
                restart_status::answer(self).await
            }
            "orchestrator_reconnect_test" => {
                self.token(Kind::ReconnectTest)?;
                reconnect_test::answer(self).await
            }
            _ => shutdown_prepare::answer(self).await,
        }
    }

    fn fits(&self, definition: &Definition) -> Result<(), Problem> {
        definition.check(&self.arguments).map_err(|problems| {
            let message = format!("The arguments do not fit, and nothing was done: {}.", problems.join("; "));
            Problem::new(Code::InvalidParameters, "preparation_failed", message)
        })
    }

    /// Uses up a token of the session's. The command line needs none.
    pub(super) fn token(&self, kind: Kind) -> Result<(), Problem> {
        let Some(session) = &self.from.session else { return Ok(()) };
        let a_minute = kind.a_minute(&self.shared.slots.settings().reboot);
        self.shared.reboot.limits.take(session.id(), kind, a_minute).map_err(|seconds| {
            self.shared.metrics.refusals.one_more(Limit::HostTools);
            let mut problem = Problem::new(Code::RateLimited, "rate_limited", "Rate limit exceeded");
            problem.retry_after = Some(seconds);
            let message = format!(
                "A session may ask this {a_minute} times a minute, and nothing was done. Ask again in {seconds} s."
            );
            problem.more.insert("message".to_owned(), Value::String(message));
            problem
        })
    }
}

impl Asker {
    /// In the history's words.
    pub(super) fn origin(&self) -> Origin {
        match &self.session {
            Some(_) => Origin::Client { name: self.client_name.clone(), fixed_list: self.fixed_list },
            None => Origin::CommandLine,
        }
    }
}
