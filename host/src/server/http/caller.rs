//! Who sent a request, as far as the connection and whoever checks tokens know.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::Extensions;

use crate::server::principal::Principal;

/// Whoever the client is; none if nobody has looked.
pub(super) fn principal(extensions: &Extensions) -> Option<&Principal> {
    extensions.get()
}

/// The other end of the connection.
pub(super) fn address(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}
