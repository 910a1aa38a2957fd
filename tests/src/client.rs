//! A client that speaks raw lines to a real process.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::answer::Answer;
use crate::lines::{Message, Messages, Words};
use crate::reboot::OWN;

/// Far longer than anything takes: when it is over, something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection. Ends its process when it is dropped.
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Messages,
    words: Words,
    /// Received, and not yet asked for.
    unread: Vec<Message>,
    next: i64,
    /// What a client of 2026-07-28 says of itself with each request.
    meta: Option<Map<String, Value>>,
    /// The server's data, which is to outlive it.
    _data: Arc<TempDir>,
}

/// A process that is gone.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// What it had sent and nobody had asked for.
    pub unread: Vec<Value>,
    /// What it had said on standard error.
    pub words: String,
    /// How long it took.
    pub took: Duration,
}

#[expect(clippy::needless_pass_by_value, reason = "callers make arguments where they pass them")]
impl Client {
    /// Starts the process and says nothing yet.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn start(command: &mut Command, data: Arc<TempDir>) -> anyhow::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("the program does not start")?;
        let messages = Messages::read(child.stdout.take().context("no pipe")?);
        let words = Words::read(child.stderr.take().context("no pipe")?);
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, messages, words, unread: Vec::new(), next: 1, meta: None, _data: data })
    }

    /// Says hello as clients did up to 2025-11-25.
    ///
    /// # Errors
    /// If the server does not agree.
    pub fn initialize(&mut self, version: &str, capabilities: &Value) -> anyhow::Result<Value> {
        let info = json!({ "name": "behaviour", "version": "1" });
        let hello = json!({ "protocolVersion": version, "capabilities": capabilities, "clientInfo": info });
        let agreed = self.request("initialize", hello)?.result()?.clone();
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(agreed)
    }

    /// From now on speaks 2026-07-28, which has no hello.
    pub fn be_modern(&mut self, capabilities: &Value) {
        let meta = [
            ("io.modelcontextprotocol/protocolVersion", json!("2026-07-28")),
            ("io.modelcontextprotocol/clientInfo", json!({ "name": "behaviour", "version": "1" })),
            ("io.modelcontextprotocol/clientCapabilities", capabilities.clone()),
        ];
        self.meta = Some(meta.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let stdin = self.stdin.as_mut().context("standard input is closed")?;
        Ok(stdin.write_all(bytes).and_then(|()| stdin.flush())?)
    }

    /// Sends a message.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        self.send_bytes(format!("{message}\n").as_bytes())
    }

    /// Sends a notification.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn notify(&mut self, method: &str, params: Value) -> anyhow::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": self.with_meta(params) }))
    }

    /// Sends a request and returns its id.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn begin(&mut self, method: &str, params: Value) -> anyhow::Result<i64> {
        let id = self.next;
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": self.with_meta(params) }))?;
        Ok(id)
    }

    /// Begins to call a tool.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn begin_call(&mut self, tool: &str, arguments: Value) -> anyhow::Result<i64> {
        self.begin("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Begins to call a tool, and asks for progress under the token `token`.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn begin_watched_call(&mut self, tool: &str, arguments: Value, token: &str) -> anyhow::Result<i64> {
        let meta = json!({ "progressToken": token });
        self.begin("tools/call", json!({ "name": tool, "arguments": arguments, "_meta": meta }))
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// If none comes.
    pub fn request(&mut self, method: &str, params: Value) -> anyhow::Result<Answer> {
        let id = self.begin(method, params)?;
        self.answer(id)
    }

    /// Calls a tool and waits for the answer.
    ///
    /// # Errors
    /// If none comes.
    pub fn call(&mut self, tool: &str, arguments: Value) -> anyhow::Result<Answer> {
        let id = self.begin_call(tool, arguments)?;
        self.answer(id)
    }

    /// Calls a tool and expects it to go well.
    ///
    /// # Errors
    /// If it does not.
    pub fn done(&mut self, tool: &str, arguments: Value) -> anyhow::Result<Value> {
        self.call(tool, arguments)?.structured()
    }

    /// Waits for the answer to a request.
    ///
    /// # Errors
    /// If none comes.
    pub fn answer(&mut self, id: impl Into<Value>) -> anyhow::Result<Answer> {
        let id = id.into();
        self.receive(&format!("the answer to {id}"), |message| answers(message, &id)).map(Answer)
    }

    /// Waits for a request or a notification of the server's.
    ///
    /// # Errors
    /// If none comes.
    pub fn hear(&mut self, method: &str) -> anyhow::Result<Value> {
        self.receive(method, |message| message["method"] == method)
    }

    /// Waits for the first message of a kind, in the order of arrival.
    ///
    /// # Errors
    /// If none comes.
    pub fn receive(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        Ok(self.receive_message(what, wanted)?.value)
    }

    fn receive_message(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Message> {
        if let Some(index) = self.unread.iter().position(|message| wanted(&message.value)) {
            return Ok(self.unread.remove(index));
        }
        let until = Instant::now() + PATIENCE;
        let awaited = || format!("waiting for {what}");
        loop {
            let next = self.messages.next(until).with_context(awaited);
            match next.with_context(|| format!("standard error: {}", self.words.so_far()))? {
                Some(message) if wanted(&message.value) => return Ok(message),
                Some(message) => self.unread.push(message),
                None => bail!("the server ended, {}; standard error: {}", awaited(), self.words.so_far()),
            }
        }
    }

    /// Replies to a request of the server's.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn reply(&mut self, request: &Value, result: &Value) -> anyhow::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }))
    }

    /// Everything that has arrived and was not asked for, in order of arrival.
    ///
    /// # Errors
    /// If something that is no message arrived.
    pub fn unread(&mut self) -> anyhow::Result<Vec<Value>> {
        while let Some(message) = self.messages.ready()? {
            self.unread.push(message);
        }
        Ok(self.unread.iter().map(|message| message.value.clone()).collect())
    }

    /// Lists the tools, and returns the answer's line as it came but for what says whose answer it is.
    ///
    /// # Errors
    /// If there is no list.
    pub fn listed_bytes(&mut self) -> anyhow::Result<String> {
        let id = self.begin("tools/list", json!({}))?;
        let listed = self.receive_message("the list of tools", |message| answers(message, &id.into()))?;
        let Message { value, line } = listed;
        Answer(value).result()?;
        Ok(line.replacen(&format!("\"id\":{id}"), "\"id\":0", 1))
    }

    /// The names of the tools that plugins have, in order.
    ///
    /// # Errors
    /// If there is no list, or it does not begin with the host's own.
    pub fn tools(&mut self) -> anyhow::Result<Vec<String>> {
        let mut tools = self.all_tools()?;
        ensure!(tools.len() >= OWN.len() && tools[..OWN.len()] == OWN, "the host's own tools come first: {tools:?}");
        Ok(tools.split_off(OWN.len()))
    }

    /// The names of all tools, in order.
    ///
    /// # Errors
    /// If there is no list.
    pub fn all_tools(&mut self) -> anyhow::Result<Vec<String>> {
        let listed = self.request("tools/list", json!({}))?;
        let tools = listed.result()?["tools"].as_array().context("no list")?;
        tools.iter().map(|tool| Ok(tool["name"].as_str().context("no name")?.to_owned())).collect()
    }

    /// Cancels a request.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn cancel(&mut self, id: i64) -> anyhow::Result<()> {
        self.notify("notifications/cancelled", json!({ "requestId": id }))
    }

    /// What the server has said on standard error so far.
    pub fn words(&self) -> String {
        self.words.so_far()
    }

    /// The server's process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends the server without any warning, as a crash would.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub fn kill(mut self) -> anyhow::Result<Ended> {
        self.child.kill()?;
        self.end()
    }

    /// Asks the server to end, as systems do.
    ///
    /// # Errors
    /// If it does not end.
    pub fn terminate(mut self) -> anyhow::Result<Ended> {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(sent.success(), "the signal was not sent");
        self.end()
    }

    /// Closes the server's standard input and waits for it to end.
    ///
    /// # Errors
    /// If it does not.
    pub fn close(mut self) -> anyhow::Result<Ended> {
        drop(self.stdin.take());
        self.end()
    }

    fn end(&mut self) -> anyhow::Result<Ended> {
        let begun = Instant::now();
        while let Some(message) = self.messages.next(begun + PATIENCE).context("waiting for the server to end")? {
            self.unread.push(message);
        }
        let status = self.child.wait()?;
        let unread = std::mem::take(&mut self.unread).into_iter().map(|message| message.value).collect();
        Ok(Ended { status, unread, words: self.words.so_far(), took: begun.elapsed() })
    }

    fn with_meta(&self, mut params: Value) -> Value {
        let (Some(meta), Some(params_object)) = (&self.meta, params.as_object_mut()) else { return params };
        let given = params_object.entry("_meta").or_insert_with(|| json!({}));
        if let Some(given) = given.as_object_mut() {
            given.extend(meta.clone());
        }
        params
    }
}

/// Whether a message answers the request of that id.
fn answers(message: &Value, id: &Value) -> bool {
    message.get("method").is_none() && message["id"] == *id
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("process", &self.child.id()).finish_non_exhaustive()
    }
}
