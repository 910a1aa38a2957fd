//! Who counts as reachable.

use std::time::Duration;

use super::{Client, Found, has_ping, judge};

const LIMIT: Duration = Duration::from_millis(50);

#[test]
fn whoever_answers_is_there() {
    let took = Found::Answered(Duration::from_micros(1_500));
    assert_eq!(judge(&took, true, false, LIMIT), ("ping", true, "reachable".to_owned()));
    assert_eq!(took.round_trip_ms(), Some(1.5));
}

#[test]
fn whoever_is_silent_is_not_unless_it_is_the_one_that_asks() {
    let (method, reachable, status) = judge(&Found::Silent, true, false, LIMIT);
    assert_eq!((method, reachable), ("ping", false));
    assert!(status.contains("50 ms"), "{status}");
    let (method, reachable, status) = judge(&Found::Silent, true, true, LIMIT);
    assert_eq!((method, reachable), ("request", true));
    assert!(status.contains("has not answered a ping"), "{status}");
}

#[test]
fn where_there_is_no_ping_the_connection_says() {
    assert!(judge(&Found::NoPing, true, false, LIMIT).1);
    assert!(!judge(&Found::NoPing, false, false, LIMIT).1);
    let of = |protocol: &str| Client { protocol: protocol.to_owned(), ..Client::default() };
    assert!(has_ping(&of("2024-11-05")) && has_ping(&of("2025-11-25")) && !has_ping(&of("2026-07-28")));
}
