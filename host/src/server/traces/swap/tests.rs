use std::time::UNIX_EPOCH;

use serde_json::json;

use super::places;
use crate::model::swap::SwapReport;

fn report(paused_at_us: u64, steps: &[(&str, u64)]) -> SwapReport {
    let steps: Vec<_> = steps.iter().map(|(step, micros)| json!({ "step": step, "micros": micros })).collect();
    let report = json!({
        "id": "1", "slot": "guest", "origin": { "kind": "start" }, "reason": null, "requested_at": 1_000,
        "from": null, "to": null, "outcome": { "kind": "committed" }, "drift": null, "replay": null,
        "migrations": [], "steps": steps, "pause_us": 0, "paused_at_us": paused_at_us, "waited_calls": 0,
        "orphaned_calls": 0, "warnings": [],
    });
    serde_json::from_value(report).unwrap()
}

fn begun(report: &SwapReport) -> Vec<(&str, u128)> {
    let places = places(report).map(|(step, from, _)| (&*step.step, from));
    places.map(|(step, from)| (step, from.duration_since(UNIX_EPOCH).unwrap().as_micros())).collect()
}

#[test]
fn steps_follow_each_other_and_those_of_the_pause_begin_with_it() {
    let report = report(2_000_000, &[("load", 300), ("start", 200), ("keep", 50), ("quiesce", 10), ("commit", 5)]);
    let expected = [("load", 1_000_000), ("start", 1_000_300), ("keep", 1_000_500), ("quiesce", 2_000_000)];
    assert_eq!(begun(&report)[..4], expected);
    assert_eq!(begun(&report)[4], ("commit", 2_000_010));
}

#[test]
fn a_swap_that_never_paused_has_steps_all_the_same() {
    let report = report(0, &[("load", 300), ("start", 200)]);
    assert_eq!(begun(&report), [("load", 1_000_000), ("start", 1_000_300)]);
}
