//! A call's arguments, before a plugin sees them.

use rmcp::ErrorData;
use rmcp::model::JsonObject;
use serde_json::Value;

use super::errors;
use crate::plugin::{Surface, Tool};

/// Finds the tool and checks the arguments against its schema.
///
/// # Errors
/// An unknown tool is the protocol's error; arguments that do not fit are for the model.
pub(crate) fn check<'a>(
    surface: &'a Surface,
    name: &str,
    arguments: Option<JsonObject>,
) -> Result<Result<(&'a Tool, String), Vec<String>>, ErrorData> {
    let tool = surface.tool(name).ok_or_else(|| errors::unknown_tool(name, surface.nearest_tool(name)))?;
    let mut arguments = arguments.unwrap_or_default();
    Ok(tool.check_arguments(&mut arguments).map(|()| (tool, Value::Object(arguments).to_string())))
}
