use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Code, TABLE, hint, of, phase};
use crate::model::swap::{Refusal, SwapPhase};

fn refusal(code: &str, phase: SwapPhase, hint: Option<&str>) -> Refusal {
    Refusal { code: code.to_owned(), message: "no".to_owned(), phase, hint: hint.map(str::to_owned) }
}

/// What the swap layer's source says in a place where a code is expected.
fn codes_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes_in(&path, found);
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            let text = fs::read_to_string(&path).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            // A refusal is made by one of these; the phase may stand before its code.
            for maker in ["refused(", "passing(", "permanent(", "refusal(", "Aborted::new(", "of_entry("] {
                for rest in text.split(maker).skip(1) {
                    let rest = rest.trim_start();
                    let rest = match rest.find([',', '"']) {
                        Some(end) if rest[end..].starts_with(", \"") => &rest[end + 2..],
                        _ => rest,
                    };
                    found.extend(rest.strip_prefix('"').and_then(|code| code.split('"').next()).map(str::to_owned));
                }
            }
        }
    }
}

#[test]
fn every_code_of_the_swap_layer_is_known() {
    let mut found = BTreeSet::new();
    codes_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/swap"), &mut found);
    assert!(found.len() > 15, "the source is not read any more: {found:?}");
    let known: BTreeSet<_> = TABLE.iter().map(|(code, ..)| (*code).to_owned()).collect();
    // The first is a test's, the second is of a version that was taken out of service long after its swap.
    let others = BTreeSet::from(["injected".to_owned(), "probation".to_owned()]);
    let unknown: Vec<_> = found.difference(&known).filter(|code| !others.contains(*code)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(known.len(), TABLE.len(), "each once");
}

#[test]
fn claim_2_12_refusals_have_the_codes_of_the_reference() {
    let expected = [
        ("not-open", Code::InitializationFailed),
        ("in-progress", Code::ShutdownInProgress),
        ("no-such-slot", Code::InvalidParameters),
        ("drift", Code::SystemNotReady),
        ("busy", Code::SystemNotReady),
        ("timeout", Code::TimeoutExceeded),
        ("state-corruption", Code::StateCorruption),
        ("self-test", Code::ProcessFailed),
        ("whatever comes", Code::ProcessFailed),
    ];
    for (code, expected) in expected {
        assert_eq!(of(&refusal(code, SwapPhase::Staging, None)), expected, "{code}");
    }
}

#[test]
fn a_code_is_written_as_it_is_sent() {
    for (_, code, _) in TABLE {
        assert_eq!(serde_json::json!(code), code.as_str());
    }
}

#[test]
fn claim_2_4_the_phase_says_how_far_it_came() {
    let of = |code, at| phase(&refusal(code, at, None));
    assert_eq!(of("drift", SwapPhase::Staging), "preparation_failed");
    assert_eq!(of("busy", SwapPhase::Quiescing), "initiation_failed");
    assert_eq!(of("not-open", SwapPhase::Staging), "initiation_failed");
    assert_eq!(of("import", SwapPhase::Transferring), "failed");
    assert_eq!(of("migration", SwapPhase::Committing), "failed");
}

#[test]
fn a_hint_says_how_it_is_done_here() {
    let hint = |code, own| hint(&refusal(code, SwapPhase::Staging, own));
    let forced = "call this tool again with \"force\": true";
    assert_eq!(hint("drift", None).as_deref(), Some(forced));
    assert_eq!(hint("drift", Some("wait")), Some(format!("wait, or {forced}")));
    assert_eq!(hint("load", Some("wait")).as_deref(), Some("wait"));
    assert_eq!(hint("load", None), None);
}
