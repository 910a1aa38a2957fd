//! By which name the host is called, and from which page.
//!
//! A page of any site may make its own name point to this machine, and then its reader's browser sends requests here. Such
//! requests say so: in `Host`, and in `Origin`. Both are looked at for every route, before anything else is.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, StatusCode, Uri};

use super::refusal::Refusal;
use crate::config::HttpSettings;
use crate::server::metrics::Limit;

/// The names of this machine for itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Names and pages that are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::http) struct Origins {
    /// With a port, or for any.
    pub(in crate::server::http) hosts: Vec<String>,
    /// `scheme://host:port`, with `*` for any port.
    pub(in crate::server::http) pages: Vec<String>,
}

impl Origins {
    /// Loopback, where it listens, and what the settings say.
    pub(in crate::server::http) fn new(settings: &HttpSettings, listens: SocketAddr) -> Self {
        let own = (!listens.ip().is_unspecified()).then(|| match listens {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        });
        let mut hosts: Vec<String> = LOOPBACK.iter().map(ToString::to_string).collect();
        hosts.extend(own.filter(|own| !LOOPBACK.contains(&own.as_str())));
        hosts.extend(settings.hosts.iter().map(|host| host.to_ascii_lowercase()));
        let of_loopback = LOOPBACK.iter().flat_map(|host| [format!("http://{host}:*"), format!("https://{host}:*")]);
        let pages = of_loopback.chain(settings.origins.iter().map(|page| with_port(page))).collect();
        Self { hosts, pages }
    }

    /// # Errors
    /// Why a request is not served.
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let wrong = |word, message: &str| Err(Refusal::wrong(StatusCode::BAD_REQUEST, word, message));
        if headers.get_all(HOST).iter().count() > 1 {
            return wrong("host", "There is more than one Host header.");
        }
        let said = headers.get(HOST).map(|host| host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()));
        // HTTP/2 says it in another place.
        let Some(host) = said.unwrap_or_else(|| uri.authority().cloned()) else {
            return wrong("host", "The Host header is missing, or it is no name of a host.");
        };
        if !self.is_our_host(&host) {
            let message =
                format!("The host is not called {host}. If it is, add that name to http.hosts in the settings.");
            return Err(Refusal::wrong(StatusCode::FORBIDDEN, "host", message));
        }
        for origin in headers.get_all(ORIGIN) {
            let page = origin.to_str().ok();
            if !page.is_some_and(|page| self.is_our_page(page)) {
                let message = "Requests of pages of this origin are not served. If they are to be, add it to http.origins \
                    in the settings.";
                return Err(Refusal::wrong(StatusCode::FORBIDDEN, "origin", message));
            }
        }
        Ok(())
    }

    fn is_our_host(&self, host: &Authority) -> bool {
        let (name, whole) = (host.host().to_ascii_lowercase(), host.as_str().to_ascii_lowercase());
        // What is before an @ is no part of a name.
        !whole.contains('@') && self.hosts.iter().any(|ours| *ours == name || *ours == whole)
    }

    fn is_our_page(&self, page: &str) -> bool {
        let page = with_port(page).to_ascii_lowercase();
        let any = page.rsplit_once(':').map(|(site, _)| format!("{site}:*"));
        self.pages.iter().any(|ours| *ours == page || Some(ours) == any.as_ref())
    }
}

/// An origin with the port that it means.
fn with_port(page: &str) -> String {
    let page = page.trim().to_ascii_lowercase();
    let Some((scheme, rest)) = page.split_once("://") else { return page };
    let after_address = rest.rsplit_once(']').map_or(rest, |(_, after)| after);
    match scheme {
        "http" if !after_address.contains(':') => format!("{page}:80"),
        "https" if !after_address.contains(':') => format!("{page}:443"),
        _ => page,
    }
}

/// Serves only what calls us by our name and comes from our pages.
pub(in crate::server::http) async fn only_ours(
    State(origins): State<std::sync::Arc<Origins>>,
    request: Request,
    next: Next,
) -> Response {
    match origins.check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            tracing::warn!(why = refusal.message, "a request over HTTP was refused");
            refusal.by(Limit::Origin).into_response()
        }
    }
}

#[cfg(test)]
mod tests;
