//! Reconnections, told.

use serde_json::json;

use super::tell;
use crate::store::Reconnections;

#[test]
fn numbers_are_told_as_they_are_and_times_in_seconds() {
    let found = Reconnections { successful: 3, failed: 1, average_ms: Some(1_500.0), ..Reconnections::default() };
    let told = tell(&Ok((found, Vec::new())));
    assert_eq!((&told["successful_reconnections"], &told["failed_reconnections"]), (&json!(3), &json!(1)));
    assert_eq!((&told["average_reconnection_time"], &told["success_rate"]), (&json!(1.5), &json!(0.75)));
    assert_eq!(told["status"], "collected");
}

#[test]
fn what_is_not_known_is_left_out() {
    let told = tell(&Ok((Reconnections::default(), Vec::new())));
    assert_eq!(told["status"], "nobody was cut off");
    assert!(told.get("average_reconnection_time").is_none() && told.get("success_rate").is_none());
    assert_eq!(tell(&Err("the disk is gone".to_owned()))["status"], "unknown: the disk is gone");
}
