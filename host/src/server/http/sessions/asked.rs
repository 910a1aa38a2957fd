//! A request of a client: a stream for its answer, and for all that belongs to it.

use std::sync::Arc;

use http::StatusCode;
use rmcp::model::ClientJsonRpcMessage;

use super::lasting::Lasting;
use super::reader::Reader;
use super::session::{NotTaken, Session};
use super::{SessionError, Sessions};
use crate::server::http::asking;
use crate::server::http::refusal::Refusal;
use crate::server::metrics::Limit;

impl Sessions {
    /// Sends a request to the service.
    pub(super) async fn ask(
        &self,
        session: Arc<Session>,
        message: ClientJsonRpcMessage,
    ) -> Result<Reader, SessionError> {
        let most = self.live.get().http.streams_per_session;
        let (place, service) = session.ask(&message, most).map_err(|why| not_taken(why, most))?;
        // From here on the place is given back, whatever happens.
        let reader = Reader::live(session.priming(place.stream), Arc::clone(&session), place);
        let lasting = Lasting::of(&message);
        service.send(Box::new(message)).await.map_err(|_| not_taken(NotTaken::Ended, most))?;
        if let Some(lasting) = lasting {
            // Before the answer can be read.
            self.journal.lasting(session.key, lasting).await;
        }
        Ok(reader)
    }

    /// A place at the stream that is of no request. What was sent before there was anybody to read it comes first.
    pub(super) async fn listen(&self, session: Arc<Session>) -> Result<Reader, SessionError> {
        let most = self.live.get().http.streams_per_session;
        let place = session.listen(None, most).ok_or_else(|| not_taken(NotTaken::TooManyStreams, most))?;
        let mut reader = Reader::live(session.priming(0), Arc::clone(&session), place);
        reader.put_first(self.notices(&session).await);
        Ok(reader)
    }
}

pub(super) fn not_taken(why: NotTaken, most: usize) -> SessionError {
    let (refusal, error) = match why {
        NotTaken::Ended => (Refusal::no_session(), SessionError::NoSession),
        NotTaken::TooManyStreams => {
            let message = format!("This session has {most} streams open. Read them to their end, or close some.");
            let refusal = Refusal::busy(StatusCode::TOO_MANY_REQUESTS, message, 1).by(Limit::Streams);
            (refusal, SessionError::TooManyStreams)
        }
        NotTaken::SameId => {
            let message = "A request of the same id is under way in this session. Give each an id of its own.";
            (Refusal::wrong(StatusCode::BAD_REQUEST, "same-id", message), SessionError::SameId)
        }
    };
    asking::refuse(refusal);
    error
}
