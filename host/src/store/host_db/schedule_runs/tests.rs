use std::collections::HashMap;

use crate::store::{DataDir, HostDb};

#[test]
fn a_schedule_is_remembered_until_it_is_gone() {
    let root = tempfile::tempdir().unwrap();
    let dir = DataDir::open(Some(root.path().to_owned())).unwrap();
    let db = HostDb::open(&dir).unwrap();
    assert!(db.schedule_runs().unwrap().is_empty());
    let (nightly, hourly) = ("0 3 * * * \"backup\" *", "0 * * * * prune a");
    for (schedule, at) in [(nightly, 1), (hourly, 2), (nightly, 3)] {
        db.record_schedule_run(schedule, at).unwrap();
    }
    drop(db);
    let db = HostDb::open(&dir).unwrap();
    let expected = HashMap::from([(nightly.to_owned(), 3), (hourly.to_owned(), 2)]);
    assert_eq!(db.schedule_runs().unwrap(), expected);
    db.forget_schedules_except(&[nightly.to_owned()]).unwrap();
    assert_eq!(db.schedule_runs().unwrap(), HashMap::from([(nightly.to_owned(), 3)]));
    db.forget_schedules_except(&[]).unwrap();
    assert!(db.schedule_runs().unwrap().is_empty());
}
