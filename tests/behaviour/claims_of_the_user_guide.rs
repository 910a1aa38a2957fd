//! What the user guide of restarts claims, as far as no other chapter tells it: each of its reasons is one.

use mainstay_tests::guests;
use mainstay_tests::relay::{append, rows};
use serde_json::{Value, json};

use crate::{TestResult, serving};

/// All that there are.
const REASONS: [&str; 5] =
    ["configuration_update", "schema_migration", "error_recovery", "manual_request", "emergency_shutdown"];

#[test]
fn claim_0_21_and_1_14_each_reason_restarts_and_is_on_record() -> TestResult {
    let host = serving(guests::RELAY)?.with_settings("[reboot]\nrestarts_per_minute = 0\n")?;
    let mut client = host.client()?;
    append(&mut client, "a", 1)?;
    for (reason, generation) in REASONS.iter().zip(2..) {
        let answer = client.reboot("restart_server", json!({ "reason": reason }))?;
        assert_eq!(
            (&answer["restart_reason"], &answer["generation"]),
            (&json!(reason), &json!(generation)),
            "{answer}"
        );
        assert_eq!(rows(&mut client)?.len(), 1, "{reason}");
    }
    client.reboot_fails("restart_server", json!({ "reason": "boredom" }), "INVALID_PARAMETERS")?;
    let status = client.reboot("restart_status", json!({ "include_history": true }))?;
    let recent = status["history"]["recent_restarts"].as_array().into_iter().flatten();
    let recorded: Vec<&Value> = recent.map(|restart| &restart["reason"]).collect();
    assert!(recorded.iter().rev().copied().eq(REASONS.iter()), "newest first: {recorded:?}");
    Ok(())
}
