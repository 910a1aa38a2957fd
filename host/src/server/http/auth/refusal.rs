//! Why somebody may not come in, and how a client hears it: RFC 6750, and JSON-RPC for those that show the body.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::metadata::address;
use super::oauth::{OPERATE, USE};
use crate::config::OAuthSettings;
use crate::model::TokenShape;
use crate::server::metrics::Limit;

/// A request is not served. What it says is for the client: nothing in it is secret, and nothing is the client's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("a token is needed here, as Authorization: Bearer; `mainstay token create` makes one")]
    NoToken,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("the token is good, and has neither the scope {USE} nor {OPERATE}")]
    Scope,
    #[error("too many requests with wrong tokens came from this address")]
    TooMany { seconds: u64 },
    #[error("whether the token is good cannot be found out now: {0}")]
    Unavailable(&'static str),
}

/// What is no way to send a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("a token does not belong into the address: send it as Authorization: Bearer, and revoke this one")]
    InAddress,
    #[error("there is more than one Authorization header")]
    Several,
    #[error("the Authorization header is not of the form Bearer and a token")]
    Form,
    #[error("the Authorization header is of another kind than Bearer")]
    Scheme,
}

/// What is wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Invalid {
    #[error("the token is damaged: {0}")]
    Shape(TokenShape),
    /// Whether its id is known is not told.
    #[error("there is no such token here")]
    Unknown,
    #[error("the token has expired: ask for a new one")]
    Expired,
    #[error("the token was revoked")]
    Revoked,
    #[error("the token is not one that this host made, and the host trusts no other issuer")]
    NotOurs,
    #[error("the token is no JWT")]
    NoJwt,
    #[error("the token is not signed")]
    NotSigned,
    #[error("the token is signed in a way that is not accepted; accepted are {0}")]
    Algorithm(String),
    #[error("the token needs an extension that is not known here")]
    Critical,
    #[error("the token is signed with a key that is none of the issuer's")]
    UnknownKey,
    #[error("the signature of the token is wrong")]
    Signature,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token is for another audience: ask for one for this resource")]
    Audience,
    #[error("the token is of another issuer")]
    Issuer,
    #[error("the token lacks what it has to say: {0}")]
    Missing(String),
}

impl Refusal {
    /// Whether somebody tried with something that is wrong. Coming without a token is how a client learns where to get one.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Invalid(_) | Self::Scope)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::Invalid(_) => StatusCode::UNAUTHORIZED,
            // It may be right, and is asked for anew.
            Self::Malformed(Malformed::Scheme) => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Scope => StatusCode::FORBIDDEN,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// As RFC 6750 calls it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::NoToken => "token_required",
            Self::Malformed(_) => "invalid_request",
            Self::Invalid(_) => "invalid_token",
            Self::Scope => "insufficient_scope",
            Self::TooMany { .. } => "too_many_failures",
            Self::Unavailable(_) => "temporarily_unavailable",
        }
    }

    /// What it is counted as. Of what cannot be found out nobody is to blame.
    fn limit(&self) -> Option<Limit> {
        match self {
            Self::NoToken | Self::Malformed(_) | Self::Invalid(_) | Self::TooMany { .. } => Some(Limit::Authentication),
            Self::Scope => Some(Limit::Role),
            Self::Unavailable(_) => None,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::Unavailable(_) => Some(5),
            Self::NoToken | Self::Malformed(_) | Self::Invalid(_) | Self::Scope => None,
        }
    }

    /// What `WWW-Authenticate` says; none if another token would not help.
    fn challenge(&self, oauth: &OAuthSettings) -> Option<String> {
        let status = self.status();
        if ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST].contains(&status) {
            return None;
        }
        let mut said = vec!["Bearer realm=\"mainstay\"".to_owned()];
        if let Some(address) = address(oauth) {
            said.push(format!("resource_metadata=\"{address}\", scope=\"{USE}\""));
        }
        // Without a token there is no error: it is asked for one.
        if *self != Self::NoToken {
            said.push(format!("error=\"{}\", error_description=\"{}\"", self.word(), quotable(&self.to_string())));
        }
        Some(said.join(", "))
    }

    pub(super) fn response(&self, oauth: &OAuthSettings) -> Response {
        /// JSON-RPC's, of those that are left to servers.
        const CODE: i32 = -32_000;
        let data = json!({ "code": self.word(), "retryable": self.retry_after().is_some() });
        let error = json!({ "code": CODE, "message": self.to_string(), "data": data });
        let mut response = Response::new(Body::from(json!({ "jsonrpc": "2.0", "error": error }).to_string()));
        *response.status_mut() = self.status();
        if let Some(limit) = self.limit() {
            response.extensions_mut().insert(limit);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge(oauth).and_then(|said| HeaderValue::from_str(&said).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What may stand between quotes there.
fn quotable(text: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    text.chars().filter(|letter| !"\"\\".contains(*letter)).map(plain).collect()
}
