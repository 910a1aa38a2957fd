//! A call as those see it who look after the host: counted, timed, and, if somebody collects them, a span of a trace.

use std::time::Instant;

use futures::FutureExt as _;
use rmcp::model::{CallToolRequestParams, CallToolResponse};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tokio_util::sync::CancellationToken;

use super::handler::Handler;
use super::metrics::{Kind, Outcome, outcome};
use super::reboot;
use super::traces::{CallSpan, Served};

/// A call that is under way. Dropped before it is over, it was cancelled.
pub(crate) struct Observed {
    began: Instant,
    tool: String,
    cancelled: CancellationToken,
    handler: Handler,
    span: Option<CallSpan>,
    over: bool,
}

impl Handler {
    /// A call begins. Whose tool it is may not be known before it has been answered.
    pub(crate) fn observe(&self, params: &CallToolRequestParams, context: &RequestContext<RoleServer>) -> Observed {
        let transport = self.session().transport();
        let span = self.shared().traces().map(|traces| traces.call(transport, params, context));
        let (tool, cancelled, handler) = (params.name.to_string(), context.ct.clone(), self.clone());
        Observed { began: Instant::now(), tool, cancelled, handler, span, over: false }
    }

    /// What sort of tool that is, if it is in the list.
    fn kind(&self, tool: &str) -> Option<Kind> {
        if reboot::is_one(tool) {
            return Some(Kind::Host);
        }
        let published = self.slots().published_now()?;
        let slot = self.slots().get(&published.find(tool)?.slot)?;
        let reads = slot.plugin_now()?.surface().tool(tool)?.read_only();
        Some(if reads { Kind::Reads } else { Kind::Writes })
    }

    /// By whom a call of that tool is answered now, if it is a plugin's.
    fn served(&self, tool: &str) -> Option<Served> {
        let published = self.slots().published_now()?;
        let slot = self.slots().get(&published.find(tool)?.slot)?;
        Some(Served { slot: slot.name().clone(), generation: slot.look().generation })
    }
}

impl Observed {
    /// It has its answer.
    pub(crate) fn over(mut self, answer: &Result<CallToolResponse, ErrorData>) {
        self.over = true;
        let outcome = match outcome(answer) {
            Outcome::Fault if answer.is_err() && self.is_unwanted() => Outcome::Cancelled,
            outcome => outcome,
        };
        self.close(outcome);
    }

    fn is_unwanted(&self) -> bool {
        self.cancelled.is_cancelled() || self.handler.client_left().now_or_never().is_some()
    }

    fn close(&mut self, outcome: Outcome) {
        let (handler, tool) = (&self.handler, &*self.tool);
        let numbers = handler.shared().metrics.calls.of(tool, || handler.kind(tool));
        numbers.over(outcome, self.began.elapsed());
        if let Some(span) = self.span.take() {
            // What clients make up is not repeated.
            let known = (numbers.kind() != Kind::Other).then_some(tool);
            span.over(known.unwrap_or("other"), outcome, handler.served(tool));
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        if !self.over {
            self.close(Outcome::Cancelled);
        }
    }
}
