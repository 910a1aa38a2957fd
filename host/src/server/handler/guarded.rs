//! A handler that panics still answers.
//!
//! rmcp sends nothing for a request whose handler panicked, and the client would wait for ever.

#![expect(deprecated, reason = "clients of today subscribe to resources by a request, which the protocol is to drop")]

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam, CompleteRequestParams,
    CompleteResult, CustomNotification, CustomRequest, CustomResult, DiscoverResult, ErrorData, GetPromptRequestParams,
    GetPromptResponse, GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ServerConfig,
    SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
    UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{RoleServer, ServerHandler};

use crate::server::errors;

const FAULT: &str = "The host failed while it served this request; whether anything was kept is not known.";

/// Answers for `H` when it panics.
#[derive(Debug, Clone)]
pub(crate) struct Guarded<H>(pub(crate) H);

/// Hears of every request before it is answered.
pub(crate) trait Attentive {
    fn hears(&self, context: &RequestContext<RoleServer>);
}

/// What `answer` comes to, or that it failed. Boxed, because rmcp moves the future it is part of several times, and some
/// are large.
async fn answered<T>(answer: impl Future<Output = Result<T, ErrorData>> + Send) -> Result<T, ErrorData> {
    let answered = AssertUnwindSafe(Box::pin(answer)).catch_unwind().await;
    answered.unwrap_or_else(|_| Err(ErrorData::internal_error(FAULT, None)))
}

/// A notification has no answer, and what becomes of it is in the log.
async fn heard(notification: impl Future<Output = ()> + Send) {
    drop(AssertUnwindSafe(Box::pin(notification)).catch_unwind().await);
}

/// Methods that answer a request.
macro_rules! requests {
    ($($method:ident($($params:ident: $of:ty)?) -> $answer:ty;)*) => { $(
        async fn $method(
            &self,
            $($params: $of,)?
            context: RequestContext<RoleServer>,
        ) -> Result<$answer, ErrorData> {
            self.0.hears(&context);
            answered(self.0.$method($($params,)? context)).await
        }
    )* };
}

/// Methods that hear a notification.
macro_rules! notifications {
    ($($method:ident($($params:ident: $of:ty)?);)*) => { $(
        async fn $method(&self, $($params: $of,)? context: NotificationContext<RoleServer>) {
            heard(self.0.$method($($params,)? context)).await;
        }
    )* };
}

impl<H: ServerHandler + Attentive> ServerHandler for Guarded<H> {
    requests! {
        ping() -> ();
        initialize(params: InitializeRequestParams) -> InitializeResult;
        discover() -> DiscoverResult;
        complete(params: CompleteRequestParams) -> CompleteResult;
        set_level(params: SetLevelRequestParams) -> ();
        get_prompt(params: GetPromptRequestParams) -> GetPromptResponse;
        list_prompts(params: Option<PaginatedRequestParams>) -> ListPromptsResult;
        list_resources(params: Option<PaginatedRequestParams>) -> ListResourcesResult;
        list_resource_templates(params: Option<PaginatedRequestParams>) -> ListResourceTemplatesResult;
        read_resource(params: ReadResourceRequestParams) -> ReadResourceResponse;
        subscribe(params: SubscribeRequestParams) -> ();
        unsubscribe(params: UnsubscribeRequestParams) -> ();
        list_tools(params: Option<PaginatedRequestParams>) -> ListToolsResult;
        get_task(params: GetTaskParams) -> GetTaskResult;
        update_task(params: UpdateTaskParams) -> ();
        cancel_task(params: CancelTaskParams) -> ();
        on_custom_request(params: CustomRequest) -> CustomResult;
    }

    notifications! {
        on_cancelled(params: CancelledNotificationParam);
        on_progress(params: ProgressNotificationParam);
        on_initialized();
        on_roots_list_changed();
        on_custom_notification(params: CustomNotification);
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0.hears(&context);
        let called = AssertUnwindSafe(Box::pin(self.0.call_tool(params, context))).catch_unwind().await;
        // Where the model sees it.
        let fault = |_| Ok(CallToolResponse::Complete(errors::tool_error("host-fault", FAULT.to_owned(), false)));
        called.unwrap_or_else(fault)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.0.hears(context.request_context());
        answered(self.0.listen(context)).await
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        self.0.accepted_subscription_filter(requested)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.0.get_tool(name)
    }

    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.0.supported_protocol_versions()
    }
}
