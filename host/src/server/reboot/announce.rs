//! Lines about the host itself, for clients that did not ask for what they tell of.

#![expect(deprecated, reason = "clients of today use logging, which the protocol is to drop in 2027")]

use std::time::Duration;

use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam};

use crate::plugin::contract::log;
use crate::server::session::Session;
use crate::server::shared::Shared;

/// A client that does not read does not hold anything up for longer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Shared {
    /// Tells every session of settings that were read again and differ. Does not end.
    pub async fn tell_of_settings(&self) {
        let mut applied = self.reloader.subscribe();
        while applied.changed().await.is_ok() {
            let line = format!("Settings: {}", *applied.borrow_and_update());
            self.announce(None, &line);
        }
    }

    /// Tells every session that wants to hear of it, but for the one that knows already.
    pub(super) fn announce(&self, knows: Option<&Session>, line: &str) {
        for connected in self.sessions.all() {
            let known = knows.is_some_and(|session| session.id() == connected.session.id());
            if known || !connected.session.wants_notice(log::Level::Notice) {
                continue;
            }
            let mut notification = LoggingMessageNotificationParam::new(LoggingLevel::Notice, line.into());
            notification.logger = Some("mainstay".to_owned());
            tokio::spawn(async move {
                let told = connected.peer.notify_logging_message(notification);
                drop(tokio::time::timeout(PATIENCE, told).await);
            });
        }
    }
}
