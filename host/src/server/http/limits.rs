//! How many requests one client may send in a second.

use std::net::IpAddr;
use std::num::NonZeroU32;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use http::StatusCode;

use super::caller;
use super::refusal::Refusal;
use crate::server::metrics::Limit;
use crate::server::principal::ANONYMOUS;

/// Who is counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Client {
    Principal(String),
    /// Where clients do not say who they are.
    Address(Option<IpAddr>),
}

/// The rates of all clients.
#[derive(Debug)]
pub(in crate::server::http) struct Rates {
    limiter: Option<DefaultKeyedRateLimiter<Client>>,
    per_second: u32,
}

impl Rates {
    /// A client may be as far ahead as it may send in a second; 0 is no limit.
    pub(in crate::server::http) fn new(per_second: u32) -> Self {
        let limiter = NonZeroU32::new(per_second).map(|rate| RateLimiter::keyed(Quota::per_second(rate)));
        Self { limiter, per_second }
    }

    fn admit(&self, client: &Client) -> Result<(), Refusal> {
        match &self.limiter {
            Some(limiter) if limiter.check_key(client).is_err() => {
                let message = format!("More than {} requests in a second. Send fewer.", self.per_second);
                Err(Refusal::busy(StatusCode::TOO_MANY_REQUESTS, message, 1).by(Limit::Rate))
            }
            _ => Ok(()),
        }
    }

    /// Forgets who has not sent anything lately.
    pub(in crate::server::http) fn sweep(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Serves no more than that.
pub(in crate::server::http) async fn not_too_many(
    State(rates): State<std::sync::Arc<Rates>>,
    request: Request,
    next: Next,
) -> Response {
    // Whoever has no name is known by where it comes from.
    let named = caller::principal(request.extensions()).filter(|principal| principal.id != ANONYMOUS);
    let client = match named {
        Some(principal) => Client::Principal(principal.id.clone()),
        None => Client::Address(caller::address(request.extensions()).map(|address| address.ip())),
    };
    match rates.admit(&client) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests;
