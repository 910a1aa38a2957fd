//! A session as rmcp's service of it sees it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;

use super::disk::Journal;
use super::session::Session;

/// Messages of a client in, messages for it out. Never waits for the client.
#[derive(Debug)]
pub(in crate::server::http) struct SessionTransport {
    pub(super) session: Arc<Session>,
    pub(super) messages: mpsc::Receiver<Box<ClientJsonRpcMessage>>,
    pub(super) journal: Arc<Journal>,
}

impl Transport<RoleServer> for SessionTransport {
    type Error = Infallible;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        // Before anything is awaited: so messages stay in order.
        if let Some(unread) = self.session.deliver(message) {
            self.journal.keep(self.session.key, unread);
        }
        ready(Ok(()))
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.messages.recv().await.map(|message| *message)
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.session.close();
        ended()
    }
}

fn ended() -> Ready<Result<(), Infallible>> {
    ready(Ok(()))
}

impl Drop for SessionTransport {
    fn drop(&mut self) {
        // Nobody answers any more.
        self.session.close();
    }
}
