//! What is published, edited and removed.

use super::{HostDb, data, slot, tool};
use crate::model::Digest;
use crate::model::surface::{ToolText, arrange};

/// Slot, name and when it last changed, in order.
fn shown(db: &HostDb) -> Vec<(String, String, u64)> {
    let tools = db.tools().unwrap().into_iter();
    tools.map(|shown| (shown.slot.to_string(), shown.tool.name, shown.edited_at)).collect()
}

fn names(db: &HostDb) -> Vec<String> {
    shown(db).into_iter().map(|(_, name, _)| name).collect()
}

/// Publishes for the slot `a`, as the swap with the number `now`.
fn publish(db: &HostDb, offered: &[ToolText], now: u64) {
    db.publish(&slot("a"), Digest::of(b"p"), offered, &now.to_string(), now).unwrap();
}

fn changes(db: &HostDb) -> u64 {
    db.connection.lock().query_row("SELECT total_changes()", [], |row| row.get(0)).unwrap()
}

#[test]
fn tools_keep_their_place_over_all_swaps() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    publish(&db, &[tool("c", "1"), tool("a", "1")], 1);
    db.publish(&slot("b"), Digest::of(b"q"), &[tool("b", "1")], "2", 2).unwrap();
    publish(&db, &[tool("x", "1"), tool("c", "2"), tool("a", "1"), tool("d", "1")], 3);
    let row = |slot: &str, name: &str, edited| (slot.to_owned(), name.to_owned(), edited);
    let expected = [row("a", "c", 3), row("a", "a", 0), row("b", "b", 0), row("a", "d", 0), row("a", "x", 0)];
    assert_eq!(shown(&db), expected);
    assert_eq!(db.tools().unwrap()[0].tool, tool("c", "2"));
    drop(db);
    assert_eq!(shown(&HostDb::open(&data).unwrap()), expected);
}

#[test]
fn within_a_slot_the_order_is_that_of_arrange() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    let lists: [&[&str]; 5] = [&["d", "b"], &["b", "a", "d", "c"], &["c"], &["a", "c", "d"], &[]];
    let mut expected = Vec::new();
    for (now, list) in (1..).zip(lists) {
        let offered: Vec<_> = list.iter().map(|name| tool(name, &now.to_string())).collect();
        expected = arrange(&expected, &offered);
        publish(&db, &offered, now);
        let published: Vec<_> = db.tools().unwrap().into_iter().map(|shown| shown.tool).collect();
        assert_eq!(published, expected);
    }
}

#[test]
fn what_is_equal_is_not_touched() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    publish(&db, &[tool("a", "1"), tool("b", "1")], 1);
    let before = changes(&db);
    publish(&db, &[tool("b", "1"), tool("a", "1")], 2);
    assert_eq!(changes(&db), before);
    db.publish(&slot("a"), Digest::of(b"other"), &[tool("b", "1"), tool("a", "1")], "3", 3).unwrap();
    assert_eq!(changes(&db), before + 1, "only which component it is of");
    assert_eq!(db.published_digest(&slot("a")).unwrap(), Some(Digest::of(b"other")));
    assert_eq!(db.published_digest(&slot("b")).unwrap(), None);
}

#[test]
fn a_removed_tool_leaves_a_tombstone_until_it_comes_back() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    publish(&db, &[tool("a", "1"), tool("b", "1")], 1);
    assert!(db.tombstone("a").unwrap().is_none());
    publish(&db, &[tool("b", "1")], 2);
    let tombstone = db.tombstone("a").unwrap().unwrap();
    assert_eq!((tombstone.slot, tombstone.removed_by.as_str(), tombstone.removed_at), (slot("a"), "2", 2));
    assert!(db.tombstone("never").unwrap().is_none());
    publish(&db, &[tool("a", "1"), tool("b", "1")], 3);
    assert_eq!(names(&db), ["b", "a"]);
    assert!(db.tombstone("a").unwrap().is_none());
}

#[test]
fn another_slot_may_take_over_a_name() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    publish(&db, &[tool("a", "1")], 1);
    publish(&db, &[], 2);
    db.publish(&slot("b"), Digest::of(b"q"), &[tool("a", "1")], "3", 3).unwrap();
    assert!(db.tombstone("a").unwrap().is_none());
    db.publish(&slot("b"), Digest::of(b"q"), &[], "4", 4).unwrap();
    let tombstone = db.tombstone("a").unwrap().unwrap();
    assert_eq!((tombstone.slot, tombstone.removed_by.as_str()), (slot("b"), "4"));
}

#[test]
fn a_list_with_a_name_twice_changes_nothing() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    publish(&db, &[tool("a", "1")], 1);
    let twice = [tool("b", "1"), tool("b", "2")];
    assert!(db.publish(&slot("a"), Digest::of(b"q"), &twice, "2", 2).is_err());
    assert_eq!(names(&db), ["a"]);
    assert_eq!(db.published_digest(&slot("a")).unwrap(), Some(Digest::of(b"p")));
}

#[test]
fn the_oldest_tombstones_are_forgotten() {
    let (_dir, data) = data();
    let db = HostDb::open(&data).unwrap();
    publish(&db, &[tool("first", "1")], 1);
    let many: Vec<_> = (0..1_000).map(|number| tool(&format!("t{number}"), "1")).collect();
    publish(&db, &many, 2);
    assert!(db.tombstone("first").unwrap().is_some());
    publish(&db, &[], 3);
    assert!(db.tombstone("first").unwrap().is_none());
    assert!(db.tombstone("t0").unwrap().is_some());
}
