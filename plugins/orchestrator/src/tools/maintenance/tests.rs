use serde_json::json;

use crate::testing::{done, host, refused, rows, shop, text};

#[test]
fn every_run_is_on_record() {
    let mut host = host();
    shop(&mut host);
    for action in ["scan_cleanup", "validate_structure", "update_documentation", "prepare_handover"] {
        let answer = done(&mut host, "maintenance_coordinator", json!({"action": action}));
        let found = "SELECT action || ' ' || scope || ' ' || level FROM maintenance WHERE id = ?1";
        let id = answer["operation_id"].as_str().expect("an id");
        let row: String = host.host().connection().query_row(found, [id], |row| row.get(0)).expect("a row");
        assert_eq!(row, format!("{action} current_session basic"));
    }
    assert_eq!(rows(&host, "maintenance"), 4);
}

#[test]
fn words_that_are_none_are_told_with_the_nearest() {
    let mut host = host();
    for (field, value, nearest) in [
        ("action", "scan_cleanups", "did you mean `scan_cleanup`?"),
        ("scope", "full", "allowed: current_session, full_project, specific_subtask"),
        ("validation_level", "basics", "did you mean `basic`?"),
    ] {
        let mut arguments = json!({"action": "scan_cleanup"});
        arguments[field] = json!(value);
        let failure = refused(&mut host, "maintenance_coordinator", arguments);
        assert!(failure.to_string().contains(nearest), "{failure}");
    }
    assert_eq!(rows(&host, "maintenance"), 0);
}

#[test]
fn what_was_found_is_told_in_one_line_each_with_the_call_that_helps() {
    let mut host = host();
    shop(&mut host);
    host.host().advance(100 * 3_600_000);
    let shown = text(&mut host, "maintenance_coordinator", json!({"action": "scan_cleanup"}));
    let expected = "scan_cleanup (current_session, basic), 4 tasks: 1 stale_tasks.\n- stale_tasks `design`: pending, \
        untouched for 100 h (architect) (orchestrator_execute_task {\"task_id\": \"design\"} or \
        orchestrator_cancel_task {\"task_id\": \"design\"})\nNext: the calls above, or \
        orchestrator_maintenance_coordinator {\"action\": \"scan_cleanup\", \"scope\": \"current_session\", \
        \"validation_level\": \"comprehensive\"} to put away what is abandoned.";
    assert_eq!(shown, expected);
}

#[test]
fn a_fresh_instance_says_the_same() {
    let mut host = host();
    shop(&mut host);
    let run = json!({"action": "prepare_handover"});
    let first = text(&mut host, "maintenance_coordinator", run.clone());
    host.fresh_instance();
    assert_eq!(text(&mut host, "maintenance_coordinator", run), first);
}
