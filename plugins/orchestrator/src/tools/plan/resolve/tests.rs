use serde_json::{Value, json};

use crate::testing::{Host, complete, done, hint, host, refused, rows, shop, subtask, task};

fn plan_refused(host: &mut Host, subtasks: &[Value]) -> String {
    let before = (rows(host, "task"), rows(host, "event"));
    let failure = refused(host, "plan_task", json!({"task_id": "plan", "description": "d", "subtasks": subtasks}));
    assert_eq!((rows(host, "task"), rows(host, "event")), before, "nothing is stored");
    failure.to_string()
}

#[test]
fn a_cycle_is_refused_and_spelled_out() {
    let mut host = host();
    let parts = [subtask("a", "coder", &["c"]), subtask("b", "coder", &["a"]), subtask("c", "coder", &["b"])];
    let problem = plan_refused(&mut host, &parts);
    assert!(problem.starts_with("/subtasks/0/dependencies: "), "{problem}");
    assert!(problem.ends_with("a -> c -> b -> a"), "{problem}");
}

#[test]
fn a_task_cannot_depend_on_itself() {
    let mut host = host();
    let problem = plan_refused(&mut host, &[subtask("a", "coder", &["a"])]);
    assert_eq!(problem, "/subtasks/0/dependencies/0: a task cannot depend on itself");
    for itself in [json!("b"), json!({"task_id": "b", "type": "related"})] {
        let single = json!({"task_id": "b", "title": "t", "description": "d", "dependencies": [itself]});
        let problem = refused(&mut host, "plan_task", single).to_string();
        assert_eq!(problem, "/dependencies/0: a task cannot depend on itself");
    }
}

#[test]
fn a_part_cannot_wait_for_its_own_plan() {
    let mut host = host();
    let problem = plan_refused(&mut host, &[subtask("a", "coder", &["plan"])]);
    assert!(problem.starts_with("/subtasks/0/dependencies: "), "{problem}");
    assert!(problem.ends_with("plan -> a -> plan"), "{problem}");
}

#[test]
fn a_plan_cannot_wait_for_its_own_part() {
    let mut host = host();
    let plan = json!({"task_id": "plan", "description": "d", "dependencies": ["a"],
        "subtasks": [subtask("a", "coder", &[])]});
    let problem = refused(&mut host, "plan_task", plan).to_string();
    assert_eq!(problem, "/dependencies: `plan` cannot wait for its own part: plan -> a -> plan");
}

#[test]
fn a_task_cannot_wait_for_a_plan_above_it() {
    let mut host = host();
    task(&mut host, "top");
    done(&mut host, "plan_task", json!({"task_id": "mid", "title": "t", "description": "d", "parent_task_id": "top"}));
    let low =
        json!({"task_id": "low", "title": "t", "description": "d", "parent_task_id": "mid", "dependencies": ["top"]});
    let problem = refused(&mut host, "plan_task", low).to_string();
    assert!(problem.ends_with("low -> top -> mid -> low"), "{problem}");
}

#[test]
fn a_task_cannot_wait_for_what_waits_for_its_plan() {
    let mut host = host();
    task(&mut host, "first");
    let second = json!({"task_id": "second", "description": "d", "dependencies": ["first"],
        "subtasks": [subtask("part", "coder", &[])]});
    done(&mut host, "plan_task", second);
    let late = json!({"task_id": "late", "title": "t", "description": "d", "parent_task_id": "first",
        "dependencies": ["part"]});
    let problem = refused(&mut host, "plan_task", late).to_string();
    assert!(problem.ends_with("late -> part -> second -> first -> late"), "{problem}");
    let plan = json!({"task_id": "more", "description": "d", "parent_task_id": "first",
        "subtasks": [subtask("x", "coder", &["second"])]});
    let problem = refused(&mut host, "plan_task", plan).to_string();
    assert!(problem.ends_with("x -> second -> first -> more -> x"), "{problem}");
}

#[test]
fn waiting_for_a_sibling_is_fine() {
    let mut host = host();
    shop(&mut host);
    let more = json!({"task_id": "more", "title": "t", "description": "d", "parent_task_id": "shop",
        "dependencies": ["check"]});
    done(&mut host, "plan_task", more);
}

#[test]
fn parts_of_a_plan_have_titles_of_their_own() {
    let mut host = host();
    let mut double = subtask("b", "coder", &[]);
    double["title"] = "Title  of\na".into();
    let problem = plan_refused(&mut host, &[subtask("a", "coder", &[]), double]);
    assert!(problem.starts_with("/subtasks/1/title: `Title of a` is already the title of /subtasks/0"), "{problem}");
    shop(&mut host);
    let more = json!({"title": "Title of check", "description": "d", "parent_task_id": "shop"});
    let problem = refused(&mut host, "plan_task", more.clone()).to_string();
    assert!(problem.starts_with("/title: `Title of check` is already the title of `check`"), "{problem}");
    done(&mut host, "cancel_task", json!({"task_id": "check"}));
    done(&mut host, "plan_task", more);
}

#[test]
fn an_unknown_specialist_is_refused_with_the_nearest() {
    let mut host = host();
    let problem = plan_refused(&mut host, &[subtask("a", "documentor", &[])]);
    assert!(problem.starts_with("/subtasks/0/specialist_type: `documentor` is not a specialist"), "{problem}");
    assert!(problem.contains("did you mean `documenter`?"), "{problem}");
}

#[test]
fn unknown_dependencies_are_refused_by_name_with_the_nearest() {
    let mut host = host();
    shop(&mut host);
    let parts =
        [subtask("deploy", "devops", &["biuld"]), subtask("announce", "documenter", &["deploi", "ghost_of_old"])];
    let problem = plan_refused(&mut host, &parts);
    assert!(problem.contains("/subtasks/0/dependencies/0: there is no task `biuld`"), "{problem}");
    assert!(problem.contains("did you mean `build`?") && problem.contains("did you mean `deploy`?"), "{problem}");
    assert!(problem.contains("/subtasks/1/dependencies/1: there is no task `ghost_of_old`"), "{problem}");
}

#[test]
fn existing_tasks_can_be_depended_on_and_naming_one_twice_is_once() {
    let mut host = host();
    shop(&mut host);
    let parts = [subtask("deploy", "devops", &["check", "check"])];
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    assert_eq!(rows(&host, "dependency"), 3);
}

#[test]
fn naming_a_dependency_twice_in_different_ways_is_refused() {
    let mut host = host();
    task(&mut host, "a");
    for other in [json!({"task_id": "a", "type": "related"}), json!({"task_id": "a", "input": "schema"})] {
        let mut part = subtask("b", "coder", &[]);
        part["dependencies"] = json!(["a", other]);
        let problem = plan_refused(&mut host, &[part]);
        assert_eq!(problem, "/subtasks/0/dependencies/1: `a` is named twice, with another type or input");
    }
}

#[test]
fn what_is_done_is_no_obstacle() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let parts = [subtask("deploy", "devops", &["design"])];
    let planned = done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    assert_eq!(planned["ready_to_execute"][0]["task_id"], "deploy");
}

#[test]
fn what_will_never_be_completed_cannot_be_depended_on() {
    let mut host = host();
    task(&mut host, "a");
    host.host().connection().execute("UPDATE task SET status = 'cancelled' WHERE id = 'a'", []).expect("a change");
    let problem = plan_refused(&mut host, &[subtask("b", "coder", &["a"])]);
    assert_eq!(problem, "/subtasks/0/dependencies/0: `a` is cancelled and will never be completed");
}

#[test]
fn an_id_that_is_taken_is_refused_by_name() {
    let mut host = host();
    shop(&mut host);
    let problem = plan_refused(&mut host, &[subtask("x", "coder", &[]), subtask("build", "coder", &[])]);
    assert!(problem.starts_with("/subtasks/1/task_id: `build` is already a task of this workspace"), "{problem}");
}

#[test]
fn an_id_that_is_used_twice_in_one_call_is_refused() {
    let mut host = host();
    let problem = plan_refused(&mut host, &[subtask("x", "coder", &[]), subtask("x", "coder", &[])]);
    assert_eq!(problem, "/subtasks/1/task_id: `x` is already that of /subtasks/0");
    let problem = plan_refused(&mut host, &[subtask("plan", "coder", &[])]);
    assert_eq!(problem, "/subtasks/0/task_id: `plan` is already that of the plan");
}

#[test]
fn a_finished_plan_takes_no_more_parts() {
    let mut host = host();
    task(&mut host, "a");
    complete(&mut host, "a");
    let failure = refused(&mut host, "plan_task", json!({"title": "t", "description": "d", "parent_task_id": "a"}));
    assert_eq!(failure.code(), "parent-closed");
    assert!(hint(&failure).contains("new plan"), "{failure:?}");
}

#[test]
fn an_unknown_parent_is_refused_with_the_nearest() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "plan_task", json!({"title": "t", "description": "d", "parent_task_id": "shopp"}));
    assert_eq!(failure.code(), "unknown-task");
    assert!(hint(&failure).contains("`shop`"), "{failure:?}");
}

#[test]
fn a_tree_has_at_most_thirty_two_levels() {
    let mut host = host();
    task(&mut host, "level_1");
    for level in 2..=32 {
        let arguments = json!({"task_id": format!("level_{level}"), "title": "t", "description": "d",
            "parent_task_id": format!("level_{}", level - 1)});
        done(&mut host, "plan_task", arguments);
    }
    let deeper = json!({"title": "t", "description": "d", "parent_task_id": "level_32"});
    let problem = refused(&mut host, "plan_task", deeper).to_string();
    assert!(problem.starts_with("/parent_task_id: `level_32` is at depth 32"), "{problem}");
    let plan = json!({"description": "d", "parent_task_id": "level_31", "subtasks": [subtask("x", "coder", &[])]});
    assert!(refused(&mut host, "plan_task", plan).to_string().contains("beyond 32 levels"));
}
