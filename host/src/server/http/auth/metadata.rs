//! Who issues tokens for this host, as RFC 9728 has it: a client that was refused reads it and goes there.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::CACHE_CONTROL;
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::Auth;
use super::oauth::{OPERATE, USE};
use crate::config::OAuthSettings;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// Where the endpoint is, if nothing in front of the host puts it elsewhere.
const ENDPOINT: &str = "/mcp";

pub(super) fn routes(auth: &Arc<Auth>) -> Router {
    type Known = State<Arc<Auth>>;
    let whole = |State(auth): Known| async move { answer(&auth.live.get().oauth, "") };
    let of_path = |State(auth): Known, Path(path): Path<String>| async move {
        answer(&auth.live.get().oauth, &format!("/{path}"))
    };
    Router::new()
        .route(WELL_KNOWN, get(whole))
        .route(&format!("{WELL_KNOWN}/{{*path}}"), get(of_path))
        .with_state(Arc::clone(auth))
}

fn answer(oauth: &OAuthSettings, path: &str) -> Response {
    let known = ["", ENDPOINT].contains(&path) || resource(oauth).is_some_and(|(_, resource)| resource == path);
    if !oauth.is_on() || !known {
        return StatusCode::NOT_FOUND.into_response();
    }
    // It changes with the settings, which whoever changes them wants to see.
    ([(CACHE_CONTROL, "max-age=60")], Json(said(oauth))).into_response()
}

fn said(oauth: &OAuthSettings) -> Value {
    json!({
        "resource": oauth.audience,
        "authorization_servers": [oauth.issuer],
        "scopes_supported": [USE, OPERATE],
        "bearer_methods_supported": ["header"],
        "resource_name": "Mainstay",
    })
}

/// Where a client finds it that knows the host by its audience; none if nobody issues tokens.
pub(super) fn address(oauth: &OAuthSettings) -> Option<String> {
    let (origin, path) = resource(oauth).filter(|_| oauth.is_on())?;
    Some(format!("{origin}{WELL_KNOWN}{path}"))
}

/// The audience as an origin and a path, of which a single slash is none.
fn resource(oauth: &OAuthSettings) -> Option<(String, String)> {
    let uri: Uri = oauth.audience.parse().ok()?;
    let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
    Some((origin, uri.path().trim_end_matches('/').to_owned()))
}
