//! The body of a request, which has to be there in time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::StatusCode;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::asking;
use super::refusal::Refusal;

/// How long a client may take to send all of it: enough for the longest message over a slow line.
const LONGEST: Duration = Duration::from_secs(60);

/// A body that fails when it takes too long. Whoever sent it hears why.
#[derive(Debug)]
pub(super) struct TimedBody {
    body: Body,
    /// Made when it has to be waited for.
    left: Option<Pin<Box<Sleep>>>,
    longest: Duration,
}

impl TimedBody {
    pub(super) fn new(body: Body) -> Self {
        Self { body, left: None, longest: LONGEST }
    }
}

impl hyper::body::Body for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let longest = self.longest;
        ready!(self.left.get_or_insert_with(|| Box::pin(sleep(longest))).as_mut().poll(context));
        let message = format!("The body was not there within {} s. Send it again.", longest.as_secs());
        asking::refuse(Refusal {
            retry_after: Some(1),
            ..Refusal::wrong(StatusCode::REQUEST_TIMEOUT, "too-slow", message.clone())
        });
        Poll::Ready(Some(Err(axum::Error::new(message))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
