//! What a client is given and comes back with: ids of events, and the state of a request that waits. It may send anything.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mainstay::seal::Keyring;
use mainstay::server::fuzz::{RequestStates, event_id, read_event_id};
use serde_json::json;

static STATES: LazyLock<RequestStates> = LazyLock::new(|| RequestStates::new(&Keyring::of([7; 32])));
/// One that opens, with what it is for.
static SEALED: LazyLock<String> = LazyLock::new(|| STATES.seal("wait", "tool", "{}"));

fuzz_target!(|bytes: &[u8]| {
    if let Ok(said) = std::str::from_utf8(bytes) {
        if let Some(written) = read_event_id(said) {
            assert_eq!(written, said, "an event has one id");
        }
        // The run compares with the one there is, and so may come upon it.
        let known = (said == *SEALED).then_some("wait");
        assert_eq!(STATES.open(said, "tool", "{}").as_deref(), known, "nobody else makes a state");
    }
    events(bytes);
    states(bytes);
});

/// Whatever id the host gives out, it reads again.
fn events(bytes: &[u8]) {
    let Some((numbers, request)) = bytes.split_first_chunk::<20>() else { return };
    let number = |from: usize| u64::from_le_bytes(numbers[from..from + 8].try_into().expect("8 bytes"));
    let incarnation = u32::from_le_bytes(numbers[16..].try_into().expect("4 bytes"));
    let request = match request {
        [] => None,
        [b'#', digits @ ..] if digits.len() >= 8 => Some(json!(i64::from_le_bytes(digits[..8].try_into().expect("8")))),
        text => Some(json!(String::from_utf8_lossy(text))),
    };
    // The stream that is of no request has no request.
    let request = request.filter(|_| number(0) != 0);
    let written = event_id(incarnation, number(0), request.as_ref(), number(8));
    assert_eq!(read_event_id(&written).as_deref(), Some(written.as_str()));
}

/// What was changed does not open, and nor does what is for another call.
fn states(bytes: &[u8]) {
    let [at, with, rest @ ..] = bytes else { return };
    assert_eq!(STATES.open(&SEALED, "tool", "{}").as_deref(), Some("wait"));
    let mut changed = SEALED.clone().into_bytes();
    let at = usize::from(*at) % changed.len();
    changed[at] = with & 0x7f;
    changed.truncate(changed.len() - rest.first().map_or(0, |cut| usize::from(*cut) % changed.len()));
    let changed = String::from_utf8(changed).expect("it is ASCII");
    if changed != *SEALED {
        assert_eq!(STATES.open(&changed, "tool", "{}"), None, "{changed}");
    }
    if let Ok(arguments) = std::str::from_utf8(rest)
        && arguments != "{}"
    {
        assert_eq!(STATES.open(&SEALED, "tool", arguments), None);
    }
}
