//! Messages a line each, in both directions.
//!
//! rmcp has a transport of this kind; this one answers where that one is silent (a line that is too long, or no JSON),
//! drops notifications that come before any request instead of ending, ends with its input within milliseconds, puts
//! answers that are ready together into one write, and gives the client back to go on with elsewhere.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequest, ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode, ErrorData, JsonRpcRequest,
    NotificationMetaObject, RequestId, ServerJsonRpcMessage, ServerNotification,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::ClientEnd;
use super::output::Output;
use super::reader::Read;
use super::scan::IdScanner;
use super::traffic::{Again, Hears, Kind, Known, Said, Traffic};

/// A client's end, while it is answered here.
pub(super) struct Lines {
    /// None when it has been given back.
    end: Option<ClientEnd>,
    back: Option<oneshot::Sender<ClientEnd>>,
    longest: usize,
    /// What is heard before the client itself, and which answers to that are not for it.
    again: VecDeque<ClientJsonRpcMessage>,
    known: Known,
    /// A request has been seen.
    begun: bool,
    /// Nothing more is read.
    pause: CancellationToken,
    /// The client is to be given back.
    stop: CancellationToken,
    /// The client has gone.
    leaving: CancellationToken,
    /// Whether what a client asks is remembered word by word until it is answered.
    keep: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What a transport is told from outside.
#[derive(Clone)]
pub(super) struct Orders {
    pub(super) longest: usize,
    pub(super) pause: CancellationToken,
    pub(super) stop: CancellationToken,
    pub(super) leaving: CancellationToken,
    pub(super) keep: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Lines {
    /// The transport, and where the client comes back if it has not left.
    pub(super) fn new(end: ClientEnd, again: Again, orders: Orders) -> (Self, oneshot::Receiver<ClientEnd>) {
        let (back, returned) = oneshot::channel();
        let Orders { longest, pause, stop, leaving, keep } = orders;
        let said = again.lines.iter().filter_map(|line| {
            // It was read once already.
            parse_message(line.as_bytes()).inspect_err(|error| tracing::error!(%error, "a line is not understood")).ok()
        });
        let (again, known): (VecDeque<_>, _) = (said.collect(), again.known);
        let begun = !again.is_empty();
        let lines = Self { end: Some(end), back: Some(back), longest, again, known, begun, pause, stop, leaving, keep };
        (lines, returned)
    }

    /// The next message, or what to answer to what is none.
    async fn next(&mut self) -> Next {
        let Some(end) = &mut self.end else { return Next::End };
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Next::Stop,
            () = self.pause.cancelled() => {
                self.stop.cancelled().await;
                return Next::Stop;
            }
            read = end.reader.next(self.longest) => read,
        };
        match read {
            Ok(Read::Line) => {}
            Ok(Read::Skipped(id)) => return too_long(id, self.longest),
            Ok(Read::End) => return Next::End,
            Err(error) => {
                tracing::error!(%error, "a client's input failed");
                return Next::End;
            }
        }
        let next = parse(end.reader.line());
        if let Next::Message(message) = &next {
            let keep = (self.keep)();
            note(&mut end.traffic.lock(), message, end.reader.line(), keep);
        }
        end.reader.done();
        next
    }

    /// Nothing more is for the client here: it goes on elsewhere at once.
    fn give_back(&mut self) {
        if let (Some(end), Some(back)) = (self.end.take(), self.back.take()) {
            // Nobody waits for it if the service was dropped.
            drop(back.send(end));
        }
    }

    async fn say(&mut self, message: &ServerJsonRpcMessage) {
        if let Some(end) = &self.end {
            drop(end.output.send(message).await);
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // A service that never began is not closed.
        self.give_back();
    }
}

#[expect(clippy::large_enum_variant, reason = "it is made and taken apart once for each message, and moved nowhere")]
pub(super) enum Next {
    Message(ClientJsonRpcMessage),
    /// No message: what is said to that.
    Answer(Box<ServerJsonRpcMessage>),
    Nothing,
    End,
    Stop,
}

impl Transport<RoleServer> for Lines {
    type Error = io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let known = &mut self.known;
        let wanted = self.end.as_ref().and_then(|end| Some((for_client(item, &mut end.traffic.lock(), known)?, end)));
        // Queued at once, so that whoever takes the client over knows what it has been told.
        let queued = wanted.map(|(item, end)| end.output.queue(&item).map(|()| end.output.clone()));
        async move {
            match queued {
                Some(output) => Output::write(&output?).await,
                None => Ok(()),
            }
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        if let Some(message) = self.again.pop_front() {
            return Some(message);
        }
        loop {
            match self.next().await {
                Next::Message(message) => {
                    self.begun |= matches!(message, ClientJsonRpcMessage::Request(_));
                    if self.begun {
                        return Some(message);
                    }
                    tracing::debug!("ignored a notification that came before any request");
                }
                Next::Answer(answer) => self.say(&answer).await,
                Next::Nothing => {}
                Next::Stop => {
                    self.give_back();
                    return None;
                }
                Next::End => {
                    if let Some(end) = &mut self.end {
                        end.has_left = true;
                    }
                    self.leaving.cancel();
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        let Some(end) = &self.end else { return Ok(()) };
        let flushed = end.output.flush().await;
        self.give_back();
        flushed
    }
}

/// What the client is to hear of it.
fn for_client(message: ServerJsonRpcMessage, traffic: &mut Traffic, known: &mut Known) -> Option<ServerJsonRpcMessage> {
    let answers = match &message {
        ServerJsonRpcMessage::Response(answer) => Some(&answer.id),
        ServerJsonRpcMessage::Error(answer) => answer.id.as_ref(),
        ServerJsonRpcMessage::Request(_) | ServerJsonRpcMessage::Notification(_) => None,
    };
    match answers.map(|id| known.answers(id, traffic)) {
        Some(Hears::Answer) => Some(message),
        Some(Hears::Instead(notice)) => Some(*notice),
        Some(Hears::Nothing) => None,
        None => is_told(&message, traffic, known).then_some(message),
    }
}

/// Whether the client is to hear of what is no answer to a request.
fn is_told(message: &ServerJsonRpcMessage, traffic: &mut Traffic, known: &mut Known) -> bool {
    match message {
        ServerJsonRpcMessage::Request(question) => traffic.asks(Some(&question.id)),
        ServerJsonRpcMessage::Notification(notification) => {
            let new = match &notification.notification {
                ServerNotification::SubscriptionsAcknowledgedNotification(told) => {
                    let of = told.extensions.get::<NotificationMetaObject>().and_then(|meta| meta.subscription_id());
                    of.is_none_or(|id| known.acknowledges(&id, traffic))
                }
                ServerNotification::CancelledNotification(cancelled) => {
                    if let Some(question) = &cancelled.params.request_id {
                        return traffic.withdraws(question);
                    }
                    true
                }
                _ => true,
            };
            new && traffic.asks(None)
        }
        ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_) => traffic.asks(None),
    }
}

/// Parses a message. Nearly all are tool calls: to try that shape first costs the others little, and spares
/// calls rmcp's search through two dozen of them.
fn parse_message(line: &[u8]) -> serde_json::Result<ClientJsonRpcMessage> {
    if let Ok(call) = serde_json::from_slice::<JsonRpcRequest<CallToolRequest>>(line) {
        return Ok(ClientJsonRpcMessage::request(call.request.into(), call.id));
    }
    serde_json::from_slice(line)
}

/// A message, or an answer to what is none.
pub(super) fn parse(line: &[u8]) -> Next {
    if line.is_empty() {
        return Next::Nothing;
    }
    let error = match parse_message(line) {
        Ok(message) => return Next::Message(message),
        Err(error) => error,
    };
    let mut scanner = IdScanner::default();
    scanner.feed(line);
    let well_formed = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    // Neither an answer of the client's nor a notification wants an answer.
    let Some(id) = scanner.id() else {
        tracing::warn!(%error, "ignored a line that is no message");
        return Next::Nothing;
    };
    let (code, what) = if well_formed {
        (ErrorCode::INVALID_REQUEST, format!("this is no request of the protocol: {error}"))
    } else {
        (ErrorCode::PARSE_ERROR, format!("this is no valid JSON: {error}"))
    };
    Next::Answer(Box::new(ServerJsonRpcMessage::error(ErrorData::new(code, what, None), Some(id))))
}

fn too_long(id: Option<RequestId>, limit: usize) -> Next {
    tracing::warn!(limit, "skipped a message that is too long");
    id.map_or(Next::Nothing, |id| Next::Answer(Box::new(too_long_answer(id, limit))))
}

/// What is said to a message that is too long.
pub(super) fn too_long_answer(id: RequestId, limit: usize) -> ServerJsonRpcMessage {
    let text = format!("the message is longer than {limit} bytes: send less, or raise server.message_bytes");
    ServerJsonRpcMessage::error(ErrorData::new(ErrorCode::INVALID_REQUEST, text, None), Some(id))
}

/// Notes what the client has said with this line. With `keep`, a request is remembered until it is answered.
pub(super) fn note(traffic: &mut Traffic, message: &ClientJsonRpcMessage, line: &[u8], keep: bool) {
    traffic.heard(&said(message), line, keep);
    if let Some(id) = reply_to(message) {
        traffic.replied(id);
    }
}

/// What a message is, as far as it matters to whoever goes on with its client.
fn said(message: &ClientJsonRpcMessage) -> Said<'_> {
    match message {
        ClientJsonRpcMessage::Request(request) => {
            let kind = match &request.request {
                ClientRequest::InitializeRequest(_) => Kind::Hello,
                ClientRequest::SetLevelRequest(_) => Kind::Level,
                ClientRequest::SubscribeRequest(subscribe) => Kind::Subscribe(&subscribe.params.uri),
                ClientRequest::UnsubscribeRequest(unsubscribe) => Kind::Unsubscribe(&unsubscribe.params.uri),
                ClientRequest::SubscriptionsListenRequest(_) => Kind::Listen,
                ClientRequest::CallToolRequest(_) => Kind::Call,
                _ => Kind::Other,
            };
            Said::Request { id: request.id.clone(), kind }
        }
        ClientJsonRpcMessage::Notification(notification) => match &notification.notification {
            ClientNotification::InitializedNotification(_) => Said::Ready,
            ClientNotification::CancelledNotification(cancelled) => {
                cancelled.params.request_id.clone().map_or(Said::Other, Said::Cancelled)
            }
            _ => Said::Other,
        },
        _ => Said::Other,
    }
}

/// Which question of the server's a message answers.
fn reply_to(message: &ClientJsonRpcMessage) -> Option<&RequestId> {
    match message {
        ClientJsonRpcMessage::Response(reply) => Some(&reply.id),
        ClientJsonRpcMessage::Error(reply) => reply.id.as_ref(),
        _ => None,
    }
}
