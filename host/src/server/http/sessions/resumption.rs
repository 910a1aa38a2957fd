//! A client that was cut off goes on where it was: in what is in memory, in what is on disk, or with an end.

use std::collections::VecDeque;
use std::sync::Arc;

use rmcp::model::{ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::ServerSseMessage;
use serde_json::json;

use super::asked::not_taken;
use super::disk::ReadBack;
use super::event_id::{EventId, StreamId};
use super::reader::Reader;
use super::session::{Known, NotTaken, Session};
use super::{SessionError, Sessions};
use crate::server::http::refusal;

const INTERRUPTED: &str = "The host ended while this was under way, or its answer was not kept: whether it was done is not \
    known. Look before you ask for it again.";

impl Sessions {
    /// What comes after that event.
    pub(super) async fn resume_after(&self, session: Arc<Session>, last: &str) -> Result<Reader, SessionError> {
        let last = EventId::parse(last).ok_or(SessionError::NoEvent)?;
        if let Known::Here(place) = session.resume(&last) {
            if last.stream.is_common() {
                // They are given out now, so they are not given out again.
                drop(self.notices(&session).await);
            }
            return Ok(Reader::live(None, session, place));
        }
        let kept = self.journal.read(session.key, last.stream.name(), last.place).await;
        let events: VecDeque<_> = kept.iter().map(|kept| event(&last.stream, kept)).collect();
        if last.stream.is_common() {
            return self.go_on(session, events).await;
        }
        Ok(Reader::of(ended(&last, &kept, events)))
    }

    /// From a common stream of another process to that of this one.
    async fn go_on(&self, session: Arc<Session>, events: VecDeque<ServerSseMessage>) -> Result<Reader, SessionError> {
        let most = self.live.get().http.streams_per_session;
        let place = session.listen(None, most).ok_or_else(|| not_taken(NotTaken::TooManyStreams, most))?;
        let mut reader = Reader::live(session.priming(0), Arc::clone(&session), place);
        // They were of that stream and are given out now, so they are not given out again.
        drop(self.notices(&session).await);
        reader.put_first(events);
        Ok(reader)
    }

    /// What was sent by an earlier process and given to nobody. What this one sent is in the ring, for whoever has come to
    /// read it.
    pub(super) async fn notices(&self, session: &Session) -> VecDeque<ServerSseMessage> {
        // All of it is given out from now on, so all of it is to be there.
        self.write().await;
        let kept = self.journal.take_notices(session.key).await;
        let stream = |kept: &ReadBack| EventId::parse(&format!("{}-0", kept.stream)).map(|id| id.stream);
        let earlier = |kept: &ReadBack| stream(kept).filter(|stream| !session.has(stream));
        kept.iter().filter_map(|kept| Some(event(&earlier(kept)?, kept))).collect()
    }
}

fn event(stream: &StreamId, kept: &ReadBack) -> ServerSseMessage {
    ServerSseMessage::new(stream.at(kept.place).to_string(), kept.message.clone())
}

/// The rest of a stream that nothing more comes on: if its answer is not among it, it is answered that this is not known.
fn ended(last: &EventId, kept: &[ReadBack], mut events: VecDeque<ServerSseMessage>) -> VecDeque<ServerSseMessage> {
    let answer =
        |kept: &ReadBack| matches!(kept.message, ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_));
    let Some(request) = &last.stream.request else { return events };
    if !kept.iter().any(answer) {
        let place = kept.last().map_or(last.place, |kept| kept.place).saturating_add(1);
        events.push_back(ServerSseMessage::new(last.stream.at(place).to_string(), interrupted(request)));
    }
    events
}

fn interrupted(request: &RequestId) -> ServerJsonRpcMessage {
    let data = json!({ "code": "interrupted", "retryable": true });
    let error = ErrorData::new(ErrorCode(refusal::BUSY), INTERRUPTED, Some(data));
    ServerJsonRpcMessage::error(error, Some(request.clone()))
}

/// Whether that is an id of ours, as a client says it.
pub(in crate::server::http) fn is_event_id(said: &str) -> bool {
    EventId::parse(said).is_some()
}
