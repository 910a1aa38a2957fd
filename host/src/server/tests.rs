use rmcp::model::RequestId;

use super::scan::IdScanner;
use super::state::StateKeys;

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
fn a_request_state_opens_only_for_the_call_it_was_made_for() {
    let keys = StateKeys::new([7; 32]);
    let sealed = keys.seal("wait-1", "deploy", r#"{"to":"production"}"#);
    assert_eq!(keys.open(&sealed, "deploy", r#"{"to":"production"}"#).as_deref(), Some("wait-1"));
    assert_eq!(keys.open(&sealed, "deploy", r#"{"to":"staging"}"#), None);
    assert_eq!(keys.open(&sealed, "destroy", r#"{"to":"production"}"#), None);
    assert_eq!(keys.open("made up", "deploy", "{}"), None);
    assert_eq!(StateKeys::new([8; 32]).open(&sealed, "deploy", r#"{"to":"production"}"#), None);
}
