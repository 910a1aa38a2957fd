use crate::store::{DataDir, HostDb, HttpSession};

fn db() -> (tempfile::TempDir, HostDb) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().join("data"))).unwrap();
    let db = HostDb::open(&data).unwrap();
    (dir, db)
}

fn keep(db: &HostDb, key: u8) {
    let session = HttpSession {
        key: [key; 32],
        principal: None,
        params: "{}".to_owned(),
        log_level: None,
        opened_at: 1,
        last_seen: u64::from(key),
        expires: 100,
    };
    db.keep_http_session(&session).unwrap();
}

#[test]
fn a_session_has_what_its_client_subscribed_to_once_and_no_more_than_it_may() {
    let (_dir, db) = db();
    keep(&db, 1);
    keep(&db, 2);
    for uri in ["a://2", "a://1", "a://2", "a://3"] {
        db.subscribe_over_http(&[1; 32], uri, 2).unwrap();
    }
    db.subscribe_over_http(&[2; 32], "a://2", 2).unwrap();
    assert_eq!(db.subscriptions_over_http(&[1; 32]).unwrap(), ["a://1", "a://2"]);
    db.unsubscribe_over_http(&[1; 32], "a://2").unwrap();
    assert_eq!(db.subscriptions_over_http(&[1; 32]).unwrap(), ["a://1"]);
    assert_eq!(db.subscriptions_over_http(&[2; 32]).unwrap(), ["a://2"]);
}

#[test]
fn they_go_with_their_session() {
    let (_dir, db) = db();
    for key in [1, 2, 3] {
        keep(&db, key);
        db.subscribe_over_http(&[key; 32], "a://1", 2).unwrap();
    }
    db.subscribe_over_http(&[4; 32], "a://1", 2).unwrap();
    assert!(db.subscriptions_over_http(&[4; 32]).unwrap().is_empty(), "it has no session");
    db.forget_http_session(&[1; 32]).unwrap();
    assert_eq!(db.prune_http(10, 1).unwrap(), 1);
    let left = [1, 2, 3].map(|key| db.subscriptions_over_http(&[key; 32]).unwrap().len());
    assert_eq!(left, [0, 0, 1]);
}
