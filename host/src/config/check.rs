//! Whether a value may be given to a key.

use serde::Deserialize as _;
use toml::Value;
use tracing_subscriber::EnvFilter;

use super::error::Problem;
use super::key::Key;
use super::known::{self, Allowed, PLUGINS, SCHEDULE};
use super::overlay::Values;
use super::plugins::GRANTS;
use super::schedule::Schedule;
use super::sections::{Claim, is_url};
use crate::model::{Grant, SlotName};

/// How long a list of words may be: each is compared with what every request says.
const LISTED: usize = 64;

/// Settings that are nothing alone: where the first says something, the second must too.
pub(super) const TOGETHER: [(&str, &str, &str); 3] = [
    (
        "oauth.issuer",
        "oauth.audience",
        "to the URL by which clients know this host: otherwise a token for any service of that issuer would do",
    ),
    ("http.tls.cert", "http.tls.key", "to the file with the key of that certificate"),
    ("http.tls.key", "http.tls.cert", "to the file with the certificate of that key"),
];

/// Does not look at the entries of a schedule, nor at what other keys say.
///
/// # Errors
/// What is wrong, and what would be right.
pub(super) fn check(key: &Key, value: &Value) -> Result<(), String> {
    match key.parts().as_slice() {
        [SCHEDULE] if value.is_array() => Ok(()),
        [SCHEDULE] => Err(format!("schedule is a list, not {}: write [[schedule]]", said(value))),
        [PLUGINS, name, ..] if name.parse::<SlotName>().is_err() => Err(slot_name(name)),
        [PLUGINS, _, "file"] => file(key, value),
        [PLUGINS, _, "files"] => files(key, value),
        [PLUGINS, _, "config", _, ..] => config(key, value),
        _ => match known::find(key) {
            Some((_, allowed, _)) if fits(*allowed, value) => Ok(()),
            Some((_, allowed, _)) => Err(format!("{key} must be {}, not {}", describe(*allowed), said(value))),
            None if known::is_section(key) => Err(format!("{key} is a table of settings, not {}", said(value))),
            None => Err(unknown(key, value)),
        },
    }
}

/// What misses another, with what is wrong: all values are good by themselves.
pub(super) fn together(values: &Values) -> Vec<Problem> {
    let said = |key: &str| {
        let valued = values.get(&Key::dotted(key))?;
        valued.value.as_str().is_some_and(|text| !text.is_empty()).then_some(valued)
    };
    let alone = |(key, other, to): &(&str, &str, &str)| {
        let valued = said(key).filter(|_| said(other).is_none())?;
        let what = format!("{key} is set, so {other} must be set too, {to}");
        Some(Problem { at: valued.from.clone(), what })
    };
    TOGETHER.iter().filter_map(alone).collect()
}

fn unknown(key: &Key, value: &Value) -> String {
    let kind = if value.is_table() && key.parts().len() == 1 { "section" } else { "setting" };
    let meant = known::nearest(key).map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
    format!("there is no {kind} {:?}{meant}", key.to_string())
}

fn fits(allowed: Allowed, value: &Value) -> bool {
    match (allowed, value) {
        (Allowed::Number(least, most), Value::Integer(number)) => (least..=most).contains(number),
        (Allowed::Words(words), Value::String(word)) => words.contains(&word.as_str()),
        (Allowed::Switch, Value::Boolean(_)) => true,
        (Allowed::Listen, Value::String(place)) => place.is_empty() || place.parse::<std::net::SocketAddr>().is_ok(),
        (Allowed::Path, Value::String(_)) => true,
        (Allowed::List, Value::Array(words)) => words.len() <= LISTED && words.iter().all(Value::is_str),
        (Allowed::Url, Value::String(url)) => url.is_empty() || is_url(url),
        (Allowed::Some(words), Value::Array(some)) => {
            let known = |word: &Value| word.as_str().is_some_and(|word| words.contains(&word));
            !some.is_empty() && some.len() <= words.len() && some.iter().all(known)
        }
        (Allowed::Claims, Value::Array(claims)) => {
            let known = |claim: &Value| claim.as_str().is_some_and(|claim| claim.parse::<Claim>().is_ok());
            claims.len() <= Claim::MOST && claims.iter().all(known)
        }
        (Allowed::Filter, Value::String(filter)) => EnvFilter::try_new(filter).is_ok(),
        (Allowed::Address, Value::String(address)) => address.is_empty() || is_address(address),
        _ => false,
    }
}

fn describe(allowed: Allowed) -> String {
    match allowed {
        Allowed::Number(least, most) => format!("a whole number from {least} to {most}"),
        Allowed::Words(words) => {
            let quoted: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
            quoted.join(" or ")
        }
        Allowed::Switch => "true or false".to_owned(),
        Allowed::Listen => "an address and a port such as \"127.0.0.1:8420\", or \"\" for none".to_owned(),
        Allowed::Path => "the path of a file, or \"\"".to_owned(),
        Allowed::List => format!("a list of at most {LISTED} words"),
        Allowed::Url => {
            "a URL that begins with https:// (or http:// and an address of this machine) and has no ? and no #, or \"\""
                .to_owned()
        }
        Allowed::Some(words) => format!("a list of some of {}", words.join(", ")),
        Allowed::Claims => {
            format!("a list of at most {} claims, each \"name\" or \"name=value\"", Claim::MOST)
        }
        Allowed::Address => "an address such as \"http://127.0.0.1:4318\", without a path, or \"\" for none".to_owned(),
        Allowed::Filter => "a filter such as \"warn\" or \"warn,mainstay=debug\"".to_owned(),
    }
}

/// Of a server, without a path, and without a password that would be shown where settings are.
fn is_address(address: &str) -> bool {
    address.parse::<http::Uri>().is_ok_and(|uri| {
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        scheme && plain && uri.path() == "/" && uri.query().is_none()
    })
}

/// The value, unless it is too long to be said.
fn said(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        // In one line, whatever is in it.
        Value::String(text) => format!("{text:?}"),
        short => short.to_string(),
    }
}

/// The entries of a schedule that are none, by their number from 0, with what is wrong.
pub(super) fn schedule(value: &Value) -> Vec<(usize, String)> {
    let entries = value.as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate();
    let wrong = |(index, entry): (usize, &Value)| {
        let error = Schedule::deserialize(entry.clone()).err()?;
        Some((index, format!("schedule: {}", error.message())))
    };
    entries.filter_map(wrong).collect()
}

fn slot_name(name: &str) -> String {
    let why = name.parse::<SlotName>().err().map(|error| error.to_string()).unwrap_or_default();
    format!("plugins: {why}")
}

fn file(key: &Key, value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(path) if !path.is_empty() => Ok(()),
        _ => Err(format!("{key} must be the path of a component, not {}", said(value))),
    }
}

/// Patterns of files that a plugin may see.
fn files(key: &Key, value: &Value) -> Result<(), String> {
    let Some(patterns) = value.as_array().filter(|patterns| patterns.len() <= GRANTS) else {
        return Err(format!("{key} must be a list of at most {GRANTS} patterns, not {}", said(value)));
    };
    patterns.iter().try_for_each(|pattern| {
        let Some(text) = pattern.as_str() else {
            return Err(format!("{key} must be a list of patterns, and {} is none", said(pattern)));
        };
        text.parse::<Grant>().map(drop).map_err(|why| format!("{key}: {text:?} {why}"))
    })
}

/// A part of what a plugin is configured with: anything that JSON has a word for.
fn config(key: &Key, value: &Value) -> Result<(), String> {
    match value {
        Value::Float(number) if !number.is_finite() => Err(format!("{key} is {number}: JSON has no word for that")),
        Value::Array(items) => items.iter().try_for_each(|item| config(key, item)),
        Value::Table(table) => table.iter().try_for_each(|(name, value)| config(&key.with(name), value)),
        _ => Ok(()),
    }
}
