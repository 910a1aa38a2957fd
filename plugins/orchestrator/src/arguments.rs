//! Forms of arguments that several tools share.

use std::borrow::Cow;

use mainstay_plugin::prelude::*;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::limits::Problems;
use crate::moment;

/// What whoever does a task should know: text or an object.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TextOrObject(Value);

impl TextOrObject {
    pub(crate) fn check(&self, field: &str, problems: &mut Problems) {
        if !self.0.is_string() && !self.0.is_object() {
            problems.add(field, "is neither an object nor a string");
        }
        if holds_nul(&self.0) {
            problems.add(field, "contains a NUL character, which cannot be stored");
        }
        problems.context(field, &self.to_json());
    }

    pub(crate) fn to_json(&self) -> String {
        self.0.to_string()
    }
}

impl JsonSchema for TextOrObject {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TextOrObject".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object", "string"] })
    }
}

/// An argument that can also be `null`, which clears what was there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Clearable<T> {
    #[default]
    Absent,
    Clear,
    Set(T),
}

impl<T> Clearable<T> {
    pub(crate) fn given(&self) -> Option<&T> {
        if let Self::Set(value) = self { Some(value) } else { None }
    }

    /// None if it is absent, else what there is to be from now on.
    pub(crate) fn change<U>(&self, value: impl FnOnce(&T) -> Option<U>) -> Option<Option<U>> {
        match self {
            Self::Absent => None,
            Self::Clear => Some(None),
            Self::Set(given) => Some(value(given)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Clearable<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Clearable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Clearable{}", T::schema_name()).into()
    }

    /// `null` is named first, which keeps it there.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let types = match schema.remove("type") {
            Some(Value::Array(types)) => types,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        let types: Vec<Value> = std::iter::once("null".into()).chain(types).collect();
        schema.insert("type".to_owned(), types.into());
        schema
    }
}

/// As JSON it would be `\u0000`, which stores well and then comes to light elsewhere.
pub(crate) fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(object) => object.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// Titles stand in lists, where a line break would look like another entry.
pub(crate) fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A point in time, or a problem.
pub(crate) fn date(field: &str, text: &str, problems: &mut Problems) -> Option<i64> {
    let at = moment::parse(text);
    if at.is_none() {
        problems.add(field, "is no date; write 2026-01-31 or 2026-01-31T12:00:00Z");
    }
    at
}
