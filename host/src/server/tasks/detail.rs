//! A task as its client sees it.

use rmcp::model::{ClientCapabilities, DetailedTask, InputRequest, InputRequests, JsonObject, TaskPayload};

use super::outline;
use crate::plugin::contract::tools;
use crate::server::elicit;
use crate::swap::Task;

/// Something that the client is to answer.
pub(super) struct Asked<'a> {
    /// No other question of the task has this key.
    pub(super) key: String,
    pub(super) request: &'a tools::KeyedRequest,
    question: InputRequest,
}

/// What the client can answer and has not.
pub(super) fn asked(task: &Task) -> Vec<Asked<'_>> {
    let Some(waiting) = &task.waiting else { return Vec::new() };
    let capabilities = client(task);
    let open = waiting.requests.iter().filter(|keyed| {
        elicit::supported(&keyed.request, capabilities.as_ref()) && !task.answers.contains_key(&keyed.key)
    });
    let asked = open.filter_map(|keyed| {
        // A plugin's key has no dot.
        let key = if waiting.round == 0 { keyed.key.clone() } else { format!("{}.{}", waiting.round, keyed.key) };
        let question = elicit::to_mcp(&keyed.request, &key).ok()?;
        Some(Asked { key, request: keyed, question })
    });
    asked.collect()
}

pub(super) fn client(task: &Task) -> Option<ClientCapabilities> {
    serde_json::from_value(task.of.client.clone()).ok()
}

pub(super) fn detailed(task: &Task) -> DetailedTask {
    let outcome = || -> JsonObject {
        task.outcome.as_deref().and_then(|outcome| serde_json::from_str(outcome).ok()).unwrap_or_default()
    };
    let payload = match task.state.as_str() {
        "completed" => TaskPayload::Completed { result: outcome() },
        "failed" => TaskPayload::Failed { error: outcome() },
        "cancelled" => TaskPayload::Cancelled,
        _ => {
            let input_requests: InputRequests =
                asked(task).into_iter().map(|asked| (asked.key, asked.question)).collect();
            if input_requests.is_empty() { TaskPayload::Working } else { TaskPayload::InputRequired { input_requests } }
        }
    };
    DetailedTask::new(outline(task), payload)
}
