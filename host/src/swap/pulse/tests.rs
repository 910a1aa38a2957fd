use super::Pulse;
use crate::model::swap::{Origin, Refusal, SwapOutcome, SwapPhase, SwapReport};
use crate::swap::report::Draft;

fn report(outcome: SwapOutcome) -> SwapReport {
    let draft = Draft::new(&"guest".parse().unwrap(), Origin::CommandLine, None);
    SwapReport { outcome, ..draft.finish() }
}

fn refused() -> SwapOutcome {
    let (code, message) = ("busy".to_owned(), "it is busy".to_owned());
    SwapOutcome::Refused(Refusal { code, message, phase: SwapPhase::Quiescing, hint: None })
}

#[test]
fn a_swap_is_counted_under_what_came_of_it() {
    let pulse = Pulse::default();
    pulse.swapped(&report(SwapOutcome::Committed));
    pulse.swapped(&report(SwapOutcome::Unchanged));
    pulse.swapped(&report(refused()));
    pulse.withdrawn();
    let now = pulse.look();
    assert_eq!(now.swaps, [1, 0, 1, 1, 1]);
    assert_eq!(now.pauses.all(), 1, "only what was committed made anybody wait");
    assert_eq!((now.restarts_successful, now.restarts_failed, now.losses), (0, 0, 0));
}

#[test]
fn a_restart_is_successful_or_failed_and_what_it_lost_is_counted() {
    let pulse = Pulse::default();
    pulse.swapped(&SwapReport { restart: true, ..report(refused()) });
    let warnings = vec!["export: it trapped: its last exported state was used".to_owned()];
    pulse.swapped(&SwapReport { restart: true, warnings, ..report(SwapOutcome::Committed) });
    let now = pulse.look();
    assert_eq!((now.restarts_successful, now.restarts_failed, now.losses), (1, 1, 1));
}

#[test]
fn a_transaction_that_came_to_nothing_is_no_commit() {
    let pulse = Pulse::default();
    pulse.committed(3, true);
    pulse.committed(5, false);
    let now = pulse.look();
    assert_eq!((now.commits, now.uncommitted), (1, 1));
    assert_eq!((now.batches.all(), now.batches.sum), (1, 3));
}
