//! What a token says that the issuer signed.

use serde_json::{Map, Value};

use super::{OPERATE, USE};
use crate::config::{Claim, OAuthSettings, Role};
use crate::server::http::auth::refusal::{Invalid, Refusal};
use crate::server::principal::Principal;

/// The longest name of somebody, in bytes: OpenID Connect's.
const SUBJECT: usize = 255;

/// Whose it is, and what may be done with it.
///
/// # Errors
/// If it does not say that, or not what the settings ask for.
pub(super) fn principal(claims: &Map<String, Value>, settings: &OAuthSettings) -> Result<Principal, Refusal> {
    // One issuer, not one of several: whoever puts more into a token than it means is not believed.
    if claims.get("iss").and_then(Value::as_str) != Some(settings.issuer.as_str()) {
        return Err(Invalid::Issuer.into());
    }
    let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| is_subject(subject));
    let subject = subject.ok_or_else(|| Invalid::Missing("sub".to_owned()))?;
    if let Some(claim) = settings.required_claims.iter().find(|claim| !says(claims, claim)) {
        return Err(Invalid::Missing(claim.name.clone()).into());
    }
    let role = role(claims).ok_or(Refusal::Scope)?;
    Ok(Principal { id: format!("oauth:{subject}"), role })
}

fn is_subject(subject: &str) -> bool {
    !subject.is_empty() && subject.len() <= SUBJECT && !subject.chars().any(char::is_control)
}

/// The most that its scopes allow; none if they allow nothing here.
fn role(claims: &Map<String, Value>) -> Option<Role> {
    let has = |scope: &str| {
        let of = |name| claims.get(name).is_some_and(|scopes| lists(scopes, scope));
        of("scope") || of("scp")
    };
    if has(OPERATE) {
        return Some(Role::Operator);
    }
    has(USE).then_some(Role::User)
}

/// Scopes are words in one text (RFC 8693), or a list of them, as some issuers have it.
fn lists(scopes: &Value, scope: &str) -> bool {
    match scopes {
        Value::String(text) => text.split(' ').any(|word| word == scope),
        Value::Array(words) => words.iter().any(|word| word == scope),
        _ => false,
    }
}

fn says(claims: &Map<String, Value>, wanted: &Claim) -> bool {
    let Some(said) = claims.get(&wanted.name).filter(|said| !said.is_null()) else { return false };
    let Some(value) = &wanted.value else { return true };
    let is = |said: &Value| match said {
        Value::String(text) => text == value,
        Value::Bool(_) | Value::Number(_) => {
            let written = said.to_string();
            written.as_str() == value.as_str()
        }
        _ => false,
    };
    is(said) || said.as_array().is_some_and(|list| list.iter().any(is))
}
