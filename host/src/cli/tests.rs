use super::exit_code::{Failure, NoHost, SwapRefused};
use super::report::refused;
use super::time::utc;
use crate::model::drift::{Drift, DriftKind};
use crate::model::swap::{Difference, Origin, Refusal, ReplayReport, SwapOutcome, SwapPhase, SwapReport};

#[test]
fn moments_are_those_of_the_calendar() {
    for (milliseconds, text) in [
        (0, "1970-01-01 00:00:00Z"),
        (951_782_399_999, "2000-02-28 23:59:59Z"),
        (951_782_400_000, "2000-02-29 00:00:00Z"),
        (951_868_800_000, "2000-03-01 00:00:00Z"),
        (1_704_067_199_000, "2023-12-31 23:59:59Z"),
        (1_704_067_200_000, "2024-01-01 00:00:00Z"),
        (1_795_251_924_321, "2026-11-21 09:05:24Z"),
        (4_107_542_400_000, "2100-03-01 00:00:00Z"),
    ] {
        assert_eq!(utc(milliseconds), text);
    }
}

#[test]
fn a_refusal_has_a_code_of_its_own() {
    let failure = |error: anyhow::Error| Failure::of(&error);
    assert_eq!(failure(SwapRefused { unusable: false }.into()), Failure::Refused);
    assert_eq!(failure(SwapRefused { unusable: true }.into()), Failure::Plugin);
    let nobody = NoHost { dir: "/data".into(), otherwise: "start one".to_owned() };
    assert_eq!(nobody.to_string(), "no host is running in /data: start one");
    assert_eq!(failure(nobody.into()), Failure::NoHost);
}

#[test]
fn a_refusal_says_each_thing_once() {
    let diff = "--- old\n+++ new\n-a\n+b\n";
    let mut report = report("drift", &format!("the tools change (~a):\n{diff}"));
    report.drift = Some(Drift {
        kind: DriftKind::Edit,
        added: Vec::new(),
        removed: Vec::new(),
        edited: vec!["a".to_owned()],
        diff: diff.to_owned(),
        bytes: 1,
    });
    let words =
        "the swap of some was refused (drift): the tools change (~a):\n--- old\n+++ new\n-a\n+b\nhint: force it";
    assert_eq!(said(&report), words);
    if let SwapOutcome::Refused(refusal) = &mut report.outcome {
        refusal.message = "the tools change (~a):".to_owned();
    }
    assert_eq!(said(&report), words);
}

#[test]
fn a_refusal_because_of_answers_shows_them() {
    let mut report = report("replay", "1 of 2 recorded calls are answered differently");
    let differences = vec![Difference { tool: "list".to_owned(), diff: "-1\n+2\n".to_owned() }];
    report.replay = Some(ReplayReport { calls: 2, skipped: 0, differences, different: 1 });
    assert!(said(&report).ends_with("differently\nthe answer of list differs:\n-1\n+2\nhint: force it"));
}

fn report(code: &str, message: &str) -> SwapReport {
    SwapReport {
        id: "1".to_owned(),
        slot: "some".parse().unwrap(),
        origin: Origin::CommandLine,
        reason: None,
        requested_at: 0,
        from: None,
        to: None,
        outcome: SwapOutcome::Refused(Refusal {
            code: code.to_owned(),
            message: message.to_owned(),
            phase: SwapPhase::Staging,
            hint: Some("force it".to_owned()),
        }),
        drift: None,
        replay: None,
        migrations: Vec::new(),
        steps: Vec::new(),
        pause_us: 0,
        paused_at_us: 0,
        waited_calls: 0,
        orphaned_calls: 0,
        warnings: Vec::new(),
    }
}

fn said(report: &SwapReport) -> String {
    let SwapOutcome::Refused(refusal) = &report.outcome else { unreachable!("it is refused") };
    refused("swap", report, refusal)
}
