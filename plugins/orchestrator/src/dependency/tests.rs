use serde_json::json;

use super::Dependency;
use crate::testing::{complete, done, host, refused, rows, status, subtask, task};
use crate::words::DependencyType;

fn given(value: serde_json::Value) -> Dependency {
    serde_json::from_value(value).expect("a dependency")
}

#[test]
fn a_dependency_is_an_id_or_says_more() {
    assert_eq!(given(json!("a")).kind, DependencyType::Completion);
    assert_eq!(given(json!({"task_id": "a", "input": "x"})).kind, DependencyType::Data);
    assert_eq!(given(json!({"task_id": "a", "type": "approval"})).shown(), "a (approval)");
    assert_eq!(given(json!({"task_id": "a", "input": "x"})).shown(), "a (data as x)");
}

#[test]
fn planning_takes_dependencies_of_every_type() {
    let mut host = host();
    let mut parts = [subtask("a", "coder", &[]), subtask("b", "coder", &[]), subtask("c", "coder", &[])];
    parts[1]["dependencies"] = json!([{"task_id": "a", "type": "data", "input": "schema"}]);
    parts[2]["dependencies"] = json!([{"task_id": "b", "type": "related"}]);
    parts[2]["priority"] = json!("urgent");
    parts[2]["task_type"] = json!("testing");
    parts[2]["complexity"] = json!("trivial");
    parts[0]["dependencies"] = json!([{"task_id": "c", "type": "related"}]);
    let planned = done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    assert_eq!(planned["subtasks"][1]["dependencies"], json!(["a"]));
    assert_eq!(rows(&host, "dependency"), 3);
    done(&mut host, "execute_task", json!({"task_id": "c"}));
    assert_eq!(refused(&mut host, "execute_task", json!({"task_id": "b"})).code(), "open-dependencies");
    complete(&mut host, "a");
    let briefing = done(&mut host, "execute_task", json!({"task_id": "b"}))["briefing"].clone();
    assert_eq!(briefing["prerequisites"][0]["input"], "schema");
    let detail = done(&mut host, "query_tasks", json!({"task_id": "c"}))["task"].clone();
    assert_eq!((&detail["priority"], &detail["task_type"]), (&json!("urgent"), &json!("testing")));
    assert_eq!(status(&host, "b"), "active");
}

#[test]
fn the_name_of_an_input_has_limits() {
    let mut host = host();
    task(&mut host, "a");
    let mut said = |dependency: serde_json::Value| {
        let plan = json!({"title": "t", "description": "d", "dependencies": [dependency]});
        refused(&mut host, "plan_task", plan).to_string()
    };
    let long = said(json!({"task_id": "a", "input": "x".repeat(65)}));
    assert_eq!(long, "/dependencies/0/input: has 65 characters; at most 64 are allowed");
    assert!(said(json!({"task_id": "a", "input": "a\nb"})).contains("no line breaks"));
    assert!(said(json!({"task_id": "a", "input": ""})).contains("is empty; 1 to 64 characters are needed"));
    assert!(said(json!({"task_id": "a", "type": "dta"})).contains("did you mean `data`?"));
}
