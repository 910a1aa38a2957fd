use serde_json::{Map, Value, json};

use super::{AHEAD, Code, LATE, When, frame, timeout, when};
use crate::server::reboot::time::timestamp;

fn arguments(arguments: &Value) -> Map<String, Value> {
    arguments.as_object().unwrap().clone()
}

#[test]
fn claim_0_6_and_1_13_defaults_are_those_of_the_reference() {
    let frame = frame(&arguments(&json!({})));
    let expected = json!({
        "graceful": true, "preserve_state": true, "timeout": 30, "restart_reason": "manual_request", "progress": 0
    });
    assert_eq!(Value::Object(frame), expected);
}

#[test]
fn an_emergency_is_never_graceful() {
    let emergency = frame(&arguments(&json!({ "graceful": true, "reason": "emergency_shutdown" })));
    assert_eq!((&emergency["graceful"], &emergency["preserve_state"]), (&json!(false), &json!(true)));
}

#[test]
fn what_does_not_fit_is_answered_with_defaults() {
    let frame = frame(&arguments(&json!({ "graceful": "no", "reason": "boredom", "timeout": [] })));
    assert_eq!(
        (&frame["graceful"], &frame["restart_reason"], &frame["timeout"]),
        (&json!(true), &json!("manual_request"), &json!(30))
    );
    assert_eq!(timeout(&arguments(&json!({ "timeout": 45.0 }))).as_secs(), 45);
}

#[test]
fn a_time_is_near() {
    const NOW: u64 = 1_795_251_924_000;
    assert_eq!((when(None, NOW).unwrap(), when(Some("now"), NOW).unwrap()), (When::Now, When::Now));
    assert_eq!(when(Some("idle"), NOW).unwrap(), When::Idle);
    let at = |moment: u64| when(Some(&timestamp(moment)), NOW);
    assert_eq!(at(NOW + 1_000).unwrap(), When::At(NOW + 1_000));
    assert_eq!(at(NOW + AHEAD).unwrap(), When::At(NOW + AHEAD));
    assert_eq!((at(NOW).unwrap(), at(NOW - LATE).unwrap()), (When::Now, When::Now), "clocks differ");
    for wrong in [timestamp(NOW - LATE - 1), timestamp(NOW + AHEAD + 1), "tomorrow".to_owned(), String::new()] {
        let problem = when(Some(&wrong), NOW).unwrap_err();
        assert_eq!(problem.code, Code::InvalidParameters, "{wrong}");
    }
}
