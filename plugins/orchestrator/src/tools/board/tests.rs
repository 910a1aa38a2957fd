use mainstay_plugin::{Failure, Plugin};
use serde_json::{Value, json};

use crate::Orchestrator;
use crate::testing::{complete, done, host, refused, shop, subtask, task, text};

#[test]
fn the_board_is_short_and_says_what_is_next() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let shown = text(&mut host, "show_board", json!({}));
    let expected = "\
/home/user/project: 1 ready, 1 under way, 1 blocked or waiting, 1 done.

Ready (1):
- `build` (implementer): Title of build

Under way (1):
- `shop` (coordinator): Build a shop [plan: 1 of 3 finished]

Blocked or waiting (1):
- `check` (tester): Title of check [waits for 1]

Done (1):
- `design` (architect): Title of design

Next: orchestrator_execute_task {\"task_id\": \"build\"}.";
    assert_eq!(shown, expected);
}

#[test]
fn what_is_handed_in_is_no_plan_and_plans_come_last() {
    let mut host = host();
    for plan in 0..6 {
        let parts = [subtask(&format!("t{plan}"), "coder", &[])];
        done(&mut host, "plan_task", json!({"task_id": format!("p{plan}"), "description": "d", "subtasks": parts}));
        done(&mut host, "execute_task", json!({"task_id": format!("t{plan}")}));
    }
    let shown = text(&mut host, "show_board", json!({}));
    assert!(shown.ends_with("Next: hand in `t0`, which is active."), "{shown}");
    assert!(shown.contains("`t4`") && !shown.contains("- `p0`"), "{shown}");
    let shown = text(&mut host, "show_board", json!({"plan_id": "p3"}));
    assert!(shown.ends_with("Next: hand in `t3`, which is active."), "{shown}");
}

#[test]
fn five_lines_a_column_are_enough() {
    let mut host = host();
    let parts: Vec<_> = (0..8).map(|i| subtask(&format!("p{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "plan", "description": "d", "subtasks": parts}));
    let shown = text(&mut host, "show_board", json!({"plan_id": "plan"}));
    assert!(shown.starts_with("Plan `plan` (d): 8 ready, 0 under way, 0 blocked or waiting, 0 done.\n"), "{shown}");
    assert!(shown.contains("`p4`") && !shown.contains("`p5`") && shown.contains("- and 3 more\n"), "{shown}");
    assert!(shown.contains("orchestrator://graph/plan.mmd"), "{shown}");
}

#[test]
fn a_plan_that_only_lacks_synthesis_is_next() {
    let mut host = host();
    shop(&mut host);
    for id in ["design", "build", "check"] {
        complete(&mut host, id);
    }
    let shown = text(&mut host, "show_board", json!({}));
    assert!(shown.ends_with("Next: orchestrator_synthesize_results {\"parent_task_id\": \"shop\"}."), "{shown}");
    assert!(shown.contains("ready to synthesize"), "{shown}");
}

#[test]
fn an_empty_workspace_has_an_empty_board() {
    let mut host = host();
    let shown = text(&mut host, "show_board", json!({}));
    assert!(shown.starts_with("/home/user/project: 0 ready, 0 under way, 0 blocked or waiting, 0 done."), "{shown}");
}

#[test]
fn only_a_plan_has_a_board_of_its_own() {
    let mut host = host();
    task(&mut host, "single");
    let failure = refused(&mut host, "show_board", json!({"plan_id": "single"}));
    let Failure::InvalidArguments(problems) = failure else { panic!("{failure:?}") };
    assert_eq!(problems[0].field, "/plan_id");
    let failure = refused(&mut host, "show_board", json!({"plan_id": "singel"}));
    assert!(format!("{failure:?}").contains("single"), "{failure:?}");
    refused(&mut host, "show_board", json!({"plan_id": 7}));
    refused(&mut host, "show_board", json!({"plan_id": "a b"}));
}

#[test]
fn the_tool_names_the_app() {
    let tools = Orchestrator::tools();
    let tool = tools.iter().find(|tool| tool.name() == "orchestrator_show_board").expect("the tool");
    let meta: Value = serde_json::from_str(tool.definition().meta.as_deref().expect("meta")).expect("JSON");
    assert_eq!(meta, json!({"ui": {"resourceUri": "ui://orchestrator/board"}}));
}
