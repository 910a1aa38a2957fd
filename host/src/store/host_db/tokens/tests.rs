use serde_json::json;

use super::{GOOD, Revoked, TokenReader, TokenRow};
use crate::config::Role;
use crate::model::{AccessToken, TokenHash, chain};
use crate::store::host_db::audit::{AuditEntry, AuditOutcome, AuditWho};
use crate::store::{DataDir, HostDb};

fn db() -> (tempfile::TempDir, DataDir, HostDb) {
    let root = tempfile::tempdir().unwrap();
    let dir = DataDir::open(Some(root.path().to_owned())).unwrap();
    let db = HostDb::open(&dir).unwrap();
    (root, dir, db)
}

fn token(number: u8) -> AccessToken {
    AccessToken::new([number; 5], &[number; 32])
}

fn row(token: &AccessToken, expires_at: Option<u64>) -> TokenRow {
    TokenRow {
        id: token.id().to_owned(),
        name: "editor".to_owned(),
        role: Role::Operator,
        created_at: 5,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    }
}

fn attempt(action: &str) -> AuditEntry {
    let who = AuditWho {
        client: "mainstay".to_owned(),
        version: "1".to_owned(),
        session: None,
        transport: "command line".to_owned(),
    };
    AuditEntry {
        id: format!("{action} {}", rand::random::<u64>()),
        at: 5,
        who,
        action: action.to_owned(),
        arguments: json!({}),
        reason: None,
        outcome: AuditOutcome::Done,
        error_code: None,
        swaps: Vec::new(),
    }
}

fn create(db: &HostDb, token: &AccessToken, expires_at: Option<u64>) -> bool {
    db.create_token(&row(token, expires_at), &token.hash(), &attempt("create")).unwrap()
}

fn revoke(db: &HostDb, id: &str, at: u64) -> Revoked {
    db.revoke_token(id, at, |_| attempt("revoke")).unwrap()
}

#[test]
fn a_token_is_found_by_whoever_looks_and_a_revoked_one_is_known_as_that_at_once() {
    let (_root, dir, db) = db();
    let reader = TokenReader::open(&dir).unwrap().unwrap();
    let one = token(1);
    assert!(reader.find(one.id()).unwrap().is_none());
    assert!(create(&db, &one, Some(9)));
    assert_eq!(reader.find(one.id()).unwrap().unwrap(), (row(&one, Some(9)), one.hash()));
    assert!(reader.find("other").unwrap().is_none());
    // As another process does.
    let beside = HostDb::open_beside(&dir).unwrap().unwrap();
    let revoked = TokenRow { revoked_at: Some(7), ..row(&one, Some(9)) };
    assert_eq!(revoke(&beside, one.id(), 7), Revoked::Now(revoked.clone()));
    assert_eq!(reader.find(one.id()).unwrap().unwrap().0, revoked);
    assert_eq!(revoke(&db, one.id(), 8), Revoked::Before(revoked));
    assert_eq!(revoke(&db, "other", 8), Revoked::Unknown);
    let actions: Vec<_> = db.audit(10).unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["revoke", "revoke", "revoke", "create"]);
}

#[test]
fn a_token_is_good_until_it_expires_or_is_revoked() {
    let (_root, _dir, db) = db();
    for (number, expires_at) in [(1, None), (2, Some(10)), (3, Some(20))] {
        create(&db, &token(number), expires_at);
    }
    assert_eq!([9, 10, 19, 20].map(|now| db.good_tokens(now).unwrap()), [3, 2, 2, 1]);
    revoke(&db, token(1).id(), 6);
    assert_eq!(db.good_tokens(9).unwrap(), 2);
    let good: Vec<_> = db.tokens().unwrap().iter().map(|row| (row.id.clone(), row.is_good(10))).collect();
    let id = |number| token(number).id().to_owned();
    assert_eq!(good, [(id(1), false), (id(2), false), (id(3), true)]);
}

#[test]
fn use_is_noted_and_never_goes_back() {
    let (_root, _dir, db) = db();
    create(&db, &token(1), None);
    for at in [600, 1_200, 600] {
        db.note_token(token(1).id(), at).unwrap();
    }
    assert_eq!(db.tokens().unwrap()[0].last_used_at, Some(1_200));
}

#[test]
fn there_are_only_so_many() {
    let (_root, _dir, db) = db();
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
        INSERT INTO token SELECT ?2 || n, zeroblob(32), '', 'user', n, NULL, NULL, ?3 FROM n";
    db.connection.lock().execute(many, (1_005, "revoked", 1)).unwrap();
    db.connection.lock().execute(many, (GOOD - 1, "good", None::<u64>)).unwrap();
    assert!(create(&db, &token(1), None));
    // Of those that are over, the newest stay.
    let ids: Vec<_> = db.tokens().unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids.iter().filter(|id| id.starts_with("revoked")).count(), 1_000);
    assert!(ids.contains(&"revoked1005".to_owned()) && !ids.contains(&"revoked5".to_owned()));
    assert!(!create(&db, &token(2), None));
    revoke(&db, "good1", 9);
    assert!(create(&db, &token(2), None));
}

#[test]
fn a_token_that_cannot_be_kept_is_in_no_audit_log() {
    let (_root, _dir, db) = db();
    create(&db, &token(1), None);
    let again = db.create_token(&row(&token(1), None), &TokenHash::from_bytes([0; 32]), &attempt("create"));
    assert!(again.is_err());
    assert_eq!(db.audit(10).unwrap().len(), 1);
}

#[test]
fn a_role_that_is_not_known_is_an_error_and_no_role() {
    let (_root, dir, db) = db();
    create(&db, &token(1), None);
    db.connection.lock().execute("UPDATE token SET role = 'admin'", []).unwrap();
    let error = TokenReader::open(&dir).unwrap().unwrap().find(token(1).id()).unwrap_err();
    assert!(chain(&error).contains("there is no role \"admin\""), "{error:?}");
}

#[test]
fn a_file_of_the_format_before_has_no_tokens_until_a_host_opens_it() {
    let (_root, dir, db) = db();
    db.connection
        .lock()
        .execute_batch(
            "DROP TABLE token; DROP TABLE http_event; DROP TABLE http_session; DROP TABLE http_subscription;
             PRAGMA user_version = 2",
        )
        .unwrap();
    drop(db);
    assert!(HostDb::open_beside(&dir).unwrap().is_none());
    assert!(HostDb::open_reader(&dir).unwrap().unwrap().tokens().unwrap().is_empty());
    assert_eq!(HostDb::open_reader(&dir).unwrap().unwrap().good_tokens(0).unwrap(), 0);
    let db = HostDb::open(&dir).unwrap();
    assert!(create(&db, &token(1), None));
    assert!(HostDb::open_beside(&dir).unwrap().is_some());
}

/// A transaction that began by reading could not go on to write here.
#[test]
fn two_processes_write_in_turns() {
    let (_root, dir, db) = db();
    let write = |db: &HostDb, from: u8| {
        for number in from..from + 40 {
            assert!(create(db, &token(number), None));
            revoke(db, token(number).id(), 9);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| write(&HostDb::open_beside(&dir).unwrap().unwrap(), 100));
        write(&db, 1);
    });
    assert_eq!(db.tokens().unwrap().len(), 80);
}
