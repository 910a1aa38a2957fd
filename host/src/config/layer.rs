//! One text of settings, taken apart into keys, values and lines.

use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::key::Key;
use super::known;

/// A setting that a text gives a value.
#[derive(Debug, PartialEq)]
pub(super) struct Given {
    pub(super) key: Key,
    pub(super) value: Value,
    /// Counted from 1.
    pub(super) line: usize,
    /// If it is a list, where its entries begin.
    pub(super) entries: Vec<usize>,
}

/// A text that is no TOML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) line: usize,
    pub(super) message: String,
}

/// All that `text` gives a value, in the order of its keys.
pub(super) fn parse(text: &str) -> Result<Vec<Given>, Syntax> {
    let syntax = |error: toml::de::Error| {
        let line = line(text, error.span().map_or(0, |span| span.start));
        Syntax { line, message: error.message().to_owned() }
    };
    let spans = DeTable::parse(text).map_err(syntax)?;
    // The same once more, as values: what knows its place is not made for them.
    let values: Table = toml::from_str(text).map_err(syntax)?;
    let mut given = Vec::new();
    collect(text, &Key::new(Vec::new()), &values, spans.get_ref(), &mut given);
    Ok(given)
}

fn collect(text: &str, above: &Key, values: &Table, spans: &DeTable<'_>, given: &mut Vec<Given>) {
    for (name, value) in values {
        let key = above.with(name);
        let place = spans.get_key_value(name.as_str());
        match (value, place.map(|(_, value)| value.get_ref())) {
            (Value::Table(inner), Some(DeValue::Table(spans))) if known::is_section(&key) => {
                collect(text, &key, inner, spans, given);
            }
            _ => {
                let start = place.map_or(0, |(name, _)| name.span().start);
                let entries = entries(text, place.map(|(_, value)| value.get_ref()));
                given.push(Given { key, value: value.clone(), line: line(text, start), entries });
            }
        }
    }
}

/// Where the entries of a list begin.
fn entries(text: &str, value: Option<&DeValue<'_>>) -> Vec<usize> {
    let entries = value.and_then(DeValue::as_array).into_iter().flat_map(|entries| entries.iter());
    entries.map(|entry| line(text, entry.span().start)).collect()
}

fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// What a flag or a variable gives: a value as TOML writes it, else text.
pub(super) fn value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    let only = parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    only.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The value, and if it is a relative path of a component, from `base` on.
pub(super) fn rebase(key: &Key, value: Value, base: &Path) -> Value {
    match (key.parts().as_slice(), &value) {
        ([known::PLUGINS, _, "file"], Value::String(path)) => base.join(path).to_string_lossy().into_owned().into(),
        // None is named by an empty one.
        (["http", "tls", _], Value::String(path)) if !path.is_empty() => {
            base.join(path).to_string_lossy().into_owned().into()
        }
        _ => value,
    }
}
