use mainstay_plugin::Failure;
use serde_json::{Value, json};

use crate::testing::{
    Host, complete, delivery, done, each, hint, host, refused, rows, shop, status, subtask, task, text,
};

fn with(id: &str, field: &str, value: Value) -> Value {
    let mut arguments = delivery(id);
    arguments[field] = value;
    arguments
}

fn problem(host: &mut Host, arguments: Value) -> String {
    let failure = refused(host, "complete_task", arguments);
    assert!(matches!(failure, Failure::InvalidArguments(_)), "{failure:?}");
    failure.to_string()
}

#[test]
fn a_delivery_completes_the_task_and_recommends_the_next() {
    let mut host = host();
    shop(&mut host);
    let answer = complete(&mut host, "design");
    assert_eq!(answer["status"], "completed");
    let plan = json!({"task_id": "shop", "title": "Build a shop", "status": "active", "finished": 1, "total": 3,
        "ready_to_synthesize": false});
    assert_eq!(answer["parent"], plan);
    assert_eq!(each(&answer["next_recommended_tasks"], "task_id"), ["build"]);
    assert_eq!(answer["next"], "orchestrator_execute_task {\"task_id\": \"build\"}");
}

#[test]
fn the_work_is_kept_as_an_artifact_that_is_named() {
    let mut host = host();
    task(&mut host, "a");
    let arguments = json!({"task_id": "a", "summary": "s", "detailed_work": "w", "next_action": "continue",
        "artifact_type": "code", "file_paths": ["src/a.rs"], "legacy_artifacts": ["old.md"]});
    let answer = done(&mut host, "complete_task", arguments.clone());
    let id = answer["artifact_id"].as_str().expect("an id");
    assert!(id.starts_with("artifact_") && id.len() == "artifact_".len() + 8, "{id}");
    assert_eq!(answer["artifact_uri"], format!("orchestrator://artifacts/{id}"));
    let page = text(&mut host, "complete_task", arguments);
    assert!(page.starts_with(&format!("`a` is completed: orchestrator://artifacts/{id}\n")), "{page}");
    assert_eq!((rows(&host, "artifact"), rows(&host, "artifact_file")), (1, 2));
}

#[test]
fn the_last_part_makes_the_plan_ready_to_be_synthesized() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    complete(&mut host, "build");
    let answer = complete(&mut host, "check");
    assert_eq!(answer["parent"]["ready_to_synthesize"], true);
    let next = "all parts of `shop` are finished: orchestrator_synthesize_results {\"parent_task_id\": \"shop\"}";
    assert_eq!(answer["next"], next);
    assert_eq!(status(&host, "shop"), "active");
}

#[test]
fn work_that_needs_revision_is_pending_again_and_counted() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    let answer = done(&mut host, "complete_task", with("design", "next_action", json!("needs_revision")));
    assert_eq!((&answer["status"], &answer["revisions"]), (&json!("pending"), &json!(1)));
    assert_eq!(answer["parent"]["finished"], 0);
    assert_eq!(refused(&mut host, "execute_task", json!({"task_id": "build"})).code(), "open-dependencies");
    let shown = text(&mut host, "complete_task", with("design", "detailed_work", json!("better")));
    assert!(shown.starts_with("`design` is completed: "), "{shown}");
    assert_eq!(rows(&host, "artifact"), 2);
}

#[test]
fn blocked_work_is_parked_and_not_completed() {
    let mut host = host();
    shop(&mut host);
    let answer = done(&mut host, "complete_task", with("design", "next_action", json!("blocked")));
    assert_eq!(answer["status"], "blocked");
    assert_eq!(answer["next_recommended_tasks"], json!([]));
    assert_eq!(answer["parent"]["finished"], 0);
    let failure = refused(&mut host, "complete_task", delivery("design"));
    assert_eq!(failure.code(), "illegal-transition");
    assert!(hint(&failure).contains("orchestrator_execute_task"), "{failure:?}");
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(complete(&mut host, "design")["status"], "completed");
}

#[test]
fn nothing_is_completed_before_its_prerequisites() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "complete_task", delivery("build"));
    assert_eq!(failure.code(), "open-dependencies");
    assert!(failure.to_string().contains("`design` (Title of design, pending)"), "{failure}");
    assert_eq!(rows(&host, "artifact"), 0);
}

#[test]
fn a_plan_is_not_completed_before_its_parts() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "complete_task", delivery("shop"));
    assert_eq!(failure.code(), "open-parts");
    assert!(failure.to_string().starts_with("`shop` is a plan with 3 open parts: `design`"), "{failure}");
}

#[test]
fn the_same_delivery_again_gets_the_same_answer_and_changes_nothing() {
    let mut host = host();
    shop(&mut host);
    let first = complete(&mut host, "design");
    host.fresh_instance();
    assert_eq!(complete(&mut host, "design"), first);
    assert_eq!(done(&mut host, "complete_subtask", delivery("design")), first);
    assert_eq!(rows(&host, "artifact"), 1);
    let back = with("build", "next_action", json!("needs_revision"));
    let first = done(&mut host, "complete_task", back.clone());
    assert_eq!(done(&mut host, "complete_task", back), first);
    assert_eq!(first["revisions"], 1);
}

#[test]
fn another_delivery_for_a_completed_task_is_refused() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    for (field, value) in [("detailed_work", "other"), ("summary", "other"), ("next_action", "needs_revision")] {
        let failure = refused(&mut host, "complete_task", with("design", field, json!(value)));
        assert_eq!(failure.code(), "already-completed", "{field}");
        assert!(hint(&failure).contains("follow-up"), "{failure:?}");
    }
    assert_eq!(rows(&host, "artifact"), 1);
}

#[test]
fn a_task_outside_any_plan_has_no_parent_and_ready_work_is_found_elsewhere() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    let answer = complete(&mut host, "a");
    assert!(answer["parent"].is_null());
    assert_eq!(each(&answer["next_recommended_tasks"], "task_id"), ["b"]);
    let answer = complete(&mut host, "b");
    assert!(answer["next"].as_str().expect("text").starts_with("nothing is ready"));
}

#[test]
fn an_unknown_task_is_not_completed() {
    let mut host = host();
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": [subtask("arch_1", "architect", &[])]}));
    let failure = refused(&mut host, "complete_task", delivery("arch_2"));
    assert_eq!(failure.code(), "unknown-task");
    assert!(hint(&failure).contains("`arch_1`"), "{failure:?}");
}

#[test]
fn limits_are_told_with_their_numbers() {
    let mut host = host();
    task(&mut host, "a");
    let long = problem(&mut host, with("a", "summary", json!("ä".repeat(4001))));
    assert_eq!(long, "/summary: has 4001 characters; at most 4000 are allowed");
    let huge = problem(&mut host, with("a", "detailed_work", json!("x".repeat(4 * 1024 * 1024 + 1))));
    assert!(huge.starts_with("/detailed_work: has 4194305 bytes; at most 4194304 are allowed in one call"), "{huge}");
    assert!(huge.contains("orchestrator_artifacts (action write, then append)"), "{huge}");
    let many = problem(&mut host, with("a", "file_paths", json!(vec!["f"; 201])));
    assert_eq!(many, "/file_paths: has 201 items; at most 200 are allowed");
    done(&mut host, "complete_task", with("a", "detailed_work", json!("x".repeat(4 * 1024 * 1024))));
}

#[test]
fn empty_text_and_nul_characters_are_refused_by_field() {
    let mut host = host();
    task(&mut host, "a");
    for field in ["summary", "detailed_work"] {
        assert!(problem(&mut host, with("a", field, json!(" "))).starts_with(&format!("/{field}: is empty")));
        assert!(problem(&mut host, with("a", field, json!("a\0b"))).starts_with(&format!("/{field}: contains a NUL")));
    }
    let nul = problem(&mut host, with("a", "file_paths", json!(["good", "a\0b"])));
    assert!(nul.starts_with("/file_paths/1: contains a NUL"), "{nul}");
    assert_eq!(status(&host, "a"), "pending");
}

#[test]
fn a_word_that_is_none_names_those_that_are() {
    let mut host = host();
    task(&mut host, "a");
    let problem = problem(&mut host, with("a", "next_action", json!("completed")));
    assert!(problem.contains("did you mean `complete`?"), "{problem}");
}

#[test]
fn the_answer_is_short() {
    let mut host = host();
    let parts: Vec<_> = (0..50).map(|i| subtask(&format!("subtask_{i:02}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "plan_of_fifty", "description": "d", "subtasks": parts}));
    let page = text(&mut host, "complete_task", delivery("subtask_00"));
    assert!(
        page.contains("Plan `plan_of_fifty`: 1 of 50 finished; also ready: subtask_02, subtask_03\nNext: "),
        "{page}"
    );
    assert!(page.len() < 260, "{} bytes: {page}", page.len());
}

#[test]
fn the_most_that_is_allowed_is_taken_and_one_more_is_not() {
    let mut host = host();
    let paths = |count: usize, length: usize| json!(vec!["é".repeat(length); count]);
    let items = "has 201 items; at most 200 are allowed";
    let characters = "has 4097 characters; at most 4096 are allowed";
    for (index, (field, most, more, said)) in [
        ("summary", json!("é".repeat(4000)), json!("é".repeat(4001)), "has 4001 characters; at most 4000 are allowed"),
        ("file_paths", paths(200, 1), paths(201, 1), items),
        ("legacy_artifacts", paths(200, 1), paths(201, 1), items),
        ("file_paths", paths(1, 4096), paths(1, 4097), characters),
        ("legacy_artifacts", paths(1, 4096), paths(1, 4097), characters),
        ("agent", json!("é".repeat(128)), json!("é".repeat(129)), "has 129 characters; at most 128 are allowed"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("t{index}");
        task(&mut host, &id);
        let problem = problem(&mut host, with(&id, field, more));
        assert!(problem.starts_with(&format!("/{field}")) && problem.ends_with(said), "{problem}");
        assert_eq!(done(&mut host, "complete_task", with(&id, field, most))["status"], "completed", "{field}");
    }
}
