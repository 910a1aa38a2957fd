//! For whoever runs the host: `/healthz` says that the process answers, `/readyz` whether it can be sent requests, and
//! `/metrics` how it does.
//!
//! The first two are open to everybody and say nothing secret. `/metrics` has the names of tools: it is for whoever is on
//! this machine or an operator, unless the settings say that it is for all. Nothing here waits for a plugin.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Extensions, HeaderMap, StatusCode};
use serde_json::json;

use crate::config::Role;
use crate::server::metrics::{self, Limit};
use crate::server::principal::Principal;
use crate::server::shared::Shared;

/// What proxies say of whom they ask for.
const PROXIED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// The routes of this page. They look at the request's `Principal`, if a layer put one there, and at the address in
/// its `ConnectInfo`.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Arc::clone(shared))
}

/// Counts what all routes of `router` answer, those that it does not have too, and which limit refused what. Goes around everything else, so that what
/// other layers refuse is counted.
pub(crate) fn counted(router: Router, shared: &Arc<Shared>) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::clone(shared), count))
}

async fn count(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    shared.metrics.requests.answered(&path, response.status().as_u16());
    if let Some(limit) = response.extensions().get::<Limit>() {
        shared.metrics.refusals.one_more(*limit);
    }
    response
}

async fn healthz() -> Response {
    answer(StatusCode::OK, "text/plain; charset=utf-8", "ok\n".to_owned())
}

async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    let unready = shared.unready();
    let status = if unready.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "ready": unready.is_empty(), "reasons": unready });
    answer(status, "application/json", format!("{body}\n"))
}

async fn metrics(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (headers, extensions) = (request.headers(), request.extensions());
    if !shared.slots.settings().telemetry.metrics_public && !is_local(headers, extensions) {
        match extensions.get::<Principal>().map(|principal| principal.role) {
            Some(Role::Operator) => {}
            Some(Role::User) => {
                shared.metrics.refusals.one_more(Limit::Role);
                return refused(StatusCode::FORBIDDEN);
            }
            None => {
                shared.metrics.refusals.one_more(Limit::Authentication);
                return refused(StatusCode::UNAUTHORIZED);
            }
        }
    }
    answer(StatusCode::OK, metrics::CONTENT_TYPE, shared.metrics_page().await)
}

/// Whether it comes from this machine, and not through a proxy on behalf of somebody else.
fn is_local(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && !PROXIED.iter().any(|header| headers.contains_key(*header))
}

fn refused(status: StatusCode) -> Response {
    let why = "the metrics are for operators: send a token of one, or set telemetry.metrics_public\n";
    let mut response = answer(status, "text/plain; charset=utf-8", why.to_owned());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
    }
    response
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response {
    (status, [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], Body::from(body)).into_response()
}

#[cfg(test)]
pub(crate) mod tests;
