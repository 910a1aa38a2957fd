use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};

use super::{Due, LOOK, Moment};
use crate::config::When;

/// The clocks of a test.
struct Clocks {
    wall: DateTime<FixedOffset>,
    steady: Instant,
    idle: Duration,
}

impl Clocks {
    fn at(wall: &str) -> Self {
        let wall = DateTime::parse_from_rfc3339(wall).unwrap();
        // Some time after the machine's start, so that a moment before it can be told.
        Self { wall, steady: Instant::now() + Duration::from_secs(1 << 20), idle: Duration::ZERO }
    }

    fn now(&self) -> Moment<FixedOffset> {
        Moment { wall: self.wall, steady: self.steady, idle: self.idle }
    }

    /// Time goes by, and no client asks for anything.
    fn pass(&mut self, seconds: u64) {
        let time = Duration::from_secs(seconds);
        self.wall += time;
        self.steady += time;
        self.idle += time;
    }

    /// Somebody sets the wall clock.
    fn set(&mut self, wall: &str) {
        self.wall = DateTime::parse_from_rfc3339(wall).unwrap();
    }

    /// How often something was done in so many seconds, looked at as often as it asks for.
    fn count(&mut self, due: &mut Due, seconds: u64) -> usize {
        let end = self.wall + Duration::from_secs(seconds);
        let mut done = 0;
        while self.wall < end {
            done += usize::from(due.take(&self.now()));
            let wait = due.wait(&self.now()).as_secs().max(1);
            self.pass(wait.min((end - self.wall).to_std().unwrap().as_secs().max(1)));
        }
        done
    }
}

fn cron(pattern: &str) -> When {
    When::Cron(Box::new(pattern.parse().unwrap()))
}

fn idle(minutes: u64) -> When {
    When::Idle(Duration::from_secs(minutes * 60))
}

#[test]
fn an_occurrence_is_done_once_in_the_hosts_own_time_zone() {
    let mut clocks = Clocks::at("2026-11-21T02:59:00+05:30");
    let mut due = Due::new(&cron("0 3 * * *"), None, &clocks.now());
    assert!(!due.take(&clocks.now()));
    assert_eq!(due.wait(&clocks.now()), LOOK);
    clocks.pass(59);
    assert_eq!(due.wait(&clocks.now()), Duration::from_secs(1));
    clocks.pass(1);
    assert!(due.take(&clocks.now()));
    assert!(!due.take(&clocks.now()));
    assert_eq!(clocks.count(&mut due, 3 * 24 * 60 * 60 + 1), 3);
}

#[test]
fn seconds_may_be_given() {
    let mut clocks = Clocks::at("2026-11-21T03:00:00+00:00");
    let mut due = Due::new(&cron("*/2 * * * * *"), None, &clocks.now());
    assert_eq!(clocks.count(&mut due, 20), 9);
}

#[test]
fn what_a_machine_slept_through_is_done_once_when_it_wakes() {
    let mut clocks = Clocks::at("2026-11-20T23:00:00+00:00");
    let mut due = Due::new(&cron("0 3 * * *"), None, &clocks.now());
    assert!(!due.take(&clocks.now()));
    // The steady clock stands still meanwhile.
    clocks.set("2026-11-25T08:00:00+00:00");
    assert!(due.take(&clocks.now()));
    assert!(!due.take(&clocks.now()));
    clocks.set("2026-11-26T03:00:00+00:00");
    assert!(due.take(&clocks.now()));
}

#[test]
fn a_clock_that_is_put_back_brings_nothing_twice() {
    let mut clocks = Clocks::at("2026-11-21T02:59:59+00:00");
    let mut due = Due::new(&cron("0 * * * *"), None, &clocks.now());
    clocks.pass(2);
    assert!(due.take(&clocks.now()));
    // Three o'clock comes again, and four is new.
    clocks.set("2026-11-21T02:30:00+00:00");
    assert_eq!(clocks.count(&mut due, 89 * 60), 0);
    assert_eq!(clocks.count(&mut due, 2 * 60), 1);
}

#[test]
fn a_clock_that_was_far_ahead_does_not_end_a_schedule() {
    let mut clocks = Clocks::at("2026-11-21T02:30:00+00:00");
    let mut due = Due::new(&cron("0 3 * * *"), None, &clocks.now());
    clocks.set("2036-11-21T02:30:00+00:00");
    assert!(due.take(&clocks.now()), "it cannot know yet that the clock is wrong");
    clocks.set("2026-11-21T02:31:00+00:00");
    assert!(!due.take(&clocks.now()));
    assert_eq!(clocks.count(&mut due, 60 * 60), 1);
}

#[test]
fn what_was_seen_to_before_the_host_began_is_not_done_again_and_the_rest_is() {
    let clocks = Clocks::at("2026-11-21T08:00:00+00:00");
    let noted = |text: &str| u64::try_from(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()).ok();
    let due = |noted| Due::new(&cron("0 3 * * *"), noted, &clocks.now()).take(&clocks.now());
    assert!(!due(None));
    assert!(!due(noted("2026-11-21T03:00:01+00:00")));
    assert!(due(noted("2026-11-20T03:00:01+00:00")));
    let mut done = Due::new(&cron("0 3 * * *"), noted("2026-11-20T03:00:01+00:00"), &clocks.now());
    assert!(done.take(&clocks.now()));
    assert_eq!(done.seen_to(), noted("2026-11-21T08:00:00+00:00"));
}

#[test]
fn a_date_that_never_comes_does_no_harm() {
    let clocks = Clocks::at("2026-11-21T08:00:00+00:00");
    let mut due = Due::new(&cron("0 3 30 2 *"), None, &clocks.now());
    assert!(!due.take(&clocks.now()));
    assert_eq!(due.wait(&clocks.now()), LOOK);
}

#[test]
fn idle_is_done_once_until_somebody_asks_for_something() {
    let mut clocks = Clocks::at("2026-11-21T08:00:00+00:00");
    let mut due = Due::new(&idle(10), None, &clocks.now());
    clocks.pass(9 * 60 + 50);
    assert!(!due.take(&clocks.now()));
    assert_eq!(due.wait(&clocks.now()), Duration::from_secs(10));
    clocks.pass(10);
    assert!(due.take(&clocks.now()));
    assert_eq!(clocks.count(&mut due, 60 * 60), 0);
    // A request, and one that takes long.
    clocks.idle = Duration::ZERO;
    assert!(!due.take(&clocks.now()));
    for _ in 0..20 {
        clocks.pass(60);
        clocks.idle = Duration::ZERO;
        assert!(!due.take(&clocks.now()));
    }
    assert_eq!(clocks.count(&mut due, 60 * 60), 1);
    assert_eq!(due.seen_to(), None);
}

#[test]
fn a_wall_clock_that_is_set_makes_nobody_idle() {
    let mut clocks = Clocks::at("2026-11-21T08:00:00+00:00");
    let mut due = Due::new(&idle(10), None, &clocks.now());
    clocks.set("2030-01-01T00:00:00+00:00");
    assert!(!due.take(&clocks.now()));
}
