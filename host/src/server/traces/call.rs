//! A call as a span.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _};
use opentelemetry_sdk::trace::Span;
use rmcp::RoleServer;
use rmcp::model::CallToolRequestParams;
use rmcp::service::RequestContext;

use super::{Traces, parent};
use crate::model::{Generation, SlotName};
use crate::server::metrics::Outcome;

/// Of a call that is under way.
pub(crate) struct CallSpan(Span);

/// By whom a call was answered.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) slot: SlotName,
    pub(crate) generation: Option<Generation>,
}

impl Traces {
    /// A call begins.
    pub(crate) fn call(
        &self,
        transport: &'static str,
        params: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> CallSpan {
        let attributes =
            [KeyValue::new("mcp.method.name", "tools/call"), KeyValue::new("mainstay.transport", transport)];
        let span = self.tracer.span_builder("tools/call").with_kind(SpanKind::Server);
        CallSpan(self.tracer.build_with_context(span.with_attributes(attributes), &parent::of(params, context)))
    }
}

impl CallSpan {
    /// It is over. `served` is none for the host's own tools.
    pub(crate) fn over(mut self, tool: &str, outcome: Outcome, served: Option<Served>) {
        self.0.update_name(format!("tools/call {tool}"));
        self.0.set_attribute(KeyValue::new("gen_ai.tool.name", tool.to_owned()));
        if let Some(Served { slot, generation }) = served {
            self.0.set_attribute(KeyValue::new("mainstay.slot", slot.to_string()));
            if let Some(generation) = generation {
                let generation = i64::try_from(generation.0).unwrap_or(i64::MAX);
                self.0.set_attribute(KeyValue::new("mainstay.generation", generation));
            }
        }
        self.0.set_attribute(KeyValue::new("mainstay.outcome", outcome.word()));
        if !matches!(outcome, Outcome::Ok | Outcome::Asked) {
            self.0.set_status(Status::error(outcome.word()));
        }
        self.0.end();
    }
}
