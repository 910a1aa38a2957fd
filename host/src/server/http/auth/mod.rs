//! Who may use the host over HTTP, and as whom.
//!
//! [`guard`] is put in front of the endpoint: a request goes on with a `Principal` in its extensions, or is refused.
//! [`bearer`] finds the token in it. [`tokens`] are those that this host made, [`oauth`] those that somebody else issued.
//! [`refusal`] is what a client hears, [`failures`] how often it may fail and what is written of that, and [`metadata`]
//! tells clients who issues tokens. No token is ever in a log, in an answer or in an error.

mod bearer;
mod failures;
mod guard;
mod metadata;
mod oauth;
mod refusal;
mod tokens;

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use axum::Router;
use http::{HeaderMap, Uri};

use self::failures::Failures;
use self::oauth::OAuth;
use self::refusal::{Invalid, Refusal};
use self::tokens::Tokens;
use crate::config::{Live, OAuthSettings};
use crate::model::{TOKEN_PREFIX, chain};
use crate::plugin::now;
use crate::server::principal::Principal;
use crate::store::{AuditEntry, AuditOutcome, AuditWho, DataDir, HostDb, StoreError};
use crate::swap::Slots;

/// Something to be written to the host's own file.
pub(crate) type Note = Box<dyn FnOnce(&HostDb) -> Result<(), StoreError> + Send>;

/// Where notes go. Nobody waits for them to be written.
pub(crate) trait Ledger: Send + Sync {
    fn note(&self, note: Note);
}

impl Ledger for Arc<Slots> {
    fn note(&self, note: Note) {
        let slots = Self::clone(self);
        tokio::spawn(async move {
            if let Some(Err(error)) = slots.with_host_db(note).await {
                tracing::error!(error = chain(&error), "what was learnt of who comes over HTTP could not be written");
            }
        });
    }
}

/// Knows who may come. One for a host, whatever it listens on.
pub(crate) struct Auth {
    live: Live,
    tokens: Tokens,
    /// For the settings of when it was made; none if they name no issuer.
    oauth: ArcSwapOption<OAuth>,
    failures: Failures,
    ledger: Arc<dyn Ledger>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

/// Where a listener can be reached from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This machine only.
    Local,
    Beyond,
}

impl Reach {
    /// Of a listener on that address.
    pub(crate) fn of(address: IpAddr) -> Self {
        if address.to_canonical().is_loopback() { Self::Local } else { Self::Beyond }
    }
}

impl Auth {
    pub(crate) fn new(slots: &Arc<Slots>, live: Live) -> Arc<Self> {
        Self::with_ledger(slots.dir().clone(), live, Arc::new(Arc::clone(slots)))
    }

    fn with_ledger(dir: DataDir, live: Live, ledger: Arc<dyn Ledger>) -> Arc<Self> {
        let tokens = Tokens::new(dir, Arc::clone(&ledger));
        Arc::new(Self { live, tokens, oauth: ArcSwapOption::empty(), failures: Failures::default(), ledger })
    }

    /// The endpoint behind this, which listens somewhere of that reach.
    pub(crate) fn guard(self: &Arc<Self>, endpoint: Router, reach: Reach) -> Router {
        guard::around(endpoint, self, reach)
    }

    /// Routes that everybody may ask, and that are told who asks if that is said.
    pub(crate) fn recognise(self: &Arc<Self>, routes: Router, reach: Reach) -> Router {
        guard::recognising(routes, self, reach)
    }

    /// What everybody may read: who issues tokens for this host.
    pub(crate) fn open(self: &Arc<Self>) -> Router {
        metadata::routes(self)
    }

    /// Who that is.
    async fn principal(&self, headers: &HeaderMap, uri: &Uri, reach: Reach) -> Result<Principal, Refusal> {
        match bearer::token(headers, uri)? {
            None => self.anonymous(reach).ok_or(Refusal::NoToken),
            Some(token) if token.starts_with(TOKEN_PREFIX) => self.tokens.check(token, now()),
            Some(token) => match self.oauth() {
                Some(oauth) => oauth.check(token).await,
                None => Err(Invalid::NotOurs.into()),
            },
        }
    }

    /// Whoever has no token, if none is needed.
    fn anonymous(&self, reach: Reach) -> Option<Principal> {
        let settings = self.live.get();
        let open = reach == Reach::Local && !settings.http.require_token && !settings.oauth.is_on();
        open.then(|| Principal::anonymous(settings.http.anonymous_role))
    }

    /// Who issues tokens, by the settings as they are now.
    fn oauth(&self) -> Option<Arc<OAuth>> {
        let settings = self.live.get();
        if !settings.oauth.is_on() {
            return None;
        }
        let current = self.oauth.load_full().filter(|current| current.settings == settings.oauth);
        Some(current.unwrap_or_else(|| {
            let anew = Arc::new(OAuth::new(settings.oauth.clone()));
            self.oauth.store(Some(Arc::clone(&anew)));
            anew
        }))
    }

    /// What a client hears that is refused. One that fails all the time hears only when to come again, and fewer of its
    /// failures are written down. One that has a good token is never kept waiting, whoever else fails from its address.
    fn refuse(&self, refusal: &Refusal, peer: Option<IpAddr>) -> axum::response::Response {
        let settings = self.live.get();
        if !refusal.is_failure() {
            return refusal.response(&settings.oauth);
        }
        if let Some(failed) = self.failures.report(peer, now()) {
            let mut entry = failed_entry(peer, refusal);
            entry.arguments["others_since_the_last_row"] = failed.unwritten.into();
            self.ledger.note(Box::new(move |db| db.record_audit(&entry)));
        }
        match self.failures.take(peer) {
            Ok(()) => refusal.response(&settings.oauth),
            Err(seconds) => Refusal::TooMany { seconds }.response(&settings.oauth),
        }
    }
}

/// Whether there is any way to say who one is: without one there is no use in listening to other machines.
pub(crate) fn is_configured(oauth: &OAuthSettings, db: &HostDb) -> Result<bool, StoreError> {
    Ok(oauth.is_on() || db.good_tokens(now())? > 0)
}

fn failed_entry(peer: Option<IpAddr>, refusal: &Refusal) -> AuditEntry {
    let peer = peer.map_or("unknown".to_owned(), |peer| peer.to_string());
    let who = AuditWho { client: peer, version: String::new(), session: None, transport: "http".to_owned() };
    AuditEntry {
        id: uuid::Uuid::now_v7().simple().to_string(),
        at: now(),
        who,
        action: "http_authentication".to_owned(),
        arguments: serde_json::json!({ "why": refusal.to_string() }),
        reason: None,
        outcome: AuditOutcome::Denied,
        error_code: Some(refusal.word().to_uppercase()),
        swaps: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
