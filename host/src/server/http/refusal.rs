//! What a client hears that is refused: a status, and why as JSON-RPC has it.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::server::metrics::Limit;

/// JSON-RPC's codes.
pub(in crate::server::http) const PARSE: i32 = -32_700;
pub(in crate::server::http) const INVALID: i32 = -32_600;
pub(in crate::server::http) const INTERNAL: i32 = -32_603;
/// Ours, of those that are left to servers.
pub(in crate::server::http) const BUSY: i32 = -32_000;
/// What clients know as "your session is gone".
pub(in crate::server::http) const NO_SESSION: i32 = -32_001;

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::http) struct Refusal {
    pub(in crate::server::http) status: StatusCode,
    pub(in crate::server::http) code: i32,
    /// A stable word.
    pub(in crate::server::http) word: &'static str,
    pub(in crate::server::http) message: String,
    /// When it may be tried again, in seconds; none if that does not help.
    pub(in crate::server::http) retry_after: Option<u64>,
    /// What refused it, if that is counted.
    pub(in crate::server::http) limit: Option<Limit>,
}

impl Refusal {
    /// The request is wrong, whenever it is sent.
    pub(in crate::server::http) fn wrong(status: StatusCode, word: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: INVALID, word, message: message.into(), retry_after: None, limit: None }
    }

    /// There is too much of something just now.
    pub(in crate::server::http) fn busy(status: StatusCode, message: impl Into<String>, seconds: u64) -> Self {
        Self { status, code: BUSY, word: "busy", message: message.into(), retry_after: Some(seconds), limit: None }
    }

    pub(in crate::server::http) fn no_session() -> Self {
        let message = "Session not found: it has ended, or never was. Begin a new one with initialize.";
        let status = StatusCode::NOT_FOUND;
        Self {
            status,
            code: NO_SESSION,
            word: "no-session",
            message: message.to_owned(),
            retry_after: None,
            limit: None,
        }
    }

    /// The same, counted as refused by that.
    pub(in crate::server::http) fn by(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let data = json!({ "code": self.word, "retryable": self.retry_after.is_some() });
        let error = json!({ "code": self.code, "message": self.message, "data": data });
        let body = json!({ "jsonrpc": "2.0", "error": error }).to_string();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        if let Some(limit) = self.limit {
            // For whoever counts, around all routes.
            response.extensions_mut().insert(limit);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
