//! Reads the settings again when their file changes, and has the rest of the program follow.

use tokio::task::spawn_blocking;

use super::Log;
use crate::config::{Applied, Live, Reloader};
use crate::model::chain;

/// The file of the settings changed and is at rest.
pub(super) async fn take_up(reloader: &Reloader) {
    let reloader = reloader.clone();
    match spawn_blocking(move || reloader.reload()).await {
        Ok(Ok(applied)) => say(&applied),
        Ok(Err(error)) => {
            tracing::error!(error = chain(&error), "the settings are invalid: what applied before goes on to apply");
        }
        Err(error) => tracing::error!(%error, "reading the settings failed"),
    }
}

fn say(applied: &Applied) {
    let waits = !(applied.at_plugin_restart.is_empty() && applied.at_host_restart.is_empty());
    match (waits, applied.is_empty()) {
        (_, true) => tracing::debug!("the settings are what they were"),
        (true, false) => tracing::warn!("the settings changed: {applied}"),
        (false, false) => tracing::info!("the settings changed: {applied}"),
    }
}

/// Logs what the settings say. Does not end.
pub(super) async fn log(log: Option<&Log>, live: &Live) {
    let Some(log) = log else { return };
    let mut settings = live.subscribe();
    let mut filter = settings.borrow_and_update().log.filter.clone();
    while settings.changed().await.is_ok() {
        let wanted = settings.borrow_and_update().log.filter.clone();
        if wanted != filter {
            log.filter(&wanted);
            filter = wanted;
        }
    }
}
