//! The host that is running, as commands ask it.

use anyhow::bail;

use super::exit_code::NoHost;
use super::progress::Progress;
use crate::model::swap::SwapReport;
use crate::server::control::{ControlClient, ControlError, Event, HostStatus, Request};
use crate::store::DataDir;

/// Asks for a swap or a rollback and shows how far it is. `otherwise` is what to do if no host is running.
pub(super) async fn change(dir: &DataDir, request: &Request, otherwise: &str) -> anyhow::Result<SwapReport> {
    let mut client = ControlClient::connect(dir).await.map_err(|error| match error {
        ControlError::NoHost { dir } => NoHost { dir, otherwise: otherwise.to_owned() }.into(),
        error => anyhow::Error::from(error),
    })?;
    let progress = Progress::start();
    match client.request(request, |phase| progress.reached(phase)).await? {
        Event::Report { report } => Ok(*report),
        other => bail!("the host answered something else: {other:?}"),
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
