use mainstay_plugin::testing::FakeHost;
use mainstay_plugin::{Migration, Plugin};
use rusqlite::Connection;

use super::migrations;
use crate::testing::{complete, done, host, shop, task};
use serde_json::json;

fn schema(connection: &Connection) -> Vec<(String, String, String)> {
    let sql = "SELECT type, name, replace(sql, char(10), ' ') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2";
    let mut select = connection.prepare(sql).expect("SQL");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

fn at_schema_1() -> FakeHost {
    let host = FakeHost::default();
    host.connection().execute_batch(migrations()[0].up).expect("the first migration is right");
    host
}

fn work() -> Migration {
    migrations().swap_remove(1)
}

#[test]
fn the_way_back_leads_to_the_same_schema() {
    let host = at_schema_1();
    let before = schema(host.connection());
    host.connection().execute_batch(work().up).expect("there");
    assert_ne!(schema(host.connection()), before);
    host.connection().execute_batch(work().down.expect("a way back")).expect("and back");
    assert_eq!(schema(host.connection()), before);
}

#[test]
fn a_database_that_is_brought_up_is_as_one_that_began_there() {
    let old = at_schema_1();
    let insert = "INSERT INTO workspace VALUES (1, '/w', 1);
        INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
            specialist, created_at, updated_at, description) VALUES
            (1, 1, 'p', NULL, '00000001', 1, 0, 'Plan', 'breakdown', 'pending', 'moderate', 'coordinator', 1, 1, 'd'),
            (2, 1, 'a', 1, '0000000100000002', 2, 0, 'Über', 'standard', 'pending', 'moderate', 'coder', 1, 1, 'd'),
            (3, 1, 'b', 1, '0000000100000003', 2, 1, 'B', 'standard', 'pending', 'moderate', 'coder', 1, 1, 'd');
        INSERT INTO dependency VALUES (3, 2);
        UPDATE task SET status = 'completed', completed_at = 2 WHERE seq = 2;
        UPDATE task SET status = 'cancelled' WHERE seq = 3;";
    old.connection().execute_batch(insert).expect("data of schema 1");
    old.connection().execute_batch(work().up).expect("brought up");
    let new = FakeHost::default();
    migrations().iter().for_each(|migration| new.connection().execute_batch(migration.up).expect("a migration"));
    let insert = insert.replace("INSERT INTO dependency VALUES", "INSERT INTO dependency (task, prerequisite) VALUES");
    new.connection().execute_batch(&insert).expect("data of schema 2");
    for table in ["task", "work", "queue", "dependency", "status_count"] {
        let rows = |connection: &Connection| {
            let mut select = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).expect("SQL");
            let columns = select.column_count();
            let rows =
                select.query_map([], |row| (0..columns).map(|i| row.get::<_, rusqlite::types::Value>(i)).collect());
            rows.expect("rows").collect::<Result<Vec<Vec<_>>, _>>().expect("rows")
        };
        assert_eq!(rows(old.connection()), rows(new.connection()), "{table}");
    }
    let found = "SELECT rowid FROM task_text WHERE task_text MATCH 'place:w1 AND words:uber'";
    assert_eq!(old.connection().query_row(found, [], |row| row.get::<_, i64>(0)), Ok(2));
}

#[test]
fn the_way_back_is_refused_if_something_would_be_lost() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    let down = work().down.expect("a way back");
    let attribute = "INSERT INTO attribute VALUES (1, 'owner', 'string', 'Ada', 1)";
    host.host().connection().execute(attribute, []).expect("an attribute");
    let refused = host.host().connection().execute_batch(&format!("BEGIN; {down}")).expect_err("it would be lost");
    assert!(refused.to_string().contains("attributes"), "{refused}");
    host.host().connection().execute_batch("ROLLBACK; DELETE FROM attribute").expect("as before");
    host.host().connection().execute_batch(down).expect("nothing would be lost");
    let count = "SELECT count(*) FROM task WHERE status = 'completed'";
    assert_eq!(host.host().connection().query_row(count, [], |row| row.get::<_, i64>(0)), Ok(1));
}

#[test]
fn counters_are_kept_by_every_change() {
    let mut host = host();
    shop(&mut host);
    complete(&mut host, "design");
    done(
        &mut host,
        "plan_task",
        json!({"title": "More", "description": "d", "parent_task_id": "build", "task_id": "more"}),
    );
    let connection = host.host().connection();
    let work = |id: &str| {
        let sql = "SELECT below, open_below FROM work JOIN task ON seq = task WHERE id = ?1";
        connection.query_row(sql, [id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).expect("a row")
    };
    assert_eq!((work("shop"), work("build"), work("more")), ((4, 3), (1, 1), (0, 0)));
    let queued = || {
        let mut select = connection.prepare("SELECT id FROM queue JOIN task ON seq = task ORDER BY seq").expect("SQL");
        let ids = select.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        ids.collect::<Result<Vec<_>, _>>().expect("ids")
    };
    assert_eq!(queued(), ["more"]);
    connection.execute("DELETE FROM task WHERE id = 'more'", []).expect("nothing depends on it");
    assert_eq!((work("shop"), work("build")), ((3, 2), (0, 0)));
    assert_eq!(queued(), ["build"]);
    let described = crate::Orchestrator::describe().to_contract();
    assert_eq!((described.schema.writes, described.schema.downgrades_to), (2, 1));
}

#[test]
fn what_was_given_up_is_counted_through_every_change() {
    let mut host = host();
    shop(&mut host);
    let connection = host.host().connection();
    let given_up = |change: &str| {
        connection.execute_batch(change).expect("a change");
        let sql = "SELECT given_up FROM work JOIN task ON seq = task WHERE id = 'shop'";
        connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a row")
    };
    assert_eq!(given_up("UPDATE task SET status = 'cancelled' WHERE id IN ('design', 'build')"), 2);
    assert_eq!(given_up("UPDATE task SET status = 'archived' WHERE id = 'build'"), 2);
    assert_eq!(given_up("UPDATE task SET status = 'pending' WHERE id = 'design'"), 1);
    assert_eq!(given_up("UPDATE task SET status = 'completed', completed_at = 1 WHERE id = 'design'"), 1);
    assert_eq!(given_up("UPDATE task SET status = 'archived' WHERE id = 'design'"), 1);
    assert_eq!(given_up("DELETE FROM dependency; DELETE FROM task WHERE id = 'design'"), 1);
    assert_eq!(given_up("DELETE FROM task WHERE id = 'build'"), 0);
}

#[test]
fn the_way_back_says_what_would_be_lost() {
    let mut host = host();
    task(&mut host, "a");
    let down = work().down.expect("a way back");
    for (insert, what) in [
        ("INSERT INTO imported VALUES (1, 'python', 'task', 'k', 'a')", "imported_rows"),
        ("INSERT INTO archive VALUES (1, 1, 'stale', 'pending', 1, 2)", "archived_tasks_with_their_reasons"),
        (
            "INSERT INTO event (workspace_id, task_id, kind, session, client, call, at, note)
                VALUES (1, 'a', 'k', '', '', '', 1, 'why')",
            "events_with_notes",
        ),
    ] {
        let connection = host.host().connection();
        let all = format!("BEGIN; {insert}; {down}");
        let refused = connection.execute_batch(&all).expect_err("it would be lost").to_string();
        assert!(refused.contains(what), "{refused}");
        connection.execute_batch("ROLLBACK").expect("as before");
    }
    host.host().connection().execute_batch(down).expect("nothing would be lost");
}
