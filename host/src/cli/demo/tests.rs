use std::collections::HashMap;

use super::super::load::{Answer, Call};
use super::numbered::{Books, compare};

#[test]
fn what_was_acknowledged_is_there_once() {
    let calls = [call(1, Answer::Done), call(2, Answer::Done), call(3, Answer::None), call(4, Answer::None)];
    let kept = HashMap::from([(1, 1), (2, 1), (3, 1)]);
    assert_eq!(compare(&calls, &kept), Books { lost: 0, doubled: 0, unanswered: 2, kept: 1 });
}

#[test]
fn what_is_missing_or_there_twice_is_found() {
    let calls = [call(1, Answer::Done), call(2, Answer::Done), call(3, Answer::None), call(4, Answer::Refused)];
    let kept = HashMap::from([(2, 2), (3, 2), (4, 1)]);
    assert_eq!(compare(&calls, &kept), Books { lost: 1, doubled: 2, unanswered: 1, kept: 0 });
}

#[test]
fn calls_that_only_read_leave_nothing_to_find() {
    let reads = Call { writes: false, ..call(1, Answer::Done) };
    assert_eq!(compare(&[reads], &HashMap::new()), Books::default());
}

fn call(number: u64, answer: Answer) -> Call {
    Call { number, writes: true, sent_us: 0, ended_us: 1, answer }
}
