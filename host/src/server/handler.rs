//! The protocol's requests, answered.

#![expect(
    deprecated,
    reason = "clients of today use sampling, roots and logging, which the protocol is to drop in 2027"
)]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CompletionInfo,
    CustomRequest, CustomResult, DiscoverResult, ExtensionCapabilities, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    PromptListChangedNotification, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, Reference, ResourceListChangedNotification, ServerCapabilities, ServerConfig,
    ServerNotification, SetLevelRequestMethod, SetLevelRequestParams, SubscriptionFilter, Tool,
    ToolListChangedNotification,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext, SubscriptionSendError};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::guard::Attentive;
use super::listed::{List, Listed};
use super::session::Session;
use super::shared::Shared;
use super::state::StateKeys;
use super::{convert, errors, pages, reboot, reports};
use crate::model::chain;
use crate::plugin::contract::{completion, prompts, resources};
use crate::plugin::{Entered, EntryContext, Instance, KillSwitch, Plugin};
use crate::swap::{LazySlot, Silent, Slots};

/// How long the first answer waits for the plugin to say what it is. After a first start that is in the
/// cache and takes no time; before, the client gets words that fit any plugin.
const INTRODUCTION: Duration = Duration::from_millis(250);

const INSTRUCTIONS: &str = "Mainstay runs tools whose logic can be replaced while you stay connected. \
    List the tools to see what they are for.";

/// One client's view of the host.
#[derive(Clone)]
pub struct Handler(Arc<Inner>);

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.sessions.close(&self.session);
        self.shared.reboot.forget(&self.session);
    }
}

struct Inner {
    shared: Arc<Shared>,
    session: Session,
    keys: OnceLock<StateKeys>,
    listed: Listed,
    /// Cancelled when the client has gone.
    leaving: CancellationToken,
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler").field("session", &self.0.session).finish_non_exhaustive()
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

    fn of(shared: Arc<Shared>, session: Session, leaving: CancellationToken) -> Self {
        Self(Arc::new(Inner { shared, session, keys: OnceLock::new(), listed: Listed::default(), leaving }))
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.0.shared.slots
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    /// Comes back when nobody is there any more to answer or to be told.
    pub(crate) async fn client_left(&self) {
        self.0.leaving.cancelled().await;
    }

    pub(crate) fn session(&self) -> &Session {
        &self.0.session
    }

    pub(crate) fn state_keys(&self) -> Result<&StateKeys, ErrorData> {
        if let Some(keys) = self.0.keys.get() {
            return Ok(keys);
        }
        let keyring = self.slots().keyring().map_err(|error| errors::protocol_error(&error, true))?;
        Ok(self.0.keys.get_or_init(|| StateKeys::new(&keyring)))
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
        self.session().seen(context);
        self.shared().sessions.seen(self.session(), &context.peer);
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
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_completions()
            .enable_logging()
            .enable_extensions_with(apps())
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
        if reboot::is_one(&params.name) {
            return Ok(self.answer_reboot(params, context).await.into());
        }
        self.answer_call(params, context).await
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.session().listed();
        let answers = self.slots().settings().reboot.output_schemas;
        let shown = |of: &reboot::Definition| if answers { of.with_answers.clone() } else { of.tool.clone() };
        let own = reboot::definitions().iter().map(shown);
        // A plugin that cannot be loaded is no reason to hide the tools that repair it.
        let mut tools: Vec<Tool> = match self.slots().published().await {
            Ok(published) => own.chain(self.0.listed.tools(&published).iter().cloned()).collect(),
            Err(error) => {
                tracing::warn!(error = chain(&error), "no plugin can be listed");
                own.collect()
            }
        };
        tools.extend(self.operators_tools().await);
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(self.ttl()).with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        if let Some(own) = reboot::definitions().iter().find(|definition| definition.name == name) {
            return Some(own.tool.clone());
        }
        let published = self.slots().published_now()?;
        self.0.listed.tools(&published).iter().find(|tool| tool.name == name).cloned()
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let peer = context.peer;
        tokio::spawn(self.clone().watch_lists(move |list| {
            let peer = peer.clone();
            async move {
                let told = match list {
                    List::Tools => peer.notify_tool_list_changed().await,
                    List::Prompts => peer.notify_prompt_list_changed().await,
                    List::Resources => peer.notify_resource_list_changed().await,
                };
                told.is_ok()
            }
        }));
    }

    async fn list_resources(
        &self,
        params: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let caller = self.session().caller(&context);
        let with = self.surfaces().await?.into_iter().filter(|(_, plugin)| plugin.surface().has_resources);
        let slots: Vec<_> = with.map(|(slot, _)| slot).collect();
        let asked = params.and_then(|params| params.cursor);
        let Some((index, cursor)) = pages::resume(asked.as_deref(), &slots) else {
            return Err(resource_error(&resources::ResourceError::InvalidCursor, ""));
        };
        let Some(slot) = slots.get(index) else { return Ok(ListResourcesResult::with_all_items(Vec::new())) };
        let page = self.read(slot, move |instance, cx| instance.list_resources(cx, &caller, cursor.as_deref())).await?;
        let page = page.map_err(|error| resource_error(&error, ""))?;
        let mut result =
            ListResourcesResult::with_all_items(page.resources.into_iter().map(convert::resource_info).collect());
        result.next_cursor = pages::next(index, page.next_cursor, &slots);
        Ok(result.with_ttl_ms(0).with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let surfaces = self.surfaces().await?;
        let templates = surfaces.iter().flat_map(|(_, plugin)| &plugin.surface().templates);
        let templates = templates.map(convert::resource_template).collect();
        Ok(ListResourceTemplatesResult::with_all_items(templates).with_ttl_ms(self.ttl()))
    }

    async fn read_resource(
        &self,
        params: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        for (slot, plugin) in self.surfaces().await? {
            if !plugin.surface().has_resources {
                continue;
            }
            let (caller, uri) = (self.session().caller(&context), params.uri.clone());
            let contents = self.read(&slot, move |instance, cx| instance.read_resource(cx, &caller, &uri)).await?;
            let contents = match contents {
                Err(resources::ResourceError::NotFound) => continue,
                other => other.map_err(|error| resource_error(&error, &params.uri))?,
            };
            let contents = contents.into_iter().map(convert::resource_contents).collect();
            let result = ReadResourceResult::new(contents).with_ttl_ms(0).with_cache_scope(CacheScope::Private);
            return Ok(ReadResourceResponse::Complete(result));
        }
        Err(resource_error(&resources::ResourceError::NotFound, &params.uri))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut all = Vec::new();
        for (slot, plugin) in self.surfaces().await? {
            if plugin.surface().has_prompts {
                let caller = self.session().caller(&context);
                let listed = self.read(&slot, move |instance, cx| instance.list_prompts(cx, &caller)).await?;
                let listed = listed.map_err(|failure| errors::failure_protocol_error(&failure))?;
                all.extend(listed.into_iter().map(convert::prompt));
            }
        }
        Ok(ListPromptsResult::with_all_items(all).with_ttl_ms(self.ttl()).with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let arguments: Vec<_> =
            params.arguments.iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect();
        for (slot, plugin) in self.surfaces().await? {
            if !plugin.surface().has_prompts {
                continue;
            }
            let (caller, name, arguments) = (self.session().caller(&context), params.name.clone(), arguments.clone());
            let got = self.read(&slot, move |instance, cx| instance.get_prompt(cx, &caller, &name, &arguments)).await?;
            let got = match got {
                Err(prompts::PromptError::UnknownPrompt) => continue,
                other => other.map_err(|error| prompt_error(&error, &params.name))?,
            };
            let messages = got.messages.into_iter().map(convert::prompt_message).collect();
            let mut result = GetPromptResult::new(messages);
            result.description = got.description;
            return Ok(GetPromptResponse::Complete(result));
        }
        Err(prompt_error(&prompts::PromptError::UnknownPrompt, &params.name))
    }

    async fn complete(
        &self,
        params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let reference = match params.r#ref {
            Reference::Prompt(prompt) => completion::Reference::Prompt(prompt.name),
            Reference::Resource(template) => completion::Reference::ResourceTemplate(template.uri),
            _ => return Err(ErrorData::invalid_params("a reference is to a prompt or a resource", None)),
        };
        let filled = params.context.and_then(|context| context.arguments).unwrap_or_default();
        let request = completion::CompletionRequest {
            reference,
            argument: params.argument.name,
            value: params.argument.value,
            context: filled.into_iter().collect(),
        };
        for (slot, plugin) in self.surfaces().await? {
            if !plugin.surface().has_completion {
                continue;
            }
            let (caller, request) = (self.session().caller(&context), request.clone());
            let found = self.read(&slot, move |instance, cx| instance.complete(cx, &caller, &request)).await?;
            let mut found = found.map_err(|failure| errors::failure_protocol_error(&failure))?;
            if found.values.is_empty() {
                // Not one of this plugin's, or nothing begins like that.
                continue;
            }
            found.values.truncate(CompletionInfo::MAX_VALUES);
            let mut info = CompletionInfo::default();
            info.values = found.values;
            info.total = found.total;
            info.has_more = Some(found.has_more);
            return Ok(CompleteResult::new(info));
        }
        Ok(CompleteResult::default())
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
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let sink = context.sink().clone();
        let tell = move |list| {
            let sink = sink.clone();
            let changed = match list {
                List::Tools => ServerNotification::ToolListChangedNotification(ToolListChangedNotification::default()),
                List::Prompts => {
                    ServerNotification::PromptListChangedNotification(PromptListChangedNotification::default())
                }
                List::Resources => {
                    ServerNotification::ResourceListChangedNotification(ResourceListChangedNotification::default())
                }
            };
            // What was not subscribed to is not sent, and that is no error of the connection.
            async move {
                let told = sink.send(changed).await;
                matches!(told, Ok(()) | Err(SubscriptionSendError::NotificationNotAccepted(_)))
            }
        };
        tokio::select! {
            () = context.cancelled() => {}
            () = self.client_left() => {}
            () = self.clone().watch_lists(tell) => {}
        }
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(misshapen(&request).unwrap_or_else(|| {
            let text = format!("there is no method {:?}", request.method);
            ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, text, None)
        }))
    }
}

/// A request of a known method whose parameters are of another shape reaches us as an unknown one.
fn misshapen(request: &CustomRequest) -> Option<ErrorData> {
    fn problem<T: serde::de::DeserializeOwned>(request: &CustomRequest) -> Option<String> {
        let params = request.params.clone().unwrap_or_default();
        serde_json::from_value::<T>(params).err().map(|error| error.to_string())
    }
    let problem = match request.method.as_str() {
        "tools/call" => problem::<CallToolRequestParams>(request),
        "resources/read" => problem::<ReadResourceRequestParams>(request),
        "prompts/get" => problem::<GetPromptRequestParams>(request),
        "completion/complete" => problem::<CompleteRequestParams>(request),
        "logging/setLevel" => problem::<SetLevelRequestParams>(request),
        _ => return None,
    };
    let problem = problem.unwrap_or_else(|| "they are not of the expected shape".to_owned());
    Some(ErrorData::invalid_params(format!("the parameters of {} do not fit: {problem}", request.method), None))
}

fn resource_error(error: &resources::ResourceError, uri: &str) -> ErrorData {
    match error {
        resources::ResourceError::NotFound => {
            ErrorData::resource_not_found(format!("there is no resource {uri}"), Some(json!({ "uri": uri })))
        }
        resources::ResourceError::InvalidCursor => {
            ErrorData::invalid_params("the cursor is not one of ours: list from the beginning", None)
        }
        resources::ResourceError::Failed(failure) => errors::failure_protocol_error(failure),
    }
}

fn prompt_error(error: &prompts::PromptError, name: &str) -> ErrorData {
    match error {
        prompts::PromptError::UnknownPrompt => ErrorData::invalid_params(format!("there is no prompt {name:?}"), None),
        prompts::PromptError::InvalidArgument((argument, problem)) => {
            ErrorData::invalid_params(format!("argument {argument:?}: {problem}"), None)
        }
        prompts::PromptError::Failed(failure) => errors::failure_protocol_error(failure),
    }
}
