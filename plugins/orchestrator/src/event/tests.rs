use serde_json::json;

use crate::testing::{Host, complete, done, host, shop};

fn history(host: &Host, id: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let sql = "SELECT kind, previous, current FROM event WHERE task_id = ?1 ORDER BY seq";
    let mut select = host.host().connection().prepare(sql).expect("the table is there");
    let rows = select.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("of text")
}

#[test]
fn every_change_of_a_task_is_on_record() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    let artifact = complete(&mut host, "design")["artifact_id"].as_str().expect("an id").to_owned();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        history(&host, "design"),
        [
            ("created".to_owned(), None, some("pending")),
            ("status_changed".to_owned(), some("pending"), some("active")),
            ("status_changed".to_owned(), some("active"), some("completed")),
            ("artifact_added".to_owned(), None, some(&artifact)),
        ]
    );
    assert_eq!(history(&host, "shop").last().expect("a change").2, some("active"));
    done(&mut host, "cancel_task", json!({"task_id": "check"}));
    done(&mut host, "delete_task", json!({"task_id": "check"}));
    let kinds: Vec<_> = history(&host, "check").into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["created", "status_changed", "archived", "status_changed"]);
}

#[test]
fn the_record_says_who_it_was() {
    let mut host = host();
    shop(&mut host);
    let sql = "SELECT session, client, call, at FROM event WHERE task_id = 'build'";
    let row = host.host().connection().query_row(sql, [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
    });
    let expected = ("session-1".to_owned(), "test".to_owned(), "call-1".to_owned(), 1_767_225_600_000);
    assert_eq!(row.expect("one event"), expected);
}

#[test]
fn the_record_cannot_be_rewritten() {
    let mut host = host();
    shop(&mut host);
    let error = host.host().connection().execute("UPDATE event SET client = 'other'", []).expect_err("refused");
    assert!(error.to_string().contains("only ever added"), "{error}");
}
