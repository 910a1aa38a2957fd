use serde_json::{Value, json};

use crate::testing::{Host, complete, done, host, rows, shop, status, subtask, task};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn tidy(host: &mut Host) -> Value {
    let arguments = json!({"action": "scan_cleanup", "scope": "full_project", "validation_level": "comprehensive"});
    done(host, "maintenance_coordinator", arguments)
}

fn count(answer: &Value, what: &str) -> u64 {
    answer["counts"][what].as_u64().unwrap_or(0)
}

#[test]
fn an_abandoned_plan_is_archived_whole_and_says_so_in_its_history() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    host.host().advance(168 * HOUR - 1);
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
    host.host().advance(1);
    assert_eq!(count(&tidy(&mut host), "archived"), 3);
    let all = ["shop", "design", "build", "check"].map(|id| status(&host, id));
    assert_eq!(all, ["archived", "completed", "archived", "archived"]);
    let kept = "SELECT group_concat(reason || ' ' || was || ' ' || ((remove_after - archived_at) / 86400000), ', ')
        FROM archive JOIN task ON seq = task WHERE id = 'build'";
    let kept: String = host.host().connection().query_row(kept, [], |row| row.get(0)).expect("rows");
    assert_eq!(kept, "stale pending 30");
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
}

#[test]
fn one_task_that_is_worked_on_keeps_its_whole_plan() {
    let mut host = host();
    let subtasks = [subtask("old", "coder", &[]), subtask("new", "coder", &[])];
    done(&mut host, "plan_task", json!({"task_id": "plan", "description": "d", "subtasks": subtasks}));
    host.host().advance(160 * HOUR);
    done(&mut host, "execute_task", json!({"task_id": "new"}));
    host.host().advance(20 * HOUR);
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
    assert_eq!(status(&host, "old"), "pending");
}

#[test]
fn a_plan_whose_one_part_is_held_or_written_for_is_worked_on() {
    let mut host = host();
    let subtasks = [subtask("old", "coder", &[]), subtask("new", "coder", &[])];
    done(&mut host, "plan_task", json!({"task_id": "plan", "description": "d", "subtasks": subtasks}));
    done(&mut host, "claim_task", json!({"task_id": "new", "agent": "ada", "lease_minutes": 1_440}));
    for _ in 0..16 {
        host.host().advance(12 * HOUR);
        done(
            &mut host,
            "claim_task",
            json!({"task_id": "new", "agent": "ada", "action": "renew", "lease_minutes": 1_440}),
        );
    }
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
    done(&mut host, "claim_task", json!({"task_id": "new", "agent": "ada", "action": "release"}));
    host.host().advance(6 * DAY);
    let write = json!({"action": "write", "task_id": "new", "name": "n", "content": "x"});
    let id = done(&mut host, "artifacts", write)["artifact_id"].clone();
    host.host().advance(6 * DAY);
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
    done(&mut host, "artifacts", json!({"action": "append", "artifact_id": id, "content": "y"}));
    host.host().advance(6 * DAY);
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
    host.host().advance(DAY);
    assert_eq!(count(&tidy(&mut host), "archived"), 3);
}

#[test]
fn a_narrow_scope_comes_by_its_own_however_much_is_due_elsewhere() {
    let mut host = host();
    for plan in ["many", "few"] {
        let parts: Vec<_> =
            (0..if plan == "many" { 500 } else { 1 }).map(|i| subtask(&format!("{plan}{i}"), "coder", &[])).collect();
        done(&mut host, "plan_task", json!({"task_id": plan, "description": "d", "subtasks": parts}));
    }
    let put = "UPDATE task SET status = 'archived' WHERE id <> 'few';
        INSERT INTO archive (task, workspace_id, reason, was, archived_at, remove_after)
            SELECT seq, workspace_id, 'stale', 'pending', 0, seq FROM task WHERE id <> 'few'";
    host.host().connection().execute_batch(put).expect("put away");
    let narrow = json!({"action": "scan_cleanup", "scope": "specific_subtask", "target_task_id": "few",
        "validation_level": "comprehensive"});
    assert_eq!(count(&done(&mut host, "maintenance_coordinator", narrow), "removed"), 1);
    assert_eq!(rows(&host, "task"), 502);
}

#[test]
fn what_is_held_is_not_archived() {
    let mut host = host();
    task(&mut host, "a");
    host.host().advance(200 * HOUR);
    let claim =
        "INSERT INTO claim (task, workspace_id, agent, session, claimed_at, until) VALUES (1, 1, 'ada', 's', 0, ?1)";
    host.host().connection().execute(claim, [i64::MAX]).expect("a claim");
    assert_eq!(count(&tidy(&mut host), "archived"), 0);
    assert_eq!(status(&host, "a"), "pending");
}

#[test]
fn what_was_archived_is_removed_when_its_time_is_over() {
    let mut host = host();
    shop(&mut host);
    let long = json!({"action": "write", "task_id": "build", "name": "n", "content": "x".repeat(300_000)});
    done(&mut host, "artifacts", long);
    host.host().advance(7 * DAY);
    assert_eq!(count(&tidy(&mut host), "archived"), 4);
    host.host().advance(30 * DAY - 1);
    assert_eq!(count(&tidy(&mut host), "removed"), 0);
    host.host().advance(1);
    assert_eq!(count(&tidy(&mut host), "removed"), 4);
    for table in ["task", "artifact", "artifact_chunk", "dependency", "archive", "work", "queue"] {
        assert_eq!(rows(&host, table), 0, "{table}");
    }
    let deleted = "SELECT count(*) FROM event WHERE kind = 'deleted'";
    assert_eq!(host.host().connection().query_row(deleted, [], |row| row.get::<_, i64>(0)), Ok(4));
    let counts = "SELECT sum(tasks) FROM status_count";
    assert_eq!(host.host().connection().query_row(counts, [], |row| row.get::<_, i64>(0)), Ok(0));
}

#[test]
fn what_others_wait_for_is_kept() {
    let mut host = host();
    task(&mut host, "first");
    host.host().advance(8 * DAY);
    tidy(&mut host);
    assert_eq!(status(&host, "first"), "archived");
    let insert = "INSERT INTO dependency (task, prerequisite) SELECT b.seq, a.seq FROM task a, task b
        WHERE a.id = 'first' AND b.id = 'second'";
    task(&mut host, "second");
    host.host().connection().execute(insert, []).expect("a dependency");
    host.host().connection().execute("UPDATE archive SET remove_after = 0", []).expect("due");
    let answer = tidy(&mut host);
    assert_eq!((count(&answer, "removed"), count(&answer, "kept_because_needed")), (0, 1));
    assert_eq!(rows(&host, "task"), 2);
    assert_eq!(count(&tidy(&mut host), "kept_because_needed"), 0, "it is looked at again in a week");
}

#[test]
fn claims_whose_time_is_over_are_taken_back() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    let claim = "INSERT INTO claim (task, workspace_id, agent, session, claimed_at, until)
        SELECT seq, workspace_id, 'ada', 's', 0, 1 FROM task WHERE id = 'design'";
    host.host().connection().execute(claim, []).expect("a claim");
    assert_eq!(count(&tidy(&mut host), "claims_released"), 1);
    assert_eq!((status(&host, "design").as_str(), rows(&host, "claim")), ("pending", 0));
    let kept = "SELECT count(*) FROM event, task WHERE kind = 'lease_expired' AND task_id = 'design' AND id = 'design'
        AND started_at IS NULL";
    assert_eq!(host.host().connection().query_row(kept, [], |row| row.get::<_, i64>(0)), Ok(1));
}

#[test]
fn one_run_changes_at_most_five_hundred_tasks_of_each_kind_and_says_so() {
    let mut host = host();
    task(&mut host, "first");
    let tasks = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 501)
        INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity, specialist,
            created_at, updated_at, description)
        SELECT i, 1, 't' || i, printf('%08x', i), 1, 0, 'Task ' || i, 'standard', 'pending', 'moderate', 'coder', 1, 1,
            'd' FROM n";
    host.host().connection().execute(tasks, []).expect("tasks");
    host.host().advance(200 * HOUR);
    let notes = |answer: &Value| answer["notes"].to_string();
    let first = tidy(&mut host);
    assert_eq!(count(&first, "archived"), 500);
    assert!(notes(&first).contains("500 tasks were archived at most; run it again for the rest."), "{first}");
    let second = tidy(&mut host);
    assert_eq!((count(&second, "archived"), notes(&second).contains("at most")), (1, false), "{second}");
    host.host().advance(60 * DAY);
    let first = tidy(&mut host);
    assert_eq!((count(&first, "removed"), rows(&host, "task")), (500, 1));
    let said = "500 archived tasks whose time is over were looked at at most; run it again for the rest.";
    assert!(notes(&first).contains(said), "{first}");
    let second = tidy(&mut host);
    assert_eq!((rows(&host, "task"), notes(&second).contains("at most")), (0, false), "{second}");
}

#[test]
fn one_run_takes_back_at_most_five_hundred_claims_and_says_so() {
    let mut host = host();
    let parts: Vec<_> = (0..500).map(|i| subtask(&format!("p{i}"), "coder", &[])).collect();
    done(&mut host, "plan_task", json!({"task_id": "p", "description": "d", "subtasks": parts}));
    task(&mut host, "one_more");
    let claims = "INSERT INTO claim (task, workspace_id, agent, session, claimed_at, until)
        SELECT seq, workspace_id, 'ada', 's', 0, 1 FROM task WHERE children = 0";
    host.host().connection().execute(claims, []).expect("claims");
    let first = tidy(&mut host);
    assert_eq!((count(&first, "claims_released"), rows(&host, "claim")), (500, 1));
    assert!(first["notes"].to_string().contains("500 claims were taken back at most; run it again"), "{first}");
    let second = tidy(&mut host);
    assert_eq!((count(&second, "claims_released"), rows(&host, "claim")), (1, 0));
    assert!(!second["notes"].to_string().contains("at most"), "{second}");
}

#[test]
fn one_run_removes_at_most_two_thousand_pieces_and_says_so() {
    let mut host = host();
    task(&mut host, "a");
    done(&mut host, "artifacts", json!({"action": "write", "task_id": "a", "name": "n", "content": "x"}));
    let pieces = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001)
        INSERT INTO artifact_chunk (artifact, position, begins_at, content) SELECT 1, i, i, 'x' FROM n";
    host.host().connection().execute(pieces, []).expect("pieces");
    host.host().advance(8 * DAY);
    assert_eq!(count(&tidy(&mut host), "archived"), 1);
    host.host().advance(60 * DAY);
    let first = tidy(&mut host);
    assert_eq!((rows(&host, "artifact_chunk"), rows(&host, "task")), (1, 1));
    assert!(first["notes"].to_string().contains("removed bit by bit; run it again for the rest."), "{first}");
    assert_eq!((count(&tidy(&mut host), "removed"), rows(&host, "task")), (1, 0));
}
