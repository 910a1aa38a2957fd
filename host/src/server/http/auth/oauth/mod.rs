//! Tokens that somebody else issued: JWTs, as RFC 9068 has them, of the one issuer that the settings name.
//!
//! [`head`] is what a token says before anybody knows whether it is true, [`keys`] the issuer's keys and how they are come
//! by, [`fetch`] how they are fetched. Only when a key of the issuer's signed it, [`claims`] says whose it is.

mod claims;
mod fetch;
mod head;
mod keys;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode};
use serde_json::{Map, Value};

use self::head::Head;
use self::keys::Keys;
use super::refusal::{Invalid, Refusal};
use crate::config::OAuthSettings;
use crate::server::principal::Principal;

/// The scopes that count, and what they are called.
pub(super) const USE: &str = "mainstay:use";
pub(super) const OPERATE: &str = "mainstay:operate";

/// An issuer, by the settings of when this was made.
pub(super) struct OAuth {
    pub(super) settings: OAuthSettings,
    keys: Keys,
}

impl OAuth {
    pub(super) fn new(settings: OAuthSettings) -> Self {
        let keys = Keys::new(&settings);
        Self { settings, keys }
    }

    /// Whose it is.
    ///
    /// # Errors
    /// If it is not good, or nobody can say.
    pub(super) async fn check(&self, token: &str) -> Result<Principal, Refusal> {
        let head = Head::of(token, &self.settings.algorithms)?;
        let keys = self.keys.of(&head).await?;
        let validation = self.validation(&head);
        for key in keys {
            match decode::<Map<String, Value>>(token, &key, &validation) {
                Ok(token) => return claims::principal(&token.claims, &self.settings),
                // Another of the same name may have.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
                Err(error) => return Err(why(error.kind()).into()),
            }
        }
        Err(Invalid::Signature.into())
    }

    fn validation(&self, head: &Head) -> Validation {
        // The one that the token names, which is one that the settings allow: a key is of one family.
        let mut validation = Validation::new(head.algorithm);
        validation.leeway = self.settings.leeway_seconds;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.settings.issuer]);
        // With a slash at the end or without is the same resource.
        let audience = self.settings.audience.trim_end_matches('/');
        validation.set_audience(&[audience.to_owned(), format!("{audience}/")]);
        validation
    }
}

fn why(kind: &ErrorKind) -> Invalid {
    match kind {
        ErrorKind::ExpiredSignature => Invalid::Expired,
        ErrorKind::ImmatureSignature => Invalid::NotYet,
        ErrorKind::InvalidAudience => Invalid::Audience,
        ErrorKind::InvalidIssuer => Invalid::Issuer,
        // Those are four words of ours.
        ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim) => {
            Invalid::Missing(claim.clone())
        }
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => Invalid::Signature,
        _ => Invalid::NoJwt,
    }
}

#[cfg(test)]
mod tests;
