mod indexes;
mod scale;
mod size;

use mainstay_plugin::Plugin;
use mainstay_plugin::testing::Answered;
use serde_json::{Value, json};

use crate::Orchestrator;
use crate::testing::{Host, call, host};

/// The whole work of a plan, with mistakes on the way: everything clients would see of it.
fn story(mut between: impl FnMut(&mut Host)) -> Vec<(String, Answered)> {
    let mut host = host();
    let subtasks = r#"[
        {"task_id": "arch_1", "title": "Design", "description": "d", "specialist_type": "architect"},
        {"task_id": "impl_1", "title": "Build", "description": "d", "specialist_type": "implementer",
         "dependencies": ["arch_1"]},
        {"title": "Test", "description": "d", "specialist_type": "tester", "dependencies": ["impl_1"]}]"#;
    let delivery = |id: &str, action: &str| json!({"task_id": id, "summary": format!("{id} {action}"), "detailed_work": "w", "next_action": action});
    let plan = json!({"task_id": "plan", "description": "Build a URL shortener", "subtasks_json": subtasks});
    let calls = [
        ("initialize_session", json!({"working_directory": "/srv/shortener"})),
        ("plan_task", plan.clone()),
        ("plan_task", plan),
        ("execute_subtask", json!({"task_id": "impl_1"})),
        ("execute_subtask", json!({"task_id": "arch_1"})),
        ("complete_subtask", delivery("arch_1", "needs_revision")),
        ("execute_task", json!({"task_id": "arch_1"})),
        ("complete_task", delivery("arch_1", "complete")),
        ("complete_task", delivery("arch_1", "complete")),
        ("synthesize_results", json!({"parent_task_id": "plan"})),
        ("execute_task", json!({"task_id": "impl_1"})),
        ("complete_task", delivery("impl_1", "blocked")),
        ("get_status", json!({})),
        ("execute_task", json!({"task_id": "impl_1"})),
        ("complete_task", delivery("impl_1", "continue")),
        ("execute_task", json!({"task_id": "imp_1"})),
        ("plan_task", json!({"title": "Extra", "description": "d", "parent_task_id": "plan", "task_id": "extra"})),
        ("what_next", json!({"plan_id": "plan"})),
        ("claim_task", json!({"agent": "ada", "task_id": "extra"})),
        ("what_next", json!({"agent": "ada"})),
        ("execute_task", json!({"task_id": "extra"})),
        ("claim_task", json!({"agent": "ada", "action": "release"})),
        ("complete_task", delivery("extra", "complete")),
        ("synthesize_results", json!({"parent_task_id": "plan"})),
        ("get_status", json!({"include_completed": true})),
        ("show_board", json!({})),
        ("show_board", json!({"plan_id": "plan"})),
        ("session_status", json!({})),
        ("list_sessions", json!({"include_completed": true, "limit": 1})),
        ("resume_session", json!({"session_id": "session_0"})),
        ("cleanup_sessions", json!({"cleanup_type": "all"})),
        ("plan_task", json!({"title": "Later", "description": "d", "task_id": "later", "dependencies": ["extra"]})),
        (
            "update_task",
            json!({"task_id": "later", "priority": "high", "attributes": {"owner": "Ada"},
            "add_dependencies": [{"task_id": "impl_1", "input": "code"}]}),
        ),
        ("query_tasks", json!({"search_text": "build", "include_artifacts": true, "limit": 1})),
        ("query_tasks", json!({"task_id": "later"})),
        ("cancel_task", json!({"task_id": "later", "reason": "r"})),
        ("delete_task", json!({"task_id": "later"})),
        ("update_task", json!({"task_id": "later", "status": "active"})),
        ("artifacts", json!({"action": "write", "task_id": "extra", "name": "n", "content": "c"})),
        ("artifacts", json!({"task_id": "extra", "name": "n"})),
        ("artifacts", json!({"action": "list", "task_id": "extra"})),
        ("maintenance_coordinator", json!({"action": "scan_cleanup", "scope": "full_project"})),
        ("maintenance_coordinator", json!({"action": "validate_structure", "validation_level": "full_audit"})),
        ("maintenance_coordinator", json!({"action": "update_documentation"})),
        ("maintenance_coordinator", json!({"action": "prepare_handover"})),
    ];
    let calls = calls.into_iter().map(|(tool, arguments)| (format!("orchestrator_{tool}"), arguments));
    let heard = calls.chain(template_story()).map(|(tool, arguments)| {
        between(&mut host);
        let answer = call(&mut host, &tool, arguments);
        (tool, answer)
    });
    heard.collect()
}

/// A template from its first version to its end.
fn template_story() -> impl Iterator<Item = (String, Value)> {
    let content = "{metadata: {name: 'Ours'}, extends: 'bug_fix', hooks: {}}";
    let values = json!({"bug": "It fails", "observed": "It did not before"});
    let calls = [
        ("validate", json!({ "template_content": content })),
        ("validate", json!({"template_content": "{"})),
        ("create", json!({"template_id": "ours", "template_content": content})),
        ("list", json!({"include_metadata": true})),
        ("load", json!({"template_id": "ours"})),
        ("info", json!({"template_id": "ours"})),
        ("instantiate", json!({"template_id": "ours", "parameters": values})),
        ("instantiate", json!({"template_id": "ours", "parameters": values, "create_tasks": true})),
        ("install_examples", json!({})),
        ("install_default_library", json!({"category": "research"})),
        ("get_installation_status", json!({})),
        ("validate_all", json!({})),
        ("delete", json!({"template_id": "ours"})),
        ("uninstall", json!({"template_id": "experiment", "category": "builtin"})),
    ];
    calls.into_iter().map(|(tool, arguments)| (format!("template_{tool}"), arguments))
}

#[test]
fn a_fresh_instance_for_every_call_gives_the_same_answers() {
    let with_one_instance = story(|_| {});
    let with_many = story(Host::fresh_instance);
    assert_eq!(format!("{with_one_instance:#?}"), format!("{with_many:#?}"));
}

#[test]
fn every_answer_is_what_its_schema_says() {
    let tools = Orchestrator::tools();
    let mut checked = 0;
    for (name, answer) in story(|_| {}) {
        let Answered::Done(result) = answer else { continue };
        let tool = tools.iter().find(|tool| tool.definition().name == name).expect("it was called");
        let schema: Value = serde_json::from_str(&tool.answer_schema()).expect("JSON");
        let value: Value = serde_json::from_str(result.structured_content.as_ref().expect("content")).expect("JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let problems: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{name}: {problems:?} in {value:#}");
        checked += 1;
    }
    assert!(checked > 12, "{checked}");
}

#[test]
fn the_story_ends_as_it_should() {
    let heard = story(|_| {});
    let failed: Vec<_> =
        heard.iter().enumerate().filter(|(_, (_, answer))| matches!(answer, Answered::Failed(_))).collect();
    let indices: Vec<_> = failed.iter().map(|(index, _)| *index).collect();
    let expected = [2, 3, 15, 20, 29, 37];
    assert_eq!(
        indices, expected,
        "a duplicate plan, an open prerequisite, misspelt ids, a claimed task, a dead one: {failed:#?}"
    );
}

#[test]
fn what_is_published_is_always_the_same() {
    let surface = || {
        let tools = Orchestrator::tools();
        tools.iter().map(|tool| format!("{:?}", tool.definition())).collect::<Vec<_>>()
    };
    assert_eq!(surface(), surface());
}

#[test]
fn the_tools_are_these_in_this_order() {
    let tools = Orchestrator::tools();
    let names: Vec<_> = tools.iter().map(|tool| tool.definition().name.as_str()).collect();
    let expected = [
        "orchestrator_initialize_session",
        "orchestrator_plan_task",
        "orchestrator_execute_task",
        "orchestrator_complete_task",
        "orchestrator_synthesize_results",
        "orchestrator_get_status",
        "orchestrator_execute_subtask",
        "orchestrator_complete_subtask",
        "orchestrator_update_task",
        "orchestrator_delete_task",
        "orchestrator_cancel_task",
        "orchestrator_query_tasks",
        "orchestrator_claim_task",
        "orchestrator_what_next",
        "orchestrator_artifacts",
        "orchestrator_list_sessions",
        "orchestrator_resume_session",
        "orchestrator_session_status",
        "orchestrator_cleanup_sessions",
        "orchestrator_maintenance_coordinator",
        "orchestrator_show_board",
        "template_instantiate",
        "template_list",
        "template_info",
        "template_load",
        "template_create",
        "template_validate",
        "template_delete",
        "template_uninstall",
        "template_install_default_library",
        "template_install_examples",
        "template_get_installation_status",
        "template_validate_all",
        "orchestrator_export",
        "orchestrator_import",
    ];
    assert_eq!(names, expected);
}

#[test]
fn every_tool_is_described_and_closed_lists_are_enums() {
    for tool in Orchestrator::tools() {
        let definition = tool.definition();
        let name = &definition.name;
        assert!(definition.description.as_ref().is_some_and(|text| text.len() < 450), "{name}");
        let input: Value = serde_json::from_str(&definition.input_schema).expect("JSON");
        assert_eq!(input["type"], "object", "{name}");
        assert!(definition.title.is_some(), "{name}: a person sees it");
        assert_eq!(definition.output_schema, None, "{name}: no model reads it");
    }
    let tools = Orchestrator::tools();
    let plan: Value = serde_json::from_str(&tools[1].definition().input_schema).expect("JSON");
    assert_eq!(plan["required"], json!(["description"]));
    let properties = &plan["properties"];
    assert_eq!(properties["complexity_level"]["enum"], json!(["simple", "moderate", "complex", "very_complex"]));
    assert_eq!(properties["task_type"]["enum"].as_array().map(Vec::len), Some(11));
    assert_eq!(properties["specialist_type"]["type"], "string");
    assert_eq!(properties["context"]["type"], json!(["object", "string"]));
    assert!(properties["context"].get("default").is_none());
    let items = &properties["subtasks"]["items"];
    assert_eq!(items["required"], json!(["title", "description", "specialist_type"]));
    assert_eq!(items["additionalProperties"], false);
}

#[test]
fn only_what_shows_something_is_read_only() {
    let tools = Orchestrator::tools();
    let reading = tools.iter().filter(|tool| tool.definition().annotations.read_only);
    let names: Vec<_> = reading.map(|tool| tool.definition().name.as_str()).collect();
    let expected = [
        "orchestrator_get_status",
        "orchestrator_query_tasks",
        "orchestrator_what_next",
        "orchestrator_list_sessions",
        "orchestrator_session_status",
        "orchestrator_show_board",
        "template_list",
        "template_info",
        "template_load",
        "template_validate",
        "template_get_installation_status",
        "template_validate_all",
        "orchestrator_export",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_list_of_tools_costs_a_model_little() {
    let size = |tool: &mainstay_plugin::Tool<Orchestrator>| {
        let definition = tool.definition();
        definition.input_schema.len() + definition.description.as_ref().map_or(0, String::len)
    };
    // No client lists what is for the command line.
    let tools = Orchestrator::tools();
    let listed =
        tools.iter().filter(|tool| tool.definition().meta.as_ref().is_none_or(|meta| !meta.contains("operator")));
    let total: usize = listed.map(size).sum();
    assert!(total < 19_700, "{total} bytes");
}
