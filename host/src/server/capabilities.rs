//! What a client must be able to do before a tool is called for it.

use rmcp::RoleServer;
use rmcp::model::{CallToolResult, ClientCapabilities, ErrorData, ProtocolVersion};
use rmcp::service::RequestContext;
use serde_json::Value;

use super::errors;
use crate::plugin::{TaskUse, Tool};

/// Whether the client says that it knows tasks, in a protocol that has them.
pub(crate) fn knows_tasks(context: &RequestContext<RoleServer>) -> bool {
    is_modern(context) && context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks())
}

/// What a client gets that cannot do what the tool needs; none if it can.
pub(crate) fn refused(tool: &Tool, context: &RequestContext<RoleServer>) -> Option<Result<CallToolResult, ErrorData>> {
    let required = if tool.task() == Some(TaskUse::Required) && !knows_tasks(context) {
        serde_json::to_value(ClientCapabilities::builder().enable_tasks().build()).ok()?
    } else {
        let has = serde_json::to_value(context.client_capabilities()).ok()?;
        tool.requires().filter(|required| !covers(&has, required))?
    };
    if !is_modern(context) {
        // Older clients know no such error, and a model can make more of words.
        let text = format!("{} is for clients that can do what this one cannot: {required}.", tool.name());
        return Some(Ok(errors::tool_error("client-capability", text, false)));
    }
    let required = serde_json::from_value(required).unwrap_or_default();
    Some(Err(ErrorData::missing_required_client_capability(required)))
}

fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// Whether everything that is `wanted` is there, as far as it is spelt out.
fn covers(has: &Value, wanted: &Value) -> bool {
    let Value::Object(wanted) = wanted else { return true };
    wanted.iter().all(|(name, wanted)| has.get(name).is_some_and(|has| !has.is_null() && covers(has, wanted)))
}

#[cfg(test)]
mod tests;
