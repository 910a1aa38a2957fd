//! A plugin's result, checked before it is committed.

use serde_json::{Map, Value};

use super::error::SlotError;
use super::waiting::Waiting;
use crate::plugin::contract::{tools, types};

/// What a call came to.
#[derive(Debug)]
pub enum Outcome {
    Done(Answer),
    /// It goes on with [`super::Slot::resume`].
    Waiting(Waiting),
    /// Of a task: what the entry came to is kept.
    Noted,
}

/// A tool's result whose JSON is JSON.
#[derive(Debug)]
pub struct Answer {
    pub content: Vec<types::Content>,
    pub structured: Option<Value>,
    pub is_error: bool,
    pub meta: Option<Map<String, Value>>,
}

impl Answer {
    pub(crate) fn check(result: tools::ToolResult) -> Result<Self, SlotError> {
        let structured = result.structured_content.map(|text| parse("structured-content", &text)).transpose()?;
        if structured.as_ref().is_some_and(|value| !value.is_object()) {
            return Err(SlotError::Contract("structured-content is no JSON object".to_owned()));
        }
        let meta = match result.meta.map(|text| parse("meta", &text)).transpose()? {
            None => None,
            Some(Value::Object(meta)) => Some(meta),
            Some(_) => return Err(SlotError::Contract("meta is no JSON object".to_owned())),
        };
        Ok(Self { content: result.content, structured, is_error: result.is_error, meta })
    }
}

fn parse(field: &str, text: &str) -> Result<Value, SlotError> {
    serde_json::from_str(text).map_err(|error| SlotError::Contract(format!("{field} is no JSON: {error}")))
}
