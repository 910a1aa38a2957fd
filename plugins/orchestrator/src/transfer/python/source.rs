//! Values as the Python program wrote them.

use serde_json::{Map, Value};

use crate::moment;

/// A row, or an object within one.
#[derive(Debug)]
pub(super) struct Row<'a>(&'a Map<String, Value>);

impl<'a> Row<'a> {
    pub(super) fn new(columns: &'a Map<String, Value>) -> Self {
        Self(columns)
    }

    pub(super) fn get(&self, column: &str) -> Option<&'a Value> {
        self.0.get(column).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    /// Text that is not empty; numbers are written as such.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        let text = match self.get(column)? {
            Value::String(text) => text.replace('\0', ""),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    pub(super) fn number(&self, column: &str) -> Option<i64> {
        self.get(column)?.as_i64()
    }

    /// A point in time, in whichever way it was written: text with or without an offset, or seconds since 1970.
    pub(super) fn moment(&self, column: &str) -> Option<i64> {
        const MILLISECONDS: f64 = 1e11;
        match self.get(column)? {
            Value::String(text) => moment::parse(text),
            Value::Number(number) => {
                let number = number.as_f64()?;
                let milliseconds = if number.abs() < MILLISECONDS { number * 1000.0 } else { number };
                format!("{milliseconds:.0}").parse().ok()
            }
            _ => None,
        }
    }

    /// What a column holds as JSON. It was often encoded twice, so text in text is opened as well.
    pub(super) fn json(&self, column: &str) -> Option<Value> {
        let mut value = self.get(column)?.clone();
        for _ in 0..3 {
            let Value::String(text) = &value else { break };
            let Ok(inner) = serde_json::from_str::<Value>(text) else { break };
            value = inner;
        }
        (!value.is_null()).then_some(value)
    }

    /// The texts of a list; a single text is a list of one.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        match self.json(column) {
            Some(Value::Array(items)) => items.iter().filter_map(item).collect(),
            Some(Value::String(text)) if !text.trim().is_empty() => vec![text],
            _ => Vec::new(),
        }
    }
}

fn item(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => Some(object.get("task_id")?.as_str()?.to_owned()),
        _ => None,
    }
}
