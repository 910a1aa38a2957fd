//! Tools that plugins keep for whoever runs the host: clients are not shown them and cannot call them.

use std::path::PathBuf;
use std::sync::Arc;

use rmcp::model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation, Tool};
use rmcp::{ServiceError, ServiceExt as _};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::control::ToolAnswer;
use super::handler::Handler;
use super::shared::Shared;
use crate::plugin::Plugin;
use crate::swap::LazySlot;

/// One side of a pipe in memory: far more than most messages.
const PIPE: usize = 1 << 20;

impl Handler {
    /// The tool of that name, if it is one for operators and this is one.
    pub(super) async fn operators_tool(&self, name: &str) -> Option<(Arc<LazySlot>, Arc<Plugin>)> {
        if self.session().is_operator() { find(self.shared(), name).await } else { None }
    }

    /// What an operator is shown besides what everybody is.
    pub(super) async fn operators_tools(&self) -> Vec<Tool> {
        let mut tools = Vec::new();
        if !self.session().is_operator() {
            return tools;
        }
        for slot in self.slots().all() {
            let Ok(plugin) = slot.plugin().await else { continue };
            let texts = plugin.surface().operator_texts().into_iter();
            tools.extend(texts.filter_map(|tool| serde_json::from_str::<Tool>(&tool.text).ok()));
        }
        tools
    }
}

/// Calls such a tool for whoever may open the control socket, in the directory where that was asked for. None, if there
/// is no tool of that name.
pub(super) async fn call(
    shared: &Arc<Shared>,
    tool: &str,
    arguments: Map<String, Value>,
    directory: Option<PathBuf>,
) -> Option<ToolAnswer> {
    find(shared, tool).await?;
    let directory = directory.map(|directory| directory.to_string_lossy().into_owned());
    let answer = exchange(shared, tool, arguments, directory).await;
    Some(answer.unwrap_or_else(|problem| {
        let content = json!([{ "type": "text", "text": problem }]);
        ToolAnswer { error: true, result: Map::from_iter([("content".to_owned(), content)]) }
    }))
}

async fn find(shared: &Arc<Shared>, name: &str) -> Option<(Arc<LazySlot>, Arc<Plugin>)> {
    for slot in shared.slots.all() {
        if let Ok(plugin) = slot.plugin().await
            && plugin.surface().tool(name).is_some_and(crate::plugin::Tool::is_for_operators)
        {
            return Some((slot, plugin));
        }
    }
    None
}

/// As a client of its own, so that nothing about the call is another way.
async fn exchange(
    shared: &Arc<Shared>,
    tool: &str,
    arguments: Map<String, Value>,
    directory: Option<String>,
) -> Result<ToolAnswer, String> {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let handler = Handler::of_operator(Arc::clone(shared), directory, CancellationToken::new());
    let server = tokio::spawn(async move { handler.serve(theirs).await.map(|running| running.waiting()) });
    let name = Implementation::new("mainstay-call", env!("CARGO_PKG_VERSION"));
    let client = ClientConfig::new(ClientCapabilities::default(), name).serve(ours).await;
    let client = client.map_err(|error| error.to_string())?;
    // What serves it ends with the pipe.
    let serving = server.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let asked = client.call_tool(CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments));
    let result = tokio::select! {
        result = asked => result,
        _ = serving => return Err("the host is ending".to_owned()),
    };
    let result = result.map_err(|error| match error {
        ServiceError::McpError(error) => error.message.into_owned(),
        other => other.to_string(),
    })?;
    let error = result.is_error == Some(true);
    match serde_json::to_value(result) {
        Ok(Value::Object(result)) => Ok(ToolAnswer { error, result }),
        _ => Err("the result cannot be written down".to_owned()),
    }
}
