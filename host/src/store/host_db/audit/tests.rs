use serde_json::json;

use super::{AuditEntry, AuditOutcome, AuditWho};
use crate::store::{DataDir, HostDb};

fn db() -> (tempfile::TempDir, HostDb) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().to_owned())).unwrap();
    let db = HostDb::open(&data).unwrap();
    (dir, db)
}

fn entry(id: &str, outcome: AuditOutcome) -> AuditEntry {
    let who = AuditWho {
        client: "editor".to_owned(),
        version: "1".to_owned(),
        session: Some("s".to_owned()),
        transport: "stdio".to_owned(),
    };
    AuditEntry {
        id: id.to_owned(),
        at: 5,
        who,
        action: "orchestrator_restart_server".to_owned(),
        arguments: json!({ "timeout": 10 }),
        reason: Some("manual_request".to_owned()),
        outcome,
        error_code: None,
        swaps: Vec::new(),
    }
}

#[test]
fn attempts_are_newest_first_and_say_what_came_of_them() {
    let (_dir, db) = db();
    db.record_audit(&entry("1", AuditOutcome::Begun)).unwrap();
    let denied = AuditEntry { error_code: Some("PERMISSION_DENIED".to_owned()), ..entry("2", AuditOutcome::Denied) };
    db.record_audit(&denied).unwrap();
    let done = AuditEntry { swaps: vec!["swap".to_owned()], ..entry("1", AuditOutcome::Done) };
    db.record_audit(&done).unwrap();
    // A thread that was late.
    db.record_audit(&entry("1", AuditOutcome::Begun)).unwrap();
    assert_eq!(db.audit(10).unwrap(), [denied.clone(), done]);
    assert_eq!(db.audit(1).unwrap(), [denied]);
}

#[test]
fn the_oldest_attempts_are_forgotten() {
    let (_dir, db) = db();
    db.record_audit(&entry("oldest", AuditOutcome::Done)).unwrap();
    let many = "WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
        INSERT INTO audit SELECT n, 'n' || n, at, action, outcome, entry FROM n, audit WHERE number = 1";
    db.connection.lock().execute(many, []).unwrap();
    db.record_audit(&entry("newest", AuditOutcome::Done)).unwrap();
    let known = db.audit(20_000).unwrap();
    assert_eq!((known.len(), known[0].id.as_str()), (10_000, "newest"));
    let oldest = "SELECT count(*) FROM audit WHERE id = 'oldest'";
    assert_eq!(db.connection.lock().query_row(oldest, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
}

#[test]
fn the_column_says_what_the_entry_says() {
    use AuditOutcome as O;
    for outcome in [O::Begun, O::Done, O::Scheduled, O::Denied, O::Failed] {
        assert_eq!(json!(outcome), outcome.as_str());
    }
}
