//! What is exported comes back as it was.

use serde_json::{Value, json};

use super::{exported, imported, parsed};
use crate::testing::{Host, complete, delivery, done, host, refused, rows, shop, task, text};
use crate::transfer::{export, kinds};

/// Tables whose rows triggers or the logic make again, or that are the same everywhere.
const DERIVED: [&str; 9] = [
    "status_count",
    "work",
    "queue",
    "level",
    "task_text",
    "role_file",
    "chunk",
    "task_text_config",
    // Of clients that are connected.
    "session_caller",
];

/// A workspace with a row in every table.
fn full(host: &mut Host) {
    done(host, "initialize_session", json!({"working_directory": "/w"}));
    shop(host);
    task(host, "alone");
    host.host().advance(1_000);
    done(host, "execute_task", json!({"task_id": "design"}));
    host.host().advance(1_000);
    let mut sent_back = delivery("design");
    sent_back["next_action"] = "needs_revision".into();
    done(host, "complete_task", sent_back);
    let mut work = delivery("design");
    work["file_paths"] = json!(["a.rs", "é/漢字.rs"]);
    work["detailed_work"] = "Fin\u{202e}\u{1F6B2} e\u{301}".into();
    done(host, "complete_task", work);
    complete(host, "build");
    let sql = "
        INSERT INTO attribute VALUES (2, 'colour', 'string', 'red', 1), (2, 'weight', 'number', '3', 1);
        UPDATE task SET status = 'active' WHERE seq = 4;
        INSERT INTO claim VALUES (4, 1, 'agent-1', 's', 5, 6, 0);
        INSERT INTO archive VALUES (5, 1, 'old', 'pending', 7, NULL);
        INSERT INTO session VALUES (9, 'session_1', 1, 'test', 1, 2, 0, NULL);
        INSERT INTO template VALUES (1, 1, 'user', 'mine', 'Mine', '1', 'h', 1, 2, 3, '[1]', '{}');
        INSERT INTO template VALUES (2, 0, 'shared', 'ours', 'Ours', '1', 'h', 1, 2, 3, '[1]', '{}');
        INSERT INTO template VALUES (3, 0, 'builtin', 'ready', 'Ready', '1', 'h', 1, 2, 3, '[1]', '{}');
        INSERT INTO maintenance VALUES (1, 'op', 1, 'scan_cleanup', 'full_project', 'basic', 9, '{}');
        INSERT INTO document VALUES (1, 'handover', 'Handover', 'All is well', 4);
        INSERT INTO imported VALUES (1, 'python', 'task', 'x', 'design');
        INSERT INTO pace VALUES (1, 'coder', 'simple', 3, 61234, 1, 9007199254740993);
        INSERT INTO artifact_chunk VALUES (1, 1, 14, 'the rest');
        UPDATE artifact SET chunks = 1, bytes = 22, name = 'n', edition = 2 WHERE seq = 1;
        INSERT INTO dependency (task, prerequisite, type) VALUES (5, 2, 'related');
        UPDATE dependency SET waived_at = 3, waived_by = 'me', reason = 'why' WHERE task = 4;
        INSERT INTO event (workspace_id, task_id, kind, session, client, call, at)
            VALUES (1, 'gone', 'deleted', '', '', '', 1), (1, 'gone', 'deleted', '', '', '', 1);
        UPDATE work SET priority = 4, minutes = 30, tail = 90 WHERE task = 5;";
    host.host().connection().execute_batch(sql).expect("rows");
}

/// Every value of every table, by what does not depend on the numbers of rows.
fn contents(host: &Host, sql: &str) -> Vec<String> {
    let connection = host.host().connection();
    let mut select = connection.prepare(sql).expect("SQL");
    let columns = select.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let cells = (0..columns).map(|column| Ok(format!("{:?}", row.get_ref(column)?)));
        Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
    };
    let rows = select.query_map([], row).expect("rows");
    rows.collect::<Result<_, _>>().expect("cells")
}

#[test]
fn what_is_exported_and_imported_is_exported_the_same_byte_for_byte() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    let lines = exported(&mut from, &json!({}));
    let report = imported(&mut to, &json!({"source": "mainstay"}), &parsed(&lines));
    assert_eq!(report["left_out"], json!([]), "{report:#}");
    assert_eq!(report["taken"]["task"], 5);
    assert_eq!(exported(&mut to, &json!({})), lines);
    let derived = [
        "SELECT id, path, depth, children, open_children, waits_for, ready, gathered FROM task ORDER BY seq",
        "SELECT t.id, w.priority, w.minutes, w.tail, w.below, w.open_below, w.given_up FROM work w JOIN task t ON t.seq = w.task",
        "SELECT t.id, q.parent, q.priority, q.tail FROM queue q JOIN task t ON t.seq = q.task",
        "SELECT status, tasks FROM status_count WHERE tasks > 0 ORDER BY status",
        "SELECT rowid FROM task_text WHERE task_text MATCH 'bicycles OR design' ORDER BY rowid",
    ];
    for sql in derived {
        assert_eq!(contents(&to, sql), contents(&from, sql), "{sql}");
    }
}

#[test]
fn every_kind_of_record_is_in_the_export_of_a_full_workspace() {
    let mut host = host();
    full(&mut host);
    let lines = parsed(&exported(&mut host, &json!({})));
    assert_eq!(lines[0], json!({"kind": export::FORMAT, "version": export::VERSION}));
    for kind in kinds::ALL {
        assert!(lines.iter().any(|line| line["kind"] == kind.name), "{}", kind.name);
    }
    assert!(!lines.iter().any(|line| line["id"] == "ready"), "what is built in is everywhere");
}

#[test]
fn every_column_of_every_table_is_exported_or_made_again() {
    let host = host();
    let pages: String = kinds::ALL.iter().map(|kind| kind.page).collect();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_mainstay%' ESCAPE '\\'";
    let connection = host.host().connection();
    let mut select = connection.prepare(tables).expect("SQL");
    let tables: Vec<String> = select.query_map([], |row| row.get(0)).expect("rows").flatten().collect();
    for table in tables {
        if DERIVED.contains(&table.as_str()) || table.starts_with("task_text") || table.starts_with("sqlite_") {
            continue;
        }
        let mut columns = connection.prepare("SELECT name FROM pragma_table_info(?1)").expect("SQL");
        let columns: Vec<String> = columns.query_map([&table], |row| row.get(0)).expect("rows").flatten().collect();
        for column in columns {
            let made_again = ["path", "depth", "children", "open_children", "waits_for"];
            let is_made_again = table == "task" && made_again.contains(&column.as_str());
            let is_read = pages.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == column);
            assert!(is_read || is_made_again, "{table}.{column}");
        }
        assert!(pages.contains(&format!("FROM {table}")) || pages.contains(&format!("JOIN {table} ")), "{table}");
    }
}

#[test]
fn importing_twice_doubles_nothing() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    let lines = exported(&mut from, &json!({}));
    imported(&mut to, &json!({"source": "mainstay"}), &parsed(&lines));
    to.host().advance(5_000);
    let again = imported(&mut to, &json!({"source": "mainstay"}), &parsed(&lines));
    assert_eq!(again["taken"], json!({}), "{again:#}");
    assert_eq!(again["left_out"], json!([]));
    assert_eq!(exported(&mut to, &json!({})), lines);
}

#[test]
fn an_import_that_was_broken_off_is_finished_by_another() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    let lines = exported(&mut from, &json!({}));
    let records = parsed(&lines);
    imported(&mut to, &json!({"source": "mainstay"}), &records[..records.len() / 2]);
    imported(&mut to, &json!({"source": "mainstay"}), &records);
    assert_eq!(exported(&mut to, &json!({})), lines);
}

#[test]
fn a_task_whose_id_is_taken_is_told_of_with_all_that_belongs_to_it_and_nothing_is_overwritten() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    to.host().advance(99);
    done(&mut to, "initialize_session", json!({"working_directory": "/w"}));
    task(&mut to, "design");
    let before = contents(&to, "SELECT * FROM task WHERE id = 'design'");
    let report = imported(&mut to, &json!({"source": "mainstay"}), &parsed(&exported(&mut from, &json!({}))));
    assert_eq!(contents(&to, "SELECT * FROM task WHERE id = 'design'"), before);
    let left_out = report["left_out"].to_string();
    assert!(left_out.contains("task design") && left_out.contains("attribute design"), "{left_out}");
    assert_eq!(rows(&to, "attribute"), 0);
    assert_eq!(contents(&to, "SELECT kind FROM event WHERE task_id = 'design'").len(), 1);
    assert!(report["taken"]["task"].as_i64() > Some(3), "{report:#}");
}

#[test]
fn all_of_it_can_go_to_another_workspace() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    let lines = exported(&mut from, &json!({}));
    imported(&mut to, &json!({"source": "mainstay", "into": "/elsewhere"}), &parsed(&lines));
    let moved = exported(&mut to, &json!({"workspace": "/elsewhere"}));
    assert_eq!(moved[2..], lines[2..]);
    assert!(moved[1].contains("/elsewhere"));
}

#[test]
fn several_workspaces_go_out_and_in_together_and_one_alone() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    done(&mut from, "initialize_session", json!({"working_directory": "/x"}));
    task(&mut from, "design");
    let lines = exported(&mut from, &json!({}));
    imported(&mut to, &json!({"source": "mainstay"}), &parsed(&lines));
    assert_eq!(exported(&mut to, &json!({})), lines);
    let alone = exported(&mut to, &json!({"workspace": "/x"}));
    assert!(alone.iter().any(|line| line.contains("\"design\"")) && !alone.iter().any(|line| line.contains("shop")));
}

#[test]
fn pages_of_a_large_workspace_are_small_and_hold_everything() {
    let mut host = host();
    for plan in 0..4 {
        let subtasks: Vec<_> =
            (0..400).map(|n| crate::testing::subtask(&format!("p{plan}_{n}"), "coder", &[])).collect();
        done(&mut host, "plan_task", json!({"task_id": format!("p{plan}"), "description": "d", "subtasks": subtasks}));
    }
    let first = text(&mut host, "export", json!({}));
    assert!(first.len() < export::BYTES + 40_000, "{}", first.len());
    let lines = exported(&mut host, &json!({}));
    assert_eq!(lines.iter().filter(|line| line.contains("\"kind\":\"task\"")).count(), 1604);
    assert_eq!(lines.iter().filter(|line| line.contains("\"kind\":\"event\"")).count(), 1604);
}

#[test]
fn what_cannot_be_taken_is_told_of_record_by_record() {
    let mut host = host();
    let task = |id: &str, more: Value| {
        let mut task = json!({"kind": "task", "id": id, "created_at": 1, "position": 0, "title": "t", "type": "standard",
            "status": "pending", "complexity": "simple", "specialist": "coder", "revisions": 0, "updated_at": 1,
            "priority": 2, "tail": 0, "description": "d"});
        for (name, value) in more.as_object().expect("fields") {
            task[name] = value.clone();
        }
        task
    };
    let records = [
        json!({"kind": "workspace", "path": "/w", "created_at": 1}),
        task("good", json!({})),
        task("no id", json!({})),
        task("status", json!({"status": "lost"})),
        task("above", json!({"parent": "nobody"})),
        task("below", json!({"parent": "above"})),
        task("long", json!({"title": "x".repeat(256)})),
        task("nul", json!({"title": "a\u{0}b"})),
        task("list", json!({"title": ["a"]})),
        task("more", json!({"colour": "red"})),
        task("large", json!({"description": "x".repeat(1024 * 1024 + 1)})),
        json!({"kind": "dependency", "task": "good", "prerequisite": "nobody", "type": "completion"}),
        json!({"kind": "dependency", "task": "good", "prerequisite": "good", "type": "completion"}),
        json!({"kind": "novelty"}),
        json!({}),
    ];
    let report = imported(&mut host, &json!({"source": "mainstay"}), &records);
    assert_eq!(report["taken"], json!({"task": 1, "workspace": 1}), "{report:#}");
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(13), "{report:#}");
    assert_eq!(rows(&host, "task"), 1);
}

#[test]
fn a_call_that_makes_no_sense_says_so_and_changes_nothing() {
    let mut host = host();
    let refusals = [
        (json!({"source": "mainstay", "records": [{"kind": "mainstay-export", "version": 2}]}), "version 2"),
        (json!({"source": "mainstay", "records": [{"kind": "task", "id": "a"}]}), "which workspace"),
        (json!({"source": "mainstay", "records": vec![json!({}); 1001]}), "1001 items"),
        (json!({"source": "python", "records": []}), "needed"),
        (json!({"source": "mainstay", "into": "relative", "records": []}), "absolute"),
        (json!({"source": "ruby", "records": []}), "ruby"),
    ];
    for (arguments, words) in refusals {
        let failure = format!("{:?}", refused(&mut host, "import", arguments));
        assert!(failure.contains(words), "{failure}");
    }
    for (arguments, words) in [
        (json!({"cursor": "nonsense"}), "cursors"),
        (json!({"cursor": "nonsense", "markdown": true}), "cursors"),
        (json!({"workspace": "/nowhere"}), "nothing is kept"),
    ] {
        let failure = format!("{:?}", refused(&mut host, "export", arguments));
        assert!(failure.contains(words), "{failure}");
    }
    assert_eq!(rows(&host, "workspace"), 0);
}

#[test]
fn a_dry_run_tells_the_same_and_changes_nothing() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    let records = parsed(&exported(&mut from, &json!({})));
    let arguments = json!({"source": "mainstay", "records": records, "dry_run": true});
    let failure = refused(&mut to, "import", arguments);
    let report: Value = serde_json::from_str(&failure.to_string()).expect("the report is the message");
    assert_eq!(report["taken"]["task"], 5);
    assert_eq!((rows(&to, "workspace"), rows(&to, "task"), rows(&to, "imported")), (0, 0, 0));
}

#[test]
fn an_empty_host_exports_nothing_but_its_first_and_last_line() {
    let mut host = host();
    assert_eq!(exported(&mut host, &json!({})).len(), 2);
    assert!(exported(&mut host, &json!({"markdown": true})).is_empty());
}

#[test]
fn people_get_a_page_for_each_plan_and_each_artifact() {
    let mut host = host();
    full(&mut host);
    let mut files = std::collections::BTreeMap::<String, String>::new();
    for line in parsed(&exported(&mut host, &json!({"markdown": true}))) {
        let name = line["file"].as_str().expect("a name").to_owned();
        files.entry(name).or_default().push_str(line["text"].as_str().expect("a text"));
    }
    assert!(files["README.md"].contains("2 of 3 parts finished"), "{}", files["README.md"]);
    let plan = &files["plans/shop.md"];
    assert!(plan.contains("after `design`") && plan.contains("Summary of build") && plan.contains("with everything"));
    assert!(files.iter().any(|(name, text)| name.starts_with("artifacts/") && text.contains("the rest")), "{files:#?}");
    assert!(files.contains_key("plans/alone.md"));
}

#[test]
fn pages_for_people_are_small_however_long_an_artifact_is() {
    let mut host = host();
    full(&mut host);
    let long = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        INSERT INTO artifact_chunk SELECT 1, i, i * 65536, printf('%.*c', 65536, 'x') FROM n";
    host.host().connection().execute(long, []).expect("pieces");
    let first = text(&mut host, "export", json!({"markdown": true}));
    assert!(first.len() < export::BYTES + 80_000, "{}", first.len());
    let lines = exported(&mut host, &json!({"markdown": true}));
    assert_eq!(lines.iter().filter(|line| line.len() > 65_536).count(), 39);
}

#[test]
fn an_artifact_that_has_grown_elsewhere_is_told_of_and_stays_whole() {
    let (mut from, mut to) = (host(), host());
    full(&mut from);
    let old = parsed(&exported(&mut from, &json!({})));
    imported(&mut to, &json!({"source": "mainstay"}), &old);
    let before = exported(&mut to, &json!({}));
    let grow = "INSERT INTO artifact_chunk VALUES (1, 2, 22, 'more'); UPDATE artifact SET chunks = 2, bytes = 26 WHERE seq = 1";
    from.host().connection().execute_batch(grow).expect("a piece");
    let new = parsed(&exported(&mut from, &json!({})));
    let report = imported(&mut to, &json!({"source": "mainstay"}), &new);
    assert!(report["left_out"].to_string().contains("it was shorter here"), "{report:#}");
    let pieces: Vec<_> = new.iter().filter(|record| record["kind"] != "artifact").cloned().collect();
    imported(&mut to, &json!({"source": "mainstay"}), &pieces);
    assert_eq!(exported(&mut to, &json!({})), before);
    let report = imported(&mut to, &json!({"source": "mainstay"}), &old);
    assert_eq!(report["left_out"], json!([]), "{report:#}");
}

#[test]
fn what_does_not_fit_to_what_is_here_is_left_out_with_the_reason() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/w"}));
    shop(&mut host);
    let connection = host.host().connection();
    connection.execute("UPDATE task SET status = 'cancelled' WHERE id <> 'shop'", []).expect("parts");
    connection.execute("UPDATE task SET status = 'cancelled' WHERE id = 'shop'", []).expect("a plan");
    task(&mut host, "one");
    task(&mut host, "two");
    let dependency = |task: &str, prerequisite: &str| json!({"kind": "dependency", "task": task, "prerequisite": prerequisite, "type": "completion"});
    let records = [
        json!({"kind": "task", "id": "late", "created_at": 1, "parent": "shop", "position": 9, "title": "t",
            "type": "standard", "status": "pending", "complexity": "simple", "specialist": "coder", "revisions": 0,
            "updated_at": 1, "priority": 2, "tail": 0, "description": "d"}),
        json!({"kind": "task", "id": "one"}),
        json!({"kind": "attribute", "task": 1, "name": "n", "type": "string", "value": "v"}),
        dependency("one", "two"),
        dependency("two", "one"),
        json!({"kind": "claim", "task": "two", "agent": "a", "session": "s", "claimed_at": 1, "until": 2, "renewals": 0}),
    ];
    // What was refused is not there for the others, so it comes last.
    let records = [&records[3..], &records[..3]].concat();
    let report = imported(&mut host, &json!({"source": "mainstay", "into": "/w"}), &records);
    let left_out = report["left_out"].to_string();
    for why in ["its plan shop is finished here", "something else has its id", "its task is no text", "each other"] {
        assert!(left_out.contains(why), "{why}: {report:#}");
    }
    assert_eq!((&report["taken"], &report["there"]), (&json!({"dependency": 1}), &json!({"claim": 1})), "{report:#}");
}

#[test]
fn levels_and_prerequisites_are_counted_here_too() {
    let mut host = host();
    done(&mut host, "initialize_session", json!({"working_directory": "/w"}));
    let task = |id: &str, parent: Value| {
        json!({"kind": "task", "id": id, "created_at": 1, "parent": parent, "position": 0, "title": "t",
            "type": "standard", "status": "pending", "complexity": "simple", "specialist": "coder", "revisions": 0,
            "updated_at": 1, "priority": 2, "tail": 0, "description": "d"})
    };
    let parent = |level: i32| if level == 1 { json!(null) } else { json!(format!("l{}", level - 1)) };
    let mut records: Vec<_> = (1..=33).map(|level| task(&format!("l{level}"), parent(level))).collect();
    records.extend((0..=500).map(|i| task(&format!("p{i}"), json!(null))));
    records.push(task("last", json!(null)));
    let report = imported(&mut host, &json!({"source": "mainstay", "into": "/w"}), &records);
    assert_eq!(report["taken"]["task"], 32 + 501 + 1);
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(1), "{report:#}");
    assert_eq!(report["left_out"][0]["what"], "task l33");
    assert_eq!(report["left_out"][0]["why"], "it would be on level 33; at most 32 are allowed");
    let most = "INSERT INTO dependency (task, prerequisite) SELECT l.seq, p.seq FROM task AS l, task AS p
        WHERE l.id = 'last' AND p.id LIKE 'p%' AND p.id NOT IN ('p0', 'p1')";
    host.host().connection().execute(most, []).expect("dependencies");
    let dependency = |on: &str| json!({"kind": "dependency", "task": "last", "prerequisite": on, "type": "completion"});
    let records = [dependency("p0"), dependency("p1")];
    let report = imported(&mut host, &json!({"source": "mainstay", "into": "/w"}), &records);
    assert_eq!((rows(&host, "dependency"), &report["taken"]["dependency"]), (500, &json!(1)), "{report:#}");
    assert_eq!(report["left_out"][0]["why"], "a task waits for at most 500");
}
