use serde_json::json;

use crate::testing::{complete, delivery, done, each, hint, host, refused, rows, shop, status, subtask, task, text};

#[test]
fn a_plan_is_cancelled_with_its_open_parts() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let answer = done(&mut host, "cancel_task", json!({"task_id": "shop", "reason": "no money"}));
    assert_eq!((&answer["status"], &answer["cancelled"]), (&json!("cancelled"), &json!(3)));
    let statuses = ["shop", "design", "build", "check"].map(|id| status(&host, id));
    assert_eq!(statuses, ["cancelled", "completed", "cancelled", "cancelled"]);
    let sql = "SELECT count(*) FROM event WHERE note = 'no money' AND current = 'cancelled'";
    assert_eq!(host.host().connection().query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(3));
    let page = text(&mut host, "cancel_task", json!({"task_id": "shop"}));
    assert!(page.starts_with("`shop` (Build a shop) was cancelled before."), "{page}");
}

#[test]
fn what_can_never_start_is_named_with_what_to_do() {
    let mut host = host();
    shop(&mut host);
    let answer = done(&mut host, "cancel_task", json!({"task_id": "design"}));
    assert_eq!(each(&answer["stranded"], "task_id"), ["build"]);
    let next = answer["next"].as_str().expect("text");
    let call = r#"orchestrator_update_task {"task_id": "build", "waive_dependencies": [{"task_id": "design", "#;
    assert!(next.contains(call), "{next}");
    let waive = json!({"task_id": "build", "waive_dependencies": [{"task_id": "design", "reason": "known"}]});
    done(&mut host, "update_task", waive);
    done(&mut host, "execute_task", json!({"task_id": "build"}));
}

#[test]
fn work_is_kept_unless_it_is_not_wanted() {
    let mut host = host();
    for id in ["a", "b"] {
        task(&mut host, id);
        let mut blocked = delivery(id);
        blocked["next_action"] = json!("blocked");
        blocked["file_paths"] = json!(["x.rs"]);
        done(&mut host, "complete_task", blocked);
    }
    assert_eq!(done(&mut host, "cancel_task", json!({"task_id": "a"}))["artifacts_removed"], 0);
    let answer = done(&mut host, "cancel_task", json!({"task_id": "b", "preserve_work": false}));
    assert_eq!(answer["artifacts_removed"], 1);
    assert_eq!((rows(&host, "artifact"), rows(&host, "artifact_file")), (1, 1));
}

#[test]
fn a_cancelled_part_lets_the_plan_be_synthesized() {
    let mut host = host();
    let parts = [subtask("a", "coder", &[]), subtask("b", "coder", &[])];
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    complete(&mut host, "a");
    let answer = done(&mut host, "cancel_task", json!({"task_id": "b"}));
    assert_eq!(answer["next"], "orchestrator_synthesize_results {\"parent_task_id\": \"p\"}");
}

#[test]
fn what_is_completed_is_not_cancelled_and_what_is_cancelled_is_not_completed() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    complete(&mut host, "a");
    assert_eq!(refused(&mut host, "cancel_task", json!({"task_id": "a"})).code(), "illegal-transition");
    done(&mut host, "cancel_task", json!({"task_id": "b"}));
    let failure = refused(&mut host, "complete_task", delivery("b"));
    assert_eq!(failure.code(), "illegal-transition");
    assert!(hint(&failure).contains("plan a new task"), "{failure:?}");
}

#[test]
fn a_reason_has_a_limit() {
    let mut host = host();
    task(&mut host, "a");
    let said = refused(&mut host, "cancel_task", json!({"task_id": "a", "reason": "x".repeat(1001)})).to_string();
    assert_eq!(said, "/reason: has 1001 characters; at most 1000 are allowed");
    assert_eq!(status(&host, "a"), "pending");
    done(&mut host, "cancel_task", json!({"task_id": "a", "reason": "é".repeat(1000)}));
    assert_eq!(status(&host, "a"), "cancelled");
}

#[test]
fn more_than_five_hundred_parts_take_more_than_one_call() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let first = done(&mut host, "cancel_task", json!({"task_id": "p"}));
    assert_eq!((&first["cancelled"], &first["open_parts_left"]), (&json!(500), &json!(true)));
    assert_eq!(first["next"], "call it again: more than 500 parts were open");
    let second = done(&mut host, "cancel_task", json!({"task_id": "p"}));
    assert_eq!((&second["cancelled"], &second["status"]), (&json!(1), &json!("cancelled")));
}

#[test]
fn a_plan_is_not_cancelled_while_another_session_works_on_a_part() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "claim_task", json!({"task_id": "design", "agent": "ada"}));
    let own = host.caller_mut().session.clone();
    host.caller_mut().session = "another".to_owned();
    let failure = refused(&mut host, "cancel_task", json!({"task_id": "shop"}));
    assert_eq!(failure.code(), "claimed");
    assert!(failure.to_string().contains("`design` (Title of design) is claimed by agent \"ada\""), "{failure}");
    assert_eq!(status(&host, "check"), "pending");
    host.caller_mut().session = own;
    assert_eq!(done(&mut host, "cancel_task", json!({"task_id": "shop"}))["cancelled"], 4);
}
