//! Returns what the contract does not allow. Written against the raw bindings, because the SDK would not.
#![cfg(target_family = "wasm")]

use mainstay_plugin::bindings::exports::mainstay::plugin::lifecycle;
use mainstay_plugin::bindings::exports::mainstay::plugin::tools::{
    Call, CallError, Continuation, Guest, KeyedAnswer, KeyedRequest, Request, Step, Tool, ToolAnnotations, ToolResult,
    Wait,
};
use mainstay_plugin::bindings::mainstay::plugin::database::{self, Statement, Value};
use mainstay_plugin::bindings::mainstay::plugin::types::Failure;

/// Each leaves a mark and then breaks the contract in the way it is called.
const BREACHES: [&str; 11] = [
    "structured_is_no_json",
    "structured_is_no_object",
    "meta_is_no_json",
    "meta_is_no_object",
    "two_requests_with_one_key",
    "no_requests",
    "a_key_of_strange_letters",
    "an_unknown_continuation_version",
    "a_huge_continuation",
    "a_tool_it_does_not_know",
    "waits_in_circles",
];

struct BreaksContract;

impl lifecycle::Guest for BreaksContract {
    fn describe() -> lifecycle::Description {
        lifecycle::Description {
            name: "breaks-contract".to_owned(),
            version: "1.0.0".to_owned(),
            schema: lifecycle::SchemaSupport { writes: 1, reads_min: 0, reads_max: 1, downgrades_to: 1 },
            migrations: vec![lifecycle::Migration {
                schema: 1,
                name: "marks".to_owned(),
                up: "CREATE TABLE mark (text TEXT NOT NULL)".to_owned(),
                down: None,
            }],
            continuations: vec![1],
            instructions: None,
        }
    }

    fn start(_: String) -> Result<(), Failure> {
        Ok(())
    }

    fn quiesce() -> lifecycle::Readiness {
        lifecycle::Readiness::AtRest
    }

    fn export_state() -> Result<lifecycle::ExportedState, Failure> {
        Ok(lifecycle::ExportedState { schema: 1, data: Vec::new() })
    }

    fn import_state(_: lifecycle::ExportedState) -> Result<(), lifecycle::ImportError> {
        Ok(())
    }

    fn self_test() -> Result<(), Failure> {
        Ok(())
    }
}

impl Guest for BreaksContract {
    fn list_tools() -> Vec<Tool> {
        BREACHES.iter().chain(&["marks"]).map(|name| tool(name)).collect()
    }

    fn call_tool(call: Call) -> Result<Step, CallError> {
        if call.tool == "marks" {
            return Ok(Step::Done(marks()));
        }
        let sql = "INSERT INTO mark (text) VALUES (?1)".to_owned();
        let marked = database::execute(&[Statement { sql, parameters: vec![Value::Text(call.tool.clone())] }]);
        assert!(marked.is_ok(), "a mark is left");
        breach(&call.tool)
    }

    fn resume_call(call: Call, _: Continuation, _: Vec<KeyedAnswer>) -> Result<Step, CallError> {
        breach(&call.tool)
    }
}

fn breach(tool: &str) -> Result<Step, CallError> {
    let request = |key: &str| KeyedRequest { key: key.to_owned(), request: Request::SleepUntil(0) };
    let wait =
        |version, data, requests| Ok(Step::Wait(Wait { continuation: Continuation { version, data }, requests }));
    match tool {
        "structured_is_no_json" => Ok(Step::Done(result(Some("{ \"half\": "), None))),
        "structured_is_no_object" => Ok(Step::Done(result(Some("[1, 2]"), None))),
        "meta_is_no_json" => Ok(Step::Done(result(None, Some("nothing")))),
        "meta_is_no_object" => Ok(Step::Done(result(None, Some("\"text\"")))),
        "two_requests_with_one_key" => wait(1, Vec::new(), vec![request("same"), request("same")]),
        "no_requests" => wait(1, Vec::new(), Vec::new()),
        "a_key_of_strange_letters" => wait(1, Vec::new(), vec![request("a key; with more")]),
        "an_unknown_continuation_version" => wait(7, Vec::new(), vec![request("timer")]),
        "a_huge_continuation" => wait(1, vec![0; 100_000], vec![request("timer")]),
        "waits_in_circles" => wait(1, Vec::new(), vec![request("timer")]),
        _ => Err(CallError::UnknownTool),
    }
}

fn result(structured: Option<&str>, meta: Option<&str>) -> ToolResult {
    ToolResult {
        content: Vec::new(),
        structured_content: structured.map(str::to_owned),
        is_error: false,
        meta: meta.map(str::to_owned),
    }
}

fn marks() -> ToolResult {
    let select = Statement { sql: "SELECT text FROM mark".to_owned(), parameters: Vec::new() };
    let rows = database::execute(&[select]).map(|outcomes| outcomes.into_iter().flat_map(|outcome| outcome.rows));
    let texts = rows.into_iter().flatten().flatten().filter_map(|value| match value {
        Value::Text(text) => Some(serde_json::Value::String(text)),
        _ => None,
    });
    let answer = serde_json::json!({ "rows": texts.collect::<Vec<_>>(), "keys": [] }).to_string();
    result(Some(&answer), None)
}

fn tool(name: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        title: None,
        description: None,
        input_schema: r#"{"type":"object"}"#.to_owned(),
        output_schema: None,
        annotations: ToolAnnotations { read_only: false, destructive: None, idempotent: None, open_world: None },
        icons: None,
        meta: None,
    }
}

mainstay_plugin::bindings::export_plugin!(BreaksContract with_types_in mainstay_plugin::bindings);
