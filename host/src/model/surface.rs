//! What clients are shown of a plugin: its tools, as the very text that is sent.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Digest;

/// A tool as it is sent. Equal tools have equal texts, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolText {
    pub name: String,
    /// [`canonical`] JSON of MCP's tool object.
    #[serde(with = "shared_text")]
    pub text: Arc<str>,
}

impl ToolText {
    /// `tool` is MCP's object, with every field that is to be sent.
    pub fn new(name: impl Into<String>, tool: &Value) -> Self {
        Self { name: name.into(), text: canonical(tool).into() }
    }

    /// Of the text.
    pub fn hash(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// SHA-256 of the list of tools as it is sent. Equal ids mean equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SurfaceId(Digest);

impl SurfaceId {
    /// Of the whole list, in its order.
    pub fn of(tools: &[ToolText]) -> Self {
        Self(Digest::of(surface_text(tools).as_bytes()))
    }
}

impl fmt::Display for SurfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The list of tools as canonical JSON.
pub fn surface_text(tools: &[ToolText]) -> String {
    let texts: Vec<&str> = tools.iter().map(|tool| &*tool.text).collect();
    format!("[{}]", texts.join(","))
}

/// The list to publish after `published`: what stays keeps its position, in the wording of `offered`; what is not
/// offered drops out; what is new follows in the order of names. The first list is in the order offered.
pub fn arrange(published: &[ToolText], offered: &[ToolText]) -> Vec<ToolText> {
    let mut left: HashMap<&str, &ToolText> = offered.iter().map(|tool| (tool.name.as_str(), tool)).collect();
    let mut list: Vec<ToolText> =
        published.iter().filter_map(|tool| left.remove(tool.name.as_str())).cloned().collect();
    if published.is_empty() {
        return offered.to_vec();
    }
    let mut new: Vec<&ToolText> = left.into_values().collect();
    new.sort_by(|a, b| a.name.cmp(&b.name));
    list.extend(new.into_iter().cloned());
    list
}

/// The text of `value` by RFC 8785: sorted keys, no spaces, shortest numbers. Like every number of that format an
/// integer is a double, so one beyond 2^53 is rounded.
///
/// Lists that a JSON schema means as sets, `required` and `type`, are sorted as well. All other lists keep their
/// order: in `enum`, `oneOf`, `prefixItems` and `examples` it has a meaning, at least to a model that reads them.
pub fn canonical(value: &Value) -> String {
    let mut value = value.clone();
    sort_sets(&mut value);
    // The text of a `Value` cannot fail: its keys are unique and its numbers finite.
    serde_json_canonicalizer::to_string(&value).unwrap_or_else(|_| value.to_string())
}

fn sort_sets(value: &mut Value) {
    match value {
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| sort_sets_under(key, value)),
        Value::Array(items) => items.iter_mut().for_each(sort_sets),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn sort_sets_under(key: &str, value: &mut Value) {
    match (key, value) {
        // Data, not schema, whatever it may look like.
        ("_meta" | "const" | "default" | "enum" | "examples", _) => {}
        // The keys are names that somebody chose: one may be `default`.
        ("$defs" | "definitions" | "dependentSchemas" | "patternProperties" | "properties", Value::Object(schemas)) => {
            schemas.values_mut().for_each(sort_sets);
        }
        ("required" | "type", Value::Array(names)) if names.iter().all(Value::is_string) => {
            names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        (_, value) => sort_sets(value),
    }
}

/// Serialises a shared text as a string.
mod shared_text {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

#[cfg(test)]
mod tests;
