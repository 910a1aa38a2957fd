//! In front of the endpoint.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::AUTHORIZATION;

use super::{Auth, Reach};

#[derive(Clone)]
struct Guard {
    auth: Arc<Auth>,
    reach: Reach,
}

pub(super) fn around(endpoint: Router, auth: &Arc<Auth>, reach: Reach) -> Router {
    let guard = Guard { auth: Arc::clone(auth), reach };
    endpoint.layer(from_fn_with_state(guard, pass))
}

pub(super) fn recognising(routes: Router, auth: &Arc<Auth>, reach: Reach) -> Router {
    let guard = Guard { auth: Arc::clone(auth), reach };
    routes.layer(from_fn_with_state(guard, recognise))
}

async fn recognise(guard: State<Guard>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        pass(guard, request, next).await
    } else {
        next.run(request).await
    }
}

async fn pass(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    match guard.auth.principal(request.headers(), request.uri(), guard.reach).await {
        Ok(principal) => {
            // Nobody behind this needs it, and so nobody can hand it on.
            request.headers_mut().remove(AUTHORIZATION);
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(refusal) => {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
            guard.auth.refuse(&refusal, peer)
        }
    }
}
