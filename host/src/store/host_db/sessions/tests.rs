//! Who came back, by the rows.

use super::{ClosedBy, KEPT, Reconnections, SessionRow, WINDOW};
use crate::store::{DataDir, HostDb};

fn db() -> (tempfile::TempDir, HostDb) {
    let dir = tempfile::tempdir().unwrap();
    let db = HostDb::open(&DataDir::open(Some(dir.path().join("data"))).unwrap()).unwrap();
    (dir, db)
}

fn session(id: &str, opened_at: u64) -> SessionRow {
    SessionRow {
        id: id.to_owned(),
        client: "ide".to_owned(),
        version: "1".to_owned(),
        protocol: "2025-11-25".to_owned(),
        transport: "stdio".to_owned(),
        directory: Some("/home".to_owned()),
        process: 1,
        opened_at,
        last_seen: opened_at,
    }
}

fn came_back(found: &Reconnections) -> (u64, u64, u64) {
    (found.successful, found.failed, found.pending)
}

#[test]
fn whoever_was_cut_off_and_opens_again_has_come_back() {
    let (_dir, db) = db();
    db.keep_sessions(&[session("a", 1_000)]).unwrap();
    db.keep_sessions(&[SessionRow { last_seen: 5_000, ..session("a", 1_000) }]).unwrap();
    assert_eq!(db.interrupt_sessions(9_000).unwrap(), 1);
    assert_eq!(came_back(&db.reconnections(9_000).unwrap()), (0, 0, 1), "it may come yet");
    db.keep_sessions(&[session("b", 7_000)]).unwrap();
    let found = db.reconnections(9_000).unwrap();
    assert_eq!(came_back(&found), (1, 0, 0));
    assert_eq!(found.average_ms, Some(2_000.0), "from when it was last seen");
    assert_eq!((found.interrupted, found.remembered), (1, 2));
    assert_eq!(db.clients_that_returned().unwrap(), [("ide".to_owned(), "stdio".to_owned())]);
    assert_eq!(db.interrupt_sessions(9_500).unwrap(), 1, "only what is open is interrupted");
}

#[test]
fn nobody_comes_back_twice_for_the_same_session() {
    let (_dir, db) = db();
    db.keep_sessions(&[session("a", 1_000)]).unwrap();
    db.interrupt_sessions(2_000).unwrap();
    db.keep_sessions(&[session("b", 3_000)]).unwrap();
    db.keep_sessions(&[session("c", 3_001)]).unwrap();
    assert_eq!(came_back(&db.reconnections(3_001).unwrap()), (1, 0, 0));
}

#[test]
fn another_client_directory_or_transport_is_somebody_else() {
    let (_dir, db) = db();
    db.keep_sessions(&[session("a", 1_000)]).unwrap();
    db.interrupt_sessions(2_000).unwrap();
    db.keep_sessions(&[SessionRow { client: "other".to_owned(), ..session("b", 3_000) }]).unwrap();
    db.keep_sessions(&[SessionRow { directory: None, ..session("c", 3_000) }]).unwrap();
    db.keep_sessions(&[SessionRow { transport: "socket".to_owned(), ..session("d", 3_000) }]).unwrap();
    assert_eq!(came_back(&db.reconnections(3_000).unwrap()), (0, 0, 1));
}

#[test]
fn a_session_beside_the_one_that_was_cut_off_is_no_return() {
    let (_dir, db) = db();
    db.keep_sessions(&[SessionRow { last_seen: 5_000, ..session("a", 1_000) }]).unwrap();
    db.interrupt_sessions(6_000).unwrap();
    db.keep_sessions(&[session("b", 4_000)]).unwrap();
    assert_eq!(came_back(&db.reconnections(6_000).unwrap()), (0, 0, 1));
}

#[test]
fn claim_3_22_whoever_comes_too_late_has_failed_to_come_back() {
    let (_dir, db) = db();
    db.keep_sessions(&[session("a", 1_000)]).unwrap();
    db.interrupt_sessions(2_000).unwrap();
    let late = 2_001 + WINDOW;
    db.keep_sessions(&[session("b", late)]).unwrap();
    let found = db.reconnections(late).unwrap();
    assert_eq!((came_back(&found), found.average_ms), ((0, 1, 0), None));
}

#[test]
fn whoever_left_is_not_expected_and_whoever_was_sent_away_is() {
    let (_dir, db) = db();
    db.keep_sessions(&[session("a", 1_000)]).unwrap();
    db.close_each(&["a".to_owned()], ClosedBy::Client, 2_000).unwrap();
    db.keep_sessions(&[session("b", 3_000)]).unwrap();
    assert_eq!(came_back(&db.reconnections(3_000).unwrap()), (0, 0, 0), "it left of its own will");
    db.close_sessions(ClosedBy::Host, 4_000).unwrap();
    assert_eq!(db.interrupt_sessions(4_100).unwrap(), 0, "it was told");
    db.keep_sessions(&[session("c", 4_500)]).unwrap();
    let found = db.reconnections(4_500).unwrap();
    assert_eq!((came_back(&found), found.average_ms), ((1, 0, 0), Some(500.0)));
}

#[test]
fn a_return_long_after_the_last_word_counts_but_is_not_timed() {
    let (_dir, db) = db();
    db.keep_sessions(&[session("a", 1_000)]).unwrap();
    let ended = 1_001 + 2 * WINDOW;
    db.interrupt_sessions(ended).unwrap();
    db.keep_sessions(&[session("b", ended + 1)]).unwrap();
    let found = db.reconnections(ended + 1).unwrap();
    assert_eq!((came_back(&found), found.average_ms), ((1, 0, 0), None), "when it was cut off is not known");
}

#[test]
fn claim_3_22_the_oldest_sessions_are_forgotten() {
    let (_dir, db) = db();
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {KEPT})
         INSERT INTO session (id, client, version, protocol, transport, process, opened_at, last_seen)
         SELECT 'old-' || i, 'x', '', '', 'stdio', 1, 0, 0 FROM n"
    );
    db.connection.lock().execute_batch(&fill).unwrap();
    db.keep_sessions(&[session("new", 1)]).unwrap();
    assert_eq!(db.reconnections(1).unwrap().remembered, KEPT);
}
