use mainstay_plugin::Context;
use serde_json::json;

use super::Pace;
use crate::testing::{Host, complete, done, host, rows, shop, task};
use crate::words::Complexity;

const MINUTE: u64 = 60_000;

fn finish(host: &mut Host, id: &str, minutes: u64) {
    done(host, "execute_task", json!({"task_id": id}));
    host.host().advance(minutes * MINUTE);
    complete(host, id);
}

fn pace(host: &Host) -> Pace {
    Pace::of(&Context::new(host.host(), None, ""), 1).expect("a pace")
}

fn estimate(host: &Host, id: &str, minutes: i64) {
    let sql = "UPDATE work SET minutes = ?2 WHERE task = (SELECT seq FROM task WHERE id = ?1)";
    host.host().connection().execute(sql, (id, minutes)).expect("SQL");
}

#[track_caller]
fn near(minutes: f64, expected: f64) {
    assert!((minutes - expected).abs() < 0.001, "{minutes} is not {expected}");
}

#[test]
fn finished_work_says_how_long_such_work_takes() {
    let mut host = host();
    shop(&mut host);
    finish(&mut host, "design", 20);
    finish(&mut host, "build", 40);
    let pace = pace(&host);
    assert_eq!(pace.finished, 2);
    near(pace.expected(&"architect".into(), Complexity::Moderate, None), 20.0);
    near(pace.expected(&"implementer".into(), Complexity::Moderate, None), 40.0);
    near(pace.expected(&"tester".into(), Complexity::Moderate, None), 60.0);
    near(pace.expected_of_any(), 30.0);
}

#[test]
fn estimates_are_corrected_by_what_estimates_came_to() {
    let mut host = host();
    shop(&mut host);
    estimate(&host, "design", 100);
    finish(&mut host, "design", 25);
    let pace = pace(&host);
    near(pace.expected(&"tester".into(), Complexity::Complex, Some(200)), 50.0);
    near(pace.expected(&"tester".into(), Complexity::Complex, None), 60.0);
}

#[test]
fn nobody_works_on_a_task_for_days_and_nobody_for_no_time() {
    let mut host = host();
    task(&mut host, "long");
    finish(&mut host, "long", 100_000);
    near(pace(&host).expected_of_any(), 2_880.0);
    task(&mut host, "short");
    finish(&mut host, "short", 0);
    near(pace(&host).expected_of_any(), 1_440.5);
}

#[test]
fn what_nobody_took_up_says_nothing() {
    let mut host = host();
    task(&mut host, "a");
    complete(&mut host, "a");
    assert_eq!(rows(&host, "pace"), 0);
    assert_eq!(pace(&host).finished, 0);
}

#[test]
fn the_same_delivery_again_counts_once() {
    let mut host = host();
    task(&mut host, "a");
    finish(&mut host, "a", 5);
    complete(&mut host, "a");
    assert_eq!(pace(&host).finished, 1);
}
