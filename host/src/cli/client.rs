//! A client in this process, for commands that use the server as anybody else would.

use std::sync::Arc;

use anyhow::Context as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ContentBlock, Implementation,
};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::server::Handler;

/// One side of a pipe in memory: far more than one message.
const PIPE: usize = 1 << 20;

/// A connected client. Ends the server's side when it is dropped.
pub(super) type Client = RunningService<RoleClient, ClientConfig>;

/// What we call ourselves.
pub(super) fn identity(name: &str) -> ClientConfig {
    ClientConfig::new(ClientCapabilities::default(), Implementation::new(name, env!("CARGO_PKG_VERSION")))
}

/// Connects to the app over a pipe in memory.
pub(super) async fn connect(app: &App, name: &str) -> anyhow::Result<Client> {
    connect_to(name, Handler::new(Arc::clone(&app.shared), directory(), CancellationToken::new())).await
}

/// The same, as whoever runs the host: tools that plugins keep from clients are there too.
pub(super) async fn connect_as_operator(app: &App, name: &str) -> anyhow::Result<Client> {
    connect_to(name, Handler::of_operator(Arc::clone(&app.shared), directory(), CancellationToken::new())).await
}

fn directory() -> Option<String> {
    std::env::current_dir().ok().map(|dir| dir.to_string_lossy().into_owned())
}

async fn connect_to(name: &str, handler: Handler) -> anyhow::Result<Client> {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let server = tokio::spawn(async move { handler.serve(theirs).await?.waiting().await.map_err(anyhow::Error::from) });
    match identity(name).serve(ours).await {
        Ok(client) => Ok(client),
        Err(error) => {
            server.abort();
            Err(error).context("could not connect")
        }
    }
}

/// Calls a tool.
pub(super) async fn call(client: &Client, tool: &str, arguments: Map<String, Value>) -> anyhow::Result<CallToolResult> {
    let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
    let result = client.call_tool(params).await;
    result.map_err(|error| match error {
        rmcp::ServiceError::McpError(error) => anyhow::anyhow!("{}", error.message),
        other => other.into(),
    })
}

/// The text of a result.
pub(super) fn text(result: &CallToolResult) -> String {
    let texts = result.content.iter().filter_map(|block| match block {
        ContentBlock::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
