//! `mainstay call`

use rmcp::model::CallToolResult;
use serde_json::{Map, Value};

use super::exit_code::{ToolAnsweredWithError, WrongUsage};
use super::{block_on, client, host, table};
use crate::app::{App, Options};
use crate::model::restart::HOST_TOOLS;
use crate::plugin::Plugin;
use crate::server::control::ToolAnswer;

/// Call one tool against the data directory
#[derive(Debug, clap::Args)]
pub(super) struct Call {
    /// Which tool; `mainstay tools --operator` lists them all
    tool: String,
    /// Its arguments, a JSON object
    #[arg(default_value = "{}")]
    arguments: String,
    /// Print the whole result as JSON
    #[arg(long)]
    json: bool,
}

impl Call {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let arguments: Value = serde_json::from_str(&self.arguments)
            .map_err(|error| WrongUsage(format!("the arguments are no valid JSON: {error}")))?;
        let Value::Object(arguments) = arguments else {
            let problem = "the arguments are no JSON object: write them as '{\"name\": \"value\"}'";
            return Err(WrongUsage(problem.to_owned()).into());
        };
        let app = App::build(options)?;
        block_on(self.call(&app, arguments))
    }

    async fn call(&self, app: &App, arguments: Map<String, Value>) -> anyhow::Result<()> {
        if let Some(answer) = self.on_running_host(app, &arguments).await? {
            return self.show(&serde_json::from_value(Value::Object(answer.result))?);
        }
        if !HOST_TOOLS.contains(&self.tool.as_str()) {
            self.find(app).await?;
        }
        let client = client::connect_as_operator(app, "mainstay-call").await?;
        self.show(&client::call(&client, &self.tool, arguments).await?)
    }

    /// Asks the host that is running, if there is one, for a tool that no client has.
    async fn on_running_host(&self, app: &App, arguments: &Map<String, Value>) -> anyhow::Result<Option<ToolAnswer>> {
        let listed = app.slots.published().await.is_ok_and(|published| published.find(&self.tool).is_some());
        if listed || HOST_TOOLS.contains(&self.tool.as_str()) {
            return Ok(None);
        }
        host::operators_tool(app.slots.dir(), &self.tool, arguments.clone()).await
    }

    fn show(&self, result: &CallToolResult) -> anyhow::Result<()> {
        if self.json {
            table::print(&serde_json::to_string_pretty(result)?)?;
        } else {
            table::print(&client::text(result))?;
        }
        if result.is_error == Some(true) { Err(ToolAnsweredWithError.into()) } else { Ok(()) }
    }

    /// Opens the slot that has the tool, so that trouble with it has an exit code of its own.
    async fn find(&self, app: &App) -> anyhow::Result<()> {
        let published = app.slots.published().await?;
        if let Some(slot) = published.find(&self.tool).and_then(|tool| app.slots.get(&tool.slot)) {
            slot.slot().await?;
        } else {
            for slot in app.slots.all() {
                let own = |plugin: &Plugin| plugin.surface().tool(&self.tool).is_some();
                let is_here = slot.plugin().await.is_ok_and(|plugin| own(&plugin));
                slot.slot().await?;
                if is_here {
                    return Ok(());
                }
            }
            let nearest = published.nearest(&self.tool).map(|near| format!(" Did you mean {near}?"));
            let problem = format!("there is no tool {:?}.{}", self.tool, nearest.unwrap_or_default());
            return Err(WrongUsage(problem).into());
        }
        Ok(())
    }
}
