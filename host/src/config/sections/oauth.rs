//! Settings of who issues tokens for this host.

use std::str::FromStr;

use http::Uri;
use serde::Deserialize;

/// Whose tokens count, and what has to be in them. Off as long as no issuer is named; where one is, so is the audience.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthSettings {
    pub issuer: String,
    pub audience: String,
    /// Empty: the issuer's metadata say.
    pub jwks: String,
    /// Each as a token names it.
    pub algorithms: Vec<String>,
    pub leeway_seconds: u64,
    pub required_claims: Vec<Claim>,
}

impl OAuthSettings {
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }
}

/// Something that a token has to say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Claim {
    pub name: String,
    /// None is any.
    pub value: Option<String>,
}

impl Claim {
    /// As many may be asked for. Nobody needs as many.
    pub(crate) const MOST: usize = 32;
}

/// Why an entry of `required_claims` is none.
#[derive(Debug, thiserror::Error)]
#[error("a claim has a name, and perhaps = and a value")]
pub struct ClaimError;

impl FromStr for Claim {
    type Err = ClaimError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let is_name = !name.is_empty() && name.chars().all(|letter| !letter.is_control() && !letter.is_whitespace());
        if is_name { Ok(Self { name: name.to_owned(), value }) } else { Err(ClaimError) }
    }
}

impl TryFrom<String> for Claim {
    type Error = ClaimError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Whether what is fetched from there is what its owner sent: over https, or without leaving this machine.
pub(crate) fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let plain = uri.query().is_none() && !text.contains(['#', '?', '@', '"', '\\', ' ']);
    let safe = scheme == "https" || (scheme == "http" && is_this_machine(authority.host()));
    plain && safe && !authority.host().is_empty()
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
