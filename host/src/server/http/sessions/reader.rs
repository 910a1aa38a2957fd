//! A stream as a connection reads it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use rmcp::transport::streamable_http_server::session::ServerSseMessage;

use super::session::{Place, Session};

/// First what is known already, then what comes.
#[derive(Debug)]
pub(in crate::server::http) struct Reader {
    first: VecDeque<ServerSseMessage>,
    live: Option<(Arc<Session>, Place)>,
}

impl Reader {
    pub(super) fn live(first: impl IntoIterator<Item = ServerSseMessage>, session: Arc<Session>, place: Place) -> Self {
        Self { first: first.into_iter().collect(), live: Some((session, place)) }
    }

    /// These come after what is first already.
    pub(super) fn put_first(&mut self, events: VecDeque<ServerSseMessage>) {
        self.first.extend(events);
    }

    /// Ends after these.
    pub(super) fn of(first: VecDeque<ServerSseMessage>) -> Self {
        Self { first, live: None }
    }
}

impl Stream for Reader {
    type Item = ServerSseMessage;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.pop_front() {
            return Poll::Ready(Some(first));
        }
        match &self.live {
            Some((session, place)) => session.take(*place, context),
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some((session, place)) = self.live.take() {
            session.leave(place);
        }
    }
}
