use serde_json::json;

use crate::testing::{Host, complete, delivery, done, each, host, shop, subtask, task, text};

#[test]
fn an_empty_workspace_says_how_to_begin() {
    let mut host = host();
    let status = done(&mut host, "get_status", json!({}));
    assert_eq!((&status["total"], &status["counts"], &status["tasks"]), (&json!(0), &json!({}), &json!([])));
    assert!(status["next"].as_str().expect("text").starts_with("orchestrator_plan_task"));
}

#[test]
fn tasks_are_counted_and_those_being_worked_on_come_first() {
    let mut host = host();
    shop(&mut host);
    task(&mut host, "other");
    complete(&mut host, "design");
    done(&mut host, "execute_task", json!({"task_id": "build"}));
    let status = done(&mut host, "get_status", json!({}));
    assert_eq!(status["counts"], json!({"active": 2, "pending": 2, "completed": 1}));
    assert_eq!(each(&status["tasks"], "task_id"), ["shop", "build"]);
    assert_eq!(each(&status["ready_to_execute"], "task_id"), ["other"]);
    assert_eq!(status["tasks_not_shown"], 0);
}

#[test]
fn completed_tasks_are_listed_on_request() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    assert!(!each(&done(&mut host, "get_status", json!({}))["tasks"], "task_id").contains(&"design".to_owned()));
    let all = done(&mut host, "get_status", json!({"include_completed": true}));
    assert_eq!(each(&all["tasks"], "task_id"), ["shop", "design"]);
}

#[test]
fn blocked_and_failed_tasks_are_not_forgotten() {
    let mut host = host();
    task(&mut host, "a");
    task(&mut host, "b");
    let mut blocked = delivery("a");
    blocked["next_action"] = json!("blocked");
    done(&mut host, "complete_task", blocked);
    host.host().connection().execute("UPDATE task SET status = 'failed' WHERE id = 'b'", []).expect("a change");
    let status = done(&mut host, "get_status", json!({}));
    assert_eq!(each(&status["tasks"], "status"), ["blocked", "failed"]);
    assert_eq!(status["next"], "nothing is ready: see to `a`, which is blocked");
}

#[test]
fn when_nothing_is_ready_it_says_what_is_in_the_way() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(done(&mut host, "get_status", json!({}))["next"], "hand in `design`, which is active");
    let mut blocked = delivery("design");
    blocked["next_action"] = json!("blocked");
    done(&mut host, "complete_task", blocked);
    let next = "nothing is ready: see to `design`, which is blocked";
    assert_eq!(done(&mut host, "get_status", json!({}))["next"], next);
}

#[test]
fn a_plan_whose_parts_are_done_is_ready_to_be_synthesized() {
    let mut host = host();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": [subtask("a", "coder", &[])]}));
    complete(&mut host, "a");
    let status = done(&mut host, "get_status", json!({}));
    assert_eq!(each(&status["ready_to_synthesize"], "task_id"), ["p"]);
    assert_eq!(status["ready_to_execute"], json!([]));
    assert_eq!(status["next"], "orchestrator_synthesize_results {\"parent_task_id\": \"p\"}");
}

#[test]
fn long_lists_are_cut_with_a_word_on_the_rest() {
    let mut host = host();
    let ids: Vec<_> = (0..30).map(|i| format!("p{i:03}")).collect();
    let parts: Vec<_> = ids.iter().map(|id| subtask(id, "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    ids[..20].iter().for_each(|id| drop(done(&mut host, "execute_task", json!({"task_id": id}))));
    let status = done(&mut host, "get_status", json!({}));
    assert_eq!((status["tasks"].as_array().map(Vec::len), &status["tasks_not_shown"]), (Some(10), &json!(11)));
    assert_eq!(status["ready_to_execute"].as_array().map(Vec::len), Some(5));
    ids[..20].iter().for_each(|id| drop(complete(&mut host, id)));
    let status = done(&mut host, "get_status", json!({"include_completed": true}));
    let settled = each(&status["tasks"], "status").iter().filter(|status| *status == "completed").count();
    assert_eq!((settled, &status["tasks_not_shown"]), (10, &json!(10)));
    assert!(each(&status["tasks"], "task_id").contains(&"p019".to_owned()), "the newest");
    let page = text(&mut host, "get_status", json!({"include_completed": true}));
    assert!(page.contains("and 10 more that are not shown"), "{page}");
}

#[test]
fn the_status_of_a_plan_of_fifty_is_short() {
    let mut host = host();
    let title = "A title that is about as long as those of subtasks often are";
    let part = |i: usize| {
        json!({"title": format!("{title} {i:02}"), "description": "d", "specialist_type": "implementer",
        "task_id": format!("subtask_{i:02}")})
    };
    let parts: Vec<_> = (0..50).map(part).collect();
    done(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    (0..7).for_each(|i| drop(done(&mut host, "execute_task", json!({"task_id": format!("subtask_{i:02}")}))));
    let page = text(&mut host, "get_status", json!({}));
    assert!(page.len() < 1_200, "{} bytes: {page}", page.len());
    (0..7).for_each(|i| drop(complete(&mut host, &format!("subtask_{i:02}"))));
    let page = text(&mut host, "get_status", json!({}));
    assert!(page.len() < 900, "{} bytes: {page}", page.len());
}

#[test]
fn looking_changes_nothing() {
    let mut host = host();
    let before = crate::testing::rows(&host, "_mainstay_state");
    done(&mut host, "get_status", json!({"include_completed": true}));
    assert_eq!(crate::testing::rows(&host, "_mainstay_state"), before);
    assert_eq!(crate::testing::rows(&host, "workspace"), 0);
}

#[test]
fn five_of_what_is_ready_are_named_and_it_says_so() {
    let mut host = host();
    let plan = |host: &mut Host, number: usize| {
        let parts = [subtask(&format!("a{number}"), "coder", &[])];
        done(host, "plan_task", json!({"task_id": format!("p{number}"), "description": "d", "subtasks": parts}));
    };
    (0..5).for_each(|number| plan(&mut host, number));
    assert_eq!(done(&mut host, "get_status", json!({}))["cut"], json!(null));
    plan(&mut host, 5);
    assert_eq!(done(&mut host, "get_status", json!({}))["cut"], json!(["ready_to_execute"]));
    let page = text(&mut host, "get_status", json!({}));
    assert!(page.contains("- `a4`: Title of a4\n- and more\n") && !page.contains("- `a5`"), "{page}");
    (0..6).for_each(|number| drop(complete(&mut host, &format!("a{number}"))));
    let status = done(&mut host, "get_status", json!({}));
    assert_eq!(
        (status["cut"].clone(), each(&status["ready_to_synthesize"], "task_id").len()),
        (json!(["ready_to_synthesize"]), 5)
    );
}

#[test]
fn five_that_are_stuck_are_named_and_the_rest_is_counted() {
    let mut host = host();
    for number in 0..6 {
        task(&mut host, &format!("t{number}"));
        let mut parked = delivery(&format!("t{number}"));
        parked["next_action"] = json!("blocked");
        done(&mut host, "complete_task", parked);
        let status = done(&mut host, "get_status", json!({}));
        let shown = status["tasks"].as_array().map(Vec::len);
        assert_eq!((shown, &status["tasks_not_shown"]), (Some(5.min(number + 1)), &json!(i32::from(number == 5))));
    }
}
