use std::time::Duration;

use super::{EventBounds, HttpEvent, HttpSession, SessionKey};
use crate::store::{DataDir, HostDb};

const BOUNDS: EventBounds = EventBounds { events: 3, bytes: 1_000 };

pub(super) fn db() -> (tempfile::TempDir, HostDb) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::open(Some(dir.path().join("data"))).unwrap();
    let db = HostDb::open(&data).unwrap();
    (dir, db)
}

pub(super) fn session(key: u8, expires: u64) -> HttpSession {
    HttpSession {
        key: [key; 32],
        principal: Some("token:1".to_owned()),
        params: "{}".to_owned(),
        log_level: None,
        opened_at: 1,
        last_seen: u64::from(key),
        expires,
    }
}

fn event(key: u8, stream: &str, place: u64, sealed: &[u8]) -> HttpEvent {
    HttpEvent {
        key: [key; 32],
        stream: stream.to_owned(),
        place,
        common: stream.ends_with("-0"),
        handed: false,
        expires: 100,
        sealed: sealed.to_owned(),
    }
}

fn places(db: &HostDb, key: SessionKey, stream: &str, after: u64) -> Vec<u64> {
    db.http_events(&key, stream, after, 10).unwrap().iter().map(|event| event.place).collect()
}

#[test]
fn a_session_is_found_until_it_expires_or_ends() {
    let (_dir, db) = db();
    db.keep_http_session(&session(1, 50)).unwrap();
    db.set_http_log_level(&[1; 32], "warning").unwrap();
    let found = db.http_session(&[1; 32], 49).unwrap().unwrap();
    assert_eq!(found, HttpSession { log_level: Some("warning".to_owned()), ..session(1, 50) });
    assert!(db.http_session(&[1; 32], 50).unwrap().is_none());
    assert!(db.http_session(&[2; 32], 0).unwrap().is_none());
    db.touch_http_sessions(&[([1; 32], 60)], Duration::from_millis(40)).unwrap();
    let found = db.http_session(&[1; 32], 99).unwrap().unwrap();
    assert_eq!((found.last_seen, found.expires), (60, 100));
    db.keep_http_events(&[event(1, "a-1", 1, b"x")], BOUNDS).unwrap();
    db.forget_http_session(&[1; 32]).unwrap();
    assert!(db.http_session(&[1; 32], 0).unwrap().is_none());
    assert!(places(&db, [1; 32], "a-1", 0).is_empty());
}

#[test]
fn of_each_session_the_newest_messages_are_kept() {
    let (_dir, db) = db();
    for key in [1, 2] {
        db.keep_http_session(&session(key, 50)).unwrap();
    }
    let all: Vec<_> = (1..=5).map(|place| event(1, "a-1", place, b"x")).collect();
    db.keep_http_events(&all, BOUNDS).unwrap();
    db.keep_http_events(&[event(2, "a-1", 7, b"x"), event(2, "a-1", 7, b"again")], BOUNDS).unwrap();
    assert_eq!(places(&db, [1; 32], "a-1", 0), [3, 4, 5]);
    assert_eq!(places(&db, [1; 32], "a-1", 4), [5]);
    assert_eq!(db.http_events(&[2; 32], "a-1", 0, 10).unwrap()[0].sealed, b"x");
    // The bytes count too: with this one, the others are too many.
    db.keep_http_events(&[event(1, "a-1", 6, &[0; 999])], BOUNDS).unwrap();
    assert_eq!(places(&db, [1; 32], "a-1", 0), [5, 6]);
    assert!(db.http_events(&[1; 32], "a-1", 0, 100).unwrap().is_empty());
}

#[test]
fn a_session_that_is_not_kept_has_no_messages() {
    let (_dir, db) = db();
    db.keep_http_events(&[event(1, "a-1", 1, b"x")], BOUNDS).unwrap();
    assert!(places(&db, [1; 32], "a-1", 0).is_empty());
}

#[test]
fn what_nobody_was_given_is_taken_once() {
    let (_dir, db) = db();
    db.keep_http_session(&session(1, 50)).unwrap();
    let given = HttpEvent { handed: true, ..event(1, "a-0", 1, b"given") };
    db.keep_http_events(&[given, event(1, "a-0", 2, b"new"), event(1, "a-1", 1, b"answer")], BOUNDS).unwrap();
    let taken = db.take_http_notices(&[1; 32], 10).unwrap();
    assert_eq!(taken.iter().map(|event| event.sealed.as_slice()).collect::<Vec<_>>(), [b"new"]);
    assert!(db.take_http_notices(&[1; 32], 10).unwrap().is_empty());
    assert_eq!(places(&db, [1; 32], "a-0", 0), [1, 2]);
}

#[test]
fn pruning_takes_what_expired_and_what_was_used_longest_ago() {
    let (_dir, db) = db();
    for key in 1..=4 {
        db.keep_http_session(&session(key, if key == 4 { 20 } else { 50 })).unwrap();
        db.keep_http_events(&[event(key, "a-1", 1, b"x")], BOUNDS).unwrap();
    }
    assert_eq!(db.prune_http(20, 2).unwrap(), 2);
    let left: Vec<_> = (1..=4).filter(|key| db.http_session(&[*key; 32], 0).unwrap().is_some()).collect();
    assert_eq!(left, [2, 3]);
    let left: Vec<_> = (1..=4).filter(|key| !places(&db, [*key; 32], "a-1", 0).is_empty()).collect();
    assert_eq!(left, [2, 3]);
    assert_eq!(db.prune_http(100, 2).unwrap(), 2);
}
