//! The same tool without a host and without a plugin: rmcp's own server over HTTP, as one would write it.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::super::super::table::print;
use super::client::{OPEN, READ};

/// Its tools answer everything with the same words.
#[derive(Clone)]
struct Native {
    answer: Arc<str>,
    tools: Arc<[Tool]>,
}

/// Serves until standard input ends. The first line there is what to answer; the first line of standard output is where.
pub(super) async fn serve() -> anyhow::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let answer: String = serde_json::from_str(&lines.next_line().await?.context("no answer is given")?)?;
    let native = Native { answer: answer.into(), tools: tools().into() };
    // Plain JSON for those who have no session, as the host answers them.
    let config = StreamableHttpServerConfig::default().with_json_response(true);
    let service = StreamableHttpService::new(move || Ok(native.clone()), Arc::<LocalSessionManager>::default(), config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    print(&listener.local_addr()?)?;
    // Without it an answer waits 40 ms for what the client confirms. A connection that cannot be set has gone.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let router = Router::new().route_service("/mcp", service);
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served.context("it cannot be served"),
        _ = lines.next_line() => Ok(()),
    }
}

fn tools() -> Vec<Tool> {
    let Value::Object(schema) = json!({
        "type": "object",
        "properties": { "working_directory": { "type": "string" }, "include_completed": { "type": "boolean" } },
    }) else {
        return Vec::new();
    };
    [OPEN, READ].map(|name| Tool::new(name, "as the plugin's", schema.clone())).to_vec()
}

impl ServerHandler for Native {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.iter().find(|tool| tool.name == name).cloned()
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.to_vec()))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text(self.answer.to_string())]).into())
    }
}
