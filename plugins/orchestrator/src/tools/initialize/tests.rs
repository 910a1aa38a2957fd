use serde_json::json;

use crate::testing::{complete, done, each, host, shop, subtask, text};

#[test]
fn a_session_begins_with_role_instructions_and_specialists() {
    let mut host = host();
    let session = done(&mut host, "initialize_session", json!({}));
    assert!(session["role"].as_str().expect("text").contains("orchestrator"));
    assert!(session["instructions"].as_str().expect("text").contains("orchestrator_plan_task"));
    let roles = each(&session["specialist_roles"], "specialist_type");
    assert_eq!(roles.len(), 12);
    assert!(roles.contains(&"architect".to_owned()) && roles.contains(&"implementer".to_owned()));
    assert_eq!((&session["open_plans"], &session["next"]), (&json!([]), &json!("orchestrator_plan_task")));
}

#[test]
fn open_plans_are_shown_with_their_progress() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let session = done(&mut host, "initialize_session", json!({}));
    let plan = json!({"task_id": "shop", "title": "Build a shop", "status": "active", "finished": 1, "total": 3,
        "ready_to_synthesize": false});
    assert_eq!(session["open_plans"], json!([plan]));
    assert!(session["next"].as_str().expect("text").contains("\"build\""));
    let page = text(&mut host, "initialize_session", json!({}));
    assert!(page.contains("- `shop` Build a shop: 1 of 3 parts finished"), "{page}");
}

#[test]
fn finished_plans_are_not_shown() {
    let mut host = host();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": [subtask("a", "coder", &[])]}));
    complete(&mut host, "a");
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!(session["next"], "orchestrator_synthesize_results {\"parent_task_id\": \"p\"}");
    done(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert_eq!(done(&mut host, "initialize_session", json!({}))["open_plans"], json!([]));
}

#[test]
fn many_open_plans_are_cut_to_the_newest() {
    let mut host = host();
    for i in 0..25 {
        let parts = [subtask(&format!("a{i}"), "coder", &[])];
        done(&mut host, "plan_task", json!({"task_id": format!("p{i}"), "description": "d", "subtasks": parts}));
    }
    let session = done(&mut host, "initialize_session", json!({}));
    let shown = each(&session["open_plans"], "task_id");
    assert_eq!((shown.len(), shown[0].as_str()), (20, "p24"));
    assert_eq!(session["more_open_plans"], true);
}

#[test]
fn a_home_that_nobody_asked_for_is_called_no_project() {
    let mut host = host();
    for top in ["/", "/root", "/home/ada", "C:\\Users\\ada"] {
        host.caller_mut().working_directory = Some(top.to_owned());
        let session = done(&mut host, "initialize_session", json!({}));
        assert_eq!(session["workspace"], top);
        let next = session["next"].as_str().expect("text");
        assert!(next.starts_with("This is no project: give working_directory"), "{next}");
        assert!(next.ends_with("\nOr, to stay here: orchestrator_plan_task"), "{next}");
        let page = text(&mut host, "initialize_session", json!({}));
        assert!(page.contains("\nNext: This is no project: "), "{page}");
        let asked = done(&mut host, "initialize_session", json!({"working_directory": top}));
        assert_eq!((&asked["workspace"], &asked["next"]), (&json!(top), &json!("orchestrator_plan_task")));
    }
    host.caller_mut().working_directory = Some("/home/ada/shop".to_owned());
    assert_eq!(done(&mut host, "initialize_session", json!({}))["next"], "orchestrator_plan_task");
}

#[test]
fn beginning_costs_a_model_little() {
    let page = text(&mut host(), "initialize_session", json!({}));
    assert!(page.len() < 1_200, "{} bytes: {page}", page.len());
}

#[test]
fn twenty_plans_are_shown_and_what_is_said_to_the_coordinator_is_cut() {
    let mut host = host();
    let said = |count: usize| format!("task_orchestrator: {{role_definition: {}}}\n", "é".repeat(count));
    let path = "/home/user/project/x_roles.yaml";
    // A point is added.
    host.host().write_file(path, &said(1499));
    for number in 0..21 {
        let parts = [subtask(&format!("a{number}"), "coder", &[])];
        done(&mut host, "plan_task", json!({"task_id": format!("p{number}"), "description": "d", "subtasks": parts}));
        if number == 19 {
            let session = done(&mut host, "initialize_session", json!({}));
            assert_eq!(
                (session["open_plans"].as_array().map(Vec::len), &session["more_open_plans"]),
                (Some(20), &json!(false))
            );
            assert_eq!(session["coordinator"], format!("{}.", "é".repeat(1499)));
        }
    }
    host.host().write_file(path, &said(1500));
    host.host().advance(10_000);
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!((session["open_plans"].as_array().map(Vec::len), &session["more_open_plans"]), (Some(20), &json!(true)));
    assert_eq!(session["coordinator"], format!("{}…", "é".repeat(1499)));
    assert!(text(&mut host, "initialize_session", json!({})).contains("- and older ones\n"));
}
