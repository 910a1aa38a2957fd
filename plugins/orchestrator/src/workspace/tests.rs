use serde_json::json;

use crate::testing::{Host, complete, done, each, hint, host, refused, rows, status, task};

fn as_session(host: &mut Host, session: &str, directory: Option<&str>) {
    host.caller_mut().session = session.to_owned();
    host.caller_mut().working_directory = directory.map(str::to_owned);
}

fn workspace(host: &mut Host) -> String {
    done(host, "get_status", json!({}))["workspace"].as_str().expect("a path").to_owned()
}

#[test]
fn without_an_argument_the_workspace_is_where_the_client_was_started() {
    let mut host = host();
    assert_eq!(done(&mut host, "initialize_session", json!({}))["workspace"], "/home/user/project");
    assert_eq!(workspace(&mut host), "/home/user/project");
}

#[test]
fn a_session_that_never_began_works_where_its_client_was_started() {
    let mut host = host();
    task(&mut host, "a");
    assert_eq!(workspace(&mut host), "/home/user/project");
    assert_eq!(rows(&host, "workspace"), 1);
}

#[test]
fn every_later_call_uses_the_workspace_that_was_named() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/shop/"}));
    task(&mut host, "a");
    host.fresh_instance();
    assert_eq!(workspace(&mut host), "/srv/shop");
    assert_eq!(done(&mut host, "execute_task", json!({"task_id": "a"}))["status"], "active");
}

#[test]
fn a_relative_directory_is_below_the_clients() {
    let mut host = host();
    let session = done(&mut host, "initialize_session", json!({"working_directory": "api"}));
    assert_eq!(session["workspace"], "/home/user/project/api");
}

#[test]
fn a_client_that_is_started_again_keeps_the_workspace_it_had_named() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/shop"}));
    task(&mut host, "a");
    as_session(&mut host, "session-2", Some("/home/user/project"));
    host.fresh_instance();
    assert_eq!(workspace(&mut host), "/srv/shop");
    complete(&mut host, "a");
    assert_eq!(status(&host, "a"), "completed");
}

#[test]
fn beginning_again_without_an_argument_returns_to_the_clients_directory_and_says_so() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/shop"}));
    as_session(&mut host, "session-2", Some("/home/user/project"));
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!(session["workspace"], "/home/user/project");
    assert_eq!(session["formerly"], "/srv/shop");
    let again = done(&mut host, "initialize_session", json!({}));
    assert!(again["formerly"].is_null());
}

#[test]
fn two_sessions_from_one_directory_keep_their_own_workspaces() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/one"}));
    as_session(&mut host, "session-2", Some("/home/user/project"));
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/two"}));
    assert_eq!(workspace(&mut host), "/srv/two");
    as_session(&mut host, "session-1", Some("/home/user/project"));
    assert_eq!(workspace(&mut host), "/srv/one");
}

#[test]
fn sessions_see_and_change_only_tasks_of_their_own_workspace() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/one"}));
    task(&mut host, "secret_task");
    as_session(&mut host, "session-2", None);
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/two"}));
    assert_eq!(done(&mut host, "get_status", json!({"include_completed": true}))["total"], 0);
    for (tool, arguments) in [
        ("execute_task", json!({"task_id": "secret_task"})),
        ("complete_task", crate::testing::delivery("secret_task")),
        ("synthesize_results", json!({"parent_task_id": "secret_task"})),
        ("plan_task", json!({"title": "t", "description": "d", "parent_task_id": "secret_task"})),
    ] {
        let failure = refused(&mut host, tool, arguments);
        assert_eq!(failure.code(), "unknown-task", "{tool}");
        assert!(!hint(&failure).contains("secret_task"), "{tool}: {failure:?}");
    }
    let failure =
        refused(&mut host, "plan_task", json!({"title": "t", "description": "d", "dependencies": ["secret_task"]}));
    assert!(failure.to_string().ends_with("in this call or workspace"), "{failure}");
    assert_eq!(status(&host, "secret_task"), "pending");
}

#[test]
fn the_same_id_may_be_used_in_two_workspaces() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/two"}));
    task(&mut host, "a");
    complete(&mut host, "a");
    done(&mut host, "initialize_session", json!({"working_directory": "/home/user/project"}));
    let tasks = done(&mut host, "get_status", json!({}))["ready_to_execute"].clone();
    assert_eq!(each(&tasks, "status"), ["pending"]);
}

#[test]
fn a_session_that_comes_from_nowhere_is_told_to_name_a_directory() {
    let mut host = host();
    as_session(&mut host, "session-2", None);
    for tool in ["initialize_session", "get_status"] {
        let failure = refused(&mut host, tool, json!({}));
        assert_eq!(failure.code(), "no-workspace");
        assert!(hint(&failure).contains("working_directory"), "{failure:?}");
    }
}

#[test]
fn a_directory_that_is_none_is_refused_by_name() {
    let mut host = host();
    for bad in ["", "~/shop", "file:///srv/shop", "a\0b", &"/x".repeat(3000)] {
        let failure = refused(&mut host, "initialize_session", json!({"working_directory": bad}));
        assert!(failure.to_string().starts_with("/working_directory: "), "{bad:?}: {failure}");
    }
}

#[test]
fn bindings_of_old_sessions_are_forgotten_in_time() {
    let mut host = host();
    for session in 0..30 {
        as_session(&mut host, &format!("session-{session:03}"), Some("/home/user/project"));
        done(&mut host, "initialize_session", json!({}));
    }
    host.host().advance(31 * 24 * 60 * 60 * 1000);
    as_session(&mut host, "session-", Some("/home/user/project"));
    done(&mut host, "initialize_session", json!({}));
    done(&mut host, "initialize_session", json!({}));
    let left = "SELECT count(*) FROM _mainstay_state WHERE key LIKE 'session/%'";
    let left: i64 = host.host().connection().query_row(left, [], |row| row.get(0)).expect("a count");
    assert_eq!(left, 1);
}

#[test]
fn the_binding_of_a_session_that_is_worked_in_is_kept() {
    let mut host = host();
    as_session(&mut host, "session-b", Some("/home/user/project"));
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/shop"}));
    for day in 0..40 {
        host.host().advance(24 * 60 * 60 * 1000);
        task(&mut host, &format!("t{day}"));
    }
    as_session(&mut host, "session-a", Some("/home/user/project"));
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    as_session(&mut host, "session-b", Some("/home/user/project"));
    assert_eq!(workspace(&mut host), "/srv/shop");
}

#[test]
fn a_directory_has_at_most_4096_characters() {
    let mut host = host();
    let named = |count: usize| json!({"working_directory": format!("/{}", "é".repeat(count - 1))});
    done(&mut host, "initialize_session", named(4096));
    let said = refused(&mut host, "initialize_session", named(4097)).to_string();
    assert_eq!(said, "/working_directory: has 4097 characters; at most 4096 are allowed");
}
