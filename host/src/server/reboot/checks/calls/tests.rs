//! What outlives what.

use super::figures;
use crate::swap::WaitingCall;

fn waiting(carried: bool, orphaned_by: Option<&str>) -> WaitingCall {
    WaitingCall {
        tool: "deploy".to_owned(),
        session: "s".to_owned(),
        client: "ide".to_owned(),
        since: 1_000,
        expires_at: 2_000,
        asks: vec!["elicitation"],
        carried,
        orphaned_by: orphaned_by.map(str::to_owned),
    }
}

#[test]
fn a_call_outlives_the_host_if_its_client_has_the_key() {
    let carried = figures("a", waiting(true, None));
    assert!(carried.survives && carried.survives_restart && carried.loss().is_none());
    assert!(carried.why.contains("1970-01-01T00:00:02"), "{}", carried.why);
}

#[test]
fn a_call_on_a_connection_outlives_a_restart_and_not_the_host() {
    let held = figures("a", waiting(false, None));
    assert!(!held.survives && held.survives_restart);
    let loss = held.loss().unwrap();
    assert!(loss.contains("deploy in slot a") && loss.contains("1970-01-01T00:00:01"), "{loss}");
}

#[test]
fn a_call_that_nobody_can_continue_outlives_nothing() {
    let orphaned = figures("a", waiting(true, Some("swap-9")));
    assert!(!orphaned.survives && !orphaned.survives_restart && orphaned.why.contains("swap-9"));
}
