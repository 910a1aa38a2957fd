use serde_json::{Value, json};

use crate::testing::{done, each, host, rows, shop, status, subtask, task, text};

#[test]
fn a_plan_is_stored_with_its_parts_in_the_older_form() {
    let mut host = host();
    let subtasks = r#"[
        {"task_id": "arch_1", "title": "Design", "description": "d", "specialist_type": "architect"},
        {"title": "Build", "description": "d", "specialist_type": "implementer", "dependencies": ["arch_1"],
         "estimated_effort": "2 h"}]"#;
    let arguments = json!({"description": "Build a URL shortener", "subtasks_json": subtasks,
        "complexity_level": "moderate", "context": "demo"});
    let planned = done(&mut host, "plan_task", arguments);
    let plan = planned["task_id"].as_str().expect("an id").to_owned();
    assert!(is_made_id(&plan), "{plan}");
    assert_eq!(planned["parent_task_id"], plan);
    assert_eq!(planned["title"], "Build a URL shortener");
    assert_eq!(each(&planned["subtasks"], "title"), ["Design", "Build"]);
    assert_eq!(planned["subtasks"][1]["dependencies"], json!(["arch_1"]));
    assert!(is_made_id(planned["subtasks"][1]["task_id"].as_str().expect("an id")));
    assert_eq!(each(&planned["ready_to_execute"], "task_id"), ["arch_1"]);
}

fn is_made_id(id: &str) -> bool {
    id.strip_prefix("task_").is_some_and(|hex| hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[test]
fn both_ways_of_giving_subtasks_store_the_same() {
    let stored = |form: fn(Vec<Value>) -> Value| {
        let mut host = host();
        let mut arguments = form(vec![subtask("a", "coder", &[]), subtask("b", "tester", &["a"])]);
        arguments["description"] = json!("d");
        done(&mut host, "plan_task", arguments)
    };
    let as_text = stored(|subtasks| json!({"subtasks_json": Value::from(subtasks).to_string()}));
    assert_eq!(as_text, stored(|subtasks| json!({"subtasks": subtasks})));
}

#[test]
fn one_task_is_stored_in_the_newer_form() {
    let mut host = host();
    task(&mut host, "before");
    let arguments = json!({"title": "Deploy", "description": "to production", "task_type": "deployment",
        "complexity": "trivial", "specialist_type": "devops", "estimated_effort": "1 hour",
        "due_date": "2026-03-01", "context": {"region": "eu"}, "dependencies": ["before"]});
    let planned = done(&mut host, "plan_task", arguments);
    assert_eq!((&planned["status"], &planned["specialist_type"]), (&json!("pending"), &json!("devops")));
    assert!(planned["parent_task_id"].is_null());
    assert_eq!(planned["subtasks"], json!([]));
    assert_eq!(planned["next"], "nothing yet: it waits for `before` (Title of before, pending)");
    crate::testing::complete(&mut host, "before");
    let briefing = done(&mut host, "execute_task", json!({"task_id": planned["task_id"]}))["briefing"].clone();
    assert_eq!(briefing["due_date"], "2026-03-01");
    assert_eq!(briefing["context"], "{\"region\":\"eu\"}");
    assert_eq!((&briefing["task_type"], &briefing["complexity"]), (&json!("deployment"), &json!("trivial")));
}

#[test]
fn a_task_can_be_added_to_a_plan() {
    let mut host = host();
    shop(&mut host);
    let added = json!({"task_id": "announce", "title": "t", "description": "d", "parent_task_id": "shop"});
    let planned = done(&mut host, "plan_task", added);
    assert_eq!(planned["parent_task_id"], "shop");
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!(session["open_plans"][0]["total"], 4);
}

#[test]
fn plans_nest() {
    let mut host = host();
    shop(&mut host);
    let inner = json!({"task_id": "inner", "description": "d", "parent_task_id": "shop",
        "subtasks": [subtask("x", "coder", &[]), subtask("y", "coder", &["x", "design"])]});
    assert_eq!(done(&mut host, "plan_task", inner)["parent_task_id"], "inner");
    assert_eq!(status(&host, "y"), "pending");
    assert_eq!(rows(&host, "task"), 7);
}

#[test]
fn five_hundred_subtasks_fit_in_one_call_and_the_answer_stays_short() {
    let mut host = host();
    let id = |i: usize| format!("t{i:03}");
    let parts: Vec<_> = (0..500)
        .map(|i| match i {
            0 => subtask(&id(0), "coder", &[]),
            i => subtask(&id(i), "coder", &[&id(i - 1)]),
        })
        .collect();
    let arguments = json!({"task_id": "big", "description": "d", "subtasks": parts});
    let answer = text(&mut host, "plan_task", arguments);
    assert!(answer.contains("with 500 subtasks") && answer.contains("t099 and 400 more"), "{answer}");
    assert!(answer.len() < 1_000, "{} bytes", answer.len());
    assert_eq!((rows(&host, "task"), rows(&host, "dependency")), (501, 499));
}

#[test]
fn the_answer_says_what_to_do_next() {
    let mut host = host();
    let planned = shop(&mut host);
    assert_eq!(
        planned["next"],
        "orchestrator_execute_task {\"task_id\": \"design\"}; when all parts are finished, \
         orchestrator_synthesize_results {\"parent_task_id\": \"shop\"}"
    );
}

#[test]
fn a_part_that_is_added_comes_last_whatever_was_deleted() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "delete_task", json!({"task_id": "design", "archive_instead": false, "force": true}));
    let more = json!({"task_id": "more", "title": "t", "description": "d", "parent_task_id": "shop"});
    done(&mut host, "plan_task", more);
    let position = |id: &str| {
        let sql = "SELECT position FROM task WHERE id = ?1";
        host.host().connection().query_row(sql, [id], |row| row.get::<_, i64>(0)).expect("a task")
    };
    assert_eq!(["build", "check", "more"].map(position), [1, 2, 3]);
}
