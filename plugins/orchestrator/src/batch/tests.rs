use mainstay_plugin::prelude::*;
use serde_json::json;

use super::{AT_ONCE, BYTES_AT_ONCE, rows, run};
use crate::testing::{Host, host};

fn with_table() -> Host {
    let host = host();
    host.host()
        .connection()
        .execute_batch("CREATE TABLE noted (n INTEGER, size INTEGER, together INTEGER)")
        .expect("SQL");
    host
}

fn noted(host: &Host) -> Vec<(i64, i64)> {
    let connection = host.host().connection();
    let mut select = connection.prepare("SELECT n, together FROM noted ORDER BY rowid").expect("SQL");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("numbers")
}

#[test]
fn every_statement_runs_in_order() {
    let host = with_table();
    let add = |n| Statement::new("INSERT INTO noted (n) VALUES (?1)", params![n]);
    let many = i64::try_from(AT_ONCE).expect("small") * 2 + 1;
    run(&Context::new(host.host(), None, ""), (0..many).map(add).collect()).expect("no failure");
    let found: i64 =
        host.host().connection().query_row("SELECT count(*) FROM noted", [], |row| row.get(0)).expect("a row");
    assert_eq!(found, many);
}

#[test]
fn many_rows_are_few_statements_and_none_is_left_out() {
    let host = with_table();
    let cx = Context::new(host.host(), None, "");
    let sql = "INSERT INTO noted (n, size, together)
        SELECT value ->> 0, length(value ->> 1), json_array_length(?1) FROM json_each(?1)";
    rows(&cx, sql, []).expect("nothing to do");
    assert_eq!(noted(&host), []);
    let text = "\u{1F600}\"\n".repeat(BYTES_AT_ONCE / 30);
    rows(&cx, sql, (0..7).map(|n| json!([n, text]))).expect("no failure");
    let found = noted(&host);
    assert_eq!(found.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert!(found.iter().all(|(_, together)| *together < 7), "{found:?}");
    assert!(found.iter().any(|(_, together)| *together > 1), "{found:?}");
}

#[test]
fn a_row_that_is_larger_than_a_piece_goes_alone() {
    let host = with_table();
    let sql = "INSERT INTO noted (n, size, together)
        SELECT value ->> 0, length(value ->> 1), json_array_length(?1) FROM json_each(?1)";
    let large = "x".repeat(BYTES_AT_ONCE + 1);
    rows(&Context::new(host.host(), None, ""), sql, [json!([1, large]), json!([2, ""])]).expect("no failure");
    assert_eq!(noted(&host), [(1, 1), (2, 1)]);
}
