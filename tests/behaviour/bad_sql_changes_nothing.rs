//! What a plugin's SQL may not do it is told, and it does not happen.

use anyhow::ensure;
use mainstay_tests::{Client, Host, guests};
use serde_json::{Value, json};

use crate::{TestResult, serving};

#[test]
fn wrong_sql_is_named_with_the_place() -> TestResult {
    refused_with("invalid-sql", "SELEC 1", "near \"SELEC\": syntax error at Some(0)")?;
    refused_with("invalid-sql", "SELECT * FROM missing", "no such table: missing")?;
    refused_with("invalid-sql", "SELECT missing FROM mark", "no such column: missing at Some(7)")?;
    refused_with("invalid-sql", "SELECT 1; SELECT 2", "one statement at a time")?;
    refused_with("invalid-sql", "SELECT ?1", "0 parameters given, 1 wanted")
}

#[test]
fn a_constraint_is_named() -> TestResult {
    refused_with("constraint", "INSERT INTO mark (text) VALUES (NULL)", "NOT NULL constraint failed: mark.text")
}

#[test]
fn transactions_are_the_hosts() -> TestResult {
    let statements = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT mine", "RELEASE entry", "ROLLBACK TO entry"];
    statements.iter().try_for_each(|sql| refused_with("not-allowed", sql, ""))
}

#[test]
fn nothing_but_the_plugins_own_file_is_reached() -> TestResult {
    let outside = tempfile::TempDir::new()?;
    let path = outside.path().join("outside.sqlite");
    let path = path.display();
    for sql in [format!("ATTACH '{path}' AS outside"), format!("VACUUM INTO '{path}'")] {
        refused_with("not-allowed", &sql, "")?;
    }
    for sql in ["DETACH main", "VACUUM", "SELECT load_extension('libm.so')"] {
        refused_with("not-allowed", sql, "")?;
    }
    assert_eq!(std::fs::read_dir(outside.path())?.count(), 0);
    Ok(())
}

#[test]
fn pragmas_only_describe() -> TestResult {
    for sql in [
        "PRAGMA user_version = 5",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA synchronous = OFF",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = OFF",
        "PRAGMA database_list",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM pragma_user_version",
    ] {
        refused_with("not-allowed", sql, "PRAGMA")?;
    }
    let (_host, mut client) = open()?;
    for sql in ["PRAGMA table_info(mark)", "SELECT name FROM pragma_table_info('mark')", "PRAGMA index_list(mark)"] {
        run(&mut client, &[sql])?;
    }
    Ok(())
}

#[test]
fn the_hosts_tables_are_out_of_reach() -> TestResult {
    for sql in [
        "SELECT * FROM _mainstay_state",
        "SELECT count(*) FROM _MAINSTAY_State",
        "SELECT 1 FROM \"_mainstay_state\" AS harmless",
        "SELECT * FROM main.[_mainstay_slot]",
        "SELECT (SELECT max(value) FROM _mainstay_state)",
        "WITH x AS (SELECT * FROM _mainstay_waits) SELECT * FROM x",
        "INSERT INTO mark (text) SELECT hex(value) FROM _mainstay_state",
        "INSERT INTO _mainstay_state VALUES ('k', x'00')",
        "REPLACE INTO _mainstay_state VALUES ('k', x'00')",
        "UPDATE _mainstay_slot SET generation = 9",
        "DELETE FROM _mainstay_waits",
        "DROP TABLE _mainstay_state",
        "ALTER TABLE _mainstay_state RENAME TO mine",
        "ALTER TABLE _mainstay_state ADD COLUMN mine",
        "CREATE INDEX mine ON _mainstay_state (value)",
        "DROP INDEX _mainstay_waits_expiry",
        "REINDEX _mainstay_waits_expiry",
        "ANALYZE _mainstay_state",
        "CREATE TRIGGER mine AFTER INSERT ON _mainstay_state BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER mine AFTER INSERT ON _mainstay_state BEGIN SELECT 1; END",
    ] {
        refused_with("not-allowed", sql, "host")?;
    }
    Ok(())
}

#[test]
fn names_of_the_host_are_not_for_the_taking() -> TestResult {
    for sql in [
        "CREATE TABLE _mainstay_mine (x)",
        "CREATE TEMP TABLE _Mainstay_state (key, value)",
        "CREATE VIEW _mainstay_view AS SELECT 1",
        "CREATE TEMP VIEW _mainstay_slot AS SELECT 1 AS id, 9 AS generation",
        "CREATE VIRTUAL TABLE _mainstay_words USING fts5(x)",
        "CREATE INDEX _mainstay_index ON mark (text)",
        "CREATE TRIGGER _mainstay_trigger AFTER INSERT ON mark BEGIN SELECT 1; END",
        "ALTER TABLE mark RENAME TO _mainstay_mark",
    ] {
        refused_with("not-allowed", sql, "host")?;
    }
    Ok(())
}

#[test]
fn no_detour_leads_to_the_hosts_tables() -> TestResult {
    for detour in [
        &["CREATE VIEW mine AS SELECT * FROM _mainstay_state", "SELECT * FROM mine"][..],
        &[
            "CREATE TRIGGER mine AFTER INSERT ON mark BEGIN DELETE FROM _mainstay_state; END",
            "INSERT INTO mark (text) VALUES ('pull')",
        ],
        &[
            "CREATE VIEW mine AS SELECT 1 AS x",
            "CREATE TRIGGER pulled INSTEAD OF INSERT ON mine BEGIN DELETE FROM _mainstay_state; END",
            "INSERT INTO mine VALUES (1)",
        ],
        &["CREATE TABLE mine (id REFERENCES _mainstay_slot (id) ON DELETE RESTRICT)", "INSERT INTO mine VALUES (1)"],
        &[
            "CREATE VIRTUAL TABLE mine USING fts5(plugin, content='_mainstay_slot', content_rowid='id')",
            "INSERT INTO mine (mine) VALUES ('rebuild')",
        ],
        &[
            "CREATE VIRTUAL TABLE mine USING fts5(plugin, content='_mainstay_slot', content_rowid='id')",
            "SELECT plugin FROM mine WHERE rowid = 1",
        ],
        &["CREATE TABLE mine (x AS (SELECT 1 FROM _mainstay_state))"],
        &["UPDATE sqlite_schema SET sql = 'CREATE TABLE mark (text)' WHERE name = '_mainstay_state'"],
        &["DELETE FROM sqlite_schema"],
        &["CREATE VIRTUAL TABLE mine USING dbstat"],
        &["SELECT * FROM dbstat"],
        &["SELECT * FROM sqlite_dbpage"],
    ] {
        let (host, mut client) = open()?;
        let refusal = run(&mut client, detour);
        ensure!(refusal.is_err(), "{detour:?} leads somewhere: {refusal:?}");
        unharmed(&host, client)?;
    }
    Ok(())
}

#[test]
fn a_text_that_the_host_has_prepared_for_itself_is_no_key() -> TestResult {
    let (host, mut client) = open()?;
    // By now the host has all of its own statements at hand.
    client.done("put", json!({ "key": "secret", "value": "kept" }))?;
    client.done("mark", json!({ "text": "warm" }))?;
    client.done("marks", json!({}))?;
    for sql in [
        "SELECT value FROM _mainstay_state WHERE key = ?1",
        "INSERT INTO _mainstay_state VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        "DELETE FROM _mainstay_state WHERE key = ?1",
        "SELECT key, value FROM _mainstay_state WHERE key >= ?1 AND key > ?2 ORDER BY key LIMIT ?3",
        "SELECT generation FROM _mainstay_slot WHERE id = 1",
        "DELETE FROM _mainstay_waits WHERE id = ?1",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "SAVEPOINT entry",
        "ROLLBACK TO entry",
        "RELEASE entry",
        "ROLLBACK",
    ] {
        for tool in ["run", "read"] {
            let parameters = vec![json!("secret"); (1..=3).filter(|n| sql.contains(&format!("?{n}"))).count()];
            let script = json!({ "statements": [{ "sql": sql, "parameters": parameters }] });
            let error = client.call(tool, script)?.tool_error()?;
            assert_eq!(error.code, "not-allowed", "{tool} {sql}: {}", error.text);
        }
    }
    unharmed(&host, client)
}

#[test]
fn more_rows_than_one_call_may_return_are_refused() -> TestResult {
    let blob = "SELECT zeroblob(20000000)";
    let long =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30) SELECT zeroblob(1000000) FROM n";
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT i FROM n";
    [blob, long, many].iter().try_for_each(|sql| refused_with("too-large", sql, ""))
}

#[test]
fn an_entry_whose_sql_is_refused_may_go_on() -> TestResult {
    let (_host, mut client) = open()?;
    for sql in ["COMMIT", "SELEC", "DELETE FROM _mainstay_slot", "VACUUM"] {
        let script = json!({ "statements": [{ "sql": sql }], "go_on": true });
        assert!(client.done("run", script)?["problem"].is_string());
    }
    run(&mut client, &["INSERT INTO mark (text) VALUES ('on')"])?;
    Ok(())
}

#[test]
fn odd_texts_are_odd_and_no_more() -> TestResult {
    let (host, mut client) = open()?;
    for sql in ["", ";", "-- nothing", "/* open", "*/ SELECT 1", "SELECT 1\0; SELECT 2", "SELECT '\u{0}'", "'"] {
        let script = json!({ "statements": [{ "sql": sql }], "go_on": true });
        client.done("run", script).map_err(|error| error.context(format!("{sql:?}")))?;
    }
    unharmed(&host, client)
}

fn open() -> anyhow::Result<(Host, Client)> {
    let host = serving(guests::SQL)?;
    let client = host.client()?;
    Ok((host, client))
}

/// Runs statements in one entry and returns the rows of the last.
fn run(client: &mut Client, statements: &[&str]) -> anyhow::Result<Value> {
    let lines: Vec<_> = statements.iter().map(|sql| json!({ "sql": sql })).collect();
    let mut answer = client.done("run", json!({ "statements": lines }))?;
    Ok(answer["outcomes"].as_array_mut().and_then(Vec::pop).unwrap_or_default())
}

/// The statement is refused by the writer and by a reader, in these words, and nothing is harmed.
fn refused_with(code: &str, sql: &str, words: &str) -> TestResult {
    let (host, mut client) = open()?;
    for tool in ["run", "read"] {
        let answer = client.call(tool, json!({ "statements": [{ "sql": sql }] }))?;
        let error = answer.tool_error().map_err(|error| error.context(format!("{tool} {sql}")))?;
        // What would write is refused a reader for that alone.
        let expected = error.code == code || (tool == "read" && ["read-only", "not-allowed"].contains(&&*error.code));
        ensure!(expected, "{tool} {sql}: {}: {}", error.code, error.text);
        ensure!(tool == "read" || error.text.contains(words), "{sql}: {words:?} in {}", error.text);
    }
    unharmed(&host, client)
}

/// The host's tables are as they were, and the plugin works.
fn unharmed(host: &Host, mut client: Client) -> TestResult {
    client.done("put", json!({ "key": "probe", "value": "kept" }))?;
    client.close()?;
    let database = rusqlite::Connection::open(host.database())?;
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let names = "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema
        WHERE tbl_name LIKE '\\_mainstay\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name)";
    let names: String = database.query_row(names, [], |row| row.get(0))?;
    let expected = "_mainstay_generations _mainstay_meta _mainstay_slot _mainstay_state _mainstay_tasks _mainstay_tasks_expiry \
         _mainstay_waits _mainstay_waits_expiry";
    ensure!((version, names.as_str()) == (4, expected), "format {version}, tables {names}");
    let state = "SELECT count(*) FROM _mainstay_state WHERE key = 'probe'";
    let (generation, probe): (i64, i64) =
        database.query_row(&format!("SELECT generation, ({state}) FROM _mainstay_slot"), [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    ensure!((generation, probe) == (1, 1), "generation {generation}, {probe} keys");
    Ok(())
}
