use serde_json::{Value, json};

use crate::testing::{Host, complete, delivery, done, each, hint, host, refused, shop, status, subtask, task, text};

fn ask(host: &mut Host, arguments: Value) -> Value {
    done(host, "what_next", arguments)
}

fn ready(host: &mut Host, arguments: Value) -> Vec<String> {
    each(&ask(host, arguments)["ready"], "task_id")
}

fn why(answer: &Value, id: &str) -> String {
    let ready = answer["ready"].as_array().expect("a list");
    let found = ready.iter().find(|advice| advice["task_id"] == id).expect("it is ready");
    found["why"].as_str().expect("a reason").to_owned()
}

fn set(host: &Host, sql: &str, id: &str) {
    let changed = host.host().connection().execute(sql, [id]).expect("SQL");
    assert_eq!(changed, 1, "{sql}");
}

fn prioritise(host: &Host, id: &str, priority: i64) {
    let sql = format!("UPDATE work SET priority = {priority} WHERE task = (SELECT seq FROM task WHERE id = ?1)");
    set(host, &sql, id);
}

fn deliver(host: &mut Host, id: &str, action: &str) {
    let mut delivery = delivery(id);
    delivery["next_action"] = json!(action);
    done(host, "complete_task", delivery);
}

#[test]
fn priority_comes_before_the_critical_path_and_that_before_effort_and_age() {
    let mut host = host();
    let plan = |id: &str, complexity: &str, after: &[&str]| json!({"task_id": id, "title": id, "description": "d", "complexity": complexity, "dependencies": after});
    for (id, complexity) in [
        ("old", "simple"),
        ("young", "simple"),
        ("chain", "moderate"),
        ("long", "very_complex"),
        ("rush", "trivial"),
        ("low", "moderate"),
    ] {
        done(&mut host, "plan_task", plan(id, complexity, &[]));
    }
    done(&mut host, "plan_task", plan("after", "complex", &["chain"]));
    done(&mut host, "plan_task", plan("last", "very_complex", &["after"]));
    done(&mut host, "plan_task", plan("also", "complex", &["rush"]));
    done(&mut host, "plan_task", plan("alike", "complex", &["old"]));
    done(&mut host, "plan_task", plan("alike_2", "moderate", &["young"]));
    prioritise(&host, "rush", 4);
    prioritise(&host, "low", 0);
    let answer = ask(&mut host, json!({"limit": 20}));
    let order = each(&answer["ready"], "task_id");
    assert_eq!(order, ["rush", "chain", "long", "old", "young", "low"]);
    assert_eq!(why(&answer, "rush"), "urgent priority, blocks 1 task, 4 h of work behind it");
    assert_eq!(why(&answer, "chain"), "blocks 1 task, 12 h of work behind it");
    assert_eq!(why(&answer, "long"), "about 8 h, nothing waits for it");
    assert_eq!(why(&answer, "low"), "lowest priority");
    assert_eq!(answer["next"], "orchestrator_execute_task {\"task_id\": \"rush\"}");
}

#[test]
fn of_equal_chains_the_shorter_task_and_then_the_older_one_comes_first() {
    let mut host = host();
    let plan = |id: &str, complexity: &str, after: &[&str]| json!({"task_id": id, "title": id, "description": "d", "complexity": complexity, "dependencies": after});
    done(&mut host, "plan_task", plan("large", "moderate", &[]));
    done(&mut host, "plan_task", plan("small", "simple", &[]));
    done(&mut host, "plan_task", plan("twin", "simple", &[]));
    done(&mut host, "plan_task", plan("behind", "simple", &["small", "twin"]));
    assert_eq!(ready(&mut host, json!({})), ["small", "twin", "large"]);
}

#[test]
fn what_waits_for_a_plan_waits_for_its_parts() {
    let mut host = host();
    task(&mut host, "alone");
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "p", "description": "d", "subtasks": [subtask("part", "coder", &[])]}),
    );
    done(&mut host, "plan_task", json!({"task_id": "q", "title": "t", "description": "d", "dependencies": ["p"]}));
    let answer = ask(&mut host, json!({}));
    assert_eq!(each(&answer["ready"], "task_id"), ["part", "alone"]);
    assert_eq!(why(&answer, "part"), "1 h of work behind it");
}

#[test]
fn due_dates_are_told() {
    let mut host = host();
    let days = [
        ("2025-12-31", "was due 2025-12-31"),
        ("2026-01-01T12:00Z", "due today"),
        ("2026-01-02", "due tomorrow"),
        ("2026-01-08", "due in 7 days"),
        ("2026-01-09", "about 1 h, nothing waits for it"),
    ];
    for (day, _) in days {
        let id = &day[..10];
        done(&mut host, "plan_task", json!({"task_id": id, "title": "t", "description": "d", "due_date": day}));
    }
    let answer = ask(&mut host, json!({"limit": 20}));
    for (day, expected) in days {
        assert_eq!(why(&answer, &day[..10]), expected);
    }
    host.host().advance(13 * 3_600_000);
    assert_eq!(why(&ask(&mut host, json!({"limit": 20})), "2026-01-01"), "was due today");
}

#[test]
fn own_claims_come_first_and_those_of_others_are_left_out() {
    let mut host = host();
    ["a", "b", "c"].into_iter().for_each(|id| drop(task(&mut host, id)));
    done(&mut host, "claim_task", json!({"task_id": "a", "agent": "ada"}));
    done(&mut host, "claim_task", json!({"task_id": "b", "agent": "bob"}));
    let answer = ask(&mut host, json!({"agent": "ada"}));
    assert_eq!(each(&answer["claimed"], "task_id"), ["a"]);
    assert_eq!(each(&answer["ready"], "task_id"), ["c"]);
    assert_eq!(answer["under_way"], json!([]));
    let next = answer["next"].as_str().expect("text");
    assert!(next.starts_with("go on with `a` and hand it in; orchestrator_claim_task"), "{next}");
    let shown = text(&mut host, "what_next", json!({"agent": "eve"}));
    let expected = "Ready, best first:\n- `c` (generic) Title of c: about 1 h, nothing waits for it\n\
        Next: orchestrator_claim_task {\"task_id\": \"c\", \"agent\": \"eve\"}.";
    assert_eq!(shown, expected);
}

#[test]
fn a_lease_that_is_over_counts_as_available_and_nothing_is_changed() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "claim_task", json!({"task_id": "a", "agent": "ada"}));
    assert_eq!(
        ask(&mut host, json!({}))["in_the_way"][0]["why"],
        "agent ada has it until 2026-01-01T00:30:00Z, 1 h of work with what waits for it"
    );
    host.host().advance(30 * 60_000);
    let answer = ask(&mut host, json!({"agent": "bob"}));
    assert_eq!(why(&answer, "a"), "the lease of who had it is over");
    assert_eq!(each(&ask(&mut host, json!({"agent": "ada"}))["claimed"], "task_id"), Vec::<String>::new());
    assert_eq!(status(&host, "a"), "active");
}

#[test]
fn overdue_claims_elsewhere_do_not_hide_what_is_ready_in_a_plan() {
    let mut host = host();
    let parts: Vec<_> = (0..60).map(|i| subtask(&format!("t{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    for i in 0..60 {
        done(&mut host, "claim_task", json!({"task_id": format!("t{i}"), "agent": format!("agent {}", i / 20)}));
    }
    shop(&mut host);
    host.host().advance(30 * 60_000);
    prioritise(&host, "design", 0);
    assert_eq!(ready(&mut host, json!({"plan_id": "shop"})), ["design"]);
}

#[test]
fn work_that_was_begun_without_a_claim_is_not_forgotten() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    let answer = ask(&mut host, json!({}));
    assert_eq!(each(&answer["under_way"], "task_id"), ["design"]);
    assert_eq!(answer["next"], "hand in `design`, which is active");
}

#[test]
fn if_nothing_is_ready_it_says_what_is_in_the_way() {
    let mut host = host();
    shop(&mut host);
    deliver(&mut host, "design", "blocked");
    let shown = text(&mut host, "what_next", json!({"plan_id": "shop"}));
    let expected = "Nothing is ready. In the way:\n\
        - `design` (architect) Title of design: blocked, 3 h of work with what waits for it\n\
        Progress: 0 of 3 done (0 %), 1.5 h to 4.5 h of work left (from estimates alone).\n\
        Next: nothing is ready: see to `design`.";
    assert_eq!(shown, expected);
    set(&host, "UPDATE task SET status = 'cancelled' WHERE id = ?1", "design");
    let answer = ask(&mut host, json!({}));
    assert_eq!(answer["in_the_way"][0]["task_id"], "design");
    assert_eq!(answer["in_the_way"][0]["why"], "cancelled, and 1 task waits for it in vain");
}

#[test]
fn a_plan_that_waits_for_something_outside_says_for_what() {
    let mut host = host();
    task(&mut host, "licence");
    let parts = [subtask("a", "coder", &[]), subtask("b", "coder", &[])];
    let plan = json!({"task_id": "p", "description": "d", "dependencies": ["licence"], "subtasks": parts});
    done(&mut host, "plan_task", plan);
    let answer = ask(&mut host, json!({"plan_id": "p"}));
    assert_eq!(each(&answer["in_the_way"], "task_id"), ["licence"]);
    assert_eq!(answer["in_the_way"][0]["why"], "pending, and 2 tasks wait for it");
    assert_eq!(ready(&mut host, json!({})), ["licence"]);
}

#[test]
fn a_plan_is_looked_into_at_every_depth() {
    let mut host = host();
    task(&mut host, "elsewhere");
    task(&mut host, "top");
    for (id, parent) in [("mid", "top"), ("low", "mid"), ("leaf", "low"), ("other", "mid")] {
        done(&mut host, "plan_task", json!({"task_id": id, "title": id, "description": "d", "parent_task_id": parent}));
    }
    prioritise(&host, "leaf", 3);
    assert_eq!(ready(&mut host, json!({"plan_id": "top"})), ["leaf", "other"]);
    assert_eq!(ready(&mut host, json!({"plan_id": "low"})), ["leaf"]);
    assert_eq!(refused(&mut host, "what_next", json!({"plan_id": "leaf"})).code(), "not-a-plan");
}

#[test]
fn what_is_begun_elsewhere_does_not_hide_what_is_begun_in_a_plan() {
    let mut host = host();
    shop(&mut host);
    let parts: Vec<_> = (0..250).map(|i| subtask(&format!("x{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "other", "description": "d", "subtasks": parts}));
    let begun = "UPDATE task SET status = 'active' WHERE children = 0";
    host.host().connection().execute(begun, []).expect("all begun");
    let answer = ask(&mut host, json!({"plan_id": "shop"}));
    assert_eq!(each(&answer["under_way"], "task_id"), ["design", "build", "check"]);
    assert_eq!(answer["next"], "hand in `design`, which is active");
}

#[test]
fn of_too_many_plans_it_is_said_that_some_were_not_looked_into() {
    let mut host = host();
    let parts: Vec<_> = (0..101).map(|i| subtask(&format!("p{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "top", "description": "d", "subtasks": parts}));
    for i in (0..101).rev() {
        let needs: &[&str] = if i == 100 { &[] } else { &["q100"] };
        done(
            &mut host,
            "plan_task",
            json!({"task_id": format!("q{i}"), "title": "q", "description": "d",
            "parent_task_id": format!("p{i}"), "dependencies": needs}),
        );
    }
    let answer = ask(&mut host, json!({"plan_id": "top"}));
    assert_eq!(answer["ready"], json!([]), "the only one is in the last plan");
    let next = answer["next"].as_str().expect("text");
    assert!(next.starts_with("nothing is ready in the first 100 open plans; ask for a plan further down"), "{next}");
    assert_eq!(ready(&mut host, json!({"plan_id": "p100"})), ["q100"]);
}

#[test]
fn a_role_is_found_behind_many_others() {
    let mut host = host();
    let coders = |from| (from..from + 300).map(|i| subtask(&format!("c{i}"), "coder", &[])).collect::<Vec<_>>();
    done(&mut host, "plan_task", json!({"task_id": "o", "description": "d", "subtasks": coders(0)}));
    let mut parts = coders(300);
    parts.push(subtask("t", "tester", &[]));
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    assert_eq!(ready(&mut host, json!({"specialist_type": "tester"})), ["t"]);
    assert_eq!(ready(&mut host, json!({"specialist_type": "tester", "plan_id": "p"})), ["t"]);
    let answer = ask(&mut host, json!({"specialist_type": "reviewer"}));
    assert_eq!(answer["ready"], json!([]));
    assert!(answer["next"].as_str().expect("text").contains("leave specialist_type out"), "{answer}");
    let failure = refused(&mut host, "what_next", json!({"specialist_type": "testr"}));
    assert!(failure.to_string().contains("/specialist_type") && failure.to_string().contains("tester"), "{failure}");
    done(&mut host, "update_task", json!({"task_id": "c0", "specialist_type": "reviewer"}));
    assert_eq!(ready(&mut host, json!({"specialist_type": "reviewer"})), ["c0"]);
}

#[test]
fn the_limit_is_one_to_twenty() {
    let mut host = host();
    (0..25).for_each(|i| drop(task(&mut host, &format!("t{i}"))));
    assert_eq!(ready(&mut host, json!({})).len(), 3);
    assert_eq!(ready(&mut host, json!({"limit": 20})).len(), 20);
    for limit in [0, 21, -1] {
        let failure = refused(&mut host, "what_next", json!({ "limit": limit }));
        assert_eq!(failure.to_string(), format!("/limit: is {limit}; 1 to 20 is allowed"));
    }
}

#[test]
fn a_plan_whose_parts_are_finished_is_to_be_synthesized() {
    let mut host = host();
    shop(&mut host);
    ["design", "build", "check"].into_iter().for_each(|id| drop(complete(&mut host, id)));
    for arguments in [json!({}), json!({"plan_id": "shop"})] {
        let answer = ask(&mut host, arguments);
        assert_eq!(each(&answer["ready_to_synthesize"], "task_id"), ["shop"]);
        assert_eq!(answer["next"], "orchestrator_synthesize_results {\"parent_task_id\": \"shop\"}");
    }
    done(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    let shown = text(&mut host, "what_next", json!({"plan_id": "shop"}));
    assert_eq!(shown, "Progress: 3 of 3 done.\nNext: nothing is left to do in this plan.");
}

#[test]
fn an_empty_workspace_leads_to_planning() {
    let mut host = host();
    let shown = text(&mut host, "what_next", json!({}));
    assert_eq!(shown, "Nothing is ready.\nNext: orchestrator_plan_task; there is no open work.");
    let failure = refused(&mut host, "what_next", json!({"plan_id": "nothing"}));
    assert!(hint(&failure).contains("orchestrator_get_status"), "{failure:?}");
}
