use serde_json::json;

use super::{answer, sentence};
use crate::model::swap::{Origin, Refusal, SwapOutcome, SwapPhase, SwapReport, Version};
use crate::model::{Digest, Generation};
use crate::server::reboot::answer::Code;
use crate::server::reboot::definition::definitions;

fn version(number: &str, generation: u64) -> Version {
    Version {
        plugin: "p".to_owned(),
        version: number.to_owned(),
        digest: Digest::of(number.as_bytes()),
        schema: 1,
        generation: Some(Generation(generation)),
    }
}

fn report(outcome: SwapOutcome) -> SwapReport {
    SwapReport {
        id: "swap".to_owned(),
        slot: "a".parse().unwrap(),
        origin: Origin::CommandLine,
        reason: Some("manual_request".to_owned()),
        requested_at: 0,
        from: Some(version("1.0.0", 3)),
        to: Some(version("1.0.0", 4)),
        outcome,
        drift: None,
        replay: None,
        migrations: vec!["by client".to_owned()],
        steps: Vec::new(),
        pause_us: 1_500,
        paused_at_us: 0,
        waited_calls: 2,
        orphaned_calls: 0,
        warnings: Vec::new(),
        restart: true,
        backup: Some("backups/a-1.sqlite".to_owned()),
    }
}

#[test]
fn claim_1_17_success_tells_what_was_verified() {
    let object = answer(&report(SwapOutcome::Committed), "Restart", true).unwrap();
    let digest: String = Digest::of(b"1.0.0").to_string().chars().take(12).collect();
    let expected = [
        ("success", json!(true)),
        ("phase", json!("complete")),
        ("progress", json!(100)),
        ("message", json!("Restart completed successfully: a 1.0.0 began anew, generation 4")),
        ("errors", json!([])),
        ("swap_id", json!("swap")),
        ("generation", json!(4)),
        ("from", json!({ "version": "1.0.0", "generation": 3, "digest": digest })),
        ("pause_ms", json!(1.5)),
        ("waited_calls", json!(2)),
        ("backup", json!("backups/a-1.sqlite")),
        ("migrations", json!(["by client"])),
        ("restored", json!({ "tables": true, "state": true, "lost": [] })),
    ];
    for (field, expected) in expected {
        assert_eq!(object[field], expected, "{field}");
    }
}

#[test]
fn what_is_lost_is_said() {
    let lost =
        |report: &SwapReport, preserve_state| answer(report, "Restart", preserve_state).unwrap()["restored"].clone();
    let mut report = report(SwapOutcome::Committed);
    let without = lost(&report, false);
    assert_eq!(
        (&without["tables"], &without["state"], without["lost"].as_array().unwrap().len()),
        (&json!(true), &json!(false), 1)
    );
    report.warnings =
        vec!["the version that served failed in export-state, so its last exported state was used: x".to_owned()];
    report.orphaned_calls = 2;
    let older = lost(&report, true);
    assert_eq!((&older["state"], older["lost"].as_array().unwrap().len()), (&json!(false), 2));
}

#[test]
fn claim_2_11_a_refusal_is_an_error_with_all_that_is_required() {
    let refusal = Refusal {
        code: "busy".to_owned(),
        message: "it indexes".to_owned(),
        phase: SwapPhase::Quiescing,
        hint: Some("try again later".to_owned()),
    };
    let problem = answer(&report(SwapOutcome::Refused(refusal)), "Restart", true).unwrap_err();
    assert_eq!((problem.code, problem.phase), (Code::SystemNotReady, "initiation_failed"));
    assert!(problem.message.starts_with("It indexes. What to do: Try again later"), "{}", problem.message);
    assert_eq!((&problem.more["refusal"], &problem.more["generation"]), (&json!("busy"), &json!(3)), "what serves on");
    let frame = crate::server::reboot::restart_server::frame(&serde_json::Map::new());
    let (object, is_error) = crate::server::reboot::object(Err(problem.with(frame)), "2026-11-21T09:05:24Z");
    assert!(is_error);
    let restart = definitions().iter().find(|definition| definition.name == "orchestrator_restart_server").unwrap();
    assert!(restart.answers(&object.into()));
}

#[test]
fn one_that_did_not_last_is_no_success() {
    let withdrawn = SwapOutcome::RolledBack { at: 9, why: "it trapped".to_owned() };
    let problem = answer(&report(withdrawn), "Restart", true).unwrap_err();
    assert_eq!((problem.code, problem.phase), (Code::ProcessFailed, "failed"));
}

#[test]
fn a_sentence_begins_and_ends_as_one() {
    assert_eq!(["is it", "It is.", "what? ", ""].map(sentence), ["Is it.", "It is.", "What?", "."]);
}
