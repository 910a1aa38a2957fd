//! A client of one version, which says all that its version has to say.

use anyhow::ensure;
use serde_json::{Value, json};

use super::{Asked, Served};

/// A client of one version.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pub session: Option<String>,
    /// What it sends to be let in.
    pub token: Option<String>,
    version: String,
    next: i64,
}

impl HttpClient {
    /// Of 2026-07-28, which begins no session.
    pub fn modern() -> Self {
        Self { session: None, token: None, version: "2026-07-28".to_owned(), next: 1 }
    }

    pub(super) fn legacy(served: &Served, version: &str) -> anyhow::Result<Self> {
        Self { session: None, token: None, version: version.to_owned(), next: 1 }.agreed(served)
    }

    pub(super) fn with_token(served: &Served, version: &str, token: &str) -> anyhow::Result<Self> {
        Self { session: None, token: Some(token.to_owned()), version: version.to_owned(), next: 1 }.agreed(served)
    }

    /// One that has been served before: with its token, in its session.
    pub fn again(version: &str, token: &str, session: &str) -> Self {
        let (token, session) = (Some(token.to_owned()), Some(session.to_owned()));
        Self { session, token, version: version.to_owned(), next: 100 }
    }

    /// The same client, with that token or none.
    #[must_use]
    pub fn with(mut self, token: Option<&str>) -> Self {
        self.token = token.map(ToOwned::to_owned);
        self
    }

    fn agreed(mut self, served: &Served) -> anyhow::Result<Self> {
        self.initialize(served)?;
        Ok(self)
    }

    fn initialize(&mut self, served: &Served) -> anyhow::Result<()> {
        let info = json!({ "name": "behaviour", "version": "1" });
        let hello = json!({ "protocolVersion": self.version, "capabilities": {}, "clientInfo": info });
        let asked = Asked::post(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello }));
        let answer = served.begin(&self.authorized(asked))?;
        self.session = answer.header("mcp-session-id").map(ToOwned::to_owned);
        answer.answer()?.result()?;
        let noted = served.ask(&self.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })))?;
        ensure!(noted.status == 202, "{noted:?}");
        Ok(())
    }

    /// A message, with all that this client says beside it.
    pub fn post(&self, message: &Value) -> Asked {
        let mut message = message.clone();
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        if self.version.as_str() < "2026-07-28" {
            return self.said(Asked::post(&message));
        }
        let name = ["name", "uri"].iter().find_map(|key| message["params"][key].as_str()).map(ToOwned::to_owned);
        let meta = [
            ("io.modelcontextprotocol/protocolVersion", json!(self.version)),
            ("io.modelcontextprotocol/clientInfo", json!({ "name": "behaviour", "version": "1" })),
            ("io.modelcontextprotocol/clientCapabilities", json!({})),
        ];
        for (key, value) in meta {
            message["params"]["_meta"][key] = value;
        }
        let asked = self.said(Asked::post(&message)).header("Mcp-Method", &method);
        name.map_or(asked.clone(), |name| asked.header("Mcp-Name", &name))
    }

    /// The stream that is of no request, after the event of that id.
    pub fn get(&self, last: Option<&str>) -> Asked {
        let asked = self.said(Asked::new("GET"));
        last.map_or(asked.clone(), |last| asked.header("Last-Event-ID", last))
    }

    pub fn delete(&self) -> Asked {
        self.said(Asked::new("DELETE"))
    }

    fn said(&self, mut asked: Asked) -> Asked {
        asked = asked.header("MCP-Protocol-Version", &self.version);
        asked = self.authorized(asked);
        match &self.session {
            Some(session) => asked.header("Mcp-Session-Id", session),
            None => asked,
        }
    }

    fn authorized(&self, asked: Asked) -> Asked {
        match &self.token {
            Some(token) => asked.header("Authorization", &format!("Bearer {token}")),
            None => asked,
        }
    }

    /// A request, with an id of its own.
    pub fn request(&mut self, method: &str, params: &Value) -> Asked {
        let id = self.next;
        self.next += 1;
        self.post(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
    }

    /// A call of a tool.
    pub fn calling(&mut self, tool: &str, arguments: &Value) -> Asked {
        self.request("tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    /// Calls a tool and expects it to go well.
    ///
    /// # Errors
    /// If it does not.
    pub fn done(&mut self, served: &Served, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
        let asked = self.calling(tool, arguments);
        served.begin(&asked)?.answer()?.structured()
    }
}
