//! Who hears that a list or a resource changed.

use rmcp::RoleServer;
use rmcp::model::{
    PromptListChangedNotification, ResourceListChangedNotification, ServerNotification, ToolListChangedNotification,
};
use rmcp::service::{NotificationContext, SubscriptionContext, SubscriptionSendError};

use super::Handler;
use crate::server::listed::List;

impl Handler {
    /// Tells a client of 2025 for as long as it is there.
    pub(super) fn tell_of_lists(&self, context: NotificationContext<RoleServer>) {
        let peer = context.peer;
        tokio::spawn(self.beside().watch_lists(move |list| {
            let peer = peer.clone();
            async move {
                let told = match list {
                    List::Tools => peer.notify_tool_list_changed().await,
                    List::Prompts => peer.notify_prompt_list_changed().await,
                    List::Resources => peer.notify_resource_list_changed().await,
                };
                told.is_ok()
            }
        }));
    }

    /// Tells whoever subscribed, until they have heard enough.
    pub(super) async fn tell_subscriber(&self, context: &SubscriptionContext) {
        let _listens = self.session().listens();
        let sink = context.sink().clone();
        let resources = self.beside().tell_stream_of_resources(sink.clone());
        let tell = move |list| {
            let sink = sink.clone();
            let changed = match list {
                List::Tools => ServerNotification::ToolListChangedNotification(ToolListChangedNotification::default()),
                List::Prompts => {
                    ServerNotification::PromptListChangedNotification(PromptListChangedNotification::default())
                }
                List::Resources => {
                    ServerNotification::ResourceListChangedNotification(ResourceListChangedNotification::default())
                }
            };
            // What was not subscribed to is not sent, and that is no error of the connection.
            async move {
                let told = sink.send(changed).await;
                matches!(told, Ok(()) | Err(SubscriptionSendError::NotificationNotAccepted(_)))
            }
        };
        tokio::select! {
            () = context.cancelled() => {}
            () = self.client_left() => {}
            // Nobody goes on: it is told so. If somebody does, its stream breaks off, and it asks again at once; where
            // connections outlive the host, so does the subscription.
            () = self.shared().lifecycle.drains(), if self.session().principal().is_some() => {}
            () = self.beside().watch_lists(tell) => {}
            () = resources => {}
        }
    }
}
