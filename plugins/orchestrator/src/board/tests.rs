use mainstay_plugin::{Imports, Plugin, ResourceBody};
use serde_json::{Value, json};

use crate::testing::{Host, complete, delivery, done, each, host, shop, subtask, task};

pub(crate) fn read(host: &mut Host, uri: &str) -> String {
    let mut contents = host.read(|plugin, cx| plugin.read_resource(cx, uri)).expect("it is there");
    let ResourceBody::Text(text) = contents.remove(0).body else { panic!("not text") };
    text
}

fn board(host: &mut Host, uri: &str) -> Value {
    serde_json::from_str(&read(host, uri)).expect("JSON")
}

/// The ids in each column.
fn columns(board: &Value) -> Vec<Vec<String>> {
    board["columns"].as_array().expect("columns").iter().map(|column| each(&column["cards"], "task_id")).collect()
}

fn totals(board: &Value) -> Vec<i64> {
    let columns = board["columns"].as_array().expect("columns");
    columns.iter().map(|column| column["total"].as_i64().expect("a number")).collect()
}

#[test]
fn a_plan_is_in_columns_by_what_can_be_done_with_its_parts() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "other");
    complete(&mut host, "design");
    done(&mut host, "execute_task", json!({"task_id": "build"}));
    let board = board(&mut host, "orchestrator://board/shop.json");
    assert_eq!(columns(&board), [vec![], vec!["build"], vec!["check"], vec!["design"]]);
    assert_eq!(board["plan"]["finished"], 1);
    assert_eq!(board["plan"]["total"], 3);
    assert_eq!(board["columns"][2]["cards"][0]["waits_for"], 1);
}

#[test]
fn the_workspace_shows_plans_with_their_progress_and_every_task_once() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "other");
    complete(&mut host, "design");
    let board = board(&mut host, "orchestrator://board.json");
    assert_eq!(columns(&board), [vec!["build", "other"], vec!["shop"], vec!["check"], vec!["design"]]);
    assert_eq!(totals(&board), [2, 1, 1, 1]);
    let progress = &board["columns"][1]["cards"][0]["progress"];
    assert_eq!(*progress, json!({"finished": 1, "total": 3, "ready_to_synthesize": false}));
    assert_eq!(each(&board["plans"], "task_id"), ["shop"]);
}

#[test]
fn no_column_has_more_than_fifty_cards_and_the_rest_is_counted() {
    let mut host = host();
    let parts: Vec<_> = (0..120).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "many", "description": "d", "subtasks": parts}));
    for uri in ["orchestrator://board.json", "orchestrator://board/many.json"] {
        let board = board(&mut host, uri);
        assert_eq!(columns(&board)[0].len(), 50, "{uri}");
        assert_eq!(totals(&board)[0], 120, "{uri}");
    }
}

#[test]
fn what_is_not_counted_to_the_end_says_so() {
    let mut host = host();
    for plan in 0..3 {
        let parts: Vec<_> = (0..400).map(|i| subtask(&format!("p{plan}_{i}"), "coder", &[])).collect();
        done(&mut host, "plan_task", json!({"task_id": format!("many{plan}"), "description": "d", "subtasks": parts}));
    }
    let board = board(&mut host, "orchestrator://board.json");
    assert_eq!(board["columns"][0]["total"], 1000);
    assert_eq!(board["columns"][0]["or_more"], true);
    assert_eq!(board["columns"][1]["or_more"], false);
}

#[test]
fn a_claim_is_shown_while_it_lasts() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "execute_task", json!({"task_id": "a"}));
    let until = Imports::now(host.host()).cast_signed() + 1000;
    let claim = "INSERT OR REPLACE INTO claim (task, workspace_id, agent, session, claimed_at, until)
        SELECT seq, workspace_id, 'ada', 's', 0, ?1 FROM task";
    host.host().connection().execute(claim, [until]).expect("a claim");
    let claimed =
        |host: &mut Host| board(host, "orchestrator://board.json")["columns"][1]["cards"][0]["claimed_by"].clone();
    assert_eq!(claimed(&mut host), "ada");
    host.host().advance(1001);
    assert_eq!(claimed(&mut host), Value::Null);
}

#[test]
fn what_is_urgent_is_first() {
    let mut host = host();
    let parts = [subtask("a", "coder", &[]), subtask("b", "coder", &[])];
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    let urgent = "UPDATE work SET priority = 4 WHERE task = (SELECT seq FROM task WHERE id = 'b')";
    host.host().connection().execute(urgent, []).expect("a priority");
    for uri in ["orchestrator://board.json", "orchestrator://board/p.json"] {
        let board = board(&mut host, uri);
        assert_eq!(columns(&board)[0], ["b", "a"], "{uri}");
        assert_eq!(board["columns"][0]["cards"][0]["priority"], "urgent");
    }
}

#[test]
fn a_card_tells_what_its_task_waits_for_and_builds_on() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let build = board(&mut host, "orchestrator://card/build.json");
    assert_eq!((&build["description"], &build["builds_on"]), (&json!("Description of build"), &json!(["design"])));
    let check = board(&mut host, "orchestrator://card/check.json");
    assert_eq!(each(&check["waits_for"], "task_id"), ["build"]);
}

#[test]
fn blocked_and_failed_work_is_in_one_column() {
    let mut host = host();
    task(&mut host, "a");
    let mut blocked = delivery("a");
    blocked["next_action"] = json!("blocked");
    done(&mut host, "complete_task", blocked);
    assert_eq!(columns(&board(&mut host, "orchestrator://board.json"))[2], ["a"]);
}

#[test]
fn of_a_large_plan_two_thousand_tasks_are_looked_at_and_more_are_told() {
    let mut host = host();
    done(&mut host, "plan_task", json!({"task_id": "p", "title": "t", "description": "d"}));
    for (number, count) in [500, 500, 500, 496].into_iter().enumerate() {
        let parts: Vec<_> = (0..count).map(|i| subtask(&format!("p{number}_{i}"), "coder", &[])).collect();
        let part = json!({"task_id": format!("p{number}"), "parent_task_id": "p", "description": "d", "title": format!("t{number}"), "subtasks": parts});
        done(&mut host, "plan_task", part);
    }
    let or_more =
        |board: &Value| board["columns"].as_array().is_some_and(|all| all.iter().all(|one| one["or_more"] == true));
    let all = board(&mut host, "orchestrator://board/p.json");
    assert_eq!((totals(&all).iter().sum::<i64>(), or_more(&all)), (2_000, false));
    done(&mut host, "plan_task", json!({"task_id": "x", "parent_task_id": "p", "title": "x", "description": "d"}));
    let cut = board(&mut host, "orchestrator://board/p.json");
    assert_eq!((totals(&cut).iter().sum::<i64>(), or_more(&cut)), (2_000, true));
}
