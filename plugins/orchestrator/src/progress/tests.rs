use mainstay_plugin::Context;
use serde_json::json;

use super::{Progress, progress};
use crate::task::Task;
use crate::testing::{Host, complete, done, host, shop, subtask, task};

fn of(host: &Host, id: &str) -> Progress {
    let cx = Context::new(host.host(), None, "");
    let task = cx.db().query_one::<Task>("SELECT * FROM task WHERE workspace_id = 1 AND id = ?1", vec![id.into()]);
    let task = task.expect("SQL");
    progress(&cx, &task.expect("a task")).expect("progress")
}

#[test]
fn a_new_plan_is_estimated_by_its_complexity_and_says_so() {
    let mut host = host();
    shop(&mut host);
    let progress = of(&host, "shop");
    assert_eq!((progress.finished, progress.total, progress.percent), (0, 3, 0));
    assert_eq!(progress.minutes_left, (90, 270));
    assert_eq!(progress.to_line(), "0 of 3 done (0 %), 1.5 h to 4.5 h of work left (from estimates alone)");
}

#[test]
fn finished_tasks_make_the_estimate_and_are_named_as_its_basis() {
    let mut host = host();
    shop(&mut host);
    done(&mut host, "execute_task", json!({"task_id": "design"}));
    host.host().advance(10 * 60_000);
    complete(&mut host, "design");
    let progress = of(&host, "shop");
    assert_eq!((progress.finished, progress.total, progress.percent), (1, 3, 33));
    assert_eq!(progress.minutes_left, (60, 180), "the others have another role");
    assert_eq!(progress.basis, "from 1 finished task");
    ["build", "check"].into_iter().for_each(|id| drop(complete(&mut host, id)));
    assert_eq!(of(&host, "shop").to_line(), "3 of 3 done");
}

#[test]
fn parts_of_parts_count_and_the_plans_between_take_no_time() {
    let mut host = host();
    shop(&mut host);
    let parts = [subtask("b1", "coder", &[]), subtask("b2", "coder", &[])];
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "sub", "description": "d", "parent_task_id": "build", "subtasks": parts}),
    );
    let progress = of(&host, "shop");
    assert_eq!((progress.total, progress.minutes_left), (6, (120, 360)));
}

#[test]
fn a_task_without_parts_is_its_own_only_part() {
    let mut host = host();
    task(&mut host, "a");
    assert_eq!(of(&host, "a").minutes_left, (30, 90));
    complete(&mut host, "a");
    assert_eq!((of(&host, "a").finished, of(&host, "a").minutes_left), (1, (0, 0)));
}

#[test]
fn a_large_plan_is_counted_and_not_read() {
    let mut host = host();
    task(&mut host, "p");
    let steps = |host: &Host| {
        let before = host.host().steps();
        let progress = of(host, "p");
        (progress, host.host().steps() - before)
    };
    let add = |from: i64, to: i64| {
        let insert = "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
            INSERT INTO task (seq, workspace_id, id, parent, path, depth, position, title, type, status, complexity,
                specialist, created_at, updated_at, description)
            SELECT i, 1, 't' || i, 1, format('00000001%08x', i), 2, i, 't', 'standard', 'pending', 'simple', 'coder',
                1, 1, 'd' FROM n";
        host.host().connection().execute(insert, (from, to)).expect("SQL");
        steps(&host)
    };
    let (exact, _) = add(2, 2_001);
    assert_eq!((exact.total, exact.minutes_left), (2_000, (30_000, 90_000)));
    let (counted, few) = add(2_002, 2_002);
    assert_eq!((counted.total, counted.minutes_left), (2_001, (60_030, 180_090)));
    assert!(few < 200, "{few} steps");
}
