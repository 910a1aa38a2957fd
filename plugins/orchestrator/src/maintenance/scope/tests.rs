use serde_json::{Value, json};

use crate::testing::{Host, done, hint, host, refused, shop, subtask, task};

fn scan(host: &mut Host, scope: &str) -> Value {
    done(host, "maintenance_coordinator", json!({"action": "scan_cleanup", "scope": scope}))
}

fn another_plan(host: &mut Host) {
    host.caller_mut().session = "session-2".to_owned();
    let plan = json!({"task_id": "barn", "description": "d", "subtasks": [subtask("wood", "coder", &[])]});
    done(host, "plan_task", plan);
}

#[test]
fn a_session_is_about_the_plans_it_has_touched() {
    let mut host = host();
    shop(&mut host);
    another_plan(&mut host);
    assert_eq!(scan(&mut host, "current_session")["tasks_looked_at"], 2);
    host.caller_mut().session = "session-1".to_owned();
    assert_eq!(scan(&mut host, "current_session")["tasks_looked_at"], 4);
    assert_eq!(scan(&mut host, "full_project")["tasks_looked_at"], 6);
}

#[test]
fn a_session_that_has_done_nothing_is_about_all_open_plans_and_is_told() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "alone");
    host.caller_mut().session = "session-3".to_owned();
    let answer = scan(&mut host, "current_session");
    assert_eq!(answer["tasks_looked_at"], 5);
    assert!(answer["notes"][0].as_str().expect("a note").contains("all open plans"), "{answer}");
}

#[test]
fn one_task_is_looked_at_with_everything_below() {
    let mut host = host();
    shop(&mut host);
    let one = |id: &str| json!({"action": "scan_cleanup", "scope": "specific_subtask", "target_task_id": id});
    assert_eq!(done(&mut host, "maintenance_coordinator", one("shop"))["tasks_looked_at"], 4);
    assert_eq!(done(&mut host, "maintenance_coordinator", one("build"))["tasks_looked_at"], 1);
    assert!(hint(&refused(&mut host, "maintenance_coordinator", one("biuld"))).contains("`build`"));
    let missing = json!({"action": "scan_cleanup", "scope": "specific_subtask"});
    let failure = refused(&mut host, "maintenance_coordinator", missing);
    assert!(failure.to_string().starts_with("/target_task_id: is missing"), "{failure}");
}

#[test]
fn other_workspaces_are_never_looked_at() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    for scope in ["current_session", "full_project"] {
        assert_eq!(scan(&mut host, scope)["tasks_looked_at"], 0, "{scope}");
    }
}

#[test]
fn a_large_workspace_is_looked_at_bit_by_bit() {
    let mut host = host();
    for plan in 0..13 {
        let subtasks: Vec<_> = (0..500).map(|i| subtask(&format!("t{plan}_{i}"), "coder", &[])).collect();
        done(&mut host, "plan_task", json!({"task_id": format!("p{plan}"), "description": "d", "subtasks": subtasks}));
    }
    for scope in ["full_project", "current_session"] {
        let first = scan(&mut host, scope);
        assert_eq!((&first["tasks_looked_at"], &first["incomplete"]), (&json!(5_000), &json!(true)), "{scope}");
        assert!(first["next"].as_str().expect("text").ends_with("for the rest"), "{first}");
        host.fresh_instance();
        let second = scan(&mut host, scope);
        assert!(!second["incomplete"].as_bool().expect("a flag"), "{scope}");
        assert!(second["tasks_looked_at"].as_u64().expect("a number") >= 1_513, "{scope}: {second}");
        host.fresh_instance();
        assert_eq!(scan(&mut host, scope)["tasks_looked_at"], 5_000, "it begins anew");
    }
}

#[test]
fn a_session_is_about_a_thousand_plans_and_single_tasks_and_says_so() {
    let mut host = host();
    task(&mut host, "first");
    let tasks = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT OR IGNORE INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity,
            specialist, created_at, updated_at, description)
        SELECT i, 1, 't' || i, printf('%08x', i), 1, 0, 'Task ' || i, 'standard', 'pending', 'moderate', 'coder', 1, 1,
            'd' FROM n";
    host.caller_mut().session = "another".to_owned();
    for (count, is_cut) in [(1_000, false), (1_001, true)] {
        host.host().connection().execute(tasks, [count]).expect("tasks");
        let answer = scan(&mut host, "current_session");
        assert_eq!(answer["tasks_looked_at"], 1_000);
        assert_eq!(answer["notes"].to_string().contains("Only the oldest 1000 of them are looked at"), is_cut);
    }
    assert_eq!(scan(&mut host, "full_project")["tasks_looked_at"], 1_001);
}
