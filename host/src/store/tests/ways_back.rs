use super::{activate, open, plan, run};
use crate::model::sql::Value;
use crate::store::{Migration, MigrationPlan, PluginDb, StoreError};

#[test]
fn full_text_search_is_made_used_and_gone_back_over_by_a_plugin() {
    let dir = tempfile::tempdir().unwrap();
    let up = "CREATE VIRTUAL TABLE words USING fts5 (place, text, content = '', contentless_delete = 1);
        INSERT INTO words (rowid, place, text) VALUES (1, 'w1', 'one small step');
        CREATE TRIGGER t_added AFTER INSERT ON t BEGIN
            INSERT INTO words (rowid, place, text) VALUES (NEW.a, 'w1', NEW.b);
        END;
        CREATE TRIGGER t_changed AFTER UPDATE ON t BEGIN
            UPDATE words SET place = 'w1', text = NEW.b WHERE rowid = NEW.a;
        END;
        CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN DELETE FROM words WHERE rowid = OLD.a; END";
    let down = "DROP TRIGGER t_gone; DROP TRIGGER t_changed; DROP TRIGGER t_added; DROP TABLE words";
    let mut newer = plan(&[(1, "t", "CREATE TABLE t (a INTEGER UNIQUE, b TEXT)"), (2, "words", up)]);
    newer.steps[1].down = Some(down.to_owned());
    newer.downgrades_to = 1;
    let mut db = open(dir.path());
    let generation = activate(&db, "2.0.0", &newer).unwrap().generation;
    let search = "SELECT rowid FROM words WHERE words MATCH 'place : w1 AND text : giant' ORDER BY rank";
    // Twice, because it then looks whether others have written.
    for _ in 0..2 {
        db.begin(generation).unwrap();
        run(&mut db, "INSERT INTO t (a, b) VALUES (7, 'a leap'), (8, 'gone')").unwrap();
        run(&mut db, "UPDATE t SET b = 'a giant leap' WHERE a = 7").unwrap();
        assert_eq!(run(&mut db, search).unwrap(), [[Value::Integer(7)]]);
        run(&mut db, "DELETE FROM t").unwrap();
        assert!(run(&mut db, search).unwrap().is_empty());
        db.commit().unwrap();
    }
    assert!(run(&mut db, "PRAGMA data_version = 3").is_err());
    let route = plan(&[(1, "t", "")]).route(2, Some(&newer)).unwrap();
    db.begin_activation(Some(generation)).unwrap();
    db.migrate(&route).unwrap();
    db.rollback();
}

#[test]
fn a_way_back_that_would_lose_something_says_what_and_blames_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let mut newer =
        plan(&[(1, "t", "CREATE TABLE t (a INTEGER UNIQUE, b TEXT)"), (2, "notes", "CREATE TABLE note (x)")]);
    newer.steps[1].down = Some(
        "CREATE TABLE lost (notes INTEGER CHECK (notes = 0)); INSERT INTO lost SELECT count(*) FROM note;
        DROP TABLE lost; DROP TABLE note"
            .to_owned(),
    );
    newer.downgrades_to = 1;
    let mut db = open(dir.path());
    let generation = activate(&db, "2.0.0", &newer).unwrap().generation;
    let back = plan(&[(1, "t", "")]).route(2, Some(&newer)).unwrap();
    let go_back = |db: &mut PluginDb| {
        db.begin_activation(Some(generation)).unwrap();
        let went = db.migrate(&back);
        db.rollback();
        went
    };
    go_back(&mut db).unwrap();
    db.begin(generation).unwrap();
    run(&mut db, "INSERT INTO note VALUES (1)").unwrap();
    db.commit().unwrap();
    let error = go_back(&mut db).unwrap_err();
    assert!(matches!(&error, StoreError::WouldLose { schema: 2, what, .. } if what == "notes"), "{error}");
    db.begin(generation).unwrap();
    assert_eq!(run(&mut db, "SELECT count(*) FROM note").unwrap(), [[Value::Integer(1)]]);
}

#[test]
fn the_orchestrators_migrations_are_allowed_there_and_back() {
    let step = |schema: u32, name: &str, up: &str, down: Option<&str>| Migration {
        schema,
        name: name.to_owned(),
        up: up.to_owned(),
        down: down.map(str::to_owned),
    };
    let first = step(1, "tasks", include_str!("../../../../plugins/orchestrator/src/schema/0001_tasks.sql"), None);
    let second = step(
        2,
        "work",
        include_str!("../../../../plugins/orchestrator/src/schema/0002_work.sql"),
        Some(include_str!("../../../../plugins/orchestrator/src/schema/0002_work.down.sql")),
    );
    let of = |writes: u32, steps: Vec<Migration>| MigrationPlan {
        writes,
        reads_min: 0,
        reads_max: writes,
        downgrades_to: 1,
        steps,
    };
    let (old, new) = (of(1, vec![first.clone()]), of(2, vec![first, second]));
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    let generation = activate(&db, "1.0.0", &old).unwrap().generation;
    db.begin(generation).unwrap();
    run(&mut db, "INSERT INTO workspace (path, created_at) VALUES ('/w', 1)").unwrap();
    run(
        &mut db,
        "INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity, specialist,
            created_at, updated_at, description)
        VALUES (1, 1, 'a', '00000001', 1, 0, 'A', 'standard', 'pending', 'simple', 'coder', 1, 1, 'words')",
    )
    .unwrap();
    db.commit().unwrap();
    for _ in 0..2 {
        for (from, to, newer) in [(1, &new, None), (2, &old, Some(&new))] {
            db.begin_activation(Some(generation)).unwrap();
            db.migrate(&to.route(from, newer).unwrap()).unwrap();
            // Kept, but the generation is what it was.
            db.commit_activation(generation).unwrap();
            if from == 1 {
                db.begin(generation).unwrap();
                let found =
                    run(&mut db, "SELECT rowid FROM task_text WHERE task_text MATCH 'place : w1 AND words : words'");
                assert_eq!(found.unwrap(), [[Value::Integer(1)]]);
                run(&mut db, "UPDATE task SET title = 'B' WHERE seq = 1").unwrap();
                db.commit().unwrap();
            }
        }
    }
}
