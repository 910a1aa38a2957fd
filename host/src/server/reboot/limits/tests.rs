use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::{Kind, Limits};

/// How many of so many are allowed at this moment.
fn allowed(limits: &Limits<FakeRelativeClock>, session: &str, kind: Kind, a_minute: u32) -> usize {
    (0..100).filter(|_| limits.take(session, kind, a_minute).is_ok()).count()
}

#[test]
fn claim_2_17_a_minute_has_so_many_tokens() {
    let clock = FakeRelativeClock::default();
    let limits = Limits::new(clock.clone());
    assert_eq!(allowed(&limits, "a", Kind::Restart, 1), 1);
    assert_eq!(allowed(&limits, "a", Kind::Status, 10), 10);
    assert_eq!(allowed(&limits, "a", Kind::ReconnectTest, 5), 5);
    assert_eq!(allowed(&limits, "a", Kind::Health, 0), 100, "0 is no limit");
    clock.advance(Duration::from_secs(60));
    assert_eq!(allowed(&limits, "a", Kind::Restart, 1), 1);
    assert_eq!(allowed(&limits, "a", Kind::Status, 10), 10, "as many as before, however long nobody asked");
}

#[test]
fn claim_2_18_it_says_after_how_many_seconds_there_is_one() {
    let clock = FakeRelativeClock::default();
    let limits = Limits::new(clock.clone());
    assert_eq!(limits.take("a", Kind::Restart, 1), Ok(()));
    assert_eq!(limits.take("a", Kind::Restart, 1), Err(60));
    clock.advance(Duration::from_millis(18_500));
    assert_eq!(limits.take("a", Kind::Restart, 1), Err(42), "not too early");
    clock.advance(Duration::from_secs(42));
    assert_eq!(limits.take("a", Kind::Restart, 1), Ok(()));
}

#[test]
fn an_emergency_has_a_bucket_of_its_own_and_so_has_every_session() {
    let limits = Limits::new(FakeRelativeClock::default());
    for kind in [Kind::Restart, Kind::Emergency, Kind::Rollback] {
        for session in ["a", "b"] {
            assert_eq!(allowed(&limits, session, kind, 1), 1, "{kind:?} of {session}");
        }
    }
}

#[test]
fn another_limit_applies_at_once() {
    let limits = Limits::new(FakeRelativeClock::default());
    assert_eq!(allowed(&limits, "a", Kind::Status, 2), 2);
    assert_eq!(allowed(&limits, "a", Kind::Status, 3), 3);
    assert_eq!(allowed(&limits, "a", Kind::Status, 0), 100);
}

#[test]
fn a_session_that_closed_is_forgotten() {
    let limits = Limits::new(FakeRelativeClock::default());
    assert_eq!(allowed(&limits, "a", Kind::Restart, 1), 1);
    limits.forget("a");
    assert!(limits.sessions.lock().is_empty());
}
