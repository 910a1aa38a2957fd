//! Attributes: what a caller notes of a task beside the fields every task has.

use mainstay_plugin::prelude::*;
use serde_json::{Map, Value};

use crate::arguments::holds_nul;
use crate::limits::{self, Problems};
use crate::moment;
use crate::words::{AttributeType, Word, unknown_word};

// A value with its type, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: AttributeType,
    pub(crate) value: String,
}

/// What is to become of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Set(Attribute),
    Remove(String),
}

/// The attributes of a task, by name.
pub(crate) fn of(cx: &Context<'_>, task: i64) -> Result<Vec<Attribute>, Failure> {
    let sql = "SELECT name, type, value FROM attribute WHERE task = ?1 ORDER BY name";
    let rows = cx.db().query::<(String, AttributeType, String)>(sql, params![task])?;
    Ok(rows.into_iter().map(|(name, kind, value)| Attribute { name, kind, value }).collect())
}

/// Understands an object of names and values: a plain value, `{"type", "value"}`, or null to remove one.
pub(crate) fn changes(field: &str, object: &Map<String, Value>, problems: &mut Problems) -> Vec<Change> {
    problems.list(field, object.len(), limits::ATTRIBUTES);
    let mut changes = Vec::new();
    for (name, value) in object.iter().take(limits::ATTRIBUTES) {
        let field = format!("{field}/{}", pointer(name));
        problems.required_text(&field, name, limits::ATTRIBUTE_NAME);
        if name.contains(char::is_control) {
            problems.add(&*field, "is a name: no line breaks or control characters are allowed");
        }
        if value.is_null() {
            changes.push(Change::Remove(name.clone()));
            continue;
        }
        match typed(value) {
            Ok((kind, value)) => {
                problems.text(&field, &value, limits::ATTRIBUTE_VALUE);
                changes.push(Change::Set(Attribute { name: name.clone(), kind, value }));
            }
            Err(problem) => problems.add(field, problem),
        }
    }
    changes
}

/// A name as part of a JSON Pointer.
fn pointer(name: &str) -> String {
    limits::shortened(name, limits::ATTRIBUTE_NAME).replace('~', "~0").replace('/', "~1").replace('\0', " ")
}

/// The type and text of a value.
pub(crate) fn typed(value: &Value) -> Result<(AttributeType, String), String> {
    if holds_nul(value) {
        return Err("contains a NUL character, which cannot be stored".to_owned());
    }
    let Some((kind, value)) = described(value)? else { return Ok((inferred(value), text(value))) };
    let fits = match kind {
        AttributeType::Text => value.is_string(),
        AttributeType::Number => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
        AttributeType::Boolean => value.is_boolean() || matches!(value.as_str(), Some("true" | "false")),
        AttributeType::Date => value.as_str().is_some_and(|text| moment::parse(text).is_some()),
        AttributeType::Reference => value.as_str().is_some_and(|text| !text.trim().is_empty()),
        AttributeType::Json => true,
    };
    if !fits {
        return Err(format!("does not hold a {kind}: {}", limits::shortened(&value.to_string(), 60)));
    }
    // A string as JSON keeps its quotes.
    Ok((kind, if kind == AttributeType::Json { value.to_string() } else { text(value) }))
}

/// `{"type": …, "value": …}` and nothing else.
fn described(value: &Value) -> Result<Option<(AttributeType, &Value)>, String> {
    let Some(object) = value.as_object().filter(|object| object.len() == 2) else { return Ok(None) };
    let (Some(Value::String(kind)), Some(value)) = (object.get("type"), object.get("value")) else { return Ok(None) };
    let known = AttributeType::parse(kind).ok_or_else(|| unknown_word::<AttributeType>(kind))?;
    Ok(Some((known, value)))
}

fn inferred(value: &Value) -> AttributeType {
    match value {
        Value::Bool(_) => AttributeType::Boolean,
        Value::Number(_) => AttributeType::Number,
        Value::String(text) if moment::parse(text).is_some() => AttributeType::Date,
        Value::String(text) if text.contains("://") && !text.contains(char::is_whitespace) => AttributeType::Reference,
        Value::String(_) => AttributeType::Text,
        _ => AttributeType::Json,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Change {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Set(attribute) => &attribute.name,
            Self::Remove(name) => name,
        }
    }

    pub(crate) fn value(&self) -> Option<&str> {
        if let Self::Set(attribute) = self { Some(&attribute.value) } else { None }
    }

    /// Writes it for `task`.
    pub(crate) fn statement(&self, workspace: i64, task: i64) -> Statement {
        match self {
            Self::Set(Attribute { name, kind, value }) => Statement::new(
                "INSERT INTO attribute (task, name, type, value, workspace_id) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (task, name) DO UPDATE SET type = excluded.type, value = excluded.value",
                params![task, name, *kind, value, workspace],
            ),
            Self::Remove(name) => {
                Statement::new("DELETE FROM attribute WHERE task = ?1 AND name = ?2", params![task, name])
            }
        }
    }
}

#[cfg(test)]
mod tests;
