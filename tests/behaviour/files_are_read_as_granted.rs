//! A plugin sees the files that the settings grant, and no others.

use std::fs;

use mainstay_tests::{Client, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, serving, until};

#[test]
fn what_the_settings_grant_is_found_and_read() -> TestResult {
    let project = tempfile::tempdir()?;
    fs::write(project.path().join("notes.md"), "one")?;
    fs::write(project.path().join("secret.txt"), "s")?;
    let mut client = granting("\"*.md\", \"secret.txt?\"")?;
    let directory = project.path();
    let found =
        client.done("find", json!({ "directory": directory, "patterns": ["*.md", "secret.txt", "other.md"] }))?;
    assert_eq!(found["names"], json!(["notes.md", "secret.txt"]));
    let read = json!({ "directory": directory, "name": "notes.md" });
    assert_eq!(client.done("read", read.clone())?["text"], "one");
    // Whoever edits it need not tell anybody.
    fs::write(project.path().join("notes.md"), "zwei: 二")?;
    assert_eq!(client.done("read", read)?["text"], "zwei: 二");
    let refused = client.call("read", json!({ "directory": directory, "name": "secret.txt" }))?.tool_error()?;
    assert!(refused.text.contains("do not grant secret.txt"), "{}", refused.text);
    Ok(())
}

#[test]
fn without_a_grant_nothing_is_seen() -> TestResult {
    let project = tempfile::tempdir()?;
    fs::write(project.path().join("notes.md"), "one")?;
    let mut client = serving(guests::FILES)?.client()?;
    let directory = project.path();
    let refused = client.call("find", json!({ "directory": directory, "patterns": ["notes.md"] }))?.tool_error()?;
    assert!(refused.text.contains("do not grant notes.md"), "{}", refused.text);
    let refused = client.call("read", json!({ "directory": directory, "name": "notes.md" }))?.tool_error()?;
    assert!(refused.text.contains("do not grant notes.md"), "{}", refused.text);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_and_a_file_that_is_too_large_are_refused() -> TestResult {
    let (project, outside) = (tempfile::tempdir()?, tempfile::tempdir()?);
    fs::write(outside.path().join("secret.md"), "s")?;
    std::os::unix::fs::symlink(outside.path().join("secret.md"), project.path().join("link.md"))?;
    fs::write(project.path().join("large.md"), vec![b'x'; (1 << 20) + 1])?;
    let mut client = granting("\"*.md\"")?;
    let directory = project.path();
    let found = client.done("find", json!({ "directory": directory, "patterns": ["*.md"] }))?;
    assert_eq!(found["names"], json!(["large.md"]));
    let mut refused = |name: &str| -> anyhow::Result<String> {
        Ok(client.call("read", json!({ "directory": directory, "name": name }))?.tool_error()?.text)
    };
    assert!(refused("link.md")?.contains("leads out of the directory"));
    assert!(refused("large.md")?.contains("it has 1048577 bytes"));
    assert!(refused("../secret.md")?.contains("no name of a file"));
    Ok(())
}

#[test]
fn a_grant_that_is_taken_away_holds_for_the_next_call() -> TestResult {
    let project = tempfile::tempdir()?;
    fs::write(project.path().join("notes.md"), "one")?;
    let settings = |files: &str| format!("[watch]\nsettle_ms = 20\n[plugins.guest]\nfiles = [{files}]\n");
    let host = serving(guests::FILES)?.with_settings(&settings("\"*.md\""))?;
    let mut client = host.client()?;
    let read = json!({ "directory": project.path(), "name": "notes.md" });
    client.done("read", read.clone())?;
    fs::write(host.dir().join("mainstay.toml"), settings(""))?;
    until("nothing is granted any more", || Ok(client.call("read", read.clone())?.tool_error().is_ok()))
}

fn granting(patterns: &str) -> anyhow::Result<Client> {
    let host = PROGRAM.host(guests::FILES)?;
    host.with_settings(&format!("[plugins.guest]\nfiles = [{patterns}]\n"))?.client()
}
