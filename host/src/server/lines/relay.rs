//! A client that another process answers: what it says goes there, and what is said to it comes from there.
//!
//! Lines pass as they are. They are looked at only so far that somebody else can go on when the other process ends.

use std::borrow::Cow;
use std::io;

use parking_lot::Mutex;
use rmcp::model::{
    CancelledNotification, CancelledNotificationParam, ErrorData, RequestId, ServerJsonRpcMessage, ServerNotification,
    ServerResult,
};
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::reader::{Read, Reader};
use super::traffic::{Hears, Known, Open, Traffic};
use super::transport::{self, Next, too_long_answer};
use super::{ClientEnd, Output, PATIENCE, Sink};
use crate::server::control::Joined;
use crate::server::errors;

/// The longest line that is passed on to the client, in bytes: the host bounds what it answers, and this only keeps a
/// strange one from filling the memory.
const LONGEST: usize = 1 << 30;

/// How passing on came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The client has left.
    Left,
    /// Nobody is there any more to pass anything to.
    HostGone,
}

/// A line, as far as it matters.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(default)]
    id: Option<RequestId>,
    #[serde(default, borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(default)]
    params: Params,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    id: Option<RequestId>,
    #[serde(default, borrow)]
    method: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Params {
    request_id: Option<RequestId>,
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/subscriptionId")]
    subscription: Option<RequestId>,
}

/// Passes on what a client says and hears, until it leaves or the host is gone. `open` is what it still waits for.
pub(crate) async fn relay(end: &mut ClientEnd, joined: Joined, open: &[Open], longest: usize) -> Passed {
    let Joined { reader: mut from_host, sink: to_host } = joined;
    let again = end.traffic.lock().standing().again(open);
    end.traffic.lock().reopen(open);
    let mut known = again.known;
    let ClientEnd { reader, output, traffic, .. } = end;
    let passed = {
        let mut down = std::pin::pin!(down(&mut from_host, output, traffic, &mut known));
        let passed = tokio::select! {
            passed = up(reader, to_host, again.lines, output, traffic, longest) => passed,
            () = &mut down => return Passed::HostGone,
        };
        // What was answered before either of them left is heard.
        drop(timeout(PATIENCE, down).await);
        passed
    };
    end.has_left = passed == Passed::Left;
    passed
}

/// What the client says, after `first`.
async fn up(
    reader: &mut Reader,
    mut to_host: Sink,
    first: Vec<String>,
    output: &Output,
    traffic: &Mutex<Traffic>,
    longest: usize,
) -> Passed {
    for line in first {
        if pass(&mut to_host, line.as_bytes()).await.is_err() {
            return Passed::HostGone;
        }
    }
    loop {
        match reader.next(longest).await {
            Ok(Read::Line) => {}
            Ok(Read::Skipped(id)) => {
                if let Some(id) = id {
                    drop(output.send(&too_long_answer(id, longest)).await);
                }
                continue;
            }
            Ok(Read::End) | Err(_) => {
                drop(to_host.shutdown().await);
                return Passed::Left;
            }
        }
        // Whatever becomes of passing it on, it was read.
        let line = reader.take();
        note(&mut traffic.lock(), &line);
        if pass(&mut to_host, &line).await.is_err() {
            return Passed::HostGone;
        }
    }
}

/// Notes what the client has said with this line, as a host does that answers it.
pub(super) fn note(traffic: &mut Traffic, line: &[u8]) {
    if let Next::Message(message) = transport::parse(line) {
        transport::note(traffic, &message, line, true);
    }
}

/// The id and the method of a line.
pub(super) fn peeked(line: &[u8]) -> Option<(Option<RequestId>, Option<String>)> {
    Peek::of(line).map(|peek| (peek.id, peek.method.map(Cow::into_owned)))
}

async fn pass(to_host: &mut Sink, line: &[u8]) -> io::Result<()> {
    to_host.write_all(line).await?;
    to_host.write_all(b"\n").await?;
    to_host.flush().await
}

/// What the client is told, until nobody tells it anything.
async fn down(from_host: &mut Reader, output: &Output, traffic: &Mutex<Traffic>, known: &mut Known) {
    loop {
        match from_host.next(LONGEST).await {
            Ok(Read::Line) => {}
            Ok(Read::Skipped(_)) => continue,
            Ok(Read::End) | Err(_) => return,
        }
        let line = from_host.line();
        let mut instead = None;
        let wanted = Peek::of(line).is_some_and(|peek| {
            let mut traffic = traffic.lock();
            match (&peek.id, &peek.method) {
                (Some(id), None) => match known.answers(id, &mut traffic) {
                    Hears::Answer => true,
                    Hears::Instead(notice) => {
                        instead = Some(notice);
                        false
                    }
                    Hears::Nothing => false,
                },
                (None, Some(method)) if method == "notifications/cancelled" => {
                    peek.params.request_id.as_ref().is_none_or(|question| traffic.withdraws(question))
                }
                (id, _) => {
                    let new = peek.acknowledged().is_none_or(|id| known.acknowledges(id, &mut traffic));
                    new && traffic.asks(id.as_ref())
                }
            }
        });
        if wanted {
            output.queue_line(line);
        }
        let told = instead.is_some_and(|notice| output.queue(&notice).is_ok());
        if (wanted || told) && output.write().await.is_err() {
            return;
        }
        from_host.done();
    }
}

/// Answers what cannot be asked again, and takes questions back that nobody waits for. What is left may be asked again.
pub(crate) async fn interrupted(end: &ClientEnd, restarted: bool) -> Vec<Open> {
    let (open, asked) = end.traffic.lock().take_open();
    for question in asked {
        let cancelled =
            CancelledNotificationParam::new(Some(question), Some("the host that asked has ended".to_owned()));
        let cancelled = ServerNotification::CancelledNotification(CancelledNotification::new(cancelled));
        drop(end.output.queue(&ServerJsonRpcMessage::notification(cancelled)));
    }
    let (calls, others): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|open| restarted || open.is_call || open.text.is_none());
    for call in calls {
        let words = if restarted { errors::RESTARTED } else { errors::INTERRUPTED };
        let answer = if call.is_call {
            let result = errors::interrupted(words);
            ServerJsonRpcMessage::response(ServerResult::CallToolResult(result), call.id)
        } else {
            ServerJsonRpcMessage::error(ErrorData::internal_error(words, None), Some(call.id))
        };
        drop(end.output.queue(&answer));
    }
    drop(timeout(PATIENCE, end.output.flush()).await);
    others
}

impl<'a> Peek<'a> {
    /// Of a line that is a message. Parameters of a strange shape are somebody else's to refuse.
    fn of(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().or_else(|| {
            let Envelope { id, method } = serde_json::from_slice(line).ok()?;
            Some(Self { id, method, params: Params::default() })
        })
    }

    /// Which subscription this says has begun.
    fn acknowledged(&self) -> Option<&RequestId> {
        let says = self.method.as_deref() == Some("notifications/subscriptions/acknowledged");
        self.params.meta.subscription.as_ref().filter(|_| says)
    }
}
