use std::path::Path;
use std::sync::Arc;

use crate::config::Settings;
use crate::model::sql::{SqlError, Statement, Value};
use crate::model::{Digest, Generation, SlotName};
use crate::seal::{Keyring, Sealer};
use crate::store::{Activation, DataDir, Migration, MigrationPlan, PluginDb, StoreError, WaitRow};

mod ways_back;

const CROSSING: usize = 1 << 20;

pub(super) fn open(dir: &Path) -> PluginDb {
    open_with(dir, [1; 32]).unwrap()
}

/// With that key.
pub(super) fn open_with(dir: &Path, key: [u8; 32]) -> Result<PluginDb, StoreError> {
    let sealer = Arc::new(DataDir::slot_sealer(&Keyring::of(key), &SlotName::orchestrator()));
    PluginDb::open(&dir.join("slot.sqlite"), &Settings::default().database, CROSSING, sealer)
}

fn plan(steps: &[(u32, &str, &str)]) -> MigrationPlan {
    let step = |(schema, name, up): &(u32, &str, &str)| Migration {
        schema: *schema,
        name: (*name).to_owned(),
        up: (*up).to_owned(),
        down: None,
    };
    let steps: Vec<_> = steps.iter().map(step).collect();
    let writes = steps.last().map_or(1, |step| step.schema);
    MigrationPlan { writes, reads_min: 0, reads_max: writes, downgrades_to: writes, steps }
}

/// Makes a version the active one, as a swap does.
fn activate(db: &PluginDb, version: &str, plan: &MigrationPlan) -> Result<Activation, StoreError> {
    let current = db.activation()?;
    let generation = current.as_ref().map(|current| current.generation);
    db.begin_activation(generation)?;
    let activated = plan.route(current.map_or(0, |current| current.schema), None).and_then(|route| {
        db.migrate(&route)?;
        let next = Activation {
            generation: generation.map_or(Generation(1), Generation::next),
            plugin: "p".to_owned(),
            version: version.to_owned(),
            digest: Digest::of(version.as_bytes()),
            schema: route.schema,
            activated_at: 0,
            swap: "s".to_owned(),
            carried: None,
        };
        db.activate(&next)?;
        db.commit_activation(next.generation)?;
        Ok(next)
    });
    if activated.is_err() {
        db.rollback();
    }
    activated
}

fn table() -> MigrationPlan {
    plan(&[(1, "t", "CREATE TABLE t (a INTEGER UNIQUE, b TEXT)")])
}

pub(super) fn activated(dir: &Path) -> (PluginDb, Generation) {
    let db = open(dir);
    let generation = activate(&db, "1.0.0", &table()).unwrap().generation;
    (db, generation)
}

fn statement(sql: &str) -> Statement {
    Statement { sql: sql.to_owned(), parameters: Vec::new() }
}

fn run(db: &mut PluginDb, sql: &str) -> Result<Vec<Vec<Value>>, SqlError> {
    db.execute(&[statement(sql)]).map(|mut outcomes| outcomes.remove(0).rows).map_err(|(_, error)| error)
}

fn count(db: &mut PluginDb) -> i64 {
    let rows = run(db, "SELECT count(*) FROM t").unwrap();
    let Value::Integer(count) = rows[0][0] else { panic!("not a number: {rows:?}") };
    count
}

#[test]
fn an_entry_that_is_undone_leaves_the_others_of_its_batch() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    for (value, keep) in [(1, true), (2, false), (3, true)] {
        db.savepoint().unwrap();
        run(&mut db, &format!("INSERT INTO t (a) VALUES ({value})")).unwrap();
        db.state_put(&[(format!("k{value}"), vec![1])]).unwrap();
        if keep { db.keep_entry().unwrap() } else { db.undo_entry().unwrap() }
    }
    db.commit().unwrap();
    db.begin(generation).unwrap();
    assert_eq!(run(&mut db, "SELECT a FROM t ORDER BY a").unwrap(), [[Value::Integer(1)], [Value::Integer(3)]]);
    let keys: Vec<_> = db.state_scan("k", None, 10).unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["k1", "k3"]);
}

#[test]
fn a_batch_of_statements_happens_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    let batch = ["INSERT INTO t (a) VALUES (1)", "INSERT INTO t (a) VALUES (1)"].map(statement);
    let (index, error) = db.execute(&batch).unwrap_err();
    assert_eq!(index, 1);
    assert!(matches!(error, SqlError::Constraint(what) if what.contains("t.a")));
    assert_eq!(count(&mut db), 0);
}

#[test]
fn a_late_generation_may_not_write() {
    let dir = tempfile::tempdir().unwrap();
    let (db, old) = activated(dir.path());
    let new = activate(&db, "1.1.0", &table()).unwrap().generation;
    assert_eq!(new, old.next());
    assert!(matches!(db.begin(old), Err(StoreError::Fenced { ours, active }) if ours == old && active == new));
    db.begin(new).unwrap();
}

#[test]
fn a_plugin_is_kept_from_what_is_the_hosts() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    // Compiled before, so that the host's statement is in the cache.
    db.state_get(&["k".to_owned()]).unwrap();
    let denied = [
        "SELECT value FROM _mainstay_state WHERE key = ?1",
        "select * from _MAINSTAY_slot",
        "UPDATE _mainstay_slot SET generation = 9",
        "DROP TABLE _mainstay_waits",
        "ALTER TABLE t RENAME TO _mainstay_t",
        "CREATE TABLE _mainstay_mine (a)",
        "CREATE TRIGGER x AFTER INSERT ON _mainstay_state BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER x AFTER INSERT ON _mainstay_state BEGIN SELECT 1; END",
        "CREATE INDEX i ON _mainstay_state (value)",
        "INSERT INTO t (b) SELECT key FROM _mainstay_state",
        "WITH x AS (SELECT * FROM _mainstay_meta) SELECT * FROM x",
        "ATTACH 'elsewhere.sqlite' AS other",
        "VACUUM INTO 'copy.sqlite'",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT mine",
        "RELEASE entry",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA user_version = 9",
        "PRAGMA writable_schema = ON",
        "SELECT load_extension('x')",
    ];
    for sql in denied {
        let parameters = vec![Value::Text("k".to_owned()); sql.matches("?1").count()];
        let refused = db.execute(&[Statement { sql: sql.to_owned(), parameters }]).unwrap_err().1;
        assert!(
            matches!(refused, SqlError::NotAllowed(_) | SqlError::Failed(_) | SqlError::Invalid { .. }),
            "{sql}: {refused:?}"
        );
    }
    db.commit().unwrap();
    assert!(!dir.path().join("copy.sqlite").exists());
}

#[test]
fn a_view_of_the_hosts_tables_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    drop(run(&mut db, "CREATE VIEW v AS SELECT * FROM _mainstay_slot"));
    assert!(run(&mut db, "SELECT * FROM v").is_err());
}

#[test]
fn wrong_sql_says_what_and_where() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    let error = run(&mut db, "SELECT a FROM nowhere").unwrap_err();
    assert!(matches!(&error, SqlError::Invalid { message, .. } if message.contains("nowhere")), "{error:?}");
    let error = run(&mut db, "SELEC a").unwrap_err();
    assert!(matches!(&error, SqlError::Invalid { offset: Some(0), .. }), "{error:?}");
    let error = run(&mut db, "SELECT 1; SELECT 2").unwrap_err();
    assert!(matches!(&error, SqlError::Invalid { .. }), "{error:?}");
}

#[test]
fn a_read_only_entry_cannot_write_in_any_way() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    db.set_read_only(true);
    assert_eq!(run(&mut db, "INSERT INTO t (a) VALUES (1)").unwrap_err(), SqlError::ReadOnly);
    assert!(db.state_put(&[("k".to_owned(), Vec::new())]).is_err());
    db.set_read_only(false);
    assert_eq!(count(&mut db), 0);
}

#[test]
fn rows_over_the_budget_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i FROM n";
    assert!(matches!(run(&mut db, many), Err(SqlError::TooLarge(_))));
}

#[test]
fn an_interrupt_stops_the_plugins_sql_and_never_the_hosts() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    db.interrupt_with(Box::new(|| true)).unwrap();
    db.begin(generation).unwrap();
    let many: Vec<_> = (0..20_000).map(|i| (format!("k{i:05}"), vec![0; 8])).collect();
    db.state_put(&many).unwrap();
    assert_eq!(db.state_scan("k", None, 1_000).unwrap().len(), 1_000);
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    assert_eq!(run(&mut db, endless).unwrap_err(), SqlError::Interrupted);
    db.commit().unwrap();
}

#[test]
fn a_full_disk_undoes_the_transaction_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    let pages: i64 = db.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    db.connection().pragma_update(None, "max_page_count", pages + 2).unwrap();
    db.begin(generation).unwrap();
    db.savepoint().unwrap();
    let filled = (0..1_000).map(|i| run(&mut db, &format!("INSERT INTO t VALUES ({i}, '{}')", "x".repeat(2_000))));
    assert_eq!(filled.collect::<Result<Vec<_>, _>>().unwrap_err(), SqlError::Full);
    assert!(db.lost_transaction());
    assert!(run(&mut db, "INSERT INTO t (a) VALUES (1)").is_err(), "it would be kept by itself");
    assert!(db.state_put(&[("k".to_owned(), Vec::new())]).is_err());
    db.begin(generation).unwrap();
    assert_eq!(count(&mut db), 0);
}

#[test]
fn a_migration_that_fails_changes_nothing_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (mut db, generation) = activated(dir.path());
    let bad = plan(&[(1, "t", "never run again"), (2, "two", "CREATE TABLE u (a); INSERT INTO nowhere VALUES (1)")]);
    let error = activate(&db, "2.0.0", &bad).unwrap_err();
    assert!(matches!(&error, StoreError::Migration { schema: 2, name, .. } if name == "two"), "{error:?}");
    let active = db.activation().unwrap().unwrap();
    assert_eq!((active.generation, active.schema, active.version.as_str()), (generation, 1, "1.0.0"));
    assert!(run(&mut db, "SELECT * FROM u").is_err());
}

#[test]
fn a_migration_may_not_touch_the_hosts_tables() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let sly = plan(&[(1, "sly", "CREATE TABLE a (x); DROP TABLE _mainstay_slot")]);
    let error = activate(&db, "1.0.0", &sly).unwrap_err().to_string();
    assert!(error.contains("_mainstay_slot belongs to the host"), "{error}");
}

#[test]
fn data_of_a_schema_that_is_not_read_is_refused_with_the_range() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let two = plan(&[(1, "t", "CREATE TABLE t (a)"), (2, "u", "CREATE TABLE u (a)")]);
    activate(&db, "2.0.0", &two).unwrap();
    let error = activate(&db, "1.0.0", &plan(&[(1, "t", "CREATE TABLE t (a)")])).unwrap_err();
    assert!(matches!(error, StoreError::SchemaOutOfRange { found: 2, min: 0, max: 1 }), "{error:?}");
}

#[test]
fn a_newer_format_is_refused_with_who_wrote_it() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    db.connection().execute_batch("UPDATE _mainstay_meta SET value = '9.8.7'; PRAGMA user_version = 99").unwrap();
    drop(db);
    let error = open_with(dir.path(), [1; 32]).unwrap_err();
    assert!(error.to_string().contains("format 99, written by Mainstay 9.8.7"), "{error}");
}

#[test]
fn somebody_elses_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slot.sqlite");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(open_with(dir.path(), [1; 32]), Err(StoreError::NotOurs)));
}

#[test]
fn state_is_scanned_by_prefix_in_key_order() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    let entries = ["b", "a/2", "a/1", "a", "a/10"].map(|key| (key.to_owned(), key.as_bytes().to_vec()));
    db.state_put(&entries).unwrap();
    let keys = |prefix, after| -> Vec<String> {
        db.state_scan(prefix, after, 10).unwrap().into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys("a/", None), ["a/1", "a/10", "a/2"]);
    assert_eq!(keys("a/", Some("a/10")), ["a/2"]);
    assert_eq!(keys("", None).len(), 5);
    assert_eq!(db.state_delete(&["a".to_owned(), "none".to_owned()]).unwrap(), 1);
    assert!(db.state_put(&[("x".repeat(513), Vec::new())]).is_err());
    assert!(db.state_put(&[("x".to_owned(), vec![0; (1 << 20) + 1])]).is_err());
}

#[test]
fn waits_of_a_process_that_is_gone_are_removed_and_those_a_client_carries_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    for (id, holder, expires_at) in
        [("ours", Some("p2"), 100), ("dead", Some("p1"), 100), ("carried", None, 100), ("old", None, 5)]
    {
        let row = WaitRow {
            id: id.to_owned(),
            round: 0,
            call: "{}".to_owned(),
            continuation_version: 1,
            continuation: vec![1, 2],
            requests: "[]".to_owned(),
            holder: holder.map(str::to_owned),
            created_at: 1,
            expires_at,
            orphaned_by: None,
        };
        db.insert_wait(&row).unwrap();
        assert_eq!(db.wait(id, 2).unwrap(), Some(row));
    }
    db.commit().unwrap();
    assert_eq!(db.remove_dead_waits("p2", 10).unwrap(), 2);
    assert!(db.wait("ours", 10).unwrap().is_some());
    assert!(db.wait("carried", 10).unwrap().is_some());
    assert!(db.wait("carried", 100).unwrap().is_none(), "expired is as good as gone");
}

#[test]
fn one_data_directory_has_one_host() {
    let dir = tempfile::tempdir().unwrap();
    let data = super::DataDir::open(Some(dir.path().join("data"))).unwrap();
    let lock = data.lock().unwrap();
    let error = data.lock().unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    drop(lock);
    drop(data.lock().unwrap());
}

#[cfg(unix)]
#[test]
fn everything_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let data = super::DataDir::open(Some(dir.path().join("data"))).unwrap();
    let sealer = Arc::new(Sealer::new(&data.keyring().unwrap(), "slot orchestrator"));
    drop(data.lock().unwrap());
    let path = data.slot_database(&SlotName::orchestrator());
    drop(PluginDb::open(&path, &Settings::default().database, CROSSING, sealer).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in ["", "slots", "cache", "plugins"] {
        assert_eq!(mode(&data.root().join(folder)), 0o700, "{folder}");
    }
    for file in ["key", "lock", "slots/orchestrator.sqlite"] {
        assert_eq!(mode(&data.root().join(file)), 0o600, "{file}");
    }
}
