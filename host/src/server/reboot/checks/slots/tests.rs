//! What is said of a slot, by what was found.

use std::time::Duration;

use super::{SlotFigures, Status, figures};
use crate::model::SlotName;
use crate::model::swap::{Attempts, SlotStatus, SwapPhase};
use crate::swap::SlotCheck;

const LIMIT: Duration = Duration::from_millis(250);

fn good() -> SlotCheck {
    let took = Duration::from_micros(80);
    SlotCheck { opened: Ok(()), database: Some(Ok(took)), probe: Some(Ok(took)), stuck: false }
}

fn status() -> SlotStatus {
    SlotStatus {
        slot: SlotName::orchestrator(),
        serving: None,
        phase: SwapPhase::Idle,
        stalled: None,
        previous: None,
        activated_at: 0,
        calls: 0,
        traps: 0,
        queued: 3,
        waiting: 1,
        attempts: Attempts::default(),
        restored: None,
        problem: None,
    }
}

fn looked(check: SlotCheck, status: SlotStatus) -> SlotFigures {
    figures(check, status, LIMIT)
}

#[test]
fn a_slot_that_answers_has_figures_and_no_problem() {
    let found = looked(good(), status());
    assert_eq!((found.status, found.probe_us, found.queued, found.waiting), (Status::Operational, Some(80), 3, 1));
    assert_eq!((found.problem, found.in_the_way), (None, None));
}

#[test]
fn a_slot_that_does_not_answer_is_stuck_and_says_what_helps() {
    let found = looked(SlotCheck { database: None, probe: None, stuck: true, ..good() }, status());
    let problem = found.problem.unwrap();
    assert_eq!(found.status, Status::Stuck);
    assert!(problem.contains("slot orchestrator is stuck") && problem.contains("250 ms"), "{problem}");
    assert!(problem.contains("graceful=false"), "{problem}");
    assert_eq!(found.in_the_way, Some(problem));
}

#[test]
fn whatever_fails_is_named() {
    let failed = || Some(Err("no".to_owned()));
    for (check, status, expected) in [
        (SlotCheck { opened: Err("no".to_owned()), ..good() }, status(), "slot orchestrator cannot be opened: no"),
        (SlotCheck { database: failed(), ..good() }, status(), "slot orchestrator cannot be written: no"),
        (SlotCheck { probe: failed(), ..good() }, status(), "slot orchestrator fails its own test: no"),
        (
            good(),
            SlotStatus { stalled: Some("no".to_owned()), ..status() },
            "slot orchestrator has no plugin that serves: no",
        ),
    ] {
        let found = looked(check, status);
        assert_eq!((found.status, found.problem.as_deref()), (Status::Failed, Some(expected)));
    }
}

#[test]
fn a_swap_under_way_is_in_the_way_and_no_problem_and_probation_is_neither() {
    let found = looked(good(), SlotStatus { phase: SwapPhase::Quiescing, ..status() });
    assert_eq!((found.status, found.problem), (Status::Operational, None));
    assert_eq!(found.in_the_way.unwrap(), "slot orchestrator is being exchanged (phase quiescing)");
    let found = looked(good(), SlotStatus { phase: SwapPhase::Probation, ..status() });
    assert_eq!(found.in_the_way, None);
}
