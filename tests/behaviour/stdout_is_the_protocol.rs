//! Standard output carries the protocol and nothing else, whatever comes in, and ends with the client.

use anyhow::ensure;
use mainstay_tests::{Client, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, serving};

#[test]
fn claim_0_37_a_client_of_any_version_says_hello_lists_and_calls() -> TestResult {
    let host = serving(guests::ECHO)?;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut client = host.connect()?;
        let agreed = client.initialize(version, &json!({}))?;
        assert_eq!(agreed["protocolVersion"], version);
        assert_eq!(agreed["serverInfo"]["name"], "mainstay");
        assert_eq!(agreed["capabilities"]["tools"]["listChanged"], true);
        assert!(agreed["capabilities"]["extensions"]["io.modelcontextprotocol/ui"].is_object());
        works(&mut client)?;
        client.close()?;
    }
    Ok(())
}

#[test]
fn a_client_of_a_version_yet_to_come_is_offered_one_that_is_known() -> TestResult {
    let mut client = serving(guests::ECHO)?.connect()?;
    let agreed = client.initialize("2031-01-01", &json!({}))?;
    assert!(agreed["protocolVersion"].as_str().is_some_and(|version| version >= "2025-11-25"), "{agreed}");
    works(&mut client)
}

#[test]
fn a_client_without_a_hello_discovers_lists_and_calls() -> TestResult {
    let mut client = serving(guests::ECHO)?.modern_client(&json!({}))?;
    let discovered = client.request("server/discover", json!({}))?.result()?.clone();
    let versions = discovered["supportedVersions"].as_array().cloned().unwrap_or_default();
    assert!(versions.contains(&json!("2026-07-28")), "{discovered}");
    works(&mut client)
}

#[test]
fn a_client_without_a_hello_may_begin_with_a_call() -> TestResult {
    let mut client = serving(guests::ECHO)?.modern_client(&json!({}))?;
    works(&mut client)
}

#[test]
fn notifications_before_any_request_are_ignored() -> TestResult {
    let host = serving(guests::ECHO)?;
    for method in ["notifications/cancelled", "notifications/initialized", "notifications/of-tomorrow", "nonsense"] {
        let mut client = host.connect()?;
        client.notify(method, json!({ "requestId": 1 }))?;
        client.initialize("2025-11-25", &json!({}))?;
        works(&mut client)?;
        client.close()?;
    }
    Ok(())
}

#[test]
fn a_line_that_is_no_json_is_answered_if_it_has_an_id() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for (line, id) in [
        (r#"{"jsonrpc":"2.0","id":901,"method":"ping""#, json!(901)),
        (r#"{"jsonrpc":"2.0","id":"nine","method":}"#, json!("nine")),
        (r#"{"method":"ping","params":{"id":1},"id":902,"#, json!(902)),
    ] {
        client.send_bytes(format!("{line}\n").as_bytes())?;
        let (code, message) = client.answer(id)?.error()?;
        assert_eq!(code, -32700, "{line}: {message}");
    }
    works(&mut client)
}

#[test]
fn garbage_is_skipped() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for garbage in [&b"garbage"[..], b"{", b"]", b"\"", b"\0\0\0", b"\xff\xfe", b"null", b"7", b"{}", b"   ", b"\r"] {
        client.send_bytes(&[garbage, b"\n"].concat())?;
    }
    works(&mut client)?;
    let unread = client.unread()?;
    assert!(unread.iter().all(|message| message["id"].is_null() && message.get("error").is_some()), "{unread:?}");
    Ok(())
}

#[test]
fn deep_nesting_is_refused_and_not_followed() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let line = format!(r#"{{"jsonrpc":"2.0","id":904,"method":"ping","params":{{"x":{open}{close}}}}}"#);
    client.send_bytes(format!("{line}\n").as_bytes())?;
    client.answer(904)?.error()?;
    works(&mut client)
}

#[test]
fn bytes_that_are_no_text_are_answered_if_they_have_an_id() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for (id, bytes) in [(905, &b"\xff\xfe"[..]), (906, b"\xed\xa0\x80"), (907, b"\0"), (908, br"\ud800")] {
        let (before, after) = (format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping","x":""#), "\"}\n");
        client.send_bytes(&[before.as_bytes(), bytes, after.as_bytes()].concat())?;
        client.answer(id)?.error()?;
    }
    works(&mut client)
}

#[test]
fn several_requests_in_one_line_are_refused() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    let ping = |id| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    client.send(&json!([ping(1001), ping(1002)]))?;
    works(&mut client)?;
    let unread = client.unread()?;
    assert!(unread.iter().all(|message| message.get("error").is_some()), "{unread:?}");
    Ok(())
}

#[test]
fn a_message_may_come_in_pieces_and_two_at_once() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    let ping = |id| format!("{}\r\n", json!({ "jsonrpc": "2.0", "id": id, "method": "ping" }));
    ping(910).as_bytes().iter().try_for_each(|byte| client.send_bytes(&[*byte]))?;
    client.answer(910)?.result()?;
    client.send_bytes(format!("{}{}", ping(911), ping(912)).as_bytes())?;
    client.answer(911)?.result()?;
    client.answer(912)?.result()?;
    Ok(())
}

#[test]
fn an_unknown_method_is_answered_and_an_unknown_notification_is_not() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    client.notify("notifications/of-tomorrow", json!({}))?;
    let (code, message) = client.request("tomorrow/method", json!({ "any": 1 }))?.error()?;
    assert_eq!(code, -32601);
    assert!(message.contains("tomorrow/method"), "{message}");
    works(&mut client)?;
    assert!(client.unread()?.is_empty());
    Ok(())
}

#[test]
fn a_known_method_with_other_parameters_is_answered_with_what_does_not_fit() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for method in ["tools/call", "resources/read", "prompts/get", "completion/complete", "logging/setLevel"] {
        let (code, message) = client.request(method, json!({ "nonsense": [] }))?.error()?;
        assert_eq!(code, -32602, "{method}: {message}");
        assert!(message.contains(method), "{message}");
    }
    Ok(())
}

#[test]
fn an_id_may_be_a_text_or_any_number() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for id in [json!("a"), json!(""), json!(0), json!(-1), json!(i64::MAX), json!("\u{1F980}\n")] {
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "ping" }))?;
        client.answer(id)?.result()?;
    }
    Ok(())
}

#[test]
fn an_id_that_is_in_use_is_answered_at_least_once_and_hangs_nothing() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    let call = |message| json!({ "name": "echo", "arguments": { "message": message } });
    for message in ["one", "two"] {
        client.send(&json!({ "jsonrpc": "2.0", "id": 77, "method": "tools/call", "params": call(message) }))?;
    }
    let answer = client.answer(77)?.structured()?;
    assert!(["one", "two"].iter().any(|message| answer["message"] == *message), "{answer}");
    works(&mut client)
}

#[test]
fn a_message_that_is_too_long_is_refused_with_the_limit() -> TestResult {
    let mut client = serving(guests::ECHO)?.client()?;
    for (length, where_id_is) in [(20_000_000, "first"), (4_194_305, "first"), (20_000_000, "last")] {
        let text = "x".repeat(length);
        let line = match where_id_is {
            "first" => format!(r#"{{"jsonrpc":"2.0","id":920,"method":"ping","params":{{"x":"{text}"}}}}"#),
            _ => format!(r#"{{"jsonrpc":"2.0","method":"ping","params":{{"id":1,"x":"{text}"}},"id":920}}"#),
        };
        client.send_bytes(format!("{line}\n").as_bytes())?;
        let (code, message) = client.answer(920)?.error()?;
        assert_eq!(code, -32600);
        assert!(message.contains("4194304 bytes") && message.contains("server.message_bytes"), "{message}");
        works(&mut client)?;
    }
    Ok(())
}

#[test]
fn a_message_as_long_as_allowed_is_served() -> TestResult {
    let host = serving(guests::ECHO)?;
    let mut client = host.client()?;
    let text = "x".repeat(4_000_000);
    assert_eq!(client.done("echo", json!({ "message": text }))?["message"], text);
    Ok(())
}

#[test]
fn what_the_host_logs_and_a_guest_says_goes_elsewhere() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.connect_saying("trace")?;
    client.initialize("2025-11-25", &json!({}))?;
    client.call("panic", json!({}))?.tool_error()?;
    let ended = client.close()?;
    assert!(ended.words.contains("out of the blue"), "the log has it");
    assert!(ended.unread.is_empty(), "{:?}", ended.unread);
    Ok(())
}

#[test]
fn the_server_ends_with_its_standard_input() -> TestResult {
    let host = serving(guests::ECHO)?;
    ends_well(host.connect()?)?;
    ends_well(host.client()?)?;
    ends_well(host.modern_client(&json!({}))?)?;
    let mut client = host.client()?;
    works(&mut client)?;
    ends_well(client)
}

#[test]
fn the_server_ends_with_its_standard_input_while_somebody_listens() -> TestResult {
    let host = serving(guests::ECHO)?;
    let mut client = host.modern_client(&json!({}))?;
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    client.begin("subscriptions/listen", filter)?;
    client.hear("notifications/subscriptions/acknowledged")?;
    ends_well(client)
}

#[test]
fn the_server_ends_with_its_standard_input_while_a_call_waits() -> TestResult {
    let host = serving(guests::WAITS)?;
    let mut client = host.client_with(&json!({ "elicitation": {} }))?;
    client.begin_call("ask", json!({ "question": "Who?" }))?;
    client.hear("elicitation/create")?;
    client.begin_call("sleep", json!({ "milliseconds": 3_600_000 }))?;
    ends_well(client)
}

#[test]
fn calls_that_came_before_the_end_of_the_input_are_answered() -> TestResult {
    let host = serving(guests::ECHO)?;
    let mut client = host.client()?;
    for _ in 0..25 {
        client.begin_call("echo", json!({ "message": "x".repeat(10_000) }))?;
        client.begin_call("insert", json!({ "message": "kept" }))?;
    }
    let ended = client.close()?;
    ensure!(ended.status.code() == Some(0), "{ended:?}");
    let answers = ended.unread.iter().filter(|message| message["result"]["isError"] == false);
    assert_eq!(answers.count(), 50);
    Ok(())
}

#[test]
fn claim_3_15_a_signal_ends_the_server_with_success() -> TestResult {
    let host = serving(guests::ECHO)?;
    let mut client = host.client()?;
    works(&mut client)?;
    let ended = client.terminate()?;
    ensure!(ended.status.code() == Some(0), "{ended:?}");
    Ok(())
}

#[test]
fn the_built_in_orchestrator_serves_all_that_there_is_to_list() -> TestResult {
    let mut client = PROGRAM.orchestrator()?.client()?;
    for (method, list) in [
        ("tools/list", "tools"),
        ("prompts/list", "prompts"),
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
    ] {
        let listed = client.request(method, json!({}))?.result()?.clone();
        assert!(listed[list].is_array(), "{method}: {listed}");
    }
    Ok(())
}

/// Lists and calls.
fn works(client: &mut Client) -> TestResult {
    assert_eq!(client.tools()?, ["echo", "insert"]);
    assert_eq!(client.done("echo", json!({ "message": "hello" }))?["message"], "hello");
    Ok(())
}

fn ends_well(client: Client) -> TestResult {
    let ended = client.close()?;
    ensure!(ended.status.code() == Some(0), "{ended:?}");
    // Milliseconds, in truth; the bound is for a machine that is busy with other things.
    ensure!(ended.took.as_secs() < 5, "it took {:?}", ended.took);
    Ok(())
}
