//! The host that is running, as commands ask it.

use std::time::Duration;

use anyhow::bail;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::exit_code::{NoAnswer, NoHost};
use super::progress::Progress;
use crate::model::swap::SwapReport;
use crate::server::control::{ControlClient, ControlError, Event, HostStatus, Request, ToolAnswer, ToolOrder};
use crate::store::DataDir;

/// How a host begins its words when a tool is not there; all else it refuses is an answer.
const NO_TOOL: &str = "there is no tool";

/// Asks for a swap or a rollback and shows how far it is. `otherwise` is what to do if no host is running.
pub(super) async fn change(dir: &DataDir, request: &Request, otherwise: &str) -> anyhow::Result<SwapReport> {
    let mut client = connect(dir, otherwise).await?;
    let progress = Progress::of_steps();
    match client.request(request, |phase| progress.reached(phase)).await? {
        Event::Report { report } => Ok(*report),
        other => bail!("the host answered something else: {other:?}"),
    }
}

/// Calls one of the host's own tools and shows how far it is. `otherwise` is what to do if no host is running. Gives up
/// after `limit`; the host may go on.
pub(super) async fn tool(
    dir: &DataDir,
    tool: &str,
    arguments: Map<String, Value>,
    limit: Duration,
    otherwise: &str,
) -> anyhow::Result<ToolAnswer> {
    let mut client = connect(dir, otherwise).await?;
    let progress = Progress::of_percent();
    let asked = client.tool(order(tool, arguments), |percent, words| progress.at(percent, words));
    let answer = timeout(limit, asked).await.map_err(|_| NoAnswer { seconds: limit.as_secs() })?;
    Ok(answer?)
}

/// Calls a tool that a plugin has for operators, on the host that is running; none if none is, or there is no such tool.
pub(super) async fn operators_tool(
    dir: &DataDir,
    tool: &str,
    arguments: Map<String, Value>,
) -> anyhow::Result<Option<ToolAnswer>> {
    let mut client = match ControlClient::connect(dir).await {
        Ok(client) => client,
        Err(ControlError::NoHost { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match client.tool(order(tool, arguments), |_, _| {}).await {
        Ok(answer) => Ok(Some(answer)),
        Err(ControlError::Refused(why)) if why.starts_with(NO_TOOL) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How the host is; none if none is running.
pub(super) async fn status(client: &mut Option<ControlClient>, dir: &DataDir) -> anyhow::Result<Option<HostStatus>> {
    let connected = match client.take() {
        Some(connected) => connected,
        None => match ControlClient::connect(dir).await {
            Ok(connected) => connected,
            Err(ControlError::NoHost { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        },
    };
    match client.insert(connected).request(&Request::Status, |_| {}).await {
        Ok(Event::Status(status)) => Ok(Some(status)),
        Ok(other) => bail!("the host answered something else: {other:?}"),
        // It has just ended.
        Err(ControlError::Ended | ControlError::Io(_)) => {
            *client = None;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// How far a restart is, or the last one came; none if the host does not say.
pub(super) async fn restart(client: Option<&mut ControlClient>) -> Option<Value> {
    let order = order("orchestrator_restart_status", Map::new());
    let answer = client?.tool(order, |_, _| {}).await.ok()?;
    if answer.error { None } else { answer.result.get("current_status").cloned() }
}

async fn connect(dir: &DataDir, otherwise: &str) -> anyhow::Result<ControlClient> {
    ControlClient::connect(dir).await.map_err(|error| match error {
        ControlError::NoHost { dir } => NoHost { dir, otherwise: otherwise.to_owned() }.into(),
        error => error.into(),
    })
}

fn order(tool: &str, arguments: Map<String, Value>) -> ToolOrder {
    let directory = std::env::current_dir().ok();
    ToolOrder { tool: tool.to_owned(), arguments, version: env!("CARGO_PKG_VERSION").to_owned(), directory }
}
