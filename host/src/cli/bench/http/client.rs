//! A client, as cheap as it can be: it shares the machine with the servers that are measured.

use std::fmt;
use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request, StatusCode, request};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::wire::{Connection, Reply};

/// What begins the work of every client, and what it asks for again and again.
pub(super) const OPEN: &str = "orchestrator_initialize_session";
pub(super) const READ: &str = "orchestrator_get_status";
/// Nothing is read or written there.
pub(super) const DIRECTORY: &str = "/bench";

/// Which protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// 2025-11-25: a session, and every answer is a stream of events.
    Sessions,
    /// 2026-07-28: no session, and every answer is JSON.
    Requests,
}

impl Era {
    pub(super) const ALL: [Self; 2] = [Self::Sessions, Self::Requests];

    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Sessions => "2025-11-25",
            Self::Requests => "2026-07-28",
        }
    }
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.version())
    }
}

/// One client with a connection of its own, and a session if it is of that time.
pub(super) struct Client {
    era: Era,
    host: HeaderValue,
    session: Option<HeaderValue>,
    connection: Connection,
    id: u64,
}

impl Client {
    /// Connects and says what a client says before its first call: its hello, and where it works.
    pub(super) async fn open(address: SocketAddr, era: Era) -> anyhow::Result<Self> {
        let host = HeaderValue::from_str(&address.to_string())?;
        let connection = Connection::open(address).await?;
        let mut client = Self { era, host, session: None, connection, id: 0 };
        if era == Era::Sessions {
            client.greet().await?;
        }
        client.call(OPEN, &json!({ "working_directory": DIRECTORY })).await.context("no workspace was opened")?;
        Ok(client)
    }

    async fn greet(&mut self) -> anyhow::Result<()> {
        let params = json!({ "protocolVersion": self.era.version(), "capabilities": {}, "clientInfo": who() });
        let reply = self.post("initialize", None, &params).await?;
        reply.result(self.id).context("no session was opened")?;
        self.session = reply.headers.get("mcp-session-id").cloned();
        ensure!(self.session.is_some(), "a session without an id");
        let said = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let request = self.head(Method::POST).body(Full::from(said.to_string()))?;
        let reply = self.connection.ask(request).await?;
        ensure!(reply.status == StatusCode::ACCEPTED, "a notification was answered with {}", reply.status);
        Ok(())
    }

    /// Calls a tool, for the words of its answer. Everything else than exactly one good answer is an error.
    pub(super) async fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<String> {
        let mut params = json!({ "name": tool, "arguments": arguments });
        if self.era == Era::Requests {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.era.version(),
                "io.modelcontextprotocol/clientInfo": who(),
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let mut result = self.post("tools/call", Some(tool), &params).await?.result(self.id)?;
        let text = result.pointer_mut("/content/0/text").map(Value::take);
        let Some(Value::String(text)) = text else { anyhow::bail!("{tool} answered without words: {result}") };
        ensure!(result["isError"] != true, "{tool}: {text}");
        Ok(text)
    }

    async fn post(&mut self, method: &str, tool: Option<&str>, params: &Value) -> anyhow::Result<Reply> {
        self.id += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params });
        let mut head = self.head(Method::POST);
        if self.era == Era::Requests {
            head = head.header("Mcp-Method", method);
            if let Some(tool) = tool {
                head = head.header("Mcp-Name", tool);
            }
        }
        self.connection.ask(head.body(Full::from(message.to_string()))?).await
    }

    fn head(&self, method: Method) -> request::Builder {
        let head = Request::builder().method(method).uri("/mcp").header(HOST, &self.host);
        let head = head.header(ACCEPT, "application/json, text/event-stream").header(CONTENT_TYPE, "application/json");
        // A hello has the version in itself.
        let head = match self.era == Era::Requests || self.session.is_some() {
            true => head.header("MCP-Protocol-Version", self.era.version()),
            false => head,
        };
        match &self.session {
            Some(session) => head.header("Mcp-Session-Id", session),
            None => head,
        }
    }

    /// Opens the stream of notices, if it has a session, and breaks it off.
    pub(super) async fn listen_a_moment(&self) -> anyhow::Result<()> {
        if self.session.is_none() {
            return Ok(());
        }
        // A connection of its own, as the stream does not end by itself.
        let mut connection = Connection::open(self.host.to_str()?.parse()?).await?;
        let stream = connection.begin(self.head(Method::GET).body(Full::<Bytes>::default())?).await?;
        ensure!(stream.status().is_success(), "no stream was opened: {}", stream.status());
        Ok(())
    }

    /// Ends its session, if it has one, and its connection.
    pub(super) async fn leave(mut self) -> anyhow::Result<()> {
        if self.session.is_some() {
            let request = self.head(Method::DELETE).body(Full::<Bytes>::default())?;
            let reply = self.connection.ask(request).await?;
            ensure!(reply.status.is_success(), "a session could not be ended: {}", reply.status);
        }
        Ok(())
    }
}

fn who() -> Value {
    json!({ "name": "mainstay-bench", "version": env!("CARGO_PKG_VERSION") })
}
