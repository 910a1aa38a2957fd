//! One line of a client's: parsed by a host that answers it, looked at by a process that passes it on, searched for an id
//! if it is no message.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay::server::fuzz::{Heard, heard, peeked, scanned};
use serde_json::Value;

fuzz_target!(|line: &[u8]| {
    let line = line.trim_ascii();
    // A line has no end within, and there is always a first piece of it.
    if line.contains(&b'\n') || line.is_empty() {
        return;
    }
    let found = scanned(line, line.len());
    assert_eq!(found, scanned(line, 1), "an id is found however the bytes arrive");
    match heard(line) {
        Heard::Message(message) => is_taken_alike(line, &message, found.as_ref()),
        Heard::Answer(answer) => {
            assert_eq!(answer.get("id"), found.as_ref(), "an answer has the id of what it answers");
            assert!(answer["error"]["code"].is_i64() && answer["error"]["message"].is_string());
        }
        Heard::Nothing => assert_eq!(found, None, "whoever sends an id is answered"),
    }
});

fn is_taken_alike(line: &[u8], message: &Value, found: Option<&Value>) {
    let id = message.get("id").filter(|id| !id.is_null());
    let (peeked_id, method) = peeked(line).expect("what is a message can be looked at");
    assert_eq!(peeked_id.as_ref(), id, "whoever passes it on finds the same id");
    assert_eq!(method.as_deref(), message.get("method").and_then(Value::as_str), "and the same method");
    if id.is_some_and(|id| id.to_string().len() < 100) {
        assert_eq!(found, id, "and so does whoever cannot parse it");
    }
}
