//! What a token says of how it is signed. Nothing of this is true because it is said there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use crate::server::http::auth::refusal::Invalid;

/// A name of a key is no longer.
const NAME: usize = 256;

/// How a token says that it is signed, in a way that counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) algorithm: Algorithm,
    /// The name of the key.
    pub(super) key: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    alg: Option<Value>,
    kid: Option<Value>,
    crit: Option<Value>,
}

impl Head {
    /// # Errors
    /// If it is no JWT, or not signed in one of the ways that are `accepted`.
    pub(super) fn of(token: &str, accepted: &[String]) -> Result<Self, Invalid> {
        let mut parts = token.split('.');
        let (Some(head), Some(_), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Invalid::NoJwt);
        };
        let head = URL_SAFE_NO_PAD.decode(head).map_err(|_| Invalid::NoJwt)?;
        let said: Said = serde_json::from_slice(&head).map_err(|_| Invalid::NoJwt)?;
        let algorithm = said.alg.as_ref().and_then(Value::as_str).ok_or(Invalid::NoJwt)?;
        if algorithm.eq_ignore_ascii_case("none") || signature.is_empty() {
            return Err(Invalid::NotSigned);
        }
        // Whoever understands less than all of what is critical may not go on: RFC 7515, 4.1.11.
        if said.crit.is_some() {
            return Err(Invalid::Critical);
        }
        let known = accepted.iter().any(|known| known == algorithm).then(|| algorithm.parse().ok()).flatten();
        let algorithm = known.ok_or_else(|| Invalid::Algorithm(accepted.join(" ")))?;
        let key = match said.kid {
            None => None,
            Some(Value::String(name)) if name.len() <= NAME => Some(name),
            Some(_) => return Err(Invalid::UnknownKey),
        };
        Ok(Self { algorithm, key })
    }
}
