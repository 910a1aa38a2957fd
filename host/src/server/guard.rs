//! A handler that panics still answers.
//!
//! rmcp sends nothing for a request whose handler panicked, and the client would wait for ever.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use rmcp::model::{
    CallToolResponse, ClientNotification, ClientRequest, ErrorData, ProtocolVersion, ServerConfig, ServerResult,
};
use rmcp::service::{NotificationContext, RequestContext, Service};
use rmcp::{RoleServer, ServerHandler};

use super::errors;

const FAULT: &str = "The host failed while it served this request; whether anything was kept is not known.";

/// Answers for `H` when it panics.
pub(crate) struct Guarded<H>(pub(crate) H);

/// Hears of every request before it is answered.
pub(crate) trait Attentive {
    fn hears(&self, context: &RequestContext<RoleServer>);
}

impl<H: ServerHandler + Attentive> Service<RoleServer> for Guarded<H> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        self.0.hears(&context);
        let call = matches!(request, ClientRequest::CallToolRequest(_));
        // Boxed, because rmcp moves the future it is part of several times, and this one is large.
        let answer = Box::pin(self.0.handle_request(request, context));
        AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
            if call {
                // Where the model sees it.
                let result = errors::tool_error("host-fault", FAULT.to_owned(), false);
                Ok(ServerResult::from(CallToolResponse::Complete(result)))
            } else {
                Err(ErrorData::internal_error(FAULT, None))
            }
        })
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let handled = AssertUnwindSafe(self.0.handle_notification(notification, context)).catch_unwind();
        handled.await.unwrap_or(Ok(()))
    }

    fn get_info(&self) -> ServerConfig {
        ServerHandler::get_info(&self.0)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        ServerHandler::supported_protocol_versions(&self.0)
    }
}
