use serde_json::json;

use crate::testing::{Host, complete, done, each, host, refused, rows, shop, status, subtask, task, text};

const DAY: i64 = 86_400_000;

fn kept(host: &Host, id: &str) -> (String, String, i64) {
    let sql = "SELECT a.reason, a.was, a.remove_after - a.archived_at FROM archive AS a JOIN task ON seq = a.task
        WHERE id = ?1";
    let row = host
        .host()
        .connection()
        .query_row(sql, [id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)));
    row.expect("it was put away")
}

#[test]
fn a_finished_plan_is_archived_with_everything_below_it() {
    let mut host = host();
    shop(&mut host);
    ["design", "build", "check"].iter().for_each(|id| drop(complete(&mut host, id)));
    done(&mut host, "synthesize_results", json!({"parent_task_id": "shop"}));
    let answer = done(&mut host, "delete_task", json!({"task_id": "shop"}));
    assert_eq!((&answer["outcome"], &answer["tasks"]), (&json!("archived"), &json!(4)));
    assert_eq!(answer["kept_days"], 90);
    assert_eq!(status(&host, "build"), "archived");
    assert_eq!(kept(&host, "build"), ("completed".to_owned(), "completed".to_owned(), 90 * DAY));
    assert_eq!(rows(&host, "artifact"), 3);
}

#[test]
fn how_long_it_is_kept_depends_on_what_it_was() {
    let mut host = host();
    for (id, status, days) in [("a", "pending", 14), ("b", "cancelled", 14), ("c", "failed", 60)] {
        task(&mut host, id);
        if status != "pending" {
            done(&mut host, "update_task", json!({"task_id": id, "status": status}));
        }
        done(&mut host, "delete_task", json!({"task_id": id, "force": true}));
        assert_eq!(kept(&host, id).2, days * DAY, "{status}");
    }
}

#[test]
fn open_parts_and_tasks_that_others_wait_for_are_protected() {
    let mut host = host();
    shop(&mut host);
    let failure = refused(&mut host, "delete_task", json!({"task_id": "shop"}));
    assert_eq!(failure.code(), "open-parts");
    assert!(failure.to_string().contains("3 open tasks below it"), "{failure}");
    for archive in [true, false] {
        let failure = refused(&mut host, "delete_task", json!({"task_id": "design", "archive_instead": archive}));
        assert_eq!(failure.code(), "has-dependents");
        assert!(failure.to_string().contains("still needed by `build`"), "{failure}");
    }
    assert_eq!(status(&host, "design"), "pending");
}

#[test]
fn with_force_the_dependents_are_ready_and_named() {
    let mut host = host();
    shop(&mut host);
    let answer = done(&mut host, "delete_task", json!({"task_id": "design", "force": true}));
    assert_eq!(each(&answer["released"], "task_id"), ["build"]);
    assert_eq!(each(&done(&mut host, "get_status", json!({}))["ready_to_execute"], "task_id"), ["build"]);
    let sql = "SELECT previous FROM event WHERE task_id = 'build' AND kind = 'dependency_removed'";
    assert_eq!(host.host().connection().query_row(sql, [], |row| row.get::<_, String>(0)), Ok("design".to_owned()));
}

#[test]
fn what_is_finished_can_be_put_away_while_others_build_on_it() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let failure = refused(&mut host, "delete_task", json!({"task_id": "design", "archive_instead": false}));
    assert_eq!(failure.code(), "has-dependents");
    done(&mut host, "delete_task", json!({"task_id": "design"}));
    let briefing = done(&mut host, "execute_task", json!({"task_id": "build"}))["briefing"].clone();
    assert_eq!(briefing["prerequisites"][0]["summary"], "Summary of design");
}

#[test]
fn deleting_leaves_nothing_but_the_record() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "other");
    done(&mut host, "update_task", json!({"task_id": "build", "attributes": {"a": 1}, "add_dependencies": ["other"]}));
    complete(&mut host, "design");
    let gone = json!({"task_id": "shop", "archive_instead": false, "force": true});
    let answer = done(&mut host, "delete_task", gone);
    assert_eq!((&answer["outcome"], &answer["tasks"]), (&json!("deleted"), &json!(4)));
    let left = ["task", "work", "queue", "dependency", "artifact", "attribute"].map(|table| rows(&host, table));
    assert_eq!(left, [1, 1, 1, 0, 0, 0]);
    assert_eq!(done(&mut host, "get_status", json!({}))["counts"], json!({"pending": 1}));
    let sql = "SELECT count(*) FROM event WHERE kind = 'deleted' AND note IS NOT NULL";
    assert_eq!(host.host().connection().query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(4));
    assert_eq!(refused(&mut host, "query_tasks", json!({"task_id": "shop"})).code(), "unknown-task");
    task(&mut host, "shop");
}

#[test]
fn a_part_that_is_deleted_is_counted_no_more() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "delete_task", json!({"task_id": "check", "archive_instead": false}));
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!(session["open_plans"][0]["total"], 2);
}

#[test]
fn at_most_five_hundred_tasks_go_in_one_call() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let gone = json!({"task_id": "p", "archive_instead": false, "force": true});
    let page = text(&mut host, "delete_task", gone.clone());
    assert!(page.starts_with("500 tasks below `p` (d) are deleted; more are left."), "{page}");
    assert!(page.ends_with("Next: call it again: at most 500 tasks go at once."), "{page}");
    assert_eq!(done(&mut host, "delete_task", gone)["more_left"], false);
    assert_eq!((rows(&host, "task"), rows(&host, "work")), (0, 0));
}

#[test]
fn a_plan_of_five_hundred_parts_is_archived_in_two_calls() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let finish = "UPDATE task SET status = 'completed', completed_at = 1 WHERE parent IS NOT NULL;
        UPDATE task SET status = 'completed', completed_at = 1 WHERE parent IS NULL;";
    host.host().connection().execute_batch(finish).expect("a change");
    let away = json!({"task_id": "p"});
    let first = done(&mut host, "delete_task", away.clone());
    assert_eq!((&first["tasks"], &first["more_left"]), (&json!(500), &json!(true)));
    let second = done(&mut host, "delete_task", away.clone());
    assert_eq!((&second["tasks"], &second["more_left"]), (&json!(1), &json!(false)));
    assert_eq!((status(&host, "p"), rows(&host, "archive")), ("archived".to_owned(), 501));
    let page = text(&mut host, "delete_task", away);
    assert!(page.starts_with("`p` (d) was archived before.\n"), "{page}");
}

#[test]
fn what_another_session_works_on_is_only_deleted_with_force() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "claim_task", json!({"task_id": "design", "agent": "ada"}));
    host.caller_mut().session = "another".to_owned();
    assert_eq!(refused(&mut host, "delete_task", json!({"task_id": "shop"})).code(), "claimed");
    done(&mut host, "delete_task", json!({"task_id": "shop", "force": true}));
}

#[test]
fn a_task_that_waits_for_several_parts_is_named_once() {
    let mut host = host();
    shop(&mut host);
    let waiting = |id: &str| json!({"task_id": id, "title": "t", "description": "d", "dependencies": ["check", "build", "design"]});
    (0..11).for_each(|i| drop(done(&mut host, "plan_task", waiting(&format!("w{i:02}")))));
    let gone = json!({"task_id": "shop", "force": true});
    let answer = done(&mut host, "delete_task", gone);
    let ten: Vec<_> = (0..10).map(|i| format!("w{i:02}")).collect();
    assert_eq!((each(&answer["released"], "task_id"), &answer["more_released"]), (ten, &json!(true)));
    assert_eq!(status(&host, "w10"), "pending");
    assert_eq!(done(&mut host, "get_status", json!({}))["counts"]["pending"], 11);
}

#[test]
fn what_is_only_related_or_waived_keeps_its_dependency_when_the_other_is_archived() {
    let mut host = host();
    task(&mut host, "a");
    let related = json!({"task_id": "b", "title": "t", "description": "d",
        "dependencies": [{"task_id": "a", "type": "related"}]});
    done(&mut host, "plan_task", related);
    let waiting = json!({"task_id": "c", "title": "t2", "description": "d", "dependencies": ["a"]});
    done(&mut host, "plan_task", waiting);
    done(&mut host, "delete_task", json!({"task_id": "a", "force": true}));
    assert_eq!(rows(&host, "dependency"), 1);
    done(&mut host, "delete_task", json!({"task_id": "a", "archive_instead": false}));
    assert_eq!(rows(&host, "dependency"), 0);
}

#[test]
fn what_led_to_a_task_that_is_gone_has_less_work_behind_it() {
    for archive in [true, false] {
        let mut host = host();
        shop(&mut host);
        let tail = |host: &Host, id: &str| {
            let sql = "SELECT tail FROM work JOIN task ON seq = task WHERE id = ?1";
            host.host().connection().query_row(sql, [id], |row| row.get::<_, i64>(0)).expect("a row")
        };
        assert_eq!(tail(&host, "design"), 180);
        done(&mut host, "delete_task", json!({"task_id": "check", "archive_instead": archive}));
        assert_eq!((tail(&host, "design"), tail(&host, "build")), (120, 60));
    }
}
