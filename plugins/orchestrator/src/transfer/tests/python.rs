//! What the Python program kept is understood, whichever version wrote it.

mod templates;

use serde_json::{Value, json};

use super::imported;
use crate::testing::{Host, host, status, text};

fn row(table: &str, row: impl Into<Value>) -> Value {
    json!({"table": table, "row": row.into()})
}

fn file(name: &str, text: &str) -> Value {
    json!({"file": name, "text": text})
}

/// Both rounds, as the command line goes them.
fn take(host: &mut Host, records: &[Value]) -> (Value, Value) {
    let arguments = |links: bool| json!({"source": "python", "into": "/project", "links": links});
    (imported(host, &arguments(false), records), imported(host, &arguments(true), records))
}

fn one(host: &Host, sql: &str) -> String {
    let value = host.host().connection().query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0));
    match value.expect("a row") {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn breakdown(id: &str) -> Value {
    row(
        "task_breakdowns",
        json!({"parent_task_id": id, "description": "Build a shop\nwith a basket",
        "complexity": "very_complex", "context": "in Utrecht", "created_at": "2026-11-21 15:35:02.514233"}),
    )
}

fn subtask(id: &str, status: &str, dependencies: &str) -> Value {
    row(
        "subtasks",
        json!({"task_id": id, "parent_task_id": "plan", "title": format!("Do {id}"), "description": "d",
        "specialist_type": "architect", "dependencies": dependencies, "estimated_effort": "Unknown", "status": status,
        "results": if status == "completed" { json!("Done well") } else { Value::Null }, "artifacts": "[]",
        "created_at": "2026-11-21 15:35:02.513805",
        "completed_at": if status == "completed" { json!("2026-11-21 15:40:00.000000") } else { Value::Null }}),
    )
}

#[test]
fn a_plan_of_1_8_0_comes_with_its_parts_their_states_and_what_they_wait_for() {
    let mut host = host();
    let records = [
        breakdown("plan"),
        subtask("a", "completed", "[]"),
        subtask("b", "active", r#"["a"]"#),
        subtask("c", "pending", r#"["b", "ghost"]"#),
    ];
    let (rows, links) = take(&mut host, &records);
    assert_eq!(
        (&rows["taken"]["task"], &rows["left_out"], &rows["changed"]),
        (&json!(4), &json!([]), &json!([])),
        "{rows:#}"
    );
    assert_eq!(links["taken"]["dependency"], 2, "{links:#}");
    assert!(links["left_out"][0]["why"].as_str().is_some_and(|why| why.contains("ghost")), "{links:#}");
    assert_eq!(["plan", "a", "b", "c"].map(|id| status(&host, id)), ["active", "completed", "active", "pending"]);
    assert_eq!(one(&host, "SELECT title FROM task WHERE id = 'plan'"), "Build a shop");
    assert_eq!(one(&host, "SELECT context FROM task WHERE id = 'plan'"), "\"in Utrecht\"");
    assert_eq!(one(&host, "SELECT summary FROM task WHERE id = 'a'"), "Done well");
    assert_eq!(one(&host, "SELECT completed_at - created_at FROM task WHERE id = 'a'"), "297487");
    assert_eq!(one(&host, "SELECT waits_for FROM task WHERE id = 'c'"), "1");
    assert_eq!(one(&host, "SELECT count(*) FROM task WHERE effort IS NOT NULL"), "0");
}

#[test]
fn importing_twice_doubles_nothing_and_undoes_nothing() {
    let mut host = host();
    let artifact = r#"{"artifact_id": "artifact_1", "task_id": "a", "summary": "S", "artifact_type": "code",
        "file_paths": ["src/main.rs"], "created_at": "2026-11-21T15:35:02.549594"}"#;
    let records = [
        breakdown("plan"),
        subtask("a", "completed", "[]"),
        subtask("b", "pending", r#"["a"]"#),
        file("artifacts/a/artifact_1_metadata.json", artifact),
        file("artifacts/a/artifact_1.md", "work"),
    ];
    take(&mut host, &records);
    host.host().connection().execute("UPDATE task SET title = 'Mine now' WHERE id = 'b'", []).expect("a row");
    let (rows, links) = take(&mut host, &records);
    assert_eq!((&rows["taken"], &links["taken"]), (&json!({}), &json!({})), "{rows:#} {links:#}");
    assert_eq!(rows["there"], json!({"task": 3, "artifact": 1}));
    assert_eq!(one(&host, "SELECT title FROM task WHERE id = 'b'"), "Mine now");
    assert_eq!(one(&host, "SELECT count(*) FROM task"), "3");
}

#[test]
fn tasks_that_wait_for_each_other_are_taken_without_what_closes_the_circle() {
    let mut host = host();
    let records = [
        breakdown("plan"),
        subtask("a", "pending", r#"["c"]"#),
        subtask("b", "pending", r#"["a", "b", "plan"]"#),
        subtask("c", "pending", r#"["b"]"#),
    ];
    let (_, links) = take(&mut host, &records);
    assert_eq!(links["taken"]["dependency"], 2);
    let why = links["left_out"].to_string();
    assert!(
        why.contains("wait for each other") && why.contains("wait for itself") && why.contains("a part of"),
        "{why}"
    );
}

#[test]
fn a_task_of_the_development_version_has_its_facts_in_json_within_json() {
    let mut host = host();
    let metadata = json!({"complexity": "complex", "specialist_type": "devops", "estimated_effort": "2 days",
        "due_date": "2026-12-01T12:00:00+02:00", "dependencies": ["task_1"], "context": {"env": "test"}});
    let task = |id: &str, parent: Value, status: &str, metadata: Value| {
        row(
            "tasks",
            json!({"id": id, "session_id": "s", "parent_task_id": parent, "type": "deployment", "status": status,
            "title": "Ship it", "description": "d", "metadata": metadata, "created_at": "2025-08-15T10:00:00.123456",
            "updated_at": "2025-08-15T11:00:00Z", "completed_at": null}),
        )
    };
    let records = [
        task("task_1", Value::Null, "cancelled", "{}".into()),
        task("task_2", "task_1".into(), "in_progress", json!(json!(metadata.to_string()).to_string())),
        task("task_3", Value::Null, "archived", "no json".into()),
        row("task_dependencies", json!({"task_id": "task_3", "dependency_id": "task_2", "created_at": "x"})),
        row(
            "task_artifacts",
            json!({"id": "artifact_x", "task_id": "task_2", "type": "config", "name": "conf",
            "content": "key = 1", "metadata": null, "created_at": 1_755_000_000.5}),
        ),
        file("artifacts/task_2_artifact_46038003.txt", "The text"),
    ];
    let (rows, links) = take(&mut host, &records);
    assert_eq!(rows["left_out"], json!([]), "{rows:#}");
    assert_eq!(rows["taken"], json!({"task": 3, "artifact": 2}));
    assert_eq!(
        one(&host, "SELECT specialist || complexity || effort FROM task WHERE id = 'task_2'"),
        "devopscomplex2 days"
    );
    assert_eq!(one(&host, "SELECT due_at FROM task WHERE id = 'task_2'"), "1796119200000");
    assert_eq!(one(&host, "SELECT context FROM task WHERE id = 'task_2'"), r#"{"env":"test"}"#);
    assert_eq!(one(&host, "SELECT created_at FROM artifact WHERE id = 'artifact_x'"), "1755000000500");
    assert_eq!(one(&host, "SELECT content FROM artifact WHERE id = 'artifact_46038003'"), "The text");
    // A plan is not what its own part waits for.
    assert!(links["left_out"].to_string().contains("a part of"), "{links:#}");
    assert_eq!(links["taken"]["dependency"], 1, "{links:#}");
}

#[test]
fn the_schema_that_was_designed_is_understood_too() {
    let mut host = host();
    let task = |id: &str, more: Value| {
        let mut task = json!({"task_id": id, "parent_task_id": null, "title": "T", "description": "d",
            "task_type": "TaskType.MILESTONE", "status": "pending", "lifecycle_stage": "review",
            "complexity": "highly_complex", "specialist_type": "database_specialist", "context": "{}",
            "created_at": "2025-01-06 10:00:00", "updated_at": "2025-01-06 10:00:00", "deleted_at": null});
        for (name, value) in more.as_object().expect("fields") {
            task[name] = value.clone();
        }
        row("generic_tasks", task)
    };
    let records = [
        task("a", json!({"summary": "short", "results": "long", "actual_effort": "3 h"})),
        task("b", json!({"status": "on_hold"})),
        task("gone", json!({"deleted_at": "2025-01-07"})),
        row(
            "task_attributes",
            json!({"task_id": "a", "attribute_name": "colour", "attribute_value": "red",
            "attribute_type": "string"}),
        ),
        row(
            "task_events",
            json!({"event_id": 7, "task_id": "a", "event_type": "assigned", "new_value": "me",
            "created_at": "2025-01-06 11:00:00", "actor_id": "x"}),
        ),
        row(
            "task_artifacts",
            json!({"artifact_id": "art", "task_id": "a", "artifact_type": "data",
            "artifact_name": "n", "content": null, "file_reference": "out/data.csv", "created_at": "2025-01-06"}),
        ),
        row(
            "task_dependencies",
            json!({"dependent_task_id": "b", "prerequisite_task_id": "a",
            "dependency_type": "data", "dependency_status": "waived", "is_mandatory": 1,
            "input_parameter_name": "rows", "waived_by": "me", "waiver_reason": "no time", "created_at": "2025-01-06"}),
        ),
        row("task_templates", json!({"template_id": "t"})),
    ];
    let (rows, links) = take(&mut host, &records);
    assert_eq!(rows["taken"], json!({"task": 2, "attribute": 1, "event": 1, "artifact": 1}), "{rows:#}");
    assert_eq!(links["taken"]["dependency"], 1, "{links:#}");
    assert_eq!(
        one(&host, "SELECT type || complexity || specialist FROM task WHERE id = 'a'"),
        "milestonevery_complexgeneric"
    );
    assert_eq!(
        one(&host, "SELECT value FROM attribute WHERE name = 'imported_specialist' LIMIT 1"),
        "database_specialist"
    );
    assert_eq!(one(&host, "SELECT value FROM attribute WHERE name = 'imported_status'"), "on_hold");
    assert_eq!(one(&host, "SELECT type || input || reason FROM dependency"), "datarowsno time");
    assert_eq!(one(&host, "SELECT content FROM artifact WHERE name = 'imported results'"), "long");
    let told = rows.to_string();
    assert!(told.contains("on_hold") && told.contains("it was deleted") && told.contains("template t"), "{told}");
}

#[test]
fn ids_that_cannot_be_kept_are_replaced_and_remembered() {
    let mut host = host();
    crate::testing::done(&mut host, "initialize_session", json!({"working_directory": "/project"}));
    crate::testing::task(&mut host, "a");
    let records = [
        breakdown("plan"),
        subtask("a", "pending", "[]"),
        subtask("weiß nicht!", "pending", r#"["a"]"#),
        subtask(&"x".repeat(100), "pending", r#"["weiß nicht!"]"#),
        subtask("../../../evil", "pending", "[]"),
    ];
    let (rows, links) = take(&mut host, &records);
    assert_eq!(rows["taken"]["task"], 5, "{rows:#}");
    assert_eq!(links["taken"]["dependency"], 2, "{links:#}");
    assert_eq!(one(&host, "SELECT count(*) FROM attribute WHERE name = 'imported_id'"), "4");
    assert_eq!(one(&host, "SELECT id FROM task WHERE title = 'Do a'"), "a_2");
    assert_eq!(one(&host, "SELECT title FROM task WHERE id = 'a'"), "Title of a");
}

#[test]
fn what_is_too_long_is_cut_and_kept_whole_as_an_artifact() {
    let mut host = host();
    let long = "é漢🚲".repeat(20_000);
    let mut task = subtask("a", "completed", "[]");
    task["row"]["description"] = long.clone().into();
    task["row"]["results"] = "s".repeat(4_001).into();
    task["row"]["title"] = "t".repeat(300).into();
    let mut plan = breakdown("plan");
    plan["row"]["context"] = "c".repeat(20_001).into();
    let (rows, _) = take(&mut host, &[plan, task]);
    assert_eq!(rows["taken"]["task"], 2, "{rows:#}");
    assert_eq!(rows["changed"].as_array().map(Vec::len), Some(3), "{rows:#}");
    let whole =
        "SELECT a.content || (SELECT group_concat(c.content, '') FROM artifact_chunk c WHERE c.artifact = a.seq)
        FROM artifact a WHERE a.name = 'imported description'";
    assert_eq!(one(&host, whole), long);
    assert_eq!(
        one(
            &host,
            "SELECT bytes - sum(length(CAST(c.content AS BLOB))) - length(CAST(a.content AS BLOB))
        FROM artifact a JOIN artifact_chunk c ON c.artifact = a.seq"
        ),
        "0"
    );
    assert_eq!(one(&host, "SELECT length(title) FROM task WHERE id = 'a'"), "255");
}

#[test]
fn files_of_artifacts_are_found_with_their_facts_and_without_what_was_around_the_work() {
    let mut host = host();
    let around = "# Task Artifact: a\n\n**Type:** code\n\n## Referenced Files\n\n- `x.rs`\n\n## Detailed Work\n\nfn main() {}\n\n---\n\nmore\n\n---\n\n*This artifact was generated by the MCP Task Orchestrator on 2026*\n*Task ID: a*";
    let metadata = r#"{"artifact_id": "artifact_1", "task_id": "a", "summary": "It runs", "artifact_type": "code",
        "file_paths": ["src/x.rs", "src/y.rs"], "created_at": "2026-11-21T15:35:02"}"#;
    let files = [
        file("artifacts/a/artifact_1_metadata.json", metadata),
        file("artifacts/a/mirrored/src/x.rs_artifact_1.md", around),
        file("artifacts/a/task_index.json", "{}"),
        file("artifacts/a/artifact_2.md", "no facts"),
        file("artifacts/ghost/artifact_3.md", "nobody's"),
        file("artifacts/a/notes.txt", "of a person"),
        json!({"file": "artifacts/a/artifact_4.md"}),
        file("artifacts/a/artifact_5_metadata.json", r#"{"artifact_id": "artifact_5", "task_id": "a"}"#),
        file("artifacts/a/artifact_6_metadata.json", "{"),
    ];
    let arguments = json!({"source": "python", "into": "/project", "records": [breakdown("plan"), subtask("a", "completed", "[]")]});
    text(&mut host, "import", arguments);
    let arguments = json!({"source": "python", "into": "/project", "records": files});
    let report: Value = serde_json::from_str(&text(&mut host, "import", arguments)).expect("JSON");
    assert_eq!(report["taken"], json!({"artifact": 2}), "{report:#}");
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(5), "{report:#}");
    assert_eq!(one(&host, "SELECT content FROM artifact WHERE id = 'artifact_1'"), "fn main() {}\n\n---\n\nmore");
    assert_eq!(one(&host, "SELECT summary FROM artifact WHERE id = 'artifact_1'"), "It runs");
    assert_eq!(one(&host, "SELECT count(*) FROM artifact_file"), "2");
    assert_eq!(one(&host, "SELECT summary FROM artifact WHERE id = 'artifact_2'"), "Done well");
}

#[test]
fn rows_that_make_no_sense_are_told_of() {
    let mut host = host();
    let records = [
        row("subtasks", json!({"title": "without an id"})),
        row("lock_tracking", json!({"id": 1})),
        row("task_attributes", json!({"task_id": "ghost", "attribute_name": "n"})),
        json!({"nothing": true}),
        row("subtasks", json!({"task_id": "a", "parent_task_id": "ghost", "created_at": "yesterday", "title": 7})),
    ];
    let (rows, _) = take(&mut host, &records);
    assert_eq!(rows["taken"], json!({"task": 1}), "{rows:#}");
    assert_eq!(rows["left_out"].as_array().map(Vec::len), Some(4), "{rows:#}");
    assert!(rows["changed"].to_string().contains("its plan ghost is unknown"), "{rows:#}");
}

#[test]
fn efforts_become_minutes_and_order_what_is_ready() {
    let mut host = host();
    let part = |id: &str, effort: &str, dependencies: &str| {
        let mut record = subtask(id, "pending", dependencies);
        record["row"]["estimated_effort"] = json!(effort);
        record
    };
    let records = [breakdown("plan"), part("a", "2 hours", "[]"), part("b", "3 hours", r#"["a"]"#)];
    take(&mut host, &records);
    let work = |id: &str| {
        one(&host, &format!("SELECT minutes || ' ' || tail FROM work JOIN task ON seq = task WHERE id = '{id}'"))
    };
    assert_eq!((work("a"), work("b")), ("120 300".to_owned(), "180 180".to_owned()));
}

#[test]
fn what_belongs_to_a_task_that_was_deleted_since_is_left_out_and_the_rest_is_taken() {
    let mut host = host();
    take(&mut host, &[breakdown("plan"), subtask("a", "completed", "[]")]);
    assert_eq!(one(&host, "SELECT completed_at - created_at FROM task WHERE id = 'plan'"), "297486");
    host.host().connection().execute("UPDATE imported SET target = 'deleted' WHERE key = 'a'", []).expect("a row");
    let records = [
        row("task_artifacts", json!({"task_id": "a", "id": "x", "content": "c"})),
        row("task_attributes", json!({"task_id": "a", "attribute_name": "n", "attribute_value": "v"})),
        row("task_artifacts", json!({"task_id": "plan", "id": "y", "content": "c"})),
    ];
    let (rows, _) = take(&mut host, &records);
    assert_eq!(rows["taken"], json!({"artifact": 1}), "{rows:#}");
    assert_eq!(rows["left_out"].to_string().matches("its task was deleted here").count(), 2, "{rows:#}");
}
