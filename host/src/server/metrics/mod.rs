//! What `/metrics` says: counters that are kept here, and what others know of themselves when somebody looks.
//!
//! [`calls`] counts calls, [`mod@outcome`] says what a call came to, [`refusals`] which limit refused a request. [`scrape`]
//! gathers everything, [`families`] names it and [`page`] writes it down. The layers below know nothing of this: what they count is plain
//! numbers ([`crate::swap::Pulse`]).

mod calls;
mod families;
mod http;
mod outcome;
mod page;
mod process;
mod refusals;
mod scrape;

use std::sync::Arc;

pub(crate) use self::calls::{Calls, Kind};
pub(crate) use self::http::Requests;
pub(crate) use self::outcome::{Outcome, outcome};
pub(crate) use self::refusals::{Limit, Refusals};

/// The content type of the page.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is counted for all clients of a host.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) calls: Calls,
    /// Connections and sessions over HTTP have it too.
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) requests: Requests,
    /// Who came back, as it was read last.
    known: scrape::Known,
    /// Milliseconds since the epoch.
    started_ms: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        let (calls, refusals, requests) = (Calls::default(), Arc::default(), Requests::default());
        Self { calls, refusals, requests, known: scrape::Known::default(), started_ms: crate::plugin::now() }
    }
}

#[cfg(test)]
mod tests;
