//! Which tool a call is for, and whether its arguments fit, before a plugin sees them.

use std::sync::Arc;
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use serde_json::Value;
use tokio::time::timeout;

use super::errors;
use super::handler::Handler;
use crate::model::chain;
use crate::plugin::{Plugin, Tool};
use crate::swap::{LazySlot, OpenError, Published};

/// A list is published within a few writes to disk after its swap was committed.
const PUBLISHING: Duration = Duration::from_secs(2);

/// A call that may enter.
pub(crate) struct Checked {
    pub(crate) slot: Arc<LazySlot>,
    /// The version that it was checked against.
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) tool: String,
    /// A JSON object.
    pub(crate) arguments: String,
}

impl Handler {
    /// Finds the tool and checks the arguments against its schema.
    ///
    /// # Errors
    /// An unknown tool is the protocol's error; what the model can do something about is a result.
    pub(crate) async fn check(
        &self,
        params: &mut CallToolRequestParams,
    ) -> Result<Result<Checked, CallToolResult>, ErrorData> {
        let published = match self.slots().published().await {
            Ok(published) => published,
            Err(error) => return Ok(Err(errors::open_error(&error))),
        };
        let (slot, plugin) = match self.place(&params.name, &published).await? {
            Ok(place) => place,
            Err(result) => return Ok(Err(result)),
        };
        let own = |tool: &&Tool| !tool.is_for_operators() || self.session().is_operator();
        let Some(tool) = plugin.surface().tool(&params.name).filter(own) else {
            return Ok(Err(self.changed_meanwhile(&params.name, None).await));
        };
        let mut arguments = params.arguments.take().unwrap_or_default();
        if let Err(problems) = tool.check_arguments(&mut arguments) {
            let published = self.current_list(&params.name).await.unwrap_or(published);
            let known = published.find(&params.name).filter(|known| self.session().may_not_know(known.edited_at));
            return Ok(Err(errors::invalid_arguments(&problems, known.map(|known| &*known.tool.text))));
        }
        let (tool, arguments) = (tool.name().to_owned(), Value::Object(arguments).to_string());
        Ok(Ok(Checked { slot, plugin, tool, arguments }))
    }

    /// The slot that has the tool, and what it serves.
    async fn place(
        &self,
        tool: &str,
        published: &Published,
    ) -> Result<Result<(Arc<LazySlot>, Arc<Plugin>), CallToolResult>, ErrorData> {
        let Some(known) = published.find(tool) else {
            if let Some(found) = self.operators_tool(tool).await {
                return Ok(Ok(found));
            }
            return match self.slots().tombstone(tool).await {
                Some(tombstone) => {
                    let near = published.nearest(tool).map(str::to_owned);
                    let here = published.tools.iter().map(|tool| tool.tool.name.as_str());
                    Ok(Err(errors::removed_tool(&tombstone, near.as_deref(), here)))
                }
                None => Err(errors::unknown_tool(tool, published.nearest(tool))),
            };
        };
        let Some(slot) = self.slots().get(&known.slot) else { return Err(errors::unknown_tool(tool, None)) };
        match slot.plugin().await {
            Ok(plugin) => Ok(Ok((slot, plugin))),
            Err(error) => Ok(Err(errors::open_error(&error))),
        }
    }

    /// What a call gets that queued while its tool was changed or removed.
    pub(crate) async fn changed_meanwhile(&self, tool: &str, problems: Option<&[String]>) -> CallToolResult {
        let published = match self.current_list(tool).await {
            Ok(published) => published,
            Err(error) => return errors::tool_error("plugin", chain(&error), true),
        };
        match (published.find(tool), problems) {
            (Some(known), Some(problems)) => errors::invalid_arguments(problems, Some(&known.tool.text)),
            _ => match self.slots().tombstone(tool).await {
                Some(tombstone) => {
                    let here = published.tools.iter().map(|tool| tool.tool.name.as_str());
                    errors::removed_tool(&tombstone, published.nearest(tool), here)
                }
                None => errors::tool_error("tool-removed", format!("There is no tool {tool:?} any more."), false),
            },
        }
    }

    /// The list in which the tool is as the version that serves has it. A swap is committed a moment before its list is
    /// published.
    async fn current_list(&self, tool: &str) -> Result<Arc<Published>, OpenError> {
        let mut list = self.slots().subscribe();
        let published = self.slots().published().await?;
        let Some(slot) = published.find(tool).and_then(|known| self.slots().get(&known.slot)) else {
            return Ok(published);
        };
        let offered = slot.plugin().await?.surface().tool_texts();
        let offered = offered.iter().find(|offered| offered.name == tool);
        let is_current = |list: &Option<Arc<Published>>| {
            list.as_ref().is_some_and(|list| list.find(tool).map(|known| &known.tool) == offered)
        };
        let current = timeout(PUBLISHING, list.wait_for(is_current)).await;
        Ok(current.ok().and_then(|list| list.ok()?.clone()).unwrap_or(published))
    }
}
