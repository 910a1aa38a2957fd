//! Arguments that do not fit are told to the model with the field they are in, before the plugin sees them.

use mainstay_tests::guests;
use serde_json::json;

use crate::{TestResult, marks, serving};

#[test]
fn a_missing_field_is_named() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for arguments in [json!({}), json!({ "massage": "hello" }), json!({ "message": null })] {
        let error = client.call("echo", arguments)?.tool_error()?;
        assert_eq!((error.code.as_str(), error.retryable), ("invalid-arguments", false));
        assert!(error.text.contains("message") && error.text.contains("nothing was changed"), "{}", error.text);
    }
    Ok(())
}

#[test]
fn every_mistyped_field_is_named() -> TestResult {
    let mut client = serving(guests::COUNTER)?.client()?;
    let error = client.call("append", json!({ "client": 1, "number": "one" }))?.tool_error()?;
    assert!(error.text.contains("/client") && error.text.contains("/number"), "{}", error.text);
    assert_eq!(client.done("list", json!({}))?["rows"], json!([]));
    Ok(())
}

/// Otherwise it would pass for one that was left out.
#[test]
fn a_field_that_there_is_not_is_named_with_the_one_that_was_meant() -> TestResult {
    let mut client = serving(guests::COUNTER)?.client()?;
    let error = client.call("append", json!({ "client": "a", "number": 1, "numbr": 2 }))?.tool_error()?;
    assert!(error.text.contains("/numbr: is no argument of this tool; did you mean number?"), "{}", error.text);
    assert_eq!(client.done("list", json!({}))?["rows"], json!([]));
    assert_eq!(client.done("list", json!({ "random_string": "dummy" }))?["rows"], json!([]), "it takes nothing");
    Ok(())
}

#[test]
fn a_field_inside_another_is_named_by_its_path() -> TestResult {
    let mut client = serving(guests::SQL)?.client()?;
    let error = client.call("run", json!({ "statements": [{ "sql": "SELECT 1" }, { "sql": 2 }] }))?.tool_error()?;
    assert!(error.text.contains("/statements/1/sql"), "{}", error.text);
    Ok(())
}

#[test]
fn a_null_for_an_optional_field_means_that_it_is_not_given() -> TestResult {
    let mut client = serving(guests::SQL)?.client()?;
    let script = json!({ "statements": [{ "sql": "SELECT 1" }], "go_on": null });
    assert_eq!(client.done("run", script)?["outcomes"][0]["rows"], json!([[1]]));
    let nested = json!({ "statements": [{ "sql": "SELECT 1", "parameters": null }] });
    assert_eq!(client.done("run", nested)?["outcomes"][0]["rows"], json!([[1]]), "inside another field too");
    let value = json!({ "statements": [{ "sql": "SELECT ?1 IS NULL", "parameters": [null] }] });
    assert_eq!(client.done("run", value)?["outcomes"][0]["rows"], json!([[1]]), "a null that fits is one");
    Ok(())
}

#[test]
fn arguments_that_are_no_object_are_an_error_of_the_protocol() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for arguments in [json!([1]), json!("message"), json!(7), json!(true)] {
        let (code, message) = client.call("echo", arguments)?.error()?;
        assert_eq!(code, -32602, "{message}");
        assert!(message.contains("tools/call"), "{message}");
    }
    Ok(())
}

#[test]
fn a_call_without_arguments_has_none() -> TestResult {
    let mut client = serving(guests::SPINS)?.client()?;
    for params in [json!({ "name": "age" }), json!({ "name": "age", "arguments": null })] {
        client.request("tools/call", params)?.structured()?;
    }
    let (code, message) = client.request("tools/call", json!({ "arguments": {} }))?.error()?;
    assert!(code == -32602 && message.contains("name"), "{code} {message}");
    Ok(())
}

#[test]
fn an_unknown_tool_is_answered_with_the_nearest() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    let (code, message) = client.call("ecoh", json!({}))?.error()?;
    assert_eq!((code, message.as_str()), (-32602, "There is no tool \"ecoh\". Did you mean echo?"));
    let (code, message) = client.call("zzzzzz", json!({}))?.error()?;
    assert_eq!((code, message.as_str()), (-32602, "There is no tool \"zzzzzz\"."));
    Ok(())
}

#[test]
fn texts_arrive_as_they_were_sent() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for text in ["", "\0", "a\0b", "\u{10ffff}", "\u{200b}\u{202e}", "\"\\\n\r\t", "'; DROP TABLE message; --"] {
        assert_eq!(client.done("echo", json!({ "message": text }))?["message"], text);
        client.done("insert", json!({ "message": text }))?;
    }
    Ok(())
}

#[test]
fn what_does_not_fit_never_reaches_the_plugin() -> TestResult {
    let mut client = serving(guests::TRAPS)?.client()?;
    client.call("mark", json!({ "text": 7 }))?.tool_error()?;
    assert!(marks(&mut client)?.is_empty());
    assert_eq!(client.done("age", json!({}))?["entries"], 1, "nothing was entered before");
    Ok(())
}
