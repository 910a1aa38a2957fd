use serde_json::{Value, json};

use crate::testing::{Host, complete, delivery, done, host, shop, task};

fn validate(host: &mut Host, level: &str) -> Value {
    let arguments = json!({"action": "validate_structure", "scope": "full_project", "validation_level": level});
    done(host, "maintenance_coordinator", arguments)
}

fn spoil(host: &Host, sql: &str) {
    host.host().connection().execute_batch(sql).expect("spoilt");
}

#[test]
fn what_tools_make_fits_together() {
    let mut host = host();
    shop(&mut host);
    let mut arguments = delivery("design");
    arguments["detailed_work"] = json!("ä漢".repeat(100_000));
    done(&mut host, "complete_task", arguments);
    let write = json!({"action": "write", "task_id": "build", "name": "n", "content": "a"});
    let id = done(&mut host, "artifacts", write)["artifact_id"].clone();
    for length in [10, 100_000, 9_000] {
        done(&mut host, "artifacts", json!({"action": "append", "artifact_id": id, "content": "é".repeat(length)}));
    }
    for level in ["basic", "comprehensive", "full_audit"] {
        let answer = validate(&mut host, level);
        assert_eq!((&answer["counts"], &answer["findings"]), (&json!({}), &json!([])), "{level}");
    }
}

#[test]
fn a_task_in_the_wrong_place_is_named() {
    let mut host = host();
    shop(&mut host);
    spoil(&host, "UPDATE task SET parent = 2 WHERE id = 'check'");
    let answer = validate(&mut host, "basic");
    assert_eq!((&answer["counts"]["tree"], &answer["findings"][0]["id"]), (&json!(1), &json!("check")));
}

#[test]
fn a_settled_plan_with_open_parts_is_named() {
    let mut host = host();
    shop(&mut host);
    spoil(&host, "UPDATE task SET status = 'completed', completed_at = updated_at WHERE id = 'shop'");
    let answer = validate(&mut host, "basic");
    assert_eq!(answer["findings"][0]["problem"], "is completed and has 3 open parts");
}

#[test]
fn tasks_that_wait_for_each_other_are_named_with_the_way_out() {
    let mut host = host();
    shop(&mut host);
    spoil(
        &host,
        "INSERT INTO dependency (task, prerequisite) SELECT a.seq, b.seq FROM task a, task b
        WHERE a.id = 'design' AND b.id = 'check'",
    );
    let answer = validate(&mut host, "basic");
    let problem = answer["findings"][0]["problem"].as_str().expect("text");
    assert!(["design", "build", "check"].iter().all(|id| problem.contains(id)), "{problem}");
    assert!(answer["findings"][0]["repair"].as_str().expect("a call").contains("remove_dependencies"), "{answer}");
    spoil(&host, "DELETE FROM dependency WHERE task = 2; INSERT INTO dependency (task, prerequisite) VALUES (3, 1)");
    let answer = validate(&mut host, "basic");
    assert_eq!(answer["counts"]["cycles"], 1, "a part waits for its own plan: {answer}");
    spoil(&host, "UPDATE dependency SET waived_at = 1 WHERE prerequisite = 1");
    assert_eq!(validate(&mut host, "basic")["counts"], json!({}), "what is waived holds nothing up");
}

#[test]
fn times_that_cannot_be_are_named_on_the_second_level() {
    let mut host = host();
    for id in ["a", "b", "c"] {
        task(&mut host, id);
    }
    complete(&mut host, "a");
    spoil(
        &host,
        "UPDATE task SET completed_at = NULL WHERE id = 'a'; UPDATE task SET completed_at = 5 WHERE id = 'b';
        UPDATE task SET updated_at = 1 WHERE id = 'c'",
    );
    assert_eq!(validate(&mut host, "basic")["counts"], json!({}));
    assert_eq!(validate(&mut host, "comprehensive")["counts"], json!({"times": 3}));
}

#[test]
fn damaged_artifacts_are_named() {
    let mut host = host();
    for id in ["a", "b", "c", "d"] {
        task(&mut host, id);
        let mut arguments = delivery(id);
        arguments["detailed_work"] = json!("x".repeat(300_000));
        done(&mut host, "complete_task", arguments);
    }
    spoil(
        &host,
        "DELETE FROM artifact_chunk WHERE artifact = 1 AND position = 2;
        UPDATE artifact_chunk SET content = content || 'x' WHERE artifact = 2 AND position = 4;
        UPDATE artifact_chunk SET begins_at = begins_at + 1 WHERE artifact = 3 AND position = 1",
    );
    let answer = validate(&mut host, "comprehensive");
    assert_eq!(answer["counts"], json!({"artifacts": 3}), "{answer}");
    assert!(answer["findings"][0]["id"].as_str().expect("an id").starts_with("artifact_"));
}

#[test]
fn tasks_that_cannot_be_searched_for_are_named_and_the_audit_adds_them() {
    let mut host = host();
    shop(&mut host);
    spoil(&host, "DELETE FROM task_text WHERE rowid = 3");
    let answer = validate(&mut host, "comprehensive");
    assert_eq!((&answer["counts"]["search"], &answer["findings"][0]["id"]), (&json!(1), &json!("build")));
    validate(&mut host, "full_audit");
    assert_eq!(validate(&mut host, "comprehensive")["counts"], json!({}));
    let found = "SELECT rowid FROM task_text WHERE task_text MATCH 'place:w1 AND words : (description AND build)'";
    assert_eq!(host.host().connection().query_row(found, [], |row| row.get::<_, i64>(0)), Ok(3));
}
