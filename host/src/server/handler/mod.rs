//! The protocol's requests, answered.

#![expect(
    deprecated,
    reason = "clients of today use sampling, roots and logging, which the protocol is to drop in 2027"
)]

mod asking;
mod completion;
mod guarded;
mod listening;
mod misshapen;
mod prompts;
mod resources;
mod tools;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult, CustomRequest,
    CustomResult, DiscoverResult, ExtensionCapabilities, GetPromptRequestParams, GetPromptResponse, GetTaskParams,
    GetTaskResult, Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, SetLevelRequestMethod,
    SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
    UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) use self::guarded::{Attentive, Guarded};
use self::misshapen::misshapen;
use super::principal::Standing;
use super::session::Session;
use super::shared::Shared;
use super::{errors, reboot, reports, subscriptions};
use crate::plugin::{Entered, EntryContext, Instance, KillSwitch, Plugin};
use crate::swap::{LazySlot, Silent, Slots};

/// How long the first answer waits for the plugin to say what it is. After a first start that is in the
/// cache and takes no time; before, the client gets words that fit any plugin.
const INTRODUCTION: Duration = Duration::from_millis(250);

const INSTRUCTIONS: &str = "Mainstay runs tools whose logic can be replaced while you stay connected. \
    List the tools to see what they are for.";

/// One client's view of the host.
#[derive(Clone)]
pub struct Handler {
    inner: Arc<Inner>,
    /// Tells what goes on beside requests when the client has gone.
    _gone: Option<Arc<DropGuard>>,
}

struct Inner {
    shared: Arc<Shared>,
    /// Over HTTP, known from the first request on.
    session: OnceLock<Session>,
    /// The session ends with this.
    ends: AtomicBool,
    /// Cancelled when the client has gone.
    leaving: CancellationToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(session) = self.session.get().filter(|_| self.ends.load(Ordering::Acquire)) {
            self.shared.close(session);
        }
    }
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").field("session", &self.inner.session).finish_non_exhaustive()
    }
}

impl Handler {
    /// For one client that started the host in `directory` and has left when `leaving` is cancelled.
    pub fn new(shared: Arc<Shared>, directory: Option<String>, leaving: CancellationToken) -> Self {
        Self::of(shared, Session::new(directory, "stdio"), leaving)
    }

    /// For the command line of whoever runs the host.
    pub fn of_operator(shared: Arc<Shared>, directory: Option<String>, leaving: CancellationToken) -> Self {
        Self::of(shared, Session::of_operator(directory), leaving)
    }

    /// For a session that is known from the beginning.
    pub(crate) fn of(shared: Arc<Shared>, session: Session, leaving: CancellationToken) -> Self {
        Self::with(shared, OnceLock::from(session), true, leaving)
    }

    /// For a session of the protocol's over HTTP. The first request says whose it is.
    pub(crate) fn over_http(shared: Arc<Shared>) -> Self {
        Self::with(shared, OnceLock::new(), false, CancellationToken::new())
    }

    fn with(shared: Arc<Shared>, session: OnceLock<Session>, ends: bool, leaving: CancellationToken) -> Self {
        let gone = Arc::new(leaving.clone().drop_guard());
        let ends = AtomicBool::new(ends);
        Self { inner: Arc::new(Inner { shared, session, ends, leaving }), _gone: Some(gone) }
    }

    /// The same for a task that ends when the client has gone.
    pub(crate) fn beside(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), _gone: None }
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.inner.shared.slots
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    /// Comes back when nobody is there any more to answer or to be told.
    pub(crate) async fn client_left(&self) {
        self.inner.leaving.cancelled().await;
    }

    /// The client's session. Every request is heard before it is answered, so there is one.
    pub(crate) fn session(&self) -> &Session {
        self.inner.session.get_or_init(|| Session::new(None, "unknown"))
    }

    /// Gives the plugins a moment to be known, for their instructions.
    async fn introduce(&self) {
        // Whatever is wrong with a plugin, a client may connect and hear of it from the tools.
        drop(tokio::time::timeout(INTRODUCTION, self.surfaces()).await);
    }

    /// The plugins that can be loaded, in the order of their slots.
    async fn surfaces(&self) -> Result<Vec<(Arc<LazySlot>, Arc<Plugin>)>, ErrorData> {
        let mut surfaces = Vec::new();
        let mut problem = None;
        for slot in self.slots().all() {
            match slot.plugin().await {
                Ok(plugin) => surfaces.push((slot, plugin)),
                Err(error) => problem = Some(errors::protocol_error(&error, true)),
            }
        }
        match problem {
            Some(problem) if surfaces.is_empty() => Err(problem),
            _ => Ok(surfaces),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        slot: &LazySlot,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T> + Send + 'static,
    ) -> Result<T, ErrorData> {
        let readers = slot.readers().await.map_err(|error| errors::protocol_error(&error, true))?;
        let read = readers.read(Arc::new(Silent), KillSwitch::default(), entry).await;
        read.map_err(|error| errors::slot_protocol_error(&error))
    }

    /// Comes back when the host ends and a call of this client's can be waited for no longer, if it is to be answered
    /// on its connection.
    async fn is_cut_off(&self) {
        if self.session().principal().is_none() {
            std::future::pending::<()>().await;
        }
        self.shared().lifecycle.is_over().await;
    }

    fn ttl(&self) -> u64 {
        self.slots().settings().server.surface_ttl_ms
    }
}

/// MCP Apps: pages that a client shows beside what a tool answers. All there is to it here is that `_meta` of tools and
/// resources and `ui://` pass through unchanged, so it holds for every plugin.
fn apps() -> ExtensionCapabilities {
    let settings = [("mimeTypes".to_owned(), json!(["text/html;profile=mcp-app"]))];
    ExtensionCapabilities::from([("io.modelcontextprotocol/ui".to_owned(), settings.into_iter().collect())])
}

impl Attentive for Handler {
    fn hears(&self, context: &RequestContext<RoleServer>) {
        let session = self.inner.session.get_or_init(|| {
            let (session, ends) = self.shared().session_of(context);
            self.inner.ends.store(ends, Ordering::Release);
            session
        });
        session.seen(context);
        self.shared().sessions.seen(session, &context.peer);
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        // All of it from the start: older clients learn of capabilities once, and a later plugin may have
        // what this one has not.
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_resources_subscribe()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_completions()
            .enable_logging()
            .enable_extensions_with(apps())
            .enable_tasks()
            .build();
        let slots = self.slots().all();
        let known = slots.iter().filter_map(|slot| slot.plugin_now()?.surface().description.instructions.clone());
        let known = known.reduce(|all, next| format!("{all}\n\n{next}"));
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("mainstay", env!("CARGO_PKG_VERSION")).with_title("Mainstay"))
            .with_instructions(known.unwrap_or_else(|| INSTRUCTIONS.to_owned()))
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.introduce().await;
        context.peer.set_peer_info(request.clone());
        let agreed = self.negotiate_initialize(&request)?;
        self.session().agreed(&agreed.protocol_version);
        if let Some(standing) = context.extensions.get::<Standing>() {
            self.takes_up(standing);
        }
        Ok(agreed)
    }

    async fn discover(&self, _: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        self.introduce().await;
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, self.get_info()).with_ttl_ms(self.ttl()))
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let observed = self.observe(&params, &context);
        let answer = async {
            if reboot::is_one(&params.name) {
                return Ok(self.answer_reboot(params, context).await.into());
            }
            self.answer_call(params, context).await
        };
        let answer = tokio::select! {
            // One that waited has an answer of its own.
            biased;
            answer = answer => answer,
            () = self.is_cut_off() => Ok(errors::interrupted(errors::INTERRUPTED).into()),
        };
        observed.over(&answer);
        answer
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.tools_listed().await
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        if let Some(own) = reboot::definitions().iter().find(|definition| definition.name == name) {
            return Some(own.tool.clone());
        }
        let published = self.slots().published_now()?;
        self.shared().listed.tools(&published).iter().find(|tool| tool.name == name).cloned()
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.tell_what_may_have_changed(&context.peer);
        self.tell_of_lists(context);
    }

    async fn list_resources(
        &self,
        params: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.resources_listed(params, context).await
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        self.resource_templates_listed().await
    }

    async fn read_resource(
        &self,
        params: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.resource_read(params, context).await
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        self.prompts_listed(context).await
    }

    async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.prompt_got(params, context).await
    }

    async fn complete(
        &self,
        params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.completed(params, context).await
    }

    async fn set_level(
        &self,
        params: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28) {
            return Err(ErrorData::method_not_found::<SetLevelRequestMethod>());
        }
        if let Some(level) = reports::level_from_mcp(params.level) {
            self.session().log_from(level);
        }
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(subscriptions::accepted(requested))
    }

    async fn get_task(&self, params: GetTaskParams, _: RequestContext<RoleServer>) -> Result<GetTaskResult, ErrorData> {
        self.task_got(&params.task_id).await
    }

    async fn update_task(&self, params: UpdateTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.task_updated(&params.task_id, params.input_responses).await
    }

    async fn cancel_task(&self, params: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.task_cancelled(&params.task_id).await
    }

    async fn subscribe(
        &self,
        params: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.subscribed(params.uri, &context.peer)
    }

    async fn unsubscribe(
        &self,
        params: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session().subscribed().remove(&params.uri);
        Ok(())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.tell_subscriber(&context).await;
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // One that the client's version of the protocol does not have is unknown, of whatever shape.
        let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        let removed = modern && request.method == "logging/setLevel";
        Err(misshapen(&request).filter(|_| !removed).unwrap_or_else(|| {
            let text = format!("there is no method {:?}", request.method);
            ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, text, None)
        }))
    }
}
