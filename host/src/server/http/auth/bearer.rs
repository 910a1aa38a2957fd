//! Where a token is in a request.

use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};

use super::refusal::{Malformed, Refusal};
use crate::model::TOKEN_PREFIX;

/// No token is longer; those of some issuers list all groups that somebody is in.
const LONGEST: usize = 16 << 10;

/// The token of a request; none if it has none.
///
/// # Errors
/// If it is where no token belongs, or in a form that is none. An address is in logs and histories: a token in it is
/// somebody else's soon, so it does not count, and whoever sent it is told.
pub(super) fn token<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<Option<&'a str>, Refusal> {
    if uri.query().is_some_and(has_token) {
        return Err(Malformed::InAddress.into());
    }
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let Some(given) = all.next() else { return Ok(None) };
    if all.next().is_some() {
        return Err(Malformed::Several.into());
    }
    let given = given.to_str().map_err(|_| Malformed::Form)?;
    let (scheme, token) = given.trim().split_once(' ').ok_or(Malformed::Form)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Malformed::Scheme.into());
    }
    let token = token.trim_start();
    if token.is_empty() || token.len() > LONGEST || !token.bytes().all(is_letter) {
        return Err(Malformed::Form.into());
    }
    Ok(Some(token))
}

/// As RFC 6750 has them.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

fn has_token(query: &str) -> bool {
    let is_token = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        ["access_token", "token", "authorization"].iter().any(|known| name.eq_ignore_ascii_case(known))
            || value.starts_with(TOKEN_PREFIX)
    };
    query.split('&').any(is_token)
}
