//! What is found where.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::routing::any;
use axum::{Router, middleware};
use rmcp::ServerHandler;

use super::auth::{Auth, Reach};
use super::gate::{self, Gate};
use super::limits::{self, Rates};
use super::operation;
use super::origin::{self, Origins};
use crate::config::Live;
use crate::server::shared::Shared;

/// Where clients of the protocol come.
pub(super) const ENDPOINT: &str = "/mcp";

/// What is served beside the protocol, and what is put in front of it.
pub struct Routes {
    /// Served to everybody who calls the host by its name: whether it is alive, what its authentication is.
    pub open: Router,
    /// Put around the endpoint: whoever it lets pass is served. It says who that is in the request's extensions.
    pub guard: Box<dyn FnOnce(Router) -> Router + Send>,
}

impl Default for Routes {
    /// Nothing beside the protocol, which everybody may speak.
    fn default() -> Self {
        Self { open: Router::new(), guard: Box::new(|endpoint| endpoint) }
    }
}

impl Routes {
    /// All that a host serves on a listener at that address.
    pub fn of(shared: &Arc<Shared>, live: &Live, address: SocketAddr) -> Self {
        let (auth, reach) = (Auth::new(&shared.slots, live.clone()), Reach::of(address.ip()));
        let operation = auth.recognise(operation::routes(shared), reach);
        Self { open: auth.open().merge(operation), guard: Box::new(move |endpoint| auth.guard(endpoint, reach)) }
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routes").finish_non_exhaustive()
    }
}

/// From the inside out: the endpoint; how much one client may ask for; who it is; what else there is; and around all of
/// it, whether it is us who are meant.
pub(super) fn router<H: ServerHandler>(
    gate: Arc<Gate<H>>,
    rates: Arc<Rates>,
    origins: Arc<Origins>,
    routes: Routes,
) -> Router {
    let endpoint = Router::new().route(ENDPOINT, any(gate::serve::<H>)).with_state(gate);
    let endpoint = endpoint.layer(middleware::from_fn_with_state(rates, limits::not_too_many));
    let guarded = (routes.guard)(endpoint);
    guarded.merge(routes.open).layer(middleware::from_fn_with_state(origins, origin::only_ours))
}
