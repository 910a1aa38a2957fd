//! What rmcp asks of a manager of sessions.

use std::sync::Arc;

use http::StatusCode;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::{EventStore, RestoreOutcome, SessionId, SessionManager};

use super::reader::Reader;
use super::transport::SessionTransport;
use super::{SessionError, Sessions, asks, epoch, key_of, new_id};
use crate::server::http::asking;
use crate::server::http::refusal::Refusal;

/// What a client may say of itself, in bytes: it is kept as long as its session.
const INTRODUCTION: usize = 16 << 10;

/// Whether it says no more than that.
fn introduction(message: &ClientJsonRpcMessage) -> Result<(), Refusal> {
    let ClientJsonRpcMessage::Request(asked) = message else { return Ok(()) };
    let ClientRequest::InitializeRequest(hello) = &asked.request else { return Ok(()) };
    let said = serde_json::to_vec(&hello.params).map_or(0, |said| said.len());
    if said <= INTRODUCTION {
        return Ok(());
    }
    let message = format!(
        "The params of initialize have {said} bytes, and may have {INTRODUCTION}: say less of capabilities and clientInfo."
    );
    Err(Refusal::wrong(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message))
}

#[expect(refining_impl_trait, reason = "nobody but rmcp calls these")]
impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = SessionTransport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        let id = new_id();
        let transport = self.add(Arc::clone(&id), asking::principal().flatten(), epoch())?;
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        let session = self.get(id)?;
        if let Err(refusal) = introduction(&message) {
            self.remove(id);
            asking::refuse(refusal);
            return Err(SessionError::TooMuch);
        }
        message.insert_extension(session.tag());
        if let Some(standing) = session.said_before() {
            message.insert_extension(standing);
        }
        let (service, answered) = session.hello().ok_or(SessionError::NoSession)?;
        service.send(Box::new(message)).await.map_err(|_| SessionError::NoSession)?;
        answered.await.map_err(|_| SessionError::NoSession)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        Ok(self.find(id).inspect(|session| session.touch()).is_some())
    }

    /// By a client, or when the service has ended. Until then another may have come in its place.
    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        let found = self.open.read().get(id).cloned();
        let Some(found) = found else { return Ok(()) };
        let by_client = asking::principal().is_some();
        if (by_client && asks(&found.principal)) || (!by_client && found.is_closed()) {
            self.remove(id);
        }
        Ok(())
    }

    async fn create_stream(&self, id: &SessionId, mut message: ClientJsonRpcMessage) -> Result<Reader, Self::Error> {
        let session = self.get(id)?;
        message.insert_extension(session.tag());
        self.ask(session, message).await
    }

    async fn accept_message(&self, id: &SessionId, mut message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        let session = self.get(id)?;
        if matches!(message, ClientJsonRpcMessage::Notification(_)) {
            message.insert_extension(session.tag());
        }
        let service = session.hears(&message).ok_or(SessionError::NoSession)?;
        service.send(Box::new(message)).await.map_err(|_| SessionError::NoSession)
    }

    async fn create_standalone_stream(&self, id: &SessionId) -> Result<Reader, Self::Error> {
        let session = self.get(id)?;
        self.listen(session).await
    }

    async fn resume(&self, id: &SessionId, last_event_id: String) -> Result<Reader, Self::Error> {
        let session = self.get(id)?;
        self.resume_after(session, &last_event_id).await
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Self::Transport>, Self::Error> {
        // What ended is no session, whatever of it is in memory.
        if self.open.read().get(&id).is_some_and(|session| session.is_closed()) {
            self.remove(&id);
        }
        if self.find(&id).is_some() {
            return Ok(RestoreOutcome::AlreadyPresent);
        }
        let kept = self.journal.session(key_of(&id)).await.ok().flatten();
        let Some(kept) = kept.filter(|kept| asks(&kept.principal)) else { return Err(SessionError::NoSession) };
        // Without it the client would wait in vain for what it subscribed to. It may begin anew.
        let standing = self.journal.standing(&kept).await.map_err(|_| SessionError::NoSession)?;
        let transport = self.add(id, kept.principal, kept.opened_at)?;
        transport.session.restore(standing);
        Ok(RestoreOutcome::Restored(transport))
    }

    fn event_store(&self) -> Option<Arc<dyn EventStore>> {
        None
    }
}
