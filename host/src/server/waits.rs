//! What a call waits for: the host does the waiting.
//!
//! A client of 2026-07-28 is handed the questions and a sealed key with which it comes back, to this
//! process or the next. An older client is asked over its connection while its request stays open.

use std::time::Duration;

use futures::future::join_all;
use rmcp::RoleServer;
use rmcp::model::{
    CancelledNotificationParam, InputRequest, InputRequests, InputRequiredResult, InputResponses, RequestId,
    ServerRequest,
};
use rmcp::service::{Peer, PeerRequestOptions, RequestContext};
use tokio::time::timeout;

use super::elicit;
use crate::plugin::contract::tools;
use crate::plugin::now;
use crate::swap::Waiting;

/// What a waiting call comes to next.
pub(crate) enum Next {
    /// Everything is answered: resume it.
    Answered(Vec<tools::KeyedAnswer>),
    /// The client has to come back.
    AskClient(InputRequests),
}

/// Does what the host can do for a waiting call. With `carried` the client carries the rest away.
pub(crate) async fn pursue(
    waiting: &Waiting,
    carried: bool,
    patience: Duration,
    context: &RequestContext<RoleServer>,
) -> Next {
    let capabilities = context.client_capabilities();
    let for_client = |request: &tools::KeyedRequest| elicit::supported(&request.request, capabilities.as_ref());
    if !carried {
        let answers = waiting.requests.iter().map(|keyed| async {
            let answer = if for_client(keyed) {
                ask_client(&keyed.request, &keyed.key, patience, context).await
            } else {
                answer_here(&keyed.request).await
            };
            tools::KeyedAnswer { key: keyed.key.clone(), answer }
        });
        return Next::Answered(join_all(answers).await);
    }
    // The host's own part first, so that whoever comes back finds it done.
    let own = waiting.requests.iter().filter(|keyed| !for_client(keyed)).map(|keyed| answer_here(&keyed.request));
    join_all(own).await;
    let mut questions = InputRequests::new();
    for keyed in waiting.requests.iter().filter(|keyed| for_client(keyed)) {
        if let Ok(question) = elicit::to_mcp(&keyed.request, &keyed.key) {
            questions.insert(keyed.key.clone(), question);
        }
    }
    match answers(waiting, &InputResponses::new(), context).await {
        Some(answers) if questions.is_empty() => Next::Answered(answers),
        _ => Next::AskClient(questions),
    }
}

/// The answers of a client that came back, with the host's own beside them. None if one is missing or is none: the
/// client is asked again.
pub(crate) async fn answers(
    waiting: &Waiting,
    responses: &InputResponses,
    context: &RequestContext<RoleServer>,
) -> Option<Vec<tools::KeyedAnswer>> {
    let capabilities = context.client_capabilities();
    let mut given = Vec::new();
    for keyed in &waiting.requests {
        given.push(match elicit::to_mcp(&keyed.request, &keyed.key) {
            _ if !elicit::supported(&keyed.request, capabilities.as_ref()) => None,
            Ok(_) => Some(elicit::from_mcp(&keyed.request, responses.get(&keyed.key)?.clone()).ok()?),
            Err(error) => Some(failed(error)),
        });
    }
    let answers = waiting.requests.iter().zip(given).map(|(keyed, given)| async {
        let answer = match given {
            Some(answer) => answer,
            None => answer_here(&keyed.request).await,
        };
        tools::KeyedAnswer { key: keyed.key.clone(), answer }
    });
    Some(join_all(answers).await)
}

/// Whether nothing of what the call waits for is for the client.
pub(crate) fn is_for_nobody(waiting: &Waiting, context: &RequestContext<RoleServer>) -> bool {
    let capabilities = context.client_capabilities();
    waiting.requests.iter().all(|keyed| !elicit::supported(&keyed.request, capabilities.as_ref()))
}

/// The answer to a client of 2026-07-28 that has to come back.
pub(crate) fn input_required(questions: InputRequests, state: String) -> InputRequiredResult {
    InputRequiredResult::new(Some(questions), Some(state))
}

/// What needs no client: timers, upstreams, and requests the client cannot fulfil.
pub(crate) async fn answer_here(request: &tools::Request) -> tools::Answer {
    match request {
        tools::Request::SleepUntil(until) => {
            let left = until.saturating_sub(now());
            tokio::time::sleep(Duration::from_millis(left)).await;
            tools::Answer::Awake
        }
        tools::Request::CallUpstream(call) => {
            tools::Answer::Upstream(Err(tools::UpstreamError::NoSuchUpstream(call.upstream.clone())))
        }
        tools::Request::Elicit(_)
        | tools::Request::ElicitUrl(_)
        | tools::Request::Sample(_)
        | tools::Request::Roots => tools::Answer::Unavailable(tools::Unavailable::Unsupported),
    }
}

/// Asks over the connection. If this future is dropped the client is told that nobody wants to know.
pub(crate) async fn ask_client(
    request: &tools::Request,
    key: &str,
    patience: Duration,
    context: &RequestContext<RoleServer>,
) -> tools::Answer {
    let question = match elicit::to_mcp(request, key) {
        Ok(question) => question,
        Err(error) => return failed(error),
    };
    let question = match question {
        InputRequest::Elicitation(elicit) => ServerRequest::ElicitRequest(elicit),
        InputRequest::CreateMessage(sample) => ServerRequest::CreateMessageRequest(sample),
        InputRequest::ListRoots(roots) => ServerRequest::ListRootsRequest(roots),
        _ => return failed("a question of a kind this host does not know".to_owned()),
    };
    let sent = context.peer.send_cancellable_request(question, PeerRequestOptions::no_options()).await;
    let answered = match sent {
        Ok(handle) => {
            let withdraw = Withdraw { peer: context.peer.clone(), question: Some(handle.id.clone()) };
            // With a limit of rmcp's it would be taken back by both, if the call ends as the time is up.
            let Ok(answered) = timeout(patience, handle.await_response()).await else {
                return tools::Answer::Unavailable(tools::Unavailable::TimedOut);
            };
            withdraw.answered();
            answered
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok(result) => match serde_json::to_value(result) {
            Ok(value) => elicit::from_mcp(request, value).unwrap_or_else(failed),
            Err(error) => failed(error.to_string()),
        },
        Err(error) => failed(error.to_string()),
    }
}

/// Takes a question back if nobody waits for its answer any more.
struct Withdraw {
    peer: Peer<RoleServer>,
    question: Option<RequestId>,
}

impl Withdraw {
    fn answered(mut self) {
        self.question = None;
    }
}

impl Drop for Withdraw {
    fn drop(&mut self) {
        let Some(question) = self.question.take() else { return };
        let peer = self.peer.clone();
        let reason = Some("the call that asked does not wait for it any more".to_owned());
        tokio::spawn(async move {
            // A client that has gone need not be told.
            drop(peer.notify_cancelled(CancelledNotificationParam::new(Some(question), reason)).await);
        });
    }
}

pub(crate) fn failed(why: String) -> tools::Answer {
    tools::Answer::Unavailable(tools::Unavailable::Failed(why))
}
