use serde_json::json;

use super::{Estimate, percentiles, phase_of};
use crate::model::swap::{Origin, StepTime, SwapOutcome, SwapReport};

fn restart(steps: &[(&str, u64)]) -> SwapReport {
    let steps = steps.iter().map(|&(step, micros)| StepTime { step: step.to_owned(), micros });
    SwapReport {
        id: String::new(),
        slot: "a".parse().unwrap(),
        origin: Origin::CommandLine,
        reason: None,
        requested_at: 0,
        from: None,
        to: None,
        outcome: SwapOutcome::Committed,
        drift: None,
        replay: None,
        migrations: Vec::new(),
        steps: steps.collect(),
        pause_us: 0,
        paused_at_us: 0,
        waited_calls: 0,
        orphaned_calls: 0,
        warnings: Vec::new(),
        restart: true,
        backup: None,
    }
}

#[test]
fn an_estimate_is_the_middle_of_what_it_took() {
    let took = |load, commit| restart(&[("load", load), ("quiesce", 1_000), ("commit", commit)]);
    let failed = SwapReport { outcome: SwapOutcome::Unchanged, ..took(90_000_000, 0) };
    let reports = [failed, took(40_000, 2_000), took(1_000_000, 3_000), took(20_000, 1_000)];
    let estimate = Estimate::from(&reports);
    assert_eq!(estimate.completion(0, 100, 100), Some(100 + 40 + 3));
    assert_eq!(estimate.completion(0, 100, 110), Some(143), "as long as it has not taken longer");
    assert_eq!(estimate.completion(0, 100, 500), Some(503), "never before now");
    assert_eq!(estimate.completion(6, 100, 100), Some(100));
    assert_eq!(Estimate::from(&[]).completion(0, 100, 100), None);
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    assert_eq!(percentiles(Vec::new()), None);
    assert_eq!(percentiles(vec![2_000_000]), Some(json!({ "p50": 2.0, "p90": 2.0, "p99": 2.0 })));
    let hundred = (1..=100).rev().map(|seconds| seconds * 1_000_000).collect();
    assert_eq!(percentiles(hundred), Some(json!({ "p50": 50.0, "p90": 90.0, "p99": 99.0 })));
}

#[test]
fn steps_are_of_the_phase_in_which_they_are_done() {
    assert_eq!(["load", "shadow", "backup", "quiesce", "import", "commit"].map(phase_of), [0, 0, 0, 2, 3, 5]);
}
