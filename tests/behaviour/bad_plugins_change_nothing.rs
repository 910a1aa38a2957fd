//! A file that is no good plugin is refused with what is wrong with it, and leaves the data as it was.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use mainstay_tests::{Host, guests};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{PROGRAM, TestResult, serving, until};

#[test]
fn a_file_that_is_no_component_is_refused_with_the_reason() -> TestResult {
    let folder = TempDir::new()?;
    let echo = fs::read(guests::ECHO)?;
    let files: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "no WebAssembly at all"),
        ("words", b"This is not a plugin.", "no WebAssembly at all"),
        ("core", b"\0asm\x01\0\0\0", "core WebAssembly module"),
        ("header", b"\0asm\x0d\0\x01\0", "does not export mainstay:plugin/lifecycle@0.1.0"),
        ("half", &echo[..echo.len() / 2], "damaged"),
        ("noise", &[&echo[..8], &[0xff; 4_000]].concat(), "damaged"),
    ];
    for (name, bytes, words) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes)?;
        refused(path.to_str().context("a path that is text")?, words).with_context(|| format!("file {name}"))?;
    }
    Ok(())
}

#[test]
fn a_component_of_another_world_is_refused_with_what_it_lacks() -> TestResult {
    refused(guests::ANOTHER_WORLD, "does not export mainstay:plugin/lifecycle@0.1.0")
}

#[test]
fn a_file_that_is_not_there_is_named() -> TestResult {
    refused("/nowhere/at-all.wasm", "/nowhere/at-all.wasm")
}

#[test]
fn a_component_with_a_flipped_byte_never_brings_the_host_down() -> TestResult {
    let folder = TempDir::new()?;
    let echo = fs::read(guests::ECHO)?;
    for part in 1..8 {
        let mut damaged = echo.clone();
        let at = echo.len() / 8 * part;
        damaged[at] ^= 0x55;
        let path = folder.path().join(part.to_string());
        fs::write(&path, damaged)?;
        let host = PROGRAM.cold_host(path.to_str().context("a path that is text")?)?;
        let code = host.run(&["check", path.to_str().context("a path that is text")?])?.status.code();
        assert!(matches!(code, Some(0 | 4)), "byte {at}: {code:?}");
    }
    Ok(())
}

#[test]
fn a_check_of_a_good_plugin_says_what_it_is() -> TestResult {
    let host = PROGRAM.cold_host(guests::COUNTER)?;
    let check = host.run(&["check", guests::COUNTER])?;
    assert_eq!(check.status.code(), Some(0));
    let words = String::from_utf8(check.stdout)?;
    for expected in ["counter", "1.0.0", "1 appended", "mainstay:plugin/tools@0.1.0", "client*, number*"] {
        assert!(words.contains(expected), "{expected} in {words}");
    }
    let json: Value = serde_json::from_slice(&host.run(&["check", guests::COUNTER, "--json"])?.stdout)?;
    assert_eq!(json["surface"]["description"]["name"], "counter");
    assert!(!host.database().exists(), "a check changes nothing");
    Ok(())
}

#[test]
fn the_data_of_one_plugin_is_not_given_to_another() -> TestResult {
    let host = with_a_row()?.with_plugin(guests::ECHO);
    let message = goes_on_instead(&host, ("echo", json!({ "message": "hello" })), "other-plugin")?;
    assert!(message.contains("\"counter\"") && message.contains("\"echo\""), "{message}");
    still_there(host)
}

#[test]
fn a_failing_migration_is_named_and_undone() -> TestResult {
    let host = with_a_row()?.with_plugin(guests::COUNTER_FAILING);
    let message = goes_on_instead(&host, ("touch", json!({})), "migration")?;
    for expected in ["\"halfway\"", "schema 2", "no such table: missing"] {
        assert!(message.contains(expected), "{expected} in {message}");
    }
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
    let half: i64 = rusqlite::Connection::open(host.database())?.query_row(tables, [], |row| row.get(0))?;
    assert_eq!(half, 0);
    still_there(host)
}

#[test]
fn a_failing_first_migration_leaves_no_plugin_behind() -> TestResult {
    let host = PROGRAM.host(guests::COUNTER_FAILING)?;
    host.client()?.call("touch", json!({}))?.tool_error()?;
    let host = host.with_plugin(guests::COUNTER);
    host.client()?.done("append", json!({ "client": "a", "number": 1 }))?;
    still_there(host)
}

#[test]
fn an_older_version_does_not_touch_the_data_of_a_newer_one() -> TestResult {
    let host = with_a_row()?.with_plugin(guests::COUNTER_NEWER);
    host.client()?.done("touch", json!({}))?;
    let host = host.with_plugin(guests::COUNTER);
    let mut client = host.client()?;
    let error = client.call("append", json!({ "client": "a", "number": 2 }))?.tool_error()?;
    assert_eq!(error.code, "tool-removed", "{}", error.text);
    client.done("touch", json!({}))?;
    let message = host.history("guest")?[0].refused("schema")?;
    assert!(message.contains("schema 2") && message.contains("reads 0 to 1"), "{message}");
    let rows = "SELECT count(*), count(appended_at) FROM appended";
    let database = rusqlite::Connection::open(host.database())?;
    let counts: (i64, i64) = database.query_row(rows, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    assert_eq!(counts, (1, 0));
    Ok(())
}

#[test]
fn a_damaged_compiled_form_is_made_again() -> TestResult {
    let host = serving(guests::ECHO)?;
    for damage in [|bytes: &mut Vec<u8>| bytes.truncate(1_000), |bytes: &mut Vec<u8>| bytes[500] ^= 1] {
        let compiled: Vec<_> = fs::read_dir(host.dir().join("cache"))?.collect::<Result<_, _>>()?;
        for file in compiled {
            let mut bytes = fs::read(file.path())?;
            damage(&mut bytes);
            // In place of the file, which other tests share.
            fs::remove_file(file.path())?;
            fs::write(file.path(), bytes)?;
        }
        let answer = host.client()?.done("echo", json!({ "message": "hello" }))?;
        assert_eq!(answer["message"], "hello");
    }
    Ok(())
}

#[test]
fn a_key_that_was_never_written_is_made_and_one_that_is_cut_is_left_alone() -> TestResult {
    let host = serving(guests::ECHO)?;
    let key = host.dir().join("key");
    fs::write(&key, b"short")?;
    let mut client = host.client()?;
    let error = client.call("echo", json!({ "message": "hello" }))?.tool_error()?;
    assert_eq!(error.code, "data-directory");
    assert!(error.text.contains("5 bytes") && error.text.contains("32 bytes"), "{}", error.text);
    assert_eq!(fs::read(&key)?, b"short", "what it sealed may be there still");
    fs::write(&key, b"")?;
    assert_eq!(client.done("echo", json!({ "message": "hello" }))?["message"], "hello");
    assert_eq!(fs::read(&key)?.len(), 32);
    Ok(())
}

/// `check` refuses the file with its own exit code, and a server that serves it still speaks to its client.
fn refused(file: &str, words: &str) -> TestResult {
    let host = PROGRAM.cold_host(file)?;
    let check = host.run(&["check", file])?;
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(said.contains(words), "{words:?} in {said}");
    assert_eq!((check.status.code(), check.stdout.len()), (Some(4), 0));
    let mut client = host.client()?;
    let error = client.call("anything", json!({}))?.tool_error()?;
    assert_eq!(error.code, "plugin");
    assert!(error.text.contains(words), "{words:?} in {}", error.text);
    assert!(client.tools()?.is_empty(), "there are the host's own, which repair it");
    assert_eq!(client.request("ping", json!({}))?.result()?, &json!({}));
    assert!(!exists(&host.database()));
    Ok(())
}

/// What is in place cannot serve, which its first call shows: the version before goes on, and the history says why.
fn goes_on_instead(host: &Host, (tool, arguments): (&str, Value), code: &str) -> anyhow::Result<String> {
    let mut client = host.client()?;
    let error = client.call(tool, arguments)?.tool_error()?;
    assert_eq!(error.code, "tool-removed", "{}", error.text);
    assert_eq!(client.tools()?, ["append", "list"]);
    assert_eq!(client.done("list", json!({}))?["rows"], json!([["a", 1]]));
    until("it is said", || Ok(client.words().contains("the version on record goes on")))?;
    host.history("guest")?[0].refused(code)
}

fn with_a_row() -> anyhow::Result<Host> {
    // Whatever serves this data later is compiled beside it.
    for guest in [guests::ECHO, guests::COUNTER_FAILING, guests::COUNTER_NEWER] {
        PROGRAM.host(guest)?;
    }
    let host = serving(guests::COUNTER)?;
    host.client()?.done("append", json!({ "client": "a", "number": 1 }))?;
    Ok(host)
}

fn still_there(host: Host) -> TestResult {
    let host = host.with_plugin(guests::COUNTER);
    assert_eq!(host.client()?.done("list", json!({}))?["rows"], json!([["a", 1]]));
    Ok(())
}

fn exists(path: &Path) -> bool {
    path.exists()
}
