//! One process at a time is the host of a data directory, and one that cannot be used is left as it is.

use std::fs;
use std::process::Command;

use anyhow::ensure;
use mainstay_tests::{Host, guests};
use serde_json::json;

use crate::{PROGRAM, TestResult, mark, serving};

#[test]
fn the_command_line_is_told_which_process_it_is() -> TestResult {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    mark(&mut client, "first")?;
    let call = host.run(&["call", "mark", r#"{"text":"second"}"#])?;
    let words = String::from_utf8(call.stderr)?;
    assert_eq!(call.status.code(), Some(5), "{words}");
    assert!(words.contains(&format!("process {}", client.process())), "{words}");
    Ok(())
}

#[test]
fn data_of_a_newer_format_is_left_alone() -> TestResult {
    let host = with_a_mark()?;
    let database = rusqlite::Connection::open(host.database())?;
    database.pragma_update(None, "user_version", 99)?;
    database.execute("UPDATE _mainstay_meta SET value = '9.9.9' WHERE key = 'written_by'", [])?;
    drop(database);
    unusable(&host, &["format 99", "Mainstay 9.9.9"])
}

#[test]
fn a_database_of_somebody_else_is_left_alone() -> TestResult {
    let host = serving(guests::TRAPS)?;
    fs::create_dir(host.dir().join("slots"))?;
    let database = rusqlite::Connection::open(host.database())?;
    database.execute_batch("PRAGMA journal_mode = DELETE; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")?;
    drop(database);
    unusable(&host, &["not one of Mainstay's"])
}

#[test]
fn a_file_that_is_no_database_is_left_alone() -> TestResult {
    let host = serving(guests::TRAPS)?;
    fs::create_dir(host.dir().join("slots"))?;
    fs::write(host.database(), "these are words, and they are more than a few ".repeat(300))?;
    unusable(&host, &["not a database"])
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() -> TestResult {
    let folder = tempfile::TempDir::new()?;
    let file = folder.path().join("a-file");
    fs::write(&file, "in the way")?;
    for subcommand in [&["serve"][..], &["call", "any"], &["tools"]] {
        let mut command = Command::new(PROGRAM.path);
        let ended = command.arg("--data-dir").arg(file.join("below")).args(subcommand).output()?;
        let words = String::from_utf8(ended.stderr)?;
        assert_eq!(ended.status.code(), Some(5), "{words}");
        assert!(words.contains("a-file/below") && words.contains("--data-dir"), "{words}");
    }
    assert_eq!(fs::read_to_string(file)?, "in the way");
    Ok(())
}

#[test]
fn nobody_else_may_read_it() -> TestResult {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::TempDir::new()?;
    let dir = folder.path().join("data");
    let plugin = format!("guest={}", guests::TRAPS);
    let mut command = Command::new(PROGRAM.path);
    let called = command.arg("--data-dir").arg(&dir).args(["--plugin", &plugin, "call", "age"]).output()?;
    ensure!(called.status.success(), "{}", String::from_utf8_lossy(&called.stderr));
    let mut seen = 0;
    let mut folders = vec![dir];
    while let Some(folder) = folders.pop() {
        ensure!(fs::metadata(&folder)?.permissions().mode() & 0o077 == 0, "{} is open", folder.display());
        for file in fs::read_dir(&folder)? {
            let (path, metadata) = {
                let file = file?;
                (file.path(), file.metadata()?)
            };
            if metadata.is_dir() {
                folders.push(path);
            } else {
                ensure!(metadata.permissions().mode() & 0o077 == 0, "{} is open", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "key, lock, database and a compiled form");
    Ok(())
}

fn with_a_mark() -> anyhow::Result<Host> {
    let host = serving(guests::TRAPS)?;
    let mut client = host.client()?;
    mark(&mut client, "kept")?;
    client.close()?;
    Ok(host)
}

/// Says so to a client and on the command line, and does not change the file.
fn unusable(host: &Host, words: &[&str]) -> TestResult {
    let before = fs::read(host.database())?;
    let error = host.client()?.call("marks", json!({}))?.tool_error()?;
    assert_eq!(error.code, "data");
    let call = host.run(&["call", "marks"])?;
    assert_eq!(call.status.code(), Some(5));
    let said = String::from_utf8(call.stderr)?;
    for word in words {
        assert!(error.text.contains(word), "{word} in {}", error.text);
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(fs::read(host.database())? == before, "the file has changed");
    Ok(())
}
