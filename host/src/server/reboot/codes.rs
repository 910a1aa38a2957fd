//! From the swap layer's words for what is in the way to the reboot tools' codes.

use super::answer::Code;
use crate::model::swap::{Refusal, SwapPhase};

/// Refusals, and how a caller of the tools can overrule them.
const TABLE: [(&str, Code, Option<&str>); 33] = [
    ("not-open", Code::InitializationFailed, None),
    ("data-directory", Code::InitializationFailed, None),
    ("in-progress", Code::ShutdownInProgress, Some(WAIT)),
    ("stopped", Code::ShutdownInProgress, None),
    ("no-such-slot", Code::InvalidParameters, None),
    ("timeout", Code::TimeoutExceeded, None),
    ("state-corruption", Code::StateCorruption, Some(BEGIN_EMPTY)),
    ("busy", Code::SystemNotReady, Some(FORCE)),
    ("orphans", Code::SystemNotReady, Some(FORCE)),
    ("drift", Code::SystemNotReady, Some(FORCE)),
    ("quarantined", Code::SystemNotReady, Some(FORCE)),
    ("replay", Code::SystemNotReady, Some(FORCE)),
    ("fixed-list", Code::SystemNotReady, None),
    ("stalled", Code::SystemNotReady, None),
    ("recovered", Code::SystemNotReady, None),
    ("fenced", Code::SystemNotReady, None),
    ("no-such-generation", Code::SystemNotReady, None),
    ("disk-full", Code::SystemNotReady, None),
    ("load", Code::ProcessFailed, None),
    ("file", Code::ProcessFailed, None),
    ("clash", Code::ProcessFailed, None),
    ("other-plugin", Code::ProcessFailed, None),
    ("self-test", Code::ProcessFailed, None),
    ("start", Code::ProcessFailed, None),
    ("import", Code::ProcessFailed, Some(FORCE)),
    ("export", Code::ProcessFailed, Some(FORCE)),
    ("exported-state", Code::ProcessFailed, Some(FORCE)),
    ("migration", Code::ProcessFailed, None),
    ("schema", Code::ProcessFailed, None),
    ("storage", Code::ProcessFailed, None),
    ("backup", Code::ProcessFailed, None),
    ("seal", Code::ProcessFailed, None),
    ("host-fault", Code::ProcessFailed, None),
];

const FORCE: &str = "or call this tool again with \"force\": true";
const BEGIN_EMPTY: &str = "put back the key or the file that is missing; or restart with \"preserve_state\": false: the slot then \
    begins without working state, and its tables stay";
const WAIT: &str = "follow it with orchestrator_restart_status, and ask again when it is over";

/// The code of a refusal; of one that is not known, that something failed.
pub(super) fn of(refusal: &Refusal) -> Code {
    entry(&refusal.code).map_or(Code::ProcessFailed, |(_, code, _)| *code)
}

/// What to do: the refusal's own hint, and how it is done with the tools.
pub(super) fn hint(refusal: &Refusal) -> Option<String> {
    let tool = entry(&refusal.code).and_then(|(_, _, hint)| *hint);
    match (&refusal.hint, tool) {
        (Some(hint), Some(FORCE)) => Some(format!("{hint}, {FORCE}")),
        (Some(hint), _) => Some(hint.clone()),
        (None, tool) => tool.map(|tool| tool.trim_start_matches("or ").to_owned()),
    }
}

/// In which phase of the reference it failed.
pub(super) fn phase(refusal: &Refusal) -> &'static str {
    match (of(refusal), refusal.phase) {
        (Code::InitializationFailed, _) | (_, SwapPhase::Quiescing) => "initiation_failed",
        (_, SwapPhase::Staging) => "preparation_failed",
        _ => "failed",
    }
}

fn entry(code: &str) -> Option<&'static (&'static str, Code, Option<&'static str>)> {
    TABLE.iter().find(|(known, ..)| *known == code)
}

#[cfg(test)]
mod tests;
