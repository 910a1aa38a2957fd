//! The same tools without a plugin: what rmcp and SQLite cost by themselves.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::stdio_pipes;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::{Value, json};

/// Set in the environment of the process that is to be this server: the path of its database.
pub(crate) const ASKED: &str = "MAINSTAY_BENCH_NATIVE";

#[derive(Clone)]
struct Native {
    database: Arc<parking_lot::Mutex<rusqlite::Connection>>,
}

pub(crate) fn serve() -> anyhow::Result<()> {
    let path = std::env::var(ASKED)?;
    let connection = rusqlite::Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
    let native = Native { database: Arc::new(parking_lot::Mutex::new(connection)) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async { native.serve(stdio_pipes()).await?.waiting().await.map_err(anyhow::Error::from) })?;
    Ok(())
}

impl ServerHandler for Native {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let Value::Object(schema) = json!({
            "type": "object",
            "properties": { "message": { "type": "string" } },
            "required": ["message"],
        }) else {
            return Ok(ListToolsResult::with_all_items(Vec::new()));
        };
        let tools = ["echo", "insert"].map(|name| Tool::new(name, "as the plugin's", schema.clone()));
        Ok(ListToolsResult::with_all_items(tools.to_vec()))
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let message = params.arguments.as_ref().and_then(|arguments| arguments.get("message")).and_then(Value::as_str);
        let message = message.ok_or_else(|| ErrorData::invalid_params("message is missing", None))?.to_owned();
        let (text, structured) = if params.name == "echo" {
            (message.clone(), json!({ "message": message }))
        } else {
            let id = self.insert(message).await.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
            (format!("{{\"id\":{id}}}"), json!({ "id": id }))
        };
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = Some(structured);
        Ok(result.into())
    }
}

impl Native {
    /// A commit a call, off the async threads, as one would write it.
    async fn insert(&self, message: String) -> anyhow::Result<i64> {
        let database = Arc::clone(&self.database);
        let insert = move || {
            let connection = database.lock();
            connection.prepare_cached("INSERT INTO message (text) VALUES (?1)")?.execute([message])?;
            Ok(connection.last_insert_rowid())
        };
        tokio::task::spawn_blocking(insert).await?
    }
}
