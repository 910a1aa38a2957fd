//! Calls tools that plugins keep for operators: on the host that is running, else in one of this process.

use anyhow::bail;
use rmcp::model::CallToolResult;
use serde_json::{Map, Value};

use super::client::{self, Client};
use super::exit_code::{ToolAnsweredWithError, WrongUsage};
use super::{host, write_error};
use crate::app::{App, Options};
use crate::server::control::ControlClient;

/// Whoever answers.
pub(super) struct Operator {
    app: App,
    /// To a host of this process, once there is one.
    own: Option<Client>,
}

/// What a tool said.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) is_error: bool,
}

impl Operator {
    pub(super) fn new(options: &Options) -> anyhow::Result<Self> {
        Ok(Self { app: App::build(options)?, own: None })
    }

    /// Calls a tool. What is wrong with the host is an error, what the tool complains of is not.
    pub(super) async fn ask(&mut self, tool: &str, arguments: Map<String, Value>) -> anyhow::Result<Said> {
        let dir = self.app.slots.dir();
        let result = if let Some(own) = &self.own {
            client::call(own, tool, arguments).await?
        } else if let Some(answer) = host::operators_tool(dir, tool, arguments.clone()).await? {
            serde_json::from_value::<CallToolResult>(Value::Object(answer.result))?
        } else {
            if ControlClient::connect(dir).await.is_ok() {
                bail!("the host that is running has no tool {tool}: its orchestrator is older than this program");
            }
            let own = self.begin(tool).await?;
            client::call(own, tool, arguments).await?
        };
        Ok(Said { text: client::text(&result), is_error: result.is_error == Some(true) })
    }

    /// The same; the tool's complaint is printed, and is an error.
    pub(super) async fn call(&mut self, tool: &str, arguments: Map<String, Value>) -> anyhow::Result<String> {
        let said = self.ask(tool, arguments).await?;
        if said.is_error {
            write_error(&said.text);
            return Err(ToolAnsweredWithError.into());
        }
        Ok(said.text)
    }

    /// Opens the slots, so that trouble with them has an exit code of its own.
    async fn begin(&mut self, tool: &str) -> anyhow::Result<&Client> {
        let mut is_there = false;
        for slot in self.app.slots.all() {
            slot.slot().await?;
            is_there |= slot.plugin().await?.surface().tool(tool).is_some();
        }
        if !is_there {
            return Err(WrongUsage(format!("none of the plugins that are served has the tool {tool}")).into());
        }
        let client = client::connect_as_operator(&self.app, "mainstay").await?;
        Ok(self.own.insert(client))
    }
}
