//! To which trace a request belongs: its `_meta` says so (SEP-414), or the header of its HTTP request.

use http::request::Parts;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use rmcp::RoleServer;
use rmcp::model::CallToolRequestParams;
use rmcp::service::RequestContext;

const PARENT: &str = "traceparent";
const STATE: &str = "tracestate";

/// What a client said.
struct Said<'a> {
    parent: Option<&'a str>,
    state: Option<&'a str>,
}

/// The parent of a call's span; of a trace of its own, if the client names none.
pub(super) fn of(params: &CallToolRequestParams, context: &RequestContext<RoleServer>) -> Context {
    let metas = [Some(&context.meta), params.meta.as_ref()];
    if let Some(meta) = metas.into_iter().flatten().find(|meta| meta.get_traceparent().is_some()) {
        return extract(&Said { parent: meta.get_traceparent(), state: meta.get_tracestate() });
    }
    let parts = context.extensions.get::<Parts>();
    let in_header = |field: &str| parts?.headers.get(field)?.to_str().ok();
    extract(&Said { parent: in_header(PARENT), state: in_header(STATE) })
}

/// What is no `traceparent` is as if nothing had been said.
fn extract(said: &Said<'_>) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), said)
}

impl Extractor for Said<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            PARENT => self.parent,
            STATE => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![PARENT, STATE]
    }
}

#[cfg(test)]
mod tests;
