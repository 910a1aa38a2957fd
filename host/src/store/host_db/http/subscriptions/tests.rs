use super::super::tests::{db, session};

#[test]
fn a_session_has_what_its_client_subscribed_to_once_and_no_more_than_it_may() {
    let (_dir, db) = db();
    for key in [1, 2] {
        db.keep_http_session(&session(key, 100)).unwrap();
    }
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
        db.keep_http_session(&session(key, 100)).unwrap();
        db.subscribe_over_http(&[key; 32], "a://1", 2).unwrap();
    }
    db.subscribe_over_http(&[4; 32], "a://1", 2).unwrap();
    assert!(db.subscriptions_over_http(&[4; 32]).unwrap().is_empty(), "it has no session");
    db.forget_http_session(&[1; 32]).unwrap();
    assert_eq!(db.prune_http(10, 1).unwrap(), 1);
    let left = [1, 2, 3].map(|key| db.subscriptions_over_http(&[key; 32]).unwrap().len());
    assert_eq!(left, [0, 0, 1]);
}
