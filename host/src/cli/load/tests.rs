use std::collections::HashMap;
use std::time::Duration;

use super::books::{Books, compare};
use super::chart::chart;
use super::latency::{Latency, split};
use super::ledger::{Answer, Call};
use super::swaps::Swapped;
use crate::model::SlotName;
use crate::model::swap::{Origin, SwapOutcome, SwapReport};

#[test]
fn a_percentile_is_a_value_that_occurred() {
    let latency: Latency = (1..=200).rev().collect();
    assert_eq!(latency.at(50), Duration::from_micros(100));
    assert_eq!(latency.at(99), Duration::from_micros(198));
    assert_eq!(latency.max(), Duration::from_micros(200));
    assert_eq!(Latency::default().at(99), Duration::ZERO);
}

#[test]
fn a_call_met_a_swap_if_it_was_under_way_in_the_pause() {
    let swaps = [swap(100, (150, 20), 200), swap(300, (350, 20), 400)];
    let calls = [
        call(0, 90),    // before all
        call(90, 110),  // while the first was tried
        call(140, 150), // answered as the pause began
        call(160, 180), // sent in the pause
        call(175, 190), // after the pause
        call(90, 500),  // longer than everything
        call(110, 360), // from one swap into the next
        call(210, 290), // between the two
        call(500, 510), // after all
    ];
    let split = split(&calls, &swaps);
    assert_eq!((split.quiet.len(), split.beside.len(), split.met.len()), (3, 2, 4));
    assert_eq!(split.met.max(), Duration::from_micros(410));
    assert_eq!((split.like_met.len(), split.like_met.max()), (1, Duration::from_micros(80)), "between the two");
}

#[test]
fn calls_without_a_good_answer_are_not_timed() {
    let calls = [Call { answer: Answer::None, ..call(0, 10) }, Call { answer: Answer::Refused, ..call(0, 10) }];
    let split = split(&calls, &[]);
    assert_eq!(split.quiet.len() + split.beside.len() + split.met.len(), 0);
}

#[test]
fn a_chart_shows_every_call_in_eighty_columns() {
    let left: Latency = (0..1_000_000).map(|number| number % 3_000).collect();
    let right: Latency = [150, 700, 800, 600_000].into_iter().collect();
    let chart = chart(("met no swap: 1000000 calls", &left), ("met a swap: 4 calls", &right));
    assert!(chart.lines().all(|line| line.chars().count() <= 80), "{chart}");
    assert_eq!(chart.lines().filter(|line| line.contains("≤ 1 ms")).count(), 1, "{chart}");
    let last = chart.lines().last().expect("there are rows");
    assert!(last.contains("> 500 ms") && last.ends_with("█ 1"), "{chart}");
    assert!(chart.contains("≤ 0.05 ms"), "{chart}");
}

#[test]
fn a_chart_of_nothing_is_a_heading() {
    let nothing = Latency::default();
    assert_eq!(chart(("a", &nothing), ("b", &nothing)).lines().count(), 1);
}

#[test]
fn what_was_acknowledged_is_there_once() {
    let calls =
        [numbered(1, Answer::Done), numbered(2, Answer::Done), numbered(3, Answer::None), numbered(4, Answer::None)];
    let kept = HashMap::from([(1, 1), (2, 1), (3, 1)]);
    assert_eq!(compare(&calls, &kept), Books { lost: 0, doubled: 0, unanswered: 2, kept: 1 });
}

#[test]
fn what_is_missing_or_there_twice_is_found() {
    let calls =
        [numbered(1, Answer::Done), numbered(2, Answer::Done), numbered(3, Answer::None), numbered(4, Answer::Refused)];
    let kept = HashMap::from([(2, 2), (3, 2), (4, 1)]);
    assert_eq!(compare(&calls, &kept), Books { lost: 1, doubled: 2, unanswered: 1, kept: 0 });
}

#[test]
fn calls_that_only_read_leave_nothing_to_find() {
    let reads = Call { writes: false, ..numbered(1, Answer::Done) };
    assert_eq!(compare(&[reads], &HashMap::new()), Books::default());
}

fn numbered(number: u64, answer: Answer) -> Call {
    Call { number, answer, ..call(0, 1) }
}

fn call(sent_us: u64, ended_us: u64) -> Call {
    Call { number: 0, writes: true, sent_us, ended_us, answer: Answer::Done }
}

fn swap(asked_us: u64, (paused_at_us, pause_us): (u64, u64), answered_us: u64) -> Swapped {
    let report = SwapReport {
        id: "1".to_owned(),
        slot: SlotName::orchestrator(),
        origin: Origin::CommandLine,
        reason: None,
        requested_at: 0,
        from: None,
        to: None,
        outcome: SwapOutcome::Committed,
        drift: None,
        replay: None,
        migrations: Vec::new(),
        steps: Vec::new(),
        pause_us,
        paused_at_us,
        waited_calls: 0,
        orphaned_calls: 0,
        warnings: Vec::new(),
        restart: false,
        backup: None,
    };
    Swapped { report, asked_us, answered_us }
}
