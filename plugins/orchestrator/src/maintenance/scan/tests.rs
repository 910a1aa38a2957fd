use serde_json::{Value, json};

use super::stale_after;
use crate::testing::{Host, complete, done, host, shop, status, subtask, task};

const HOUR: u64 = 3_600_000;

fn scan(host: &mut Host) -> Value {
    done(host, "maintenance_coordinator", json!({"action": "scan_cleanup", "scope": "full_project"}))
}

fn found(answer: &Value, kind: &str) -> Vec<String> {
    let findings = answer["findings"].as_array().expect("a list").iter();
    findings.filter(|finding| finding["kind"] == kind).map(|f| f["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn specialists_have_their_own_patience() {
    let names = ["researcher", "documenter", "reviewer", "tester", "implementer", "architect", "debugger", "other"];
    assert_eq!(names.map(stale_after), [12, 8, 6, 16, 48, 72, 24, 24]);
}

#[test]
fn what_could_go_on_and_does_not_is_stale() {
    let mut host = host();
    shop(&mut host);
    host.host().advance(72 * HOUR - 1);
    assert_eq!(found(&scan(&mut host), "stale_tasks"), [""; 0]);
    host.host().advance(1);
    let answer = scan(&mut host);
    assert_eq!(found(&answer, "stale_tasks"), ["design"], "the others wait for it");
    assert!(answer["findings"][0]["repair"].as_str().expect("a call").contains("orchestrator_execute_task"));
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    assert_eq!(found(&scan(&mut host), "stale_tasks"), [""; 0]);
}

#[test]
fn what_waits_only_for_what_was_given_up_is_orphaned() {
    let mut host = host();
    shop(&mut host);
    host.host().connection().execute("UPDATE task SET status = 'cancelled' WHERE id = 'design'", []).expect("given up");
    let answer = scan(&mut host);
    assert_eq!(found(&answer, "orphaned_tasks"), ["build"]);
    assert_eq!(found(&answer, "broken_dependencies"), ["build"]);
    assert!(answer["findings"][0]["problem"].as_str().expect("text").ends_with(": design"), "{answer}");
    host.host().connection().execute("UPDATE task SET status = 'failed' WHERE id = 'design'", []).expect("failed");
    let answer = scan(&mut host);
    assert_eq!(found(&answer, "orphaned_tasks"), ["build"]);
    assert_eq!(found(&answer, "broken_dependencies"), [""; 0], "it can be taken up again");
}

#[test]
fn parts_of_a_plan_that_is_over_are_orphaned() {
    let mut host = host();
    shop(&mut host);
    host.host().connection().execute("UPDATE task SET status = 'cancelled' WHERE id = 'shop'", []).expect("given up");
    assert_eq!(found(&scan(&mut host), "orphaned_tasks"), ["design", "build", "check"]);
}

#[test]
fn plans_that_only_lack_synthesis_or_anyone_at_all_are_named() {
    let mut host = host();
    shop(&mut host);
    let plan = json!({"task_id": "barn", "description": "d", "subtasks": [subtask("wood", "coder", &[])]});
    done(&mut host, "plan_task", plan);
    complete(&mut host, "wood");
    let answer = scan(&mut host);
    assert_eq!(found(&answer, "incomplete_plans"), ["barn"]);
    assert!(answer["findings"][0]["repair"].as_str().expect("a call").starts_with("orchestrator_synthesize_results"));
    host.host().advance(168 * HOUR);
    assert_eq!(found(&scan(&mut host), "incomplete_plans"), ["shop", "barn"]);
}

#[test]
fn claims_whose_time_is_over_are_named() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    let claim = "INSERT INTO claim (task, workspace_id, agent, session, claimed_at, until)
        SELECT seq, workspace_id, 'ada', 's', 0, ?1 FROM task WHERE id = 'design'";
    host.host().connection().execute(claim, [1_767_225_600_000_i64 + 60_000]).expect("a claim");
    assert_eq!(found(&scan(&mut host), "expired_claims"), [""; 0]);
    host.host().advance(120_000);
    assert_eq!(found(&scan(&mut host), "expired_claims"), ["design"]);
    assert_eq!(status(&host, "design"), "active", "basic only reports");
}

#[test]
fn findings_beyond_fifty_are_counted() {
    let mut host = host();
    for i in 0..60 {
        task(&mut host, &format!("t{i}"));
    }
    host.host().advance(25 * HOUR);
    let answer = scan(&mut host);
    assert_eq!(answer["counts"]["stale_tasks"], 60);
    assert_eq!((found(&answer, "stale_tasks").len(), &answer["findings_not_shown"]), (50, &json!(10)));
}
