//! One row as JSON, and back.

use mainstay_plugin::{FromValue, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Map;

use super::kinds::Kind;
use crate::limits;

/// A value of a column, whatever it is.
#[derive(Debug, Clone)]
pub(super) struct Cell(pub(super) Value);

impl FromValue for Cell {
    const EXPECTED: &'static str = "a value";

    fn from_value(value: &Value) -> Option<Self> {
        Some(Self(value.clone()))
    }
}

/// A row of that kind, its cells in the order of the kind's fields. What is not there is left out.
pub(super) struct Record<'a> {
    pub(super) kind: &'a Kind,
    pub(super) cells: Vec<Cell>,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.name)?;
        for (field, Cell(value)) in self.kind.fields.iter().zip(&self.cells) {
            match value {
                Value::Integer(number) => map.serialize_entry(field, number)?,
                Value::Real(number) => map.serialize_entry(field, number)?,
                Value::Text(text) => map.serialize_entry(field, text)?,
                Value::Null | Value::Blob(_) => {}
            }
        }
        map.end()
    }
}

/// The cells of a record of that kind, or what is wrong with it.
pub(super) fn cells(kind: &Kind, object: &Map<String, serde_json::Value>) -> Result<Vec<Cell>, String> {
    if let Some(unknown) = object.keys().find(|name| *name != "kind" && !kind.fields.contains(&name.as_str())) {
        return Err(format!("has the field {unknown:?}, which this version does not know"));
    }
    kind.fields.iter().map(|field| cell(field, object.get(*field))).collect()
}

fn cell(field: &str, value: Option<&serde_json::Value>) -> Result<Cell, String> {
    Ok(Cell(match value {
        None | Some(serde_json::Value::Null) => Value::Null,
        Some(serde_json::Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(real)) => Value::Real(real),
            (None, None) => return Err(format!("{field} is no number that can be kept")),
        },
        Some(serde_json::Value::String(text)) => {
            if text.contains('\0') {
                return Err(format!("{field} contains a NUL character, which cannot be stored"));
            }
            if text.len() > limits::DETAILED_WORK {
                let most = limits::DETAILED_WORK;
                return Err(format!("{field} has {} bytes; at most {most} are allowed", text.len()));
            }
            Value::Text(text.clone())
        }
        Some(_) => return Err(format!("{field} is neither a text nor a number")),
    }))
}
