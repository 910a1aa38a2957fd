//! A plugin may have tools for whoever runs the host: clients are not shown them and cannot call them.

use mainstay_tests::guests;
use serde_json::{Value, json};

use crate::{TestResult, mark, marks, serving};

#[test]
fn clients_neither_see_nor_reach_a_tool_for_operators() -> TestResult {
    let mut client = serving(guests::OPERATED)?.client()?;
    mark(&mut client, "kept")?;
    assert_eq!(client.tools()?, ["count", "mark", "marks", "age"]);
    let (code, message) = client.call("purge", json!({ "keep": 0 }))?.error()?;
    assert_eq!((code, message.as_str()), (-32602, "There is no tool \"purge\"."));
    // Nor is it told of to whoever is near.
    let (_, message) = client.call("purg", json!({}))?.error()?;
    assert_eq!(message, "There is no tool \"purg\".");
    assert_eq!(marks(&mut client)?, ["kept"]);
    Ok(())
}

#[test]
fn the_command_line_calls_it_on_the_host_that_is_running_and_on_data_at_rest() -> TestResult {
    let host = serving(guests::OPERATED)?;
    let mut client = host.client()?;
    for text in ["a", "b", "c"] {
        mark(&mut client, text)?;
    }
    let called = host.run(&["call", "purge", r#"{"keep":2}"#, "--json"])?;
    assert_eq!(called.status.code(), Some(0), "{}", String::from_utf8_lossy(&called.stderr));
    let result: Value = serde_json::from_slice(&called.stdout)?;
    assert_eq!(result["structuredContent"]["removed"], 1);
    assert_eq!(result["structuredContent"]["directory"], json!(std::env::current_dir()?), "it is where it was typed");
    assert_eq!(client.done("marks", json!({}))?["rows"], json!(["b", "c"]));
    let wrong = host.run(&["call", "purge", r#"{"keep":"two"}"#])?;
    let words = String::from_utf8_lossy(&wrong.stdout).into_owned();
    assert_eq!(wrong.status.code(), Some(3), "{words}");
    assert!(words.contains("/keep"), "{words}");
    client.close()?;
    let called = host.run(&["call", "purge", r#"{"keep":1}"#])?;
    assert_eq!(called.status.code(), Some(0), "{}", String::from_utf8_lossy(&called.stderr));
    assert_eq!(host.client()?.done("marks", json!({}))?["rows"], json!(["c"]));
    Ok(())
}

#[test]
fn the_command_line_lists_it_only_for_operators() -> TestResult {
    let host = serving(guests::OPERATED)?;
    let listed = |arguments: &[&str]| -> anyhow::Result<String> { Ok(String::from_utf8(host.run(arguments)?.stdout)?) };
    let everybodys = listed(&["tools"])?;
    assert!(everybodys.contains("count") && !everybodys.contains("purge"), "{everybodys}");
    let all = listed(&["tools", "--operator"])?;
    assert!(all.contains("purge (operator)") && all.contains("count"), "{all}");
    Ok(())
}

#[test]
fn the_control_socket_calls_it_and_no_other_tool_of_a_plugin() -> TestResult {
    let host = serving(guests::OPERATED)?;
    let mut client = host.client()?;
    mark(&mut client, "before")?;
    let asked = json!({ "v": 1, "command": "tool", "tool": "purge", "arguments": { "keep": 0 } });
    let answer = host.control()?.ask(&asked)?;
    assert_eq!((&answer["event"], &answer["error"]), (&json!("answer"), &json!(false)), "{answer}");
    assert_eq!(answer["result"]["structuredContent"]["removed"], 1);
    let none = host.control()?.ask(&json!({ "v": 1, "command": "tool", "tool": "count", "arguments": {} }))?;
    assert_eq!(none["event"], "error", "what clients have is called by clients: {none}");
    Ok(())
}
