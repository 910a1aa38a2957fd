//! HTTP requests, counted by route and status.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// The routes there are; all else is `other`, so that nobody can make the page grow by asking.
const ROUTES: [&str; 5] = ["/mcp", "/healthz", "/readyz", "/metrics", "/.well-known/oauth-protected-resource"];

/// Answers of this process.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<BTreeMap<(&'static str, u16), u64>>);

impl Requests {
    /// A request for `path` was answered with that status.
    pub(crate) fn answered(&self, path: &str, status: u16) {
        let of =
            |route: &&&str| path.strip_prefix(**route).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let route = ROUTES.iter().find(of).copied().unwrap_or("other");
        *self.0.lock().entry((route, status)).or_default() += 1;
    }

    pub(super) fn look(&self) -> Vec<((&'static str, u16), u64)> {
        self.0.lock().iter().map(|(request, count)| (*request, *count)).collect()
    }
}
