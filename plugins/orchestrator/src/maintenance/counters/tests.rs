use rusqlite::Connection;
use serde_json::{Value, json};

use crate::testing::{Host, complete, done, host, shop};

fn audit(host: &mut Host) -> Value {
    let arguments = json!({"action": "scan_cleanup", "scope": "full_project", "validation_level": "full_audit"});
    done(host, "maintenance_coordinator", arguments)
}

fn counters(connection: &Connection) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', t.id, t.children, t.open_children, t.waits_for, w.below, w.open_below, w.given_up, q.priority, q.tail)
        FROM task AS t LEFT JOIN work AS w ON w.task = t.seq LEFT JOIN queue AS q ON q.task = t.seq
        UNION ALL SELECT concat_ws(' ', status, tasks) FROM status_count WHERE tasks > 0";
    let mut select = connection.prepare(sql).expect("SQL");
    let rows = select.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("text")
}

#[test]
fn what_triggers_count_is_what_is_there() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let before = counters(host.host().connection());
    let answer = audit(&mut host);
    assert_eq!(answer["counts"], json!({}), "{answer}");
    assert_eq!(counters(host.host().connection()), before);
}

#[test]
fn wrong_counters_are_reported_and_put_right() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let before = counters(host.host().connection());
    let spoil = "UPDATE task SET children = 9, open_children = 7, waits_for = 3 WHERE id = 'shop';
        UPDATE task SET waits_for = 5 WHERE id = 'build';
        UPDATE work SET below = 8, open_below = 8, given_up = 8; DELETE FROM queue;
        INSERT INTO queue SELECT seq, 1, parent, specialist, 0, 7 FROM task WHERE id = 'check';
        UPDATE status_count SET tasks = tasks + 3 WHERE status = 'pending'; DELETE FROM status_count WHERE status = 'completed'";
    host.host().connection().execute_batch(spoil).expect("spoilt");
    let answer = audit(&mut host);
    assert_eq!(answer["counts"]["wrong_counters"], 6, "{answer}");
    assert_eq!(counters(host.host().connection()), before);
    assert_eq!(audit(&mut host)["counts"], json!({}));
}

#[test]
fn a_lost_queue_entry_comes_back() {
    let mut host = host();
    shop(&mut host);
    host.host().connection().execute("DELETE FROM queue", []).expect("lost");
    assert_eq!(audit(&mut host)["counts"], json!({"wrong_queue_entries": 1}));
    assert_eq!(crate::testing::rows(&host, "queue"), 1);
    host.host().connection().execute("UPDATE queue SET specialist = 'tester', parent = NULL", []).expect("wrong");
    assert_eq!(audit(&mut host)["counts"], json!({"wrong_queue_entries": 1}));
    let ready =
        done(&mut host, "what_next", json!({"specialist_type": "architect", "plan_id": "shop"}))["ready"].clone();
    assert_eq!(ready[0]["task_id"], "design", "{ready}");
}

#[test]
fn estimates_that_the_first_schema_did_not_have_are_made_up_for() {
    let mut host = host();
    shop(&mut host);
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "later", "title": "Later", "description": "d", "estimated_effort": "3 hours"}),
    );
    let tails = |host: &Host| -> Vec<(String, Option<i64>, i64, Option<i64>)> {
        let sql = "SELECT t.id, w.minutes, w.tail, q.tail FROM task AS t JOIN work AS w ON w.task = t.seq
            LEFT JOIN queue AS q ON q.task = t.seq ORDER BY t.seq";
        let mut select = host.host().connection().prepare(sql).expect("SQL");
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        rows.expect("rows").collect::<Result<_, _>>().expect("figures")
    };
    let before = tails(&host);
    assert_eq!(before.last(), Some(&("later".to_owned(), Some(180), 180, Some(180))));
    host.host().connection().execute("UPDATE work SET minutes = NULL, tail = 0", []).expect("as after a migration");
    assert_eq!(audit(&mut host)["counts"], json!({"missing_estimates": 5}));
    assert_eq!(tails(&host), before);
    let ranked = "UPDATE work SET minutes = NULL, tail = 60 WHERE tail = 180";
    assert_eq!(host.host().connection().execute(ranked, []).expect("as its neighbour left it"), 2);
    assert_eq!(audit(&mut host)["counts"]["missing_estimates"], 1, "of the one whose effort says a time");
    assert_eq!(tails(&host).last(), before.last());
}
