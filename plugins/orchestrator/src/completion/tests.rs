use mainstay_plugin::{CompletionRequest, Completions, Plugin, Reference};
use serde_json::json;

use crate::testing::{Host, complete, done, host, shop, subtask};

fn suggestions(host: &mut Host, reference: Reference, argument: &str, value: &str) -> Completions {
    let request =
        CompletionRequest { reference, argument: argument.to_owned(), value: value.to_owned(), context: Vec::new() };
    host.read(|plugin, cx| plugin.complete(cx, &request)).expect("suggestions")
}

fn tasks(host: &mut Host, value: &str) -> Vec<String> {
    suggestions(host, Reference::Prompt("coder".to_owned()), "task_id", value).values
}

fn artifacts(host: &mut Host, value: &str) -> Vec<String> {
    let template = Reference::ResourceTemplate("orchestrator://artifacts/{artifact_id}".to_owned());
    suggestions(host, template, "artifact_id", value).values
}

#[test]
fn task_ids_are_completed_from_what_has_been_typed() {
    let mut host = host();
    shop(&mut host);
    assert_eq!(tasks(&mut host, "de"), ["design"]);
    assert_eq!(tasks(&mut host, "x"), [""; 0]);
    assert_eq!(tasks(&mut host, "100%"), [""; 0]);
}

#[test]
fn while_nothing_has_been_typed_ready_tasks_are_suggested() {
    let mut host = host();
    shop(&mut host);
    assert_eq!(tasks(&mut host, ""), ["design"]);
}

#[test]
fn artifact_ids_are_completed_newest_first_or_by_what_has_been_typed() {
    let mut host = host();
    shop(&mut host);
    let first = complete(&mut host, "design")["artifact_id"].as_str().expect("an id").to_owned();
    let second = complete(&mut host, "build")["artifact_id"].as_str().expect("an id").to_owned();
    assert_eq!(artifacts(&mut host, ""), [second, first.clone()]);
    assert_eq!(artifacts(&mut host, &first[..14]), [first]);
}

#[test]
fn other_workspaces_are_not_suggested() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert_eq!((tasks(&mut host, "d"), artifacts(&mut host, "artifact")), (Vec::new(), Vec::new()));
}

#[test]
fn a_caller_without_a_workspace_gets_no_suggestions() {
    let mut host = host();
    host.caller_mut().working_directory = None;
    assert_eq!(tasks(&mut host, ""), [""; 0]);
}

#[test]
fn a_hundred_suggestions_are_enough() {
    let mut host = host();
    let parts: Vec<_> = (0..150).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    let found = suggestions(&mut host, Reference::Prompt("coder".to_owned()), "task_id", "p");
    assert_eq!((found.values.len(), found.has_more, found.total), (100, true, None));
}

#[test]
fn there_is_nothing_to_suggest_for_anything_else() {
    let mut host = host();
    shop(&mut host);
    let unknown = suggestions(&mut host, Reference::Prompt("wizard".to_owned()), "task_id", "");
    assert_eq!((unknown.values, unknown.total), (Vec::new(), Some(0)));
    assert!(suggestions(&mut host, Reference::Prompt("coder".to_owned()), "other", "").values.is_empty());
}

#[test]
fn the_arguments_of_every_prompt_are_completed() {
    let mut host = host();
    host.host()
        .write_file("/home/user/project/x_roles.yaml", "plan: {role_definition: x}\ntest-pilot: {approach: x}\n");
    shop(&mut host);
    let mut of = |prompt: &str, argument: &str, value: &str| {
        suggestions(&mut host, Reference::Prompt(prompt.to_owned()), argument, value).values
    };
    assert_eq!(of("handover", "plan_id", ""), ["shop"]);
    assert_eq!(of("handover", "plan_id", "x"), [""; 0]);
    assert_eq!(of("review", "specialist_type", "test"), ["tester", "test-pilot"]);
    assert_eq!(of("review", "task_id", "b"), ["build"]);
    assert_eq!(of("role:plan", "task_id", "b"), ["build"]);
    assert_eq!(of("test-pilot", "task_id", ""), ["design"]);
    assert_eq!(of("plan", "goal", "b"), [""; 0]);
    complete(&mut host, "design");
    let done = suggestions(&mut host, Reference::Prompt("review".to_owned()), "task_id", "");
    assert_eq!(done.values, ["design"]);
}
