use mainstay_plugin::Answer;
use mainstay_plugin::bindings::exports::mainstay::plugin::tools::Root;
use serde_json::{Value, json};

use crate::testing::{Host, complete, done, each, hint, host, refused, rows, shop, subtask, task, text};

const DAY: u64 = 24 * 60 * 60 * 1000;

fn begin(host: &mut Host, client: &str) -> String {
    host.caller_mut().session = client.to_owned();
    host.caller_mut().client_name = format!("client {client}");
    done(host, "initialize_session", json!({}))["session_id"].as_str().expect("an id").to_owned()
}

fn ids(host: &mut Host, arguments: Value) -> Vec<String> {
    each(&done(host, "list_sessions", arguments)["sessions"], "session_id")
}

fn roots(uris: &[&str]) -> Vec<(&'static str, Answer)> {
    let root = |uri: &&str| Root { uri: (*uri).to_owned(), name: None };
    vec![("roots", Answer::Roots(uris.iter().map(root).collect()))]
}

#[test]
fn a_client_has_one_session_in_a_workspace_however_often_it_begins() {
    let mut host = host();
    let first = begin(&mut host, "a");
    assert!(first.len() == 16 && first.starts_with("session_"), "{first}");
    host.fresh_instance();
    assert_eq!(begin(&mut host, "a"), first);
    assert_ne!(begin(&mut host, "b"), first);
    assert_eq!(rows(&host, "session"), 2);
    let elsewhere = done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert!(elsewhere["session_id"].as_str().is_some_and(|id| id != first));
}

#[test]
fn a_client_with_roots_works_where_they_lead() {
    let mut host = host();
    let waiting = host.call("orchestrator_initialize_session", json!({})).expect_waiting();
    let answer = host.resume(waiting, roots(&["file:///srv/a", "file:///home/user/project%20x"]));
    assert_eq!(answer.expect_done()["workspace"], "/srv/a");
    let waiting = host.call("orchestrator_initialize_session", json!({})).expect_waiting();
    let answer = host.resume(waiting, roots(&["file:///srv/a", "file:///home/user"]));
    assert_eq!(answer.expect_done()["workspace"], "/home/user", "the client was started in it");
    let waiting = host.call("orchestrator_initialize_session", json!({})).expect_waiting();
    assert_eq!(host.resume(waiting, roots(&[])).expect_done()["workspace"], "/home/user/project");
    let named = host.call("orchestrator_initialize_session", json!({"working_directory": "/srv/b"}));
    assert_eq!(named.expect_done()["workspace"], "/srv/b", "nobody is asked");
}

#[test]
fn a_client_that_was_started_nowhere_works_where_its_roots_lead() {
    let mut host = host();
    host.caller_mut().working_directory = None;
    let waiting = host.call("orchestrator_initialize_session", json!({})).expect_waiting();
    assert_eq!(host.resume(waiting, roots(&["file:///srv/a"])).expect_done()["workspace"], "/srv/a");
}

#[test]
fn two_clients_in_one_workspace_see_each_others_tasks_at_once() {
    let mut host = host();
    begin(&mut host, "a");
    task(&mut host, "one");
    begin(&mut host, "b");
    complete(&mut host, "one");
    begin(&mut host, "a");
    assert!(text(&mut host, "get_status", json!({"include_completed": true})).contains("`one`"));
}

#[test]
fn sessions_are_listed_last_active_first_and_paged() {
    let mut host = host();
    shop(&mut host);
    let mut begun: Vec<_> = (0..25)
        .map(|i| {
            host.host().advance(u64::from(i % 2 == 0));
            begin(&mut host, &format!("c{i}"))
        })
        .collect();
    begun.reverse();
    let (mut seen, mut arguments) = (Vec::new(), json!({"limit": 7}));
    loop {
        let page = done(&mut host, "list_sessions", arguments.clone());
        seen.extend(each(&page["sessions"], "session_id"));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert!(page["next"].as_str().expect("text").contains(cursor));
        arguments = json!({"limit": 7, "cursor": cursor});
    }
    assert_eq!(seen, begun);
    assert_eq!(ids(&mut host, json!({})).len(), 10);
}

#[test]
fn wrong_arguments_are_refused_with_the_limits() {
    let mut host = host();
    begin(&mut host, "a");
    for (limit, cursor) in [(0, "1-1"), (101, "1-1"), (-1, "x"), (5, "x-y"), (5, "é")] {
        let failure = refused(&mut host, "list_sessions", json!({"limit": limit, "cursor": cursor}));
        let said = failure.to_string();
        assert!(said.contains("1 to 100 are allowed") || said.starts_with("/cursor: "), "{said}");
    }
    for days in [0, 3_651, -1] {
        let failure = refused(&mut host, "cleanup_sessions", json!({"older_than_days": days}));
        assert!(failure.to_string().contains("1 to 3650 are allowed"), "{failure}");
    }
    assert!(
        refused(&mut host, "cleanup_sessions", json!({"cleanup_type": "orphand"})).to_string().contains("orphaned")
    );
    for id in ["", "a b", "é", &"x".repeat(65), "a\0"] {
        for tool in ["resume_session", "session_status"] {
            let failure = refused(&mut host, tool, json!({"session_id": id}));
            assert!(failure.to_string().starts_with("/session_id: is no id"), "{failure}");
        }
    }
}

#[test]
fn an_unknown_session_is_refused_with_the_nearest() {
    let mut host = host();
    let id = begin(&mut host, "a");
    let wrong = format!("{}x", &id[..15]);
    for tool in ["resume_session", "session_status"] {
        let failure = refused(&mut host, tool, json!({"session_id": wrong}));
        assert_eq!(failure.code(), "unknown-session");
        assert!(hint(&failure).contains(&format!("`{id}`")), "{failure:?}");
    }
}

#[test]
fn resuming_shows_where_the_work_stands_and_what_happened_since() {
    let mut host = host();
    let first = begin(&mut host, "a");
    shop(&mut host);
    host.host().advance(DAY);
    begin(&mut host, "b");
    host.host().advance(1000);
    complete(&mut host, "design");
    done(&mut host, "execute_task", json!({"task_id": "build"}));
    host.caller_mut().session = "c".to_owned();
    host.fresh_instance();
    let page = text(&mut host, "resume_session", json!({"session_id": first}));
    for part in [
        &format!("Resumed `{first}` of client a (active, yours)"),
        "resumed 1x",
        "1 of 4 tasks settled (1 pending, 2 active, 1 completed)",
        "- `shop` Build a shop: 1 of 3 parts finished",
        "Under way:\n- `build`",
        "Since 2026-01-01:\n",
        "`design` status changed from pending to completed",
        "Next: orchestrator_execute_task {\"task_id\": \"build\"}.",
    ] {
        let part: &str = part;
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("`check` created"), "that is older: {page}");
    assert_eq!(begin(&mut host, "c"), first, "it is this client's session now");
}

#[test]
fn no_more_than_ten_events_are_told() {
    let mut host = host();
    let id = begin(&mut host, "a");
    host.caller_mut().session = "b".to_owned();
    host.host().advance(1);
    (0..12).for_each(|i| drop(task(&mut host, &format!("t{i}"))));
    let standing = done(&mut host, "resume_session", json!({"session_id": id}))["standing"].clone();
    assert_eq!(standing["events"].as_array().map(Vec::len), Some(10));
    assert_eq!(standing["more_events"], true);
}

#[test]
fn resuming_leads_to_the_sessions_workspace_and_other_tools_keep_to_ones_own() {
    let mut host = host();
    let id = begin(&mut host, "a");
    task(&mut host, "one");
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert!(!ids(&mut host, json!({})).contains(&id));
    assert_eq!(refused(&mut host, "session_status", json!({"session_id": id})).code(), "unknown-session");
    let resumed = done(&mut host, "resume_session", json!({"session_id": id}));
    assert_eq!(resumed["standing"]["workspace"], "/home/user/project");
    assert_eq!(done(&mut host, "get_status", json!({}))["workspace"], "/home/user/project");
}

#[test]
fn status_is_of_ones_own_session_unless_another_is_named() {
    let mut host = host();
    assert_eq!(refused(&mut host, "session_status", json!({})).code(), "no-session");
    let first = begin(&mut host, "a");
    let second = begin(&mut host, "b");
    let own = done(&mut host, "session_status", json!({}))["session"].clone();
    assert_eq!((&own["session_id"], &own["own"]), (&json!(second), &json!(true)));
    let other = done(&mut host, "session_status", json!({"session_id": first}))["session"].clone();
    assert_eq!((&other["session_id"], &other["own"]), (&json!(first), &json!(false)));
}

#[test]
fn whatever_changes_something_keeps_the_session_active() {
    let mut host = host();
    let id = begin(&mut host, "a");
    begin(&mut host, "b");
    host.caller_mut().session = "a".to_owned();
    host.host().advance(5_000);
    task(&mut host, "one");
    let line = done(&mut host, "session_status", json!({"session_id": id}))["session"].clone();
    assert_eq!(line["last_active_at"], "2026-01-01T00:00:05Z");
    assert_eq!(ids(&mut host, json!({}))[0], id);
}

#[test]
fn a_session_is_completed_when_nothing_is_open_and_nobody_was_there_for_a_day() {
    let mut host = host();
    let id = begin(&mut host, "a");
    shop(&mut host);
    host.host().advance(2 * DAY);
    let state = |host: &mut Host| done(host, "session_status", json!({"session_id": id}))["session"]["state"].clone();
    assert_eq!(state(&mut host), "active", "a plan is open");
    host.caller_mut().session = "b".to_owned();
    ["design", "build", "check"].into_iter().for_each(|part| drop(complete(&mut host, part)));
    done(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    assert_eq!(state(&mut host), "completed");
    let own = begin(&mut host, "b");
    assert_eq!(ids(&mut host, json!({})), [own.as_str()]);
    assert_eq!(ids(&mut host, json!({"include_completed": true})), [own, id.clone()]);
    task(&mut host, "more");
    assert_eq!(state(&mut host), "completed", "new work does not bring it back");
    host.caller_mut().session = "a".to_owned();
    task(&mut host, "mine");
    assert_eq!(state(&mut host), "active", "its own client does");
}

#[test]
fn cleaning_up_says_what_it_would_remove_and_never_touches_tasks() {
    let mut host = host();
    for client in ["a", "b"] {
        begin(&mut host, client);
    }
    task(&mut host, "one");
    complete(&mut host, "one");
    host.host().advance(2 * DAY);
    let own = begin(&mut host, "own");
    let preview = text(&mut host, "cleanup_sessions", json!({}));
    assert!(preview.starts_with("2 completed sessions would be removed; nothing was changed."), "{preview}");
    assert!(preview.contains("\"dry_run\": false"), "{preview}");
    assert_eq!(rows(&host, "session"), 3);
    let cleaned = done(&mut host, "cleanup_sessions", json!({"dry_run": false}));
    assert_eq!((&cleaned["total"], &cleaned["has_more"]), (&json!(2), &json!(false)));
    assert_eq!(ids(&mut host, json!({"include_completed": true})), [own]);
    assert_eq!((rows(&host, "task"), rows(&host, "session_caller")), (1, 1));
    assert!(text(&mut host, "cleanup_sessions", json!({})).starts_with("0 completed sessions"));
}

#[test]
fn every_type_of_cleanup_removes_its_own() {
    let mut host = host();
    begin(&mut host, "ancient");
    host.host().advance(10 * DAY);
    begin(&mut host, "recent");
    host.host().advance(2 * DAY);
    begin(&mut host, "own");
    let total = |host: &mut Host, kind: &str| {
        done(host, "cleanup_sessions", json!({"cleanup_type": kind}))["total"].as_u64().expect("a count")
    };
    let totals = |host: &mut Host| ["completed", "orphaned", "old", "all"].map(|kind| total(host, kind));
    assert_eq!(totals(&mut host), [2, 2, 1, 2]);
    task(&mut host, "open");
    assert_eq!(totals(&mut host), [2, 0, 1, 2], "a task is open, and sessions that ended stay so");
    let days = json!({"cleanup_type": "old", "older_than_days": 2, "dry_run": false});
    host.host().advance(1);
    assert_eq!(done(&mut host, "cleanup_sessions", days)["total"], 2);
}

#[test]
fn one_call_removes_at_most_five_hundred() {
    let mut host = host();
    begin(&mut host, "own");
    let insert = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 501)
        INSERT INTO session (id, workspace_id, client, created_at, last_active_at) SELECT 'old' || i, 1, '', 1, i FROM n";
    host.host().connection().execute(insert, []).expect("old sessions");
    let page = text(&mut host, "cleanup_sessions", json!({"dry_run": false, "cleanup_type": "all"}));
    assert!(page.starts_with("500 sessions removed") && page.contains("again for the rest"), "{page}");
    assert!(page.contains("- and 490 more\n"), "{page}");
    assert_eq!(rows(&host, "session"), 2);
}

#[test]
fn a_clients_name_may_be_anything() {
    let mut host = host();
    host.caller_mut().client_name = format!("עברית 🚲 \0 {}", "x".repeat(500));
    done(&mut host, "initialize_session", json!({}));
    let client = done(&mut host, "session_status", json!({}))["session"]["client"].clone();
    assert!(
        client.as_str().is_some_and(|name| name.starts_with("עברית 🚲") && name.chars().count() <= 128),
        "{client}"
    );
}

#[test]
fn the_least_and_the_most_that_is_allowed_is_taken() {
    let mut host = host();
    for (tool, field, allowed, refusals) in
        [("list_sessions", "limit", [1, 100], [0, 101]), ("cleanup_sessions", "older_than_days", [1, 3650], [0, 3651])]
    {
        for number in allowed {
            done(&mut host, tool, json!({field: number}));
        }
        for number in refusals {
            let said = refused(&mut host, tool, json!({field: number})).to_string();
            assert_eq!(said, format!("/{field}: is {number}; 1 to {} are allowed", allowed[1]));
        }
    }
    let sessions = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 101)
        INSERT INTO session (id, workspace_id, client, created_at, last_active_at) SELECT 's' || i, 1, '', 1, i FROM n";
    begin(&mut host, "a");
    host.host().connection().execute(sessions, []).expect("sessions");
    let page = done(&mut host, "list_sessions", json!({"limit": 100, "include_completed": true}));
    assert_eq!((page["sessions"].as_array().map(Vec::len), page["next_cursor"].is_string()), (Some(100), true));
}

#[test]
fn five_plans_and_tasks_of_each_kind_are_named_and_it_says_so() {
    let mut host = host();
    begin(&mut host, "a");
    for number in 0..6 {
        let parts = ["a", "b"].map(|id| subtask(&format!("{id}{number}"), "coder", &[]));
        done(&mut host, "plan_task", json!({"task_id": format!("p{number}"), "description": "d", "subtasks": parts}));
        done(&mut host, "execute_task", json!({"task_id": format!("a{number}")}));
        let standing = done(&mut host, "session_status", json!({}))["standing"].clone();
        let lists = ["open_plans", "under_way", "ready"];
        assert_eq!(lists.map(|list| standing[list].as_array().map_or(0, Vec::len)), [5.min(number + 1); 3]);
        let cut = if number == 5 { json!(lists) } else { json!(null) };
        assert_eq!(standing["cut"], cut);
    }
    let page = text(&mut host, "session_status", json!({}));
    assert_eq!(page.matches("- and more\n").count(), 3, "{page}");
}
