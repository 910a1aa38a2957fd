//! The protocol's requests, answered.

#![expect(
    deprecated,
    reason = "clients of today use sampling, roots and logging, which the protocol is to drop in 2027"
)]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CompletionInfo,
    CustomRequest, CustomResult, DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
    Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Reference, ServerCapabilities, ServerConfig, SetLevelRequestMethod,
    SetLevelRequestParams, SubscriptionFilter, Tool,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::session::Session;
use super::state::StateKeys;
use super::{convert, errors, reports};
use crate::plugin::contract::{completion, prompts, resources};
use crate::plugin::{Entered, EntryContext, Instance, KillSwitch, Surface};
use crate::swap::{LazySlot, Silent};

/// How long the first answer waits for the plugin to say what it is. After a first start that is in the
/// cache and takes no time; before, the client gets words that fit any plugin.
const INTRODUCTION: Duration = Duration::from_millis(250);

const INSTRUCTIONS: &str = "Mainstay runs tools whose logic can be replaced while you stay connected. \
    List the tools to see what they are for.";

/// One client's view of the host.
#[derive(Clone)]
pub struct Handler(Arc<Inner>);

struct Inner {
    slot: Arc<LazySlot>,
    session: Session,
    keys: OnceLock<StateKeys>,
    tools: OnceLock<Vec<Tool>>,
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
    pub fn new(slot: Arc<LazySlot>, directory: Option<String>, leaving: CancellationToken) -> Self {
        let session = Session::new(directory, slot.settings().server.calls_in_flight);
        let (keys, tools) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { slot, session, keys, tools, leaving }))
    }

    pub(crate) fn slot(&self) -> &LazySlot {
        &self.0.slot
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
        let key = self.slot().key().map_err(|error| errors::protocol_error(&error, true))?;
        Ok(self.0.keys.get_or_init(|| StateKeys::new(key)))
    }

    async fn surface(&self) -> Result<&Surface, ErrorData> {
        let plugin = self.slot().plugin().await.map_err(|error| errors::protocol_error(&error, true))?;
        Ok(plugin.surface())
    }

    /// Gives the plugin a moment to be known, for its instructions.
    async fn introduce(&self) {
        // Whatever is wrong with the plugin, a client may connect and hear of it from the tools.
        drop(tokio::time::timeout(INTRODUCTION, self.slot().plugin()).await);
    }

    fn tools(&self, surface: &Surface) -> &[Tool] {
        self.0.tools.get_or_init(|| surface.tools.iter().map(convert::tool).collect())
    }

    async fn read<T: Send + 'static>(
        &self,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T> + Send + 'static,
    ) -> Result<T, ErrorData> {
        let readers = self.slot().readers().await.map_err(|error| errors::protocol_error(&error, true))?;
        let read = readers.read(Arc::new(Silent), KillSwitch::default(), entry).await;
        read.map_err(|error| errors::slot_protocol_error(&error))
    }

    fn ttl(&self) -> u64 {
        self.slot().settings().server.surface_ttl_ms
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
            .build();
        let known = self.slot().plugin_now().and_then(|plugin| plugin.surface().description.instructions.clone());
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
        self.negotiate_initialize(&request)
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
        self.answer_call(params, context).await
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let surface = self.surface().await?;
        let tools = self.tools(surface).to_vec();
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(self.ttl()).with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let plugin = self.slot().plugin_now()?;
        self.tools(plugin.surface()).iter().find(|tool| tool.name == name).cloned()
    }

    async fn list_resources(
        &self,
        params: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        if !self.surface().await?.has_resources {
            return Ok(ListResourcesResult::with_all_items(Vec::new()));
        }
        let caller = self.session().caller(&context);
        let cursor = params.and_then(|params| params.cursor);
        let page = self.read(move |instance, cx| instance.list_resources(cx, &caller, cursor.as_deref())).await?;
        let page = page.map_err(|error| resource_error(&error, ""))?;
        let mut result =
            ListResourcesResult::with_all_items(page.resources.into_iter().map(convert::resource_info).collect());
        result.next_cursor = page.next_cursor;
        Ok(result.with_ttl_ms(0).with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let surface = self.surface().await?;
        let templates = surface.templates.iter().map(convert::resource_template).collect();
        Ok(ListResourceTemplatesResult::with_all_items(templates).with_ttl_ms(self.ttl()))
    }

    async fn read_resource(
        &self,
        params: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let caller = self.session().caller(&context);
        let uri = params.uri.clone();
        let contents = self.read(move |instance, cx| instance.read_resource(cx, &caller, &uri)).await?;
        let contents = contents.map_err(|error| resource_error(&error, &params.uri))?;
        let contents = contents.into_iter().map(convert::resource_contents).collect();
        let result = ReadResourceResult::new(contents).with_ttl_ms(0).with_cache_scope(CacheScope::Private);
        Ok(ReadResourceResponse::Complete(result))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        if !self.surface().await?.has_prompts {
            return Ok(ListPromptsResult::with_all_items(Vec::new()));
        }
        let caller = self.session().caller(&context);
        let listed = self.read(move |instance, cx| instance.list_prompts(cx, &caller)).await?;
        let listed = listed.map_err(|failure| errors::failure_protocol_error(&failure))?;
        let listed = listed.into_iter().map(convert::prompt).collect();
        Ok(ListPromptsResult::with_all_items(listed).with_ttl_ms(self.ttl()).with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let caller = self.session().caller(&context);
        let name = params.name.clone();
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let arguments: Vec<_> =
            params.arguments.iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect();
        let got = self.read(move |instance, cx| instance.get_prompt(cx, &caller, &name, &arguments)).await?;
        let got = got.map_err(|error| prompt_error(&error, &params.name))?;
        let messages = got.messages.into_iter().map(convert::prompt_message).collect();
        let mut result = GetPromptResult::new(messages);
        result.description = got.description;
        Ok(GetPromptResponse::Complete(result))
    }

    async fn complete(
        &self,
        params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        if !self.surface().await?.has_completion {
            return Ok(CompleteResult::default());
        }
        let caller = self.session().caller(&context);
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
        let found = self.read(move |instance, cx| instance.complete(cx, &caller, &request)).await?;
        let mut found = found.map_err(|failure| errors::failure_protocol_error(&failure))?;
        found.values.truncate(CompletionInfo::MAX_VALUES);
        let mut info = CompletionInfo::default();
        info.values = found.values;
        info.total = found.total;
        info.has_more = Some(found.has_more);
        Ok(CompleteResult::new(info))
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
        tokio::select! {
            () = context.cancelled() => {}
            () = self.client_left() => {}
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
