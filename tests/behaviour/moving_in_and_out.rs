//! What is kept goes out and comes back, and what the Python original kept comes in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, ensure};
use mainstay_tests::Host;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{PROGRAM, TestResult};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/original").join(name)
}

fn copy(from: &Path, to: &Path) -> TestResult {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, name) = (entry?, to.to_owned());
        let target = name.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A project of release 1.8.0.
fn project() -> anyhow::Result<TempDir> {
    let dir = tempfile::tempdir()?;
    copy(&golden("1.8.0"), dir.path())?;
    Ok(dir)
}

/// A project of the development version.
fn project_of_head() -> anyhow::Result<TempDir> {
    let dir = tempfile::tempdir()?;
    let folder = dir.path().join(".task_orchestrator");
    copy(&golden("head/.task_orchestrator"), &folder)?;
    let database = rusqlite::Connection::open(folder.join("tasks.sqlite"))?;
    database.execute_batch(&fs::read_to_string(golden("head/tasks.sql"))?)?;
    Ok(dir)
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn run(host: &Host, command: &str, dir: &Path, more: &[&str]) -> anyhow::Result<Output> {
    let dir = dir.to_str().context("a path in UTF-8")?;
    let place: &[&str] = if command == "export" { &["--to", dir] } else { &[dir] };
    host.run(&[&[command], place, more].concat())
}

fn import(host: &Host, dir: &Path, more: &[&str]) -> anyhow::Result<Value> {
    let output = run(host, "import", dir, &[&["--json"], more].concat())?;
    ensure!(output.status.success(), "{}", words(&output));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn export(host: &Host, dir: &Path, more: &[&str]) -> anyhow::Result<String> {
    let output = run(host, "export", dir, more)?;
    ensure!(output.status.success(), "{}", words(&output));
    Ok(fs::read_to_string(dir.join("export.jsonl"))?)
}

fn ask(host: &Host, sql: &str) -> anyhow::Result<String> {
    let database = rusqlite::Connection::open(host.database_of("orchestrator"))?;
    Ok(database.query_row(sql, [], |row| row.get::<_, String>(0))?)
}

const STATUSES: &str = "SELECT group_concat(id || ' ' || status, ', ') FROM (SELECT id, status FROM task ORDER BY seq)";

#[test]
fn a_project_of_1_8_0_comes_in_with_states_dependencies_and_artifacts_and_only_once() -> TestResult {
    let (host, project) = (PROGRAM.orchestrator()?, project()?);
    let report = import(&host, project.path(), &[])?;
    assert_eq!(report["taken"], json!({"task": 8, "artifact": 2, "dependency": 4}), "{report:#}");
    let left_out = report["left_out"].to_string();
    assert!(left_out.contains("ghost") && left_out.contains("wait for each other"), "{left_out}");
    assert!(report["notes"].to_string().contains("project_roles.yaml"), "{report:#}");
    let statuses = ask(&host, STATUSES)?;
    for status in
        ["design completed", "build completed", "check active", "manual pending", "egg pending", "task_b7a73fd5 active"]
    {
        assert!(statuses.contains(status), "{status}: {statuses}");
    }
    assert_eq!(
        ask(&host, "SELECT content FROM artifact WHERE type = 'design'")?,
        "# Tables\n\n- bicycle\n- basket\n- order\n\n---\n\nThe end."
    );
    assert_eq!(ask(&host, "SELECT group_concat(path) FROM artifact_file")?, "src/main.rs,src/basket.rs");
    assert_eq!(
        ask(&host, "SELECT description FROM task WHERE id = 'build'")?,
        "Write it, with 漢字 and שלום in its texts."
    );
    let again = import(&host, project.path(), &[])?;
    assert_eq!((&again["taken"], &again["there"]["task"]), (&json!({}), &json!(8)), "{again:#}");
    Ok(())
}

#[test]
fn what_came_in_is_seen_by_a_client_in_that_directory() -> TestResult {
    let (host, project) = (PROGRAM.orchestrator()?, project()?);
    let folder = project.path().join(".task_orchestrator");
    import(&host, &folder, &["--workspace", "/elsewhere"])?;
    assert_eq!(ask(&host, "SELECT group_concat(path) FROM workspace")?, "/elsewhere");
    let mut client = host.client()?;
    client.call("orchestrator_initialize_session", json!({"working_directory": "/elsewhere"}))?;
    let status = client.call("orchestrator_get_status", json!({}))?;
    assert!(format!("{status:?}").contains("Check the shop"), "{status:?}");
    Ok(())
}

#[test]
fn a_project_of_the_development_version_comes_in_too() -> TestResult {
    let (host, project) = (PROGRAM.orchestrator()?, project_of_head()?);
    let report = import(&host, project.path(), &[])?;
    assert_eq!(report["taken"], json!({"task": 4, "artifact": 1, "dependency": 1, "template": 1}), "{report:#}");
    let statuses = "task_aaaaaaaa pending, task_bbbbbbbb completed, task_cccccccc in_progress, task_dddddddd cancelled";
    assert_eq!(ask(&host, STATUSES)?, statuses);
    assert_eq!(ask(&host, "SELECT content FROM artifact")?, "The server is rented: 2 cores, 4 GB.\n");
    assert_eq!(
        ask(&host, "SELECT specialist || ' ' || complexity || ' ' || effort FROM task WHERE id = 'task_bbbbbbbb'")?,
        "devops trivial 1 hour"
    );
    Ok(())
}

#[test]
fn templates_come_in_once_and_what_is_not_taken_is_named() -> TestResult {
    let (host, project) = (PROGRAM.orchestrator()?, project_of_head()?);
    let report = import(&host, project.path(), &[])?;
    assert_eq!(ask(&host, "SELECT category || ' ' || id || ' ' || name FROM template")?, "user release Release");
    let left_out = report["left_out"].to_string();
    assert!(left_out.contains("templates/user/broken.json5") && left_out.contains("line 4, column"), "{left_out}");
    let notes = report["notes"].to_string();
    for name in ["1 of kind session: session_session_1a2b3c4d_1755252000.json", "1 of kind other file: notes.txt"] {
        assert!(notes.contains(name), "{name}: {notes}");
    }
    let again = import(&host, project.path(), &[])?;
    assert_eq!((&again["taken"], &again["there"]["template"]), (&json!({}), &json!(1)), "{again:#}");
    assert_eq!(ask(&host, "SELECT '' || count(*) FROM template")?, "1");
    Ok(())
}

#[test]
fn a_dry_run_says_what_would_come_and_takes_nothing() -> TestResult {
    let (host, project) = (PROGRAM.orchestrator()?, project()?);
    let report = import(&host, project.path(), &["--dry-run"])?;
    assert_eq!(report["taken"], json!({"task": 8, "artifact": 2, "dependency": 4}), "{report:#}");
    let count = "SELECT '' || (SELECT count(*) FROM task) || (SELECT count(*) FROM workspace)";
    assert_eq!(ask(&host, count)?, "00");
    Ok(())
}

#[test]
fn what_is_damaged_is_told_and_nothing_of_it_is_taken() -> TestResult {
    let host = PROGRAM.orchestrator()?;
    type Damage = fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, Damage, i32); 4] = [
        ("is damaged", |bytes| bytes[..bytes.len() / 2].to_vec(), 5),
        ("no SQLite database, or it is encrypted", |bytes| bytes.iter().map(|byte| byte ^ 0x5a).collect(), 5),
        ("is empty and was passed over", |_| Vec::new(), 2),
        ("is damaged", |bytes| [&bytes[..4096], &vec![0xff; bytes.len() - 4096]].concat(), 5),
    ];
    for (expected, damage, code) in cases {
        let project = project()?;
        let database = project.path().join(".task_orchestrator/task_orchestrator.db");
        fs::write(&database, damage(&fs::read(&database)?))?;
        let output = run(&host, "import", project.path(), &[])?;
        assert_eq!(output.status.code(), Some(code), "{}", words(&output));
        if code == 5 {
            assert!(words(&output).contains(expected), "{expected}: {}", words(&output));
        }
    }
    for (sql, expected) in [
        ("DROP TABLE subtasks", "not subtasks"),
        ("DROP TABLE subtasks; DROP TABLE task_breakdowns", "none of the tables"),
    ] {
        let project = project()?;
        rusqlite::Connection::open(project.path().join(".task_orchestrator/task_orchestrator.db"))?
            .execute_batch(sql)?;
        let output = run(&host, "import", project.path(), &[])?;
        assert_eq!((output.status.code(), words(&output).contains(expected)), (Some(2), true), "{}", words(&output));
    }
    let nothing = tempfile::tempdir()?;
    assert_eq!(run(&host, "import", nothing.path(), &[])?.status.code(), Some(2));
    assert!(!host.database_of("orchestrator").exists(), "nothing was opened, let alone written");
    Ok(())
}

#[test]
fn what_a_killed_process_left_in_its_log_is_read_and_nothing_beside_it_is_touched() -> TestResult {
    let (host, project) = (PROGRAM.orchestrator()?, project()?);
    let database = project.path().join(".task_orchestrator/task_orchestrator.db");
    let left = tempfile::tempdir()?;
    let connection = rusqlite::Connection::open(&database)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; UPDATE subtasks SET status = 'failed' WHERE task_id = 'check'")?;
    copy(project.path(), left.path())?;
    drop(connection);
    fs::remove_file(left.path().join(".task_orchestrator/task_orchestrator.db-shm"))?;
    let files = || -> anyhow::Result<usize> { Ok(fs::read_dir(left.path().join(".task_orchestrator"))?.count()) };
    let before = files()?;
    import(&host, left.path(), &[])?;
    assert!(ask(&host, STATUSES)?.contains("check failed"));
    assert_eq!(files()?, before);
    Ok(())
}

#[test]
fn what_is_exported_comes_back_the_same_in_another_data_directory() -> TestResult {
    let (host, other, project, out) =
        (PROGRAM.orchestrator()?, PROGRAM.orchestrator()?, project()?, tempfile::tempdir()?);
    import(&host, project.path(), &[])?;
    let (first, second) = (out.path().join("first"), out.path().join("second"));
    let lines = export(&host, &first, &[])?;
    assert!(fs::read_to_string(first.join("README.md"))?.contains("Build a small shop for bicycles"));
    assert!(fs::read_to_string(first.join("plans/task_b7a73fd5.md"))?.contains("Three tables are enough."));
    assert_eq!(fs::read_dir(first.join("artifacts"))?.count(), 2);
    let report = import(&other, &first, &[])?;
    assert_eq!(report["left_out"], json!([]), "{report:#}");
    assert_eq!(export(&other, &second, &[])?, lines);
    let again = import(&other, &first, &[])?;
    assert_eq!(again["taken"], json!({}), "{again:#}");
    Ok(())
}

#[test]
fn a_host_that_is_running_exports_and_imports_without_its_clients_being_disturbed() -> TestResult {
    let (host, project, out) = (PROGRAM.orchestrator()?, project()?, tempfile::tempdir()?);
    let mut client = host.client()?;
    client.call("orchestrator_initialize_session", json!({"working_directory": "/w"}))?;
    client.call("orchestrator_plan_task", json!({"title": "Mine", "description": "d", "task_id": "mine"}))?;
    let report = import(&host, project.path(), &[])?;
    assert_eq!(report["taken"]["task"], 8, "{report:#}");
    let all = export(&host, &out.path().join("all"), &[])?;
    assert!(all.contains("\"mine\"") && all.contains("\"design\""));
    assert!(out.path().join("all/workspace-2/plans/task_b7a73fd5.md").exists());
    let one = export(&host, &out.path().join("one"), &["--workspace", "/w"])?;
    assert!(one.contains("\"mine\"") && !one.contains("\"design\""));
    let status = client.call("orchestrator_get_status", json!({}))?;
    assert!(format!("{status:?}").contains("mine"), "{status:?}");
    Ok(())
}

#[test]
fn a_folder_of_somebody_else_is_not_overwritten_and_an_export_is() -> TestResult {
    let (host, project, out) = (PROGRAM.orchestrator()?, project()?, tempfile::tempdir()?);
    import(&host, project.path(), &[])?;
    let theirs = out.path().join("theirs");
    fs::create_dir(&theirs)?;
    fs::write(theirs.join("README.md"), "mine")?;
    let output = run(&host, "export", &theirs, &[])?;
    assert_eq!((output.status.code(), fs::read_to_string(theirs.join("README.md"))?.as_str()), (Some(2), "mine"));
    let ours = out.path().join("ours");
    let lines = export(&host, &ours, &[])?;
    fs::write(ours.join("plans/old.md"), "of a plan that is gone")?;
    fs::write(ours.join("notes.txt"), "mine")?;
    assert_eq!(export(&host, &ours, &[])?, lines);
    assert!(!ours.join("plans/old.md").exists() && ours.join("notes.txt").exists());
    let unknown = run(&host, "export", &out.path().join("none"), &["--workspace", "/nowhere"])?;
    assert_eq!(unknown.status.code(), Some(3), "{}", words(&unknown));
    assert!(!out.path().join("none").exists());
    Ok(())
}

#[test]
fn an_export_that_is_not_whole_is_refused() -> TestResult {
    let (host, project, out) = (PROGRAM.orchestrator()?, project()?, tempfile::tempdir()?);
    import(&host, project.path(), &[])?;
    let lines = export(&host, &out.path().join("a"), &[])?;
    let bad = out.path().join("bad");
    fs::create_dir(&bad)?;
    let other = PROGRAM.orchestrator()?;
    let middle = lines.lines().take(5).collect::<Vec<_>>().join("\n");
    let cases = [
        (middle, "its end is missing"),
        (lines.replacen("\"kind\":\"task\"", "\"kind\":\"ta", 1), "line "),
        ("{}\n".to_owned(), "does not begin"),
    ];
    for (text, expected) in cases {
        fs::write(bad.join("export.jsonl"), text)?;
        let output = run(&other, "import", &bad, &[])?;
        assert_eq!((output.status.code(), words(&output).contains(expected)), (Some(2), true), "{}", words(&output));
    }
    fs::write(bad.join("export.jsonl"), lines.replacen("\"version\":1", "\"version\":9", 1))?;
    let output = run(&other, "import", &bad, &[])?;
    assert_eq!((output.status.code(), words(&output).contains("version 9")), (Some(3), true), "{}", words(&output));
    assert_eq!(ask(&other, "SELECT '' || count(*) FROM task")?, "0");
    Ok(())
}
