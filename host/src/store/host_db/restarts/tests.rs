use super::RestartTotals;
use crate::model::swap::{Origin, StepTime, SwapOutcome, SwapReport};
use crate::store::{DataDir, HostDb};

fn restart(id: &str, at: u64, micros: &[u64]) -> SwapReport {
    let steps = micros.iter().map(|&micros| StepTime { step: "load".to_owned(), micros });
    SwapReport {
        id: id.to_owned(),
        slot: "a".parse().unwrap(),
        origin: Origin::CommandLine,
        reason: Some("manual_request".to_owned()),
        requested_at: at,
        from: None,
        to: None,
        outcome: SwapOutcome::Committed,
        drift: None,
        replay: None,
        migrations: Vec::new(),
        steps: steps.collect(),
        pause_us: 0,
        paused_at_us: 0,
        waited_calls: 0,
        orphaned_calls: 0,
        warnings: Vec::new(),
        restart: true,
        backup: None,
    }
}

#[test]
fn restarts_are_told_from_other_swaps() {
    let dir = tempfile::tempdir().unwrap();
    let db = HostDb::open(&DataDir::open(Some(dir.path().to_owned())).unwrap()).unwrap();
    assert_eq!((db.restarts(20).unwrap(), db.restart_totals().unwrap()), (Vec::new(), RestartTotals::default()));
    let swap = SwapReport { restart: false, ..restart("swap", 1, &[1]) };
    let failed = SwapReport { outcome: SwapOutcome::Unchanged, ..restart("failed", 4, &[9]) };
    let (first, last) = (restart("first", 2, &[10, 20]), restart("last", 3, &[5]));
    for report in [&swap, &first, &last, &failed] {
        db.record_swap(report).unwrap();
    }
    assert_eq!(db.restarts(20).unwrap(), [failed.clone(), last, first]);
    assert_eq!(db.restarts(1).unwrap(), [failed]);
    let totals = RestartTotals { all: 3, successful: 2, last_success_at: Some(3), durations_us: vec![30, 5] };
    assert_eq!(db.restart_totals().unwrap(), totals);
}

#[test]
fn they_are_found_by_their_index() {
    let dir = tempfile::tempdir().unwrap();
    let db = HostDb::open(&DataDir::open(Some(dir.path().to_owned())).unwrap()).unwrap();
    let plan = concat!("EXPLAIN QUERY PLAN SELECT id FROM swap WHERE ", of_restart!(), " ORDER BY number DESC");
    let connection = db.connection.lock();
    let plan: String = connection.query_row(plan, [], |row| row.get(3)).unwrap();
    assert!(plan.contains("swap_restart"), "{plan}");
}

#[test]
fn a_row_that_cannot_be_read_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let db = HostDb::open(&DataDir::open(Some(dir.path().to_owned())).unwrap()).unwrap();
    db.record_swap(&restart("damaged", 1, &[1])).unwrap();
    db.record_swap(&restart("whole", 2, &[1])).unwrap();
    db.connection.lock().execute("UPDATE swap SET report = '{' WHERE id = 'damaged'", []).unwrap();
    assert_eq!(db.restarts(20).unwrap(), [restart("whole", 2, &[1])]);
    assert_eq!(db.restart_totals().unwrap().all, 1);
}
