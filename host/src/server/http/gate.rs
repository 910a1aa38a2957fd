//! The endpoint: what comes before rmcp, and what becomes of its refusals.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use rmcp::ServerHandler;
use rmcp::transport::StreamableHttpService;

use super::accept::prefers_events;
use super::asking::{self, Asking};
use super::body::TimedBody;
use super::caller;
use super::refusal::{INTERNAL, INVALID, PARSE, Refusal};
use super::sessions::{Sessions, is_event_id};
use crate::config::Live;
use crate::server::metrics::Limit;
use crate::server::principal::Principal;

/// From this version on there are no sessions.
const MODERN: &str = "2026-07-28";
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
/// Of a request whose task ended without an answer.
const FAULT: &str = "The host failed while it served this request; whether anything was kept is not known.";
/// Of what rmcp says of a request that it refuses.
const WORDS: usize = 64 << 10;

/// rmcp's services, for both forms of an answer. All sessions are the first one's.
pub(super) struct Gate<H> {
    pub(super) events: StreamableHttpService<H, Sessions>,
    pub(super) json: StreamableHttpService<H, Sessions>,
    pub(super) live: Live,
}

/// Serves a request.
pub(super) async fn serve<H: ServerHandler>(State(gate): State<Arc<Gate<H>>>, request: Request) -> Response {
    if let Err(refusal) = check(&request) {
        return refusal.into_response();
    }
    // A client that has sessions is served with all of them by one service.
    let modern = request.headers().get(VERSION).is_some_and(|version| version.as_bytes() >= MODERN.as_bytes());
    let json = modern && gate.live.get().http.json_responses && !prefers_events(request.headers());
    let asking = Asking::of(caller::principal(request.extensions()).map(Principal::owner));
    let in_session = !modern && request.headers().contains_key(SESSION_ID);
    let request = request.map(|body| Body::new(TimedBody::new(body)));
    let served = async move {
        let service = if json { &gate.json } else { &gate.events };
        let (response, refusal) = asking::scope(asking, service.handle(request)).await;
        (response.map(Body::new), refusal)
    };
    // A session that is restored is restored to the end, also if its client leaves meanwhile.
    let served = if in_session { tokio::spawn(served).await } else { Ok(served.await) };
    let (response, refusal) = served.unwrap_or_else(|error| {
        tracing::error!(%error, "a request was not served");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        (Response::new(Body::empty()), Some(Refusal { code: INTERNAL, ..Refusal::wrong(status, "internal", FAULT) }))
    });
    match refusal {
        Some(refusal) => refusal.into_response(),
        None => in_words(response).await,
    }
}

/// What rmcp would not look at, or would say in other words.
fn check(request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    if request.method() == Method::POST && !is_json(headers) {
        let message = "The Content-Type has to be application/json.";
        return Err(Refusal::wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", message));
    }
    let last = headers.get(LAST_EVENT_ID).filter(|_| request.method() == Method::GET);
    if last.is_some_and(|last| !last.to_str().is_ok_and(is_event_id)) {
        let message = "The Last-Event-ID is none that was sent. Open the stream without one.";
        return Err(Refusal::wrong(StatusCode::BAD_REQUEST, "event-id", message));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(CONTENT_TYPE).and_then(|said| said.to_str().ok());
    let essence = said.and_then(|said| said.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A refusal that is bare words becomes one of JSON-RPC.
async fn in_words(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let words = to_bytes(body, WORDS).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words).into_owned();
    let refusal = match status {
        // The type was looked at before: it is the body that is none.
        StatusCode::UNSUPPORTED_MEDIA_TYPE => no_message(&words),
        StatusCode::NOT_FOUND => Refusal::no_session(),
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("{words} (server.message_bytes in the settings)");
            Refusal::wrong(status, "too-large", message).by(Limit::Body)
        }
        _ if status.is_server_error() => Refusal { code: INTERNAL, ..Refusal::wrong(status, "internal", words) },
        _ => Refusal::wrong(status, "invalid", words),
    };
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let mut response = refusal.into_response();
    // Such as Allow.
    response.headers_mut().extend(parts.headers);
    response
}

/// What serde_json says of a text that is no JSON.
const NO_JSON: [&str; 8] = [
    "EOF while parsing",
    "control character",
    "expected ",
    "invalid escape",
    "invalid number",
    "key must be a string",
    "recursion limit exceeded",
    "trailing ",
];

/// Why a body is no message.
fn no_message(words: &str) -> Refusal {
    let why = words.trim_start_matches("fail to deserialize request body ");
    let (code, message) = if NO_JSON.iter().any(|said| why.starts_with(said)) {
        (PARSE, format!("Parse error: the body is no JSON: {why}"))
    } else {
        (
            INVALID,
            "Invalid Request: the body is JSON, but no JSON-RPC message. There is one in each request.".to_owned(),
        )
    };
    Refusal { code, ..Refusal::wrong(StatusCode::BAD_REQUEST, "no-message", message) }
}
