//! The issuer's keys: known for a while, and fetched again when a token names one that is not among them.
//!
//! Anybody may send a token that names any key, so that does not decide how often the issuer is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use parking_lot::Mutex;
use serde_json::Value;

use super::fetch::Issuer;
use super::head::Head;
use crate::config::OAuthSettings;
use crate::model::chain;
use crate::server::http::auth::refusal::{Invalid, Refusal};

/// How old keys may be. One that the issuer has taken back is good for as long at most, while the issuer can be reached.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// While it cannot: for a working day, so that nobody is shut out because another machine is restarted.
const STALE: Duration = Duration::from_secs(12 * 60 * 60);
/// From one time that the issuer is asked to the next.
const PAUSE: Duration = Duration::from_secs(30);
/// The same as long as it never answered.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Keys that an issuer may have. Those that are in use have a handful.
const MOST: usize = 100;

/// The keys of one issuer.
pub(super) struct Keys(Arc<Inner>);

struct Inner {
    issuer: Issuer,
    known: Mutex<Known>,
    /// Whoever holds it asks the issuer; the others wait for what it says.
    asking: Arc<tokio::sync::Mutex<()>>,
}

/// What is known, and since when.
#[derive(Default)]
pub(super) struct Known {
    keys: Vec<Key>,
    fetched: Option<Instant>,
    /// When the issuer was last asked, whatever came of it.
    asked: Option<Instant>,
}

/// One of them, for checking signatures.
struct Key {
    name: Option<String>,
    /// If it is for one way to sign only.
    algorithm: Option<Algorithm>,
    family: AlgorithmFamily,
    key: DecodingKey,
}

/// What to do about a token.
pub(super) enum Next {
    /// One of these signed it, or nobody did.
    Try(Vec<DecodingKey>),
    /// Ask the issuer, and then again.
    Ask,
    Refuse(Refusal),
}

impl Keys {
    pub(super) fn new(settings: &OAuthSettings) -> Self {
        let issuer = Issuer::new(settings.issuer.clone(), settings.jwks.clone());
        Self(Arc::new(Inner { issuer, known: Mutex::default(), asking: Arc::default() }))
    }

    /// Those that may have signed a token.
    ///
    /// # Errors
    /// If there are none, or they cannot be had.
    pub(super) async fn of(&self, head: &Head) -> Result<Vec<DecodingKey>, Refusal> {
        let next = || self.0.known.lock().next(head, Instant::now());
        loop {
            let refusal = match next() {
                Next::Try(keys) => return Ok(keys),
                Next::Refuse(refusal) => Some(refusal),
                Next::Ask => None,
            };
            let asking = match (Arc::clone(&self.0.asking).try_lock_owned(), refusal) {
                (Ok(_), Some(refusal)) => return Err(refusal),
                (Ok(asking), None) => asking,
                // Somebody is asking for all who wait.
                (Err(_), _) => {
                    drop(self.0.asking.lock().await);
                    continue;
                }
            };
            // Somebody may have asked in the moment between.
            if matches!(next(), Next::Ask) {
                let inner = Arc::clone(&self.0);
                let asked = tokio::spawn(async move {
                    inner.ask().await;
                    drop(asking);
                });
                // What is learnt is learnt for the others too, whether this client waits for it or goes.
                if asked.await.is_err() {
                    return Err(Refusal::Unavailable("the issuer's keys could not be fetched"));
                }
            }
        }
    }
}

impl Inner {
    async fn ask(&self) {
        let keys = self.issuer.keys().await;
        let mut known = self.known.lock();
        match keys {
            Ok(keys) => known.learn(&keys, Instant::now()),
            Err(error) => {
                // However long that took: the pause begins here.
                known.asked = Some(Instant::now());
                tracing::warn!(error = chain(&error), "the keys of the issuer of tokens could not be fetched");
            }
        }
    }
}

impl Known {
    pub(super) fn next(&self, head: &Head, now: Instant) -> Next {
        let since = |then: Option<Instant>| then.map(|then| now.saturating_duration_since(then));
        let age = since(self.fetched);
        let keys = if age.is_some_and(|age| age < STALE) { self.fitting(head) } else { Vec::new() };
        let pause = if age.is_some() { PAUSE } else { FIRST_PAUSE };
        let may_ask = since(self.asked).is_none_or(|ago| ago >= pause);
        if !keys.is_empty() && (age.is_some_and(|age| age < FRESH) || !may_ask) {
            return Next::Try(keys);
        }
        if may_ask {
            return Next::Ask;
        }
        Next::Refuse(match age {
            Some(age) if age < STALE => Invalid::UnknownKey.into(),
            _ => Refusal::Unavailable("the issuer's keys could not be fetched"),
        })
    }

    /// Those of the name that the token says. Without a name, the only one that would do: trying all of them would make a
    /// wrong token expensive.
    fn fitting(&self, head: &Head) -> Vec<DecodingKey> {
        let fits = |key: &&Key| {
            key.family == head.algorithm.family() && key.algorithm.is_none_or(|only| only == head.algorithm)
        };
        let fitting: Vec<&Key> = match &head.key {
            Some(name) => self.keys.iter().filter(fits).filter(|key| key.name.as_ref() == Some(name)).collect(),
            None => self.keys.iter().filter(fits).collect(),
        };
        if head.key.is_none() && fitting.len() > 1 {
            return Vec::new();
        }
        // Names are the issuer's to keep apart; two of one name are not unheard of.
        fitting.into_iter().take(2).map(|key| key.key.clone()).collect()
    }

    /// These are the keys, and no others.
    pub(super) fn learn(&mut self, keys: &[Value], now: Instant) {
        self.keys = keys.iter().take(MOST).filter_map(Key::of).collect();
        self.fetched = Some(now);
        self.asked = Some(now);
        tracing::debug!(keys = self.keys.len(), "the issuer of tokens told its keys");
    }
}

impl Key {
    /// None if signatures cannot be checked with it, or anybody who can check one could make one.
    fn of(key: &Value) -> Option<Self> {
        let key: Jwk = serde_json::from_value(key.clone()).ok()?;
        let common = &key.common;
        let for_something_else = common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature);
        let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if for_something_else || !verifies || matches!(key.algorithm, AlgorithmParameters::OctetKey(_)) {
            return None;
        }
        let algorithm = match common.key_algorithm {
            Some(algorithm) => Some(Algorithm::try_from(algorithm).ok()?),
            None => None,
        };
        let decoding = DecodingKey::from_jwk(&key).ok()?;
        let family = decoding.family();
        (family != AlgorithmFamily::Hmac).then(|| Self {
            name: common.key_id.clone(),
            algorithm,
            family,
            key: decoding,
        })
    }
}

#[cfg(test)]
mod tests;
