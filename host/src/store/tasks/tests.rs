use super::*;
use crate::store::tests::{activated, open};

fn row(id: &str) -> TaskRow {
    TaskRow {
        id: id.to_owned(),
        state: WORKING.to_owned(),
        call: r#"{"owner":"ada"}"#.to_owned(),
        wait: None,
        answers: None,
        outcome: None,
        created_at: 1,
        updated_at: 1,
        expires_at: 100,
    }
}

#[test]
fn a_task_ends_once_and_is_kept_until_its_time_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    db.insert_task(&row("a")).unwrap();
    assert_eq!(db.task("a", 2).unwrap(), Some(row("a")));
    db.task_waits("a", "w", 3).unwrap();
    db.task_answers("a", r#"{"x":1}"#, 4).unwrap();
    let waiting =
        TaskRow { wait: Some("w".to_owned()), answers: Some(r#"{"x":1}"#.to_owned()), updated_at: 4, ..row("a") };
    assert_eq!(db.task("a", 4).unwrap(), Some(waiting));
    assert_eq!(db.unfinished_tasks(4).unwrap(), ["a"]);
    assert!(db.end_task("a", "completed", Some("{}"), 5).unwrap());
    assert!(!db.end_task("a", "cancelled", None, 6).unwrap());
    let ended = TaskRow { state: "completed".to_owned(), outcome: Some("{}".to_owned()), updated_at: 5, ..row("a") };
    assert_eq!(db.task("a", 6).unwrap(), Some(ended));
    assert!(db.unfinished_tasks(6).unwrap().is_empty());
    assert_eq!((db.task("a", 100).unwrap(), db.remove_expired_tasks(100).unwrap()), (None, 1));
    db.commit().unwrap();
}

#[test]
fn what_a_task_is_of_is_not_to_be_read_nor_to_be_exchanged() {
    let dir = tempfile::tempdir().unwrap();
    let (db, generation) = activated(dir.path());
    db.begin(generation).unwrap();
    db.insert_task(&row("a")).unwrap();
    db.insert_task(&TaskRow { call: "another".to_owned(), ..row("b") }).unwrap();
    db.commit().unwrap();
    drop(db);
    let file = Connection::open(dir.path().join("slot.sqlite")).unwrap();
    let sealed: Vec<u8> =
        file.query_row("SELECT call FROM _mainstay_tasks WHERE id = 'a'", [], |row| row.get(0)).unwrap();
    assert!(!sealed.windows(3).any(|part| part == b"ada"));
    let exchange = "UPDATE _mainstay_tasks SET call = (SELECT call FROM _mainstay_tasks WHERE id = 'b') WHERE id = 'a'";
    file.execute_batch(exchange).unwrap();
    assert!(
        matches!(open(dir.path()).task("a", 2), Err(StoreError::Corrupt(found)) if found.what.contains("task (a)"))
    );
}
