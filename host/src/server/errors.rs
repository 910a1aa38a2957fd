//! Errors as a client meets them: the one place where they turn into MCP's.
//!
//! What a model can do something about becomes a tool result with `isError`, because many clients hide
//! protocol errors from their model. Only a call for a tool that does not exist is a protocol error.

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::{Map, Value, json};

use crate::model::chain;
use crate::plugin::EntryError;
use crate::plugin::contract::{tools, types};
use crate::store::{StoreError, Tombstone};
use crate::swap::{OpenError, SlotError};

/// Where the machine-readable part of an error is, in `_meta`.
const META_KEY: &str = "mainstay/error";
/// The stable word for working state that does not open.
const CORRUPT: &str = "state-corruption";

/// A call was given up because the host begins anew or ends, and left no trace.
pub(crate) const RESTARTED: &str =
    "The host began anew while this call waited. What it waited for did not come: call again.";

/// The process that answered a call has gone.
pub(crate) const INTERRUPTED: &str = "The host ended while this call was under way; whether it was done is not known. Look, \
    and if it was not, call again: another host answers already.";

/// A call that came to nothing because of one of these.
pub(crate) fn interrupted(why: &str) -> CallToolResult {
    tool_error("interrupted", why.to_owned(), true)
}

/// A tool error in words, with a stable code and whether trying again can help.
pub(crate) fn tool_error(code: &str, text: String, retryable: bool) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    let mut meta = Map::new();
    meta.insert(META_KEY.to_owned(), json!({ "code": code, "retryable": retryable }));
    result.meta = Some(MetaObject(meta));
    result
}

/// The stable code of a result that has one.
pub(crate) fn code_of(result: &CallToolResult) -> Option<&str> {
    result.meta.as_ref()?.0.get(META_KEY)?.get("code")?.as_str()
}

/// What the caller of a tool gets for an error of its slot.
pub(crate) fn slot_error(error: &SlotError) -> Result<CallToolResult, ErrorData> {
    Ok(match error {
        SlotError::Refused(refusal) => return refused(refusal),
        SlotError::Busy(_) => tool_error("busy", format!("The server is busy: {error}."), true),
        SlotError::Expired(_) => tool_error("expired", format!("{}.", capitalise(&error.to_string())), true),
        SlotError::Stalled(_) => tool_error("stalled", format!("{}.", capitalise(&error.to_string())), false),
        SlotError::Poisoned(_) => tool_error("poisoned", format!("{}.", capitalise(&error.to_string())), false),
        SlotError::Import(_) => tool_error("plugin-fault", format!("{}.", capitalise(&chain(error))), false),
        SlotError::Orphaned { swap } => orphaned(swap, error),
        SlotError::Changed(problems) => invalid_arguments(problems, None),
        SlotError::Removed => tool_error("tool-removed", format!("{}.", capitalise(&error.to_string())), false),
        SlotError::Corrupt(_) => tool_error(CORRUPT, format!("{}.", capitalise(&error.to_string())), true),
        SlotError::Interrupted => tool_error("interrupted", format!("{}.", capitalise(&error.to_string())), true),
        SlotError::Moved => tool_error("busy", format!("{}: try again.", capitalise(&error.to_string())), true),
        SlotError::Stopped => tool_error("stopped", format!("{}.", capitalise(&error.to_string())), true),
        SlotError::Entry(entry) => entry_error(entry),
        SlotError::Start(failure) => failed(failure),
        SlotError::Contract(what) => {
            tool_error("plugin-fault", format!("The plugin broke its contract, so nothing was kept: {what}."), false)
        }
        // A call that waits does not open. Nothing else is lost with it.
        SlotError::Store(StoreError::Corrupt(found)) => {
            tool_error(CORRUPT, format!("STATE_CORRUPTION: {found}. Nothing was changed: call the tool anew."), false)
        }
        SlotError::Store(StoreError::Full) => tool_error("disk-full", format!("{}.", capitalise(&chain(error))), true),
        SlotError::Store(_) => tool_error("storage", format!("{}.", capitalise(&chain(error))), false),
        SlotError::NoSuchWait => tool_error("no-such-wait", format!("{}.", capitalise(&error.to_string())), false),
    })
}

/// A call that waited, and that nobody can continue.
fn orphaned(swap: &str, error: &SlotError) -> CallToolResult {
    let mut result = tool_error("orphaned", format!("{}.", capitalise(&error.to_string())), true);
    if let Some(MetaObject(meta)) = &mut result.meta
        && let Some(Value::Object(machine)) = meta.get_mut(META_KEY)
    {
        machine.insert("swap".to_owned(), Value::String(swap.to_owned()));
    }
    result
}

/// A call of a tool that a swap removed: clients keep calling it until they list again.
pub(crate) fn removed_tool<'a>(
    tombstone: &Tombstone,
    nearest: Option<&str>,
    here: impl Iterator<Item = &'a str>,
) -> CallToolResult {
    let names: Vec<_> = here.collect();
    let nearest = nearest.map(|nearest| format!(" {nearest} may be what you want.")).unwrap_or_default();
    let text = format!(
        "The tool {} is gone: swap {} replaced the plugin of slot {} by a version without it.{nearest} There is now: {}.",
        tombstone.name,
        tombstone.removed_by,
        tombstone.slot,
        names.join(", ")
    );
    let mut result = tool_error("tool-removed", text, false);
    if let Some(MetaObject(meta)) = &mut result.meta
        && let Some(Value::Object(machine)) = meta.get_mut(META_KEY)
    {
        machine.insert("swap".to_owned(), Value::String(tombstone.removed_by.clone()));
        machine.insert("tools".to_owned(), json!(names));
    }
    result
}

/// What the caller of a tool gets if the slot could not even be opened.
pub(crate) fn open_error(error: &OpenError) -> CallToolResult {
    let code = match error {
        OpenError::DataDir(_) => "data-directory",
        OpenError::Slot(_) => "data",
        OpenError::Refused(refusal) if refusal.code == CORRUPT => CORRUPT,
        OpenError::Refused(refusal) if refusal.is_about_data() => "data",
        OpenError::Read { .. }
        | OpenError::NotKept { .. }
        | OpenError::Refused(_)
        | OpenError::Clash { .. }
        | OpenError::Reserved { .. }
        | OpenError::Load(_)
        | OpenError::Engine(_)
        | OpenError::Thread => "plugin",
    };
    let repair = match code {
        "plugin" => {
            " orchestrator_health_check says more. Put a component that works in its place and call \
             orchestrator_restart_server; nobody has to reconnect."
        }
        "data" => " orchestrator_health_check says more; orchestrator_restart_server tries again once it is mended.",
        _ => "",
    };
    let hint = match error {
        OpenError::Refused(refusal) if refusal.code == CORRUPT => refusal.hint.as_deref(),
        _ => None,
    };
    let hint = hint.map(|hint| format!(" {}.", capitalise(hint))).unwrap_or_default();
    tool_error(code, format!("{}.{repair}{hint}", capitalise(&chain(error))), true)
}

/// The same errors where a protocol error is all there is: lists, prompts, resources.
pub(crate) fn protocol_error(error: &(dyn std::error::Error + 'static), retryable: bool) -> ErrorData {
    ErrorData::internal_error(chain(error), Some(json!({ "retryable": retryable })))
}

pub(crate) fn slot_protocol_error(error: &SlotError) -> ErrorData {
    protocol_error(error, matches!(error, SlotError::Busy(_) | SlotError::Stopped))
}

pub(crate) fn failure_protocol_error(failure: &types::Failure) -> ErrorData {
    let data: Value = json!({ "code": failure.code, "retryable": failure.retryable });
    ErrorData::internal_error(sentence(failure), Some(data))
}

/// A call of a tool that does not exist.
pub(crate) fn unknown_tool(name: &str, nearest: Option<&str>) -> ErrorData {
    let nearest = nearest.map(|nearest| format!(" Did you mean {nearest}?")).unwrap_or_default();
    ErrorData::invalid_params(format!("There is no tool {name:?}.{nearest}"), None)
}

fn refused(refusal: &tools::CallError) -> Result<CallToolResult, ErrorData> {
    match refusal {
        tools::CallError::UnknownTool => Err(ErrorData::invalid_params("The plugin does not know this tool.", None)),
        tools::CallError::InvalidArguments(arguments) => {
            let lines: Vec<_> = arguments.iter().map(|a| format!("{}: {}", a.field, a.problem)).collect();
            Ok(invalid_arguments(&lines, None))
        }
        tools::CallError::Failed(failure) => Ok(failed(failure)),
    }
}

/// Arguments that do not fit, a line each. `news` is the tool as it is now, if the client may know another.
pub(crate) fn invalid_arguments(problems: &[String], news: Option<&str>) -> CallToolResult {
    let mut text = format!("The arguments do not fit, and nothing was changed.\n- {}", problems.join("\n- "));
    let Some(tool) = news.and_then(|news| serde_json::from_str::<Value>(news).ok()) else {
        return tool_error("invalid-arguments", text, false);
    };
    let schema = &tool["inputSchema"];
    text.push_str(&format!("\nThe tool was changed since you listed it. Its input schema is now: {schema}"));
    let mut result = tool_error("stale-schema", text, true);
    if let Some(MetaObject(meta)) = &mut result.meta
        && let Some(Value::Object(machine)) = meta.get_mut(META_KEY)
    {
        machine.insert("inputSchema".to_owned(), schema.clone());
    }
    result
}

fn failed(failure: &types::Failure) -> CallToolResult {
    tool_error(&failure.code, sentence(failure), failure.retryable)
}

fn sentence(failure: &types::Failure) -> String {
    match &failure.hint {
        Some(hint) if failure.message.ends_with(['.', '!', '?']) => format!("{} {hint}", failure.message),
        Some(hint) => format!("{}. {hint}", failure.message),
        None => failure.message.clone(),
    }
}

fn entry_error(error: &EntryError) -> CallToolResult {
    let (code, retryable) = match error {
        EntryError::Trapped { .. } => ("plugin-trapped", false),
        EntryError::Deadline { .. } => ("deadline", false),
        EntryError::Killed => ("cancelled", true),
        EntryError::Memory { .. } => ("memory-limit", false),
        EntryError::Crossing { .. } => ("size-limit", false),
        EntryError::Instantiate(_) => ("plugin", true),
    };
    tool_error(code, format!("{}. Nothing of the call was kept.", capitalise(&chain(error))), retryable)
}

fn capitalise(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
