use serde_json::json;

use crate::testing::{complete, delivery, done, each, hint, host, refused, shop, status, subtask, task, text};

#[test]
fn a_plan_that_is_partly_done_says_what_is_missing_and_stays_open() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let synthesis = done(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    assert_eq!(synthesis["complete"], false);
    assert_eq!((&synthesis["completed"], &synthesis["total"]), (&json!(1), &json!(3)));
    assert_eq!(each(&synthesis["missing"], "task_id"), ["build", "check"]);
    assert_eq!(synthesis["next"], "orchestrator_execute_task {\"task_id\": \"build\"}");
    assert_eq!(status(&host, "shop"), "active");
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    assert!(page.contains("1 of 3 parts are completed. The plan is not completed."), "{page}");
    assert!(page.contains("## Missing\n- `build`"), "{page}");
}

#[test]
fn a_plan_that_is_done_is_completed_with_its_results_by_specialist() {
    let mut host = host();
    shop(&mut host);
    let design = complete(&mut host, "design")["artifact_uri"].clone();
    complete(&mut host, "build");
    complete(&mut host, "check");
    let synthesis = done(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    assert_eq!((&synthesis["complete"], &synthesis["status"]), (&json!(true), &json!("completed")));
    assert_eq!(each(&synthesis["results"], "specialist_type"), ["architect", "implementer", "tester"]);
    let first = json!({"task_id": "design", "title": "Title of design", "status": "completed",
        "summary": "Summary of design", "artifact_uri": design});
    assert_eq!(synthesis["results"][0]["tasks"][0], first);
    assert_eq!(synthesis["missing"], json!([]));
    assert_eq!(status(&host, "shop"), "completed");
}

#[test]
fn artifacts_are_named_and_the_text_says_where_they_are() {
    let mut host = host();
    shop(&mut host);
    let id = complete(&mut host, "design")["artifact_id"].clone();
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    assert!(
        page.contains("In brackets: the artifact with the whole, orchestrator://artifacts/{artifact_id}."),
        "{page}"
    );
    let line = format!("- `design` Title of design: Summary of design [{}]\n", id.as_str().expect("an id"));
    assert!(page.contains(&line), "{page}");
}

#[test]
fn a_completed_plan_can_be_read_again() {
    let mut host = host();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": [subtask("a", "coder", &[])]}));
    complete(&mut host, "a");
    let first = done(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert_eq!(done(&mut host, "synthesize_results", json!({"parent_task_id": "p"})), first);
}

#[test]
fn blocked_work_and_work_to_be_revised_are_missing() {
    let mut host = host();
    let parts = [subtask("a", "coder", &[]), subtask("b", "coder", &[])];
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    for (id, action) in [("a", "blocked"), ("b", "needs_revision")] {
        let mut arguments = delivery(id);
        arguments["next_action"] = json!(action);
        done(&mut host, "complete_task", arguments);
    }
    let synthesis = done(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert_eq!(each(&synthesis["missing"], "status"), ["blocked", "pending"]);
    assert_eq!(synthesis["complete"], false);
}

#[test]
fn parts_that_were_given_up_do_not_hold_the_plan_and_do_not_count_as_done() {
    let mut host = host();
    let parts = [subtask("a", "coder", &[]), subtask("b", "coder", &[])];
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    complete(&mut host, "a");
    host.host().connection().execute("UPDATE task SET status = 'cancelled' WHERE id = 'b'", []).expect("a change");
    let synthesis = done(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert_eq!((&synthesis["completed"], &synthesis["given_up"]), (&json!(1), &json!(1)));
    assert_eq!(synthesis["status"], "completed");
}

#[test]
fn a_plan_within_a_plan_leads_on_to_the_one_above() {
    let mut host = host();
    task(&mut host, "top");
    let inner = json!({"task_id": "inner", "description": "d", "parent_task_id": "top",
        "subtasks": [subtask("a", "coder", &[])]});
    done(&mut host, "plan_task", inner);
    complete(&mut host, "a");
    let synthesis = done(&mut host, "synthesize_results", json!({"parent_task_id": "inner"}));
    assert!(synthesis["next"].as_str().expect("text").contains("\"parent_task_id\": \"top\""), "{synthesis}");
    let top = done(&mut host, "synthesize_results", json!({"parent_task_id": "top"}));
    assert_eq!(top["results"][0]["tasks"][0]["summary"], "Title of a: Summary of a");
}

#[test]
fn an_unknown_plan_is_a_failure() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "synthesize_results", json!({"parent_task_id": "shp"}));
    assert_eq!(failure.code(), "unknown-task");
    assert!(hint(&failure).contains("`shop`"), "{failure:?}");
}

#[test]
fn a_task_without_parts_is_no_plan() {
    let mut host = host();
    task(&mut host, "a");
    let failure = refused(&mut host, "synthesize_results", json!({"parent_task_id": "a"}));
    assert_eq!(failure.code(), "not-a-plan");
    assert!(hint(&failure).contains("orchestrator_complete_task"), "{failure:?}");
}

#[test]
fn a_large_plan_stays_readable() {
    let mut host = host();
    let ids: Vec<_> = (0..300).map(|i| format!("p{i:03}")).collect();
    let parts: Vec<_> = ids.iter().map(|id| subtask(id, "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    for id in &ids {
        let mut long = delivery(id);
        long["summary"] = json!("s".repeat(4000));
        done(&mut host, "complete_task", long);
    }
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert!(page.contains("100 more results are not shown"), "{}", page.len());
    assert!(page.len() < 80_000, "{} bytes", page.len());
}

#[test]
fn of_what_is_missing_fifty_parts_are_named_and_the_rest_is_counted() {
    let mut host = host();
    let parts: Vec<_> = (0..51).map(|i| subtask(&format!("p{i:02}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert!(page.contains("- `p49`") && !page.contains("- `p50`") && page.contains("\n- and 1 more\n"), "{page}");
    complete(&mut host, "p00");
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert!(page.contains("- `p50`") && !page.contains("- and "), "{page}");
}

#[test]
fn two_hundred_results_are_shown_and_the_rest_is_counted() {
    let mut host = host();
    let ids: Vec<_> = (0..201).map(|i| format!("p{i:03}")).collect();
    let parts: Vec<_> = ids.iter().map(|id| subtask(id, "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let finish = "UPDATE task SET status = 'completed', completed_at = 1 WHERE id LIKE 'p___%' AND id <> 'p200'";
    host.host().connection().execute(finish, []).expect("a change");
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert!(page.contains("- `p199`") && !page.contains("not shown"), "{page}");
    complete(&mut host, "p200");
    let page = text(&mut host, "synthesize_results", json!({"parent_task_id": "p"}));
    assert!(!page.contains("- `p200`") && page.contains("\n1 more results are not shown.\n"), "{page}");
}
