use rmcp::model::RequestId;

use super::relay;
use super::scan::IdScanner;
use super::traffic::{Standing, Traffic};

fn id_of(message: &str) -> Option<RequestId> {
    let mut whole = IdScanner::default();
    whole.feed(message.as_bytes());
    let mut piecewise = IdScanner::default();
    message.as_bytes().chunks(1).for_each(|piece| piecewise.feed(piece));
    assert_eq!(whole.id(), piecewise.id(), "however the bytes arrive");
    whole.id()
}

#[test]
fn an_id_is_found_wherever_it_stands() {
    assert_eq!(id_of(r#"{"jsonrpc":"2.0","id":7,"method":"x"}"#), Some(RequestId::Number(7)));
    assert_eq!(
        id_of(r#"{"method":"x","params":{"id":1,"a":["id",{"id":2}]},"id" : "abc" }"#),
        Some(RequestId::String("abc".into()))
    );
    assert_eq!(id_of(r#"{"params":{"text":"\",\"id\":9"},"id":-3}"#), Some(RequestId::Number(-3)));
}

#[test]
fn what_has_no_id_has_none() {
    assert_eq!(id_of(r#"{"method":"notifications/x","params":{"id":1}}"#), None);
    assert_eq!(id_of(r#"{"id":null}"#), None);
    assert_eq!(id_of(r#"["id",1]"#), None);
    assert_eq!(id_of("{not json"), None);
}

#[test]
fn an_id_is_what_it_is_however_it_is_written() {
    let text = |id: &str| Some(RequestId::String(id.into()));
    assert_eq!(id_of(r#"{"id":"a\"b\n\u00e9","method":"x"}"#), text("a\"b\né"));
    assert_eq!(id_of(r#"{"\u0069d":"a"}"#), text("a"));
    assert_eq!(id_of(r#"{"id":1.0}"#), Some(RequestId::Number(1)));
}

#[test]
fn an_id_that_is_too_long_is_no_shorter_one() {
    assert_eq!(id_of(&format!(r#"{{"id":"{}"}}"#, "a".repeat(300))), None);
    assert_eq!(id_of(&format!(r#"{{"id":1.{}1}}"#, "0".repeat(300))), None);
}

#[test]
fn a_hello_that_nobody_understands_is_not_said_again() {
    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","PARAMS":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;
    let remembered = |hello: &str| {
        let mut traffic = Traffic::new(Standing::default());
        relay::note(&mut traffic, hello.as_bytes());
        serde_json::to_value(traffic.standing()).unwrap()["hello"].clone()
    };
    assert!(remembered(hello).is_null());
    assert_eq!(remembered(&hello.replace("PARAMS", "params"))["id"], 1);
}
