use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;
use tempfile::tempdir;

use super::{Foreign, state, with_suffix};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn made(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE a (id INTEGER, t TEXT, r REAL, b BLOB);
         INSERT INTO a VALUES (1, '漢', 1.5, x'00'), (2, NULL, NULL, NULL);",
    )?;
    Ok(connection)
}

#[test]
fn rows_come_as_json() -> TestResult {
    let dir = tempdir()?;
    let path = dir.path().join("a.db");
    drop(made(&path)?);
    let foreign = Foreign::open(&path)?;
    assert_eq!(foreign.tables()?, ["a"]);
    assert_eq!(json!(foreign.rows("a")?)[0], json!({"id": 1, "t": "漢", "r": 1.5, "b": null}));
    Ok(())
}

#[test]
fn what_is_only_in_the_log_beside_it_is_read_and_left_as_it_was() -> TestResult {
    let dir = tempdir()?;
    let (path, abandoned) = (dir.path().join("a.db"), dir.path().join("b.db"));
    let connection = made(&path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute("INSERT INTO a (id) VALUES (3)", [])?;
    // As a process leaves it that was killed.
    for suffix in ["", "-wal"] {
        fs::copy(with_suffix(&path, suffix), with_suffix(&abandoned, suffix))?;
    }
    let before = state(&abandoned);
    assert_eq!(Foreign::open(&abandoned)?.rows("a")?.len(), 3);
    assert_eq!(state(&abandoned), before);
    assert!(!with_suffix(&abandoned, "-shm").exists());
    assert_eq!(Foreign::open(&path)?.rows("a")?.len(), 3, "one that is open is read too");
    Ok(())
}

#[test]
fn a_transaction_that_is_open_is_not_seen() -> TestResult {
    let dir = tempdir()?;
    let path = dir.path().join("a.db");
    let connection = made(&path)?;
    connection.execute_batch("BEGIN EXCLUSIVE; INSERT INTO a (id) VALUES (3);")?;
    assert_eq!(Foreign::open(&path)?.rows("a")?.len(), 2);
    Ok(())
}

#[test]
fn each_kind_of_bad_file_is_told_apart() -> TestResult {
    let dir = tempdir()?;
    let path = dir.path().join("a.db");
    let connection = made(&path)?;
    for n in 0..2_000 {
        connection.execute("INSERT INTO a (t) VALUES (?1)", [format!("text {n} {}", "x".repeat(100))])?;
    }
    drop(connection);
    let good = fs::read(&path)?;
    let words = |bytes: &[u8]| -> Result<String, Box<dyn std::error::Error>> {
        fs::write(&path, bytes)?;
        Ok(Foreign::open(&path).err().map(|error| error.to_string()).unwrap_or_default())
    };
    assert!(words(b"")?.contains("is empty"));
    assert!(words(b"PK something else altogether")?.contains("no SQLite database, or it is encrypted"));
    assert!(words(&good[..good.len() / 2])?.contains("is damaged"));
    let mut torn = good.clone();
    torn[4096..40_000].fill(0xff);
    assert!(words(&torn)?.contains("is damaged"));
    assert_eq!(words(&good)?, "");
    let missing = Foreign::open(&dir.path().join("none.db")).err().map(|error| error.to_string());
    assert!(missing.is_some_and(|words| words.contains("cannot be read")));
    Ok(())
}
