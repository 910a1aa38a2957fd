//! What the work on a plan costs the model that reads the answers.

use mainstay_plugin::Plugin;
use serde_json::{Value, json};

use crate::Orchestrator;
use crate::testing::{Host, host, text};

/// Bytes of the answer as JSON-RPC has it, with what the host puts around the text.
fn bytes(host: &mut Host, tool: &str, arguments: Value) -> usize {
    let result = json!({"content": [{"type": "text", "text": text(host, tool, arguments)}], "isError": false});
    json!({"jsonrpc": "2.0", "id": 100, "result": result}).to_string().len()
}

fn subtask(number: usize) -> Value {
    let roles = ["architect", "implementer", "tester", "documenter", "reviewer"];
    json!({"task_id": format!("subtask_{number:02}"), "title": format!("Part {number} of the service"),
        "description": format!("Write part {number} of the service, with tests that show that it works."),
        "specialist_type": roles[number % 5],
        "estimated_effort": "1 hour"})
}

fn delivery(number: usize) -> Value {
    json!({"task_id": format!("subtask_{number:02}"), "next_action": "complete", "detailed_work": "w".repeat(2_000),
        "summary": format!("Part {number} is written and its tests pass; it takes 3 files.")})
}

#[test]
fn the_work_on_a_plan_of_fifty_costs_less_than_half_of_what_it_did() {
    let mut host = host();
    let initialize = bytes(&mut host, "initialize_session", json!({"working_directory": "/srv/service"}));
    let parts: Vec<_> = (0..50).map(subtask).collect();
    let plan = json!({"task_id": "service", "title": "Build the service", "subtasks": parts,
        "description": "Build a service that shortens URLs, in fifty parts."});
    let plan = bytes(&mut host, "plan_task", plan);
    let (mut execute, mut complete, mut status) = (0, 0, 0);
    for number in 0..50 {
        execute += bytes(&mut host, "execute_task", json!({"task_id": format!("subtask_{number:02}")}));
        complete += bytes(&mut host, "complete_task", delivery(number));
        if number % 7 == 3 {
            status += bytes(&mut host, "get_status", json!({}));
        }
    }
    let synthesize = bytes(&mut host, "synthesize_results", json!({"parent_task_id": "service"}));
    let costs = [initialize, plan, execute / 50, complete / 50, status / 7, synthesize];
    let allowed = [1_400, 1_000, 760, 320, 600, 7_000];
    assert!(costs.iter().zip(allowed).all(|(cost, allowed)| *cost < allowed), "{costs:?} of {allowed:?}");
    let list = |tool: &mainstay_plugin::Tool<Orchestrator>| {
        let definition = tool.definition();
        definition.input_schema.len() + definition.description.as_ref().map_or(0, String::len) + 150
    };
    let list: usize = Orchestrator::tools().iter().map(list).sum();
    let total = list + initialize + plan + execute + complete + status + synthesize;
    assert!(total < 190_190 / 2, "{total} bytes; {list} of them for the list of tools");
}
