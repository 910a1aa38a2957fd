//! What one of the host's own tools answered, for people and for scripts.

use serde_json::Value;

use super::exit_code::{Failure, Told};
use super::report::UNUSABLE;
use super::table::print;
use super::write_error;
use crate::server::control::ToolAnswer;

/// How clients overrule a refusal. Here it is `--force`, which is said before.
const FOR_CLIENTS: &str = ", or call this tool again with \"force\": true";

/// Prints an answer, as JSON or as `people` read it, and ends as it ended: one that is an error is one, and one that is
/// none is what `found` makes of it.
pub(super) fn conclude(
    answer: ToolAnswer,
    json: bool,
    people: impl FnOnce(&Value) -> String,
    found: impl FnOnce(&Value) -> Option<Failure>,
) -> anyhow::Result<()> {
    let ToolAnswer { error, result } = answer;
    let result = Value::Object(result);
    if json {
        print(&serde_json::to_string_pretty(&result)?)?;
    } else {
        let text = people(&result);
        if !text.is_empty() {
            print(&text)?;
        }
        if error {
            write_error(&text_of(&result, "error").replace(FOR_CLIENTS, ""));
        }
    }
    let failure = if error { Some(failure(&result)) } else { found(&result) };
    failure.map_or(Ok(()), |failure| Err(Told(failure).into()))
}

/// What an answer that is an error means to a script.
fn failure(result: &Value) -> Failure {
    match text_of(result, "error_code") {
        "INVALID_PARAMETERS" => Failure::Usage,
        "TIMEOUT_EXCEEDED" => Failure::Late,
        _ if UNUSABLE.contains(&text_of(result, "refusal")) => Failure::Plugin,
        _ => Failure::Refused,
    }
}

/// A text of an object; empty if it has none.
pub(super) fn text_of<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// A number of an object that is not negative; 0 if it has none.
pub(super) fn number_of(object: &Value, field: &str) -> u64 {
    object[field].as_u64().unwrap_or_default()
}

/// What an object has several of.
pub(super) fn each<'a>(object: &'a Value, field: &str) -> std::slice::Iter<'a, Value> {
    object[field].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// Those of an object that are texts, a line each, with something before each.
pub(super) fn lines(object: &Value, field: &str, before: &str) -> String {
    each(object, field).filter_map(Value::as_str).map(|line| format!("\n{before}{line}")).collect()
}

/// Version and, if it ever served, generation: as the tools write them.
pub(super) fn version(version: &Value) -> String {
    let generation = version["generation"].as_u64().map(|generation| format!(" ({generation})"));
    format!("{}{}", text_of(version, "version"), generation.unwrap_or_default())
}
