use serde_json::{Value, json};

use super::waits::LOOKED_AT;
use crate::testing::{chain, complete, done, each, hint, host, refused, shop, status, subtask, task};

#[test]
fn open_prerequisites_are_named_with_title_and_status() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    let failure = refused(&mut host, "execute_task", json!({"task_id": "build"}));
    assert_eq!(failure.code(), "open-dependencies");
    let expected = "`build` cannot be executed yet: it waits for `design` (Title of design, active)";
    assert_eq!(failure.to_string(), expected);
    assert!(hint(&failure).contains("orchestrator_get_status"));
    assert_eq!(status(&host, "build"), "pending");
}

#[test]
fn a_completed_prerequisite_opens_the_way() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    assert_eq!(done(&mut host, "execute_task", json!({"task_id": "build"}))["status"], "active");
}

#[test]
fn parts_wait_for_what_their_plan_waits_for() {
    let mut host = host();
    task(&mut host, "first");
    let second = json!({"task_id": "second", "description": "d", "dependencies": ["first"],
        "subtasks": [subtask("part", "coder", &[])]});
    done(&mut host, "plan_task", second);
    let failure = refused(&mut host, "execute_task", json!({"task_id": "part"}));
    assert!(failure.to_string().contains("waits for `first`"), "{failure}");
    assert_eq!(each(&done(&mut host, "get_status", json!({}))["ready_to_execute"], "task_id"), ["first"]);
    complete(&mut host, "first");
    assert_eq!(each(&done(&mut host, "get_status", json!({}))["ready_to_execute"], "task_id"), ["part"]);
    done(&mut host, "execute_task", json!({"task_id": "part"}));
}

#[test]
fn a_part_that_is_added_later_waits_as_well() {
    let mut host = host();
    task(&mut host, "first");
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "second", "title": "t", "description": "d", "dependencies": ["first"]}),
    );
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "late", "title": "t", "description": "d", "parent_task_id": "second"}),
    );
    assert_eq!(refused(&mut host, "execute_task", json!({"task_id": "late"})).code(), "open-dependencies");
    complete(&mut host, "first");
    done(&mut host, "execute_task", json!({"task_id": "late"}));
}

#[test]
fn what_depends_on_a_plan_waits_until_the_plan_is_synthesized() {
    let mut host = host();
    let plan = json!({"task_id": "plan", "description": "d", "subtasks": [subtask("part", "coder", &[])]});
    done(&mut host, "plan_task", plan);
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "after", "title": "t", "description": "d", "dependencies": ["plan"]}),
    );
    complete(&mut host, "part");
    assert_eq!(refused(&mut host, "execute_task", json!({"task_id": "after"})).code(), "open-dependencies");
    done(&mut host, "synthesize_results", json!({"parent_task_id": "plan"}));
    let briefing = done(&mut host, "execute_task", json!({"task_id": "after"}))["briefing"].clone();
    assert_eq!(briefing["prerequisites"][0]["summary"], "Title of part: Summary of part");
}

#[test]
fn many_open_prerequisites_are_not_all_named() {
    let mut host = host();
    let ids: Vec<_> = (0..30).map(|i| format!("p{i}")).collect();
    ids.iter().for_each(|id| drop(task(&mut host, id)));
    done(&mut host, "plan_task", json!({"task_id": "last", "title": "t", "description": "d", "dependencies": ids}));
    let failure = refused(&mut host, "execute_task", json!({"task_id": "last"})).to_string();
    assert!(failure.contains("`p9`") && !failure.contains("`p10`") && failure.ends_with("and others"), "{failure}");
}

fn wait_for(task: &str, prerequisite: &str) -> Value {
    json!({"task_id": task, "add_dependencies": [prerequisite]})
}

#[test]
fn a_chain_is_gone_through_up_to_a_number_of_tasks() {
    let mut host = host();
    chain(&mut host, LOOKED_AT - 1);
    let circle = refused(&mut host, "update_task", wait_for("t1", &format!("t{LOOKED_AT}"))).to_string();
    assert!(circle.contains("wait for each other for ever"), "{circle}");
    done(&mut host, "update_task", wait_for("t1", "held"));
}

#[test]
fn a_longer_chain_is_refused_with_what_to_do() {
    let mut host = host();
    chain(&mut host, LOOKED_AT);
    let failure = refused(&mut host, "update_task", wait_for("t1", "held"));
    assert_eq!(failure.code(), super::TOO_MANY);
    assert!(failure.to_string().starts_with("more than 10000 tasks wait for `t1` (Title of t1), "), "{failure}");
    assert!(hint(&failure).contains("a task further behind") && hint(&failure).contains("related"), "{failure}");
    done(&mut host, "update_task", wait_for("t2", "held"));
}

#[test]
fn what_waits_for_nothing_is_in_no_circle_however_long_the_chain() {
    let mut host = host();
    chain(&mut host, LOOKED_AT + 100);
    let before = host.host().steps();
    done(&mut host, "update_task", json!({"task_id": "t1", "add_dependencies": ["free", "done"]}));
    let part = json!({"title": "t", "description": "d", "parent_task_id": "t1", "dependencies": ["done"]});
    done(&mut host, "plan_task", part);
    // The ranks of what a change holds up are brought up to date, which has a bound of its own.
    let steps = host.host().steps() - before;
    assert!(steps < 10_000, "{steps}");
}
