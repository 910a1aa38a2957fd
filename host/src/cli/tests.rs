use clap::Parser as _;
use serde_json::{Map, Value, json};

use super::answer::conclude;
use super::exit_code::{Failure, HELP, NoAnswer, NoHost, SwapRefused, Told};
use super::report::refused;
use super::restart::REASONS;
use super::time::utc;
use crate::model::drift::{Drift, DriftKind};
use crate::model::swap::{Difference, Origin, Refusal, ReplayReport, SwapOutcome, SwapPhase, SwapReport};
use crate::server::control::ToolAnswer;

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
fn what_a_tool_answers_has_a_code_of_its_own() {
    let ended = |error: bool, result: Value, found: Option<Failure>| {
        let result = if let Value::Object(result) = result { result } else { Map::new() };
        let ended = conclude(ToolAnswer { error, result }, false, |_| String::new(), |_| found);
        ended.err().map(|error| {
            assert!(Failure::was_said(&error), "{error}");
            Failure::of(&error)
        })
    };
    assert_eq!(ended(false, json!({ "success": true }), None), None);
    assert_eq!(ended(false, json!({ "healthy": false }), Some(Failure::NotHealthy)), Some(Failure::NotHealthy));
    for (answer, failure) in [
        (json!({ "error_code": "INVALID_PARAMETERS" }), Failure::Usage),
        (json!({ "error_code": "TIMEOUT_EXCEEDED", "refusal": "timeout" }), Failure::Late),
        (json!({ "error_code": "PROCESS_FAILED", "refusal": "load" }), Failure::Plugin),
        (json!({ "error_code": "PROCESS_FAILED", "refusal": "start" }), Failure::Refused),
        (json!({ "error_code": "SYSTEM_NOT_READY" }), Failure::Refused),
    ] {
        // What would have been found, had it gone well, does not matter.
        assert_eq!(ended(true, answer.clone(), Some(Failure::NotReady)), Some(failure), "{answer}");
    }
    assert_eq!(Failure::of(&NoAnswer { seconds: 1 }.into()), Failure::Late);
}

#[test]
fn every_exit_code_is_documented_once() {
    for (failure, code) in [
        (Failure::Unexpected, "1"),
        (Failure::Usage, "2"),
        (Failure::Tool, "3"),
        (Failure::Plugin, "4"),
        (Failure::Data, "5"),
        (Failure::Settings, "6"),
        (Failure::Refused, "7"),
        (Failure::NoHost, "8"),
        (Failure::NotHealthy, "9"),
        (Failure::NotReady, "10"),
        (Failure::Late, "11"),
    ] {
        let number = code.parse::<u8>().unwrap();
        assert_eq!(format!("{:?}", failure.code()), format!("{:?}", std::process::ExitCode::from(number)));
        assert_eq!(Failure::of(&Told(failure).into()), failure);
        assert_eq!(HELP.lines().filter(|line| line.split_whitespace().next() == Some(code)).count(), 1, "{code}");
    }
}

#[test]
fn a_restart_is_asked_for_as_its_tool_takes_it() {
    let schema: Value = serde_json::from_str(include_str!("../server/reboot/restart_server.json")).unwrap();
    assert_eq!(schema["inputSchema"]["properties"]["reason"]["enum"], json!(REASONS));
    let arguments = |line: &[&str]| {
        let line = ["mainstay", "restart"].into_iter().chain(line.iter().copied());
        match super::Cli::try_parse_from(line).unwrap().command {
            super::Command::Restart(restart) => Value::Object(restart.arguments()),
            _ => unreachable!("it is a restart"),
        }
    };
    assert_eq!(arguments(&[]), json!({}));
    assert_eq!(arguments(&["--all", "--no-graceful"]), json!({ "plugin": "*", "graceful": false }));
    let all =
        ["some", "--no-preserve-state", "--force", "--reason", "schema_migration", "--when", "idle", "--timeout", "99"];
    let all = arguments(&all);
    assert_eq!(
        all,
        json!({
            "plugin": "some", "preserve_state": false, "force": true, "reason": "schema_migration", "when": "idle",
            "timeout": 99,
        })
    );
    assert!(jsonschema::validator_for(&schema["inputSchema"]).unwrap().is_valid(&all));
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
        restart: false,
        backup: None,
    }
}

fn said(report: &SwapReport) -> String {
    let SwapOutcome::Refused(refusal) = &report.outcome else { unreachable!("it is refused") };
    refused("swap", report, refusal)
}
