use super::{Migration, MigrationPlan};
use crate::store::StoreError;

/// A plan whose steps `reversible` on have a way back.
fn plan(writes: u32, reversible: u32) -> MigrationPlan {
    let step = |schema: u32| Migration {
        schema,
        name: format!("to {schema}"),
        up: format!("up {schema}"),
        down: (schema >= reversible).then(|| format!("down {schema}")),
    };
    let downgrades_to = (reversible - 1).clamp(1, writes);
    MigrationPlan { writes, reads_min: 0, reads_max: writes, downgrades_to, steps: (1..=writes).map(step).collect() }
}

fn sql(plan: &MigrationPlan, from: u32, newer: Option<&MigrationPlan>) -> (Vec<String>, u32) {
    let route = plan.route(from, newer).unwrap();
    (route.scripts.into_iter().map(|script| script.sql).collect(), route.schema)
}

#[test]
fn an_upgrade_runs_what_is_missing() {
    assert_eq!(sql(&plan(3, 9), 1, None), (vec!["up 2".to_owned(), "up 3".to_owned()], 3));
    assert_eq!(sql(&plan(3, 9), 3, None), (vec![], 3));
}

#[test]
fn data_that_is_newer_and_can_be_read_stays_as_it_is() {
    let mut old = plan(2, 9);
    old.reads_max = 3;
    assert_eq!(sql(&old, 3, None), (vec![], 3));
}

#[test]
fn a_way_back_is_the_newer_versions_and_runs_backwards() {
    let newer = plan(3, 2);
    assert_eq!(sql(&plan(1, 9), 3, Some(&newer)), (vec!["down 3".to_owned(), "down 2".to_owned()], 1));
}

#[test]
fn a_step_without_a_way_back_is_named() {
    let newer = plan(3, 3);
    let error = plan(1, 9).route(3, Some(&newer)).unwrap_err();
    assert!(matches!(&error, StoreError::NoWayBack { schema: 2, name, .. } if name == "to 2"), "{error}");
}

#[test]
fn data_that_is_too_old_or_of_nobody_knows_what_is_refused() {
    let mut picky = plan(3, 9);
    picky.reads_min = 2;
    assert!(matches!(picky.route(1, None), Err(StoreError::SchemaOutOfRange { found: 1, min: 2, max: 3 })));
    assert!(matches!(plan(1, 9).route(5, None), Err(StoreError::SchemaOutOfRange { found: 5, .. })));
    assert!(plan(1, 9).route(5, Some(&plan(3, 2))).is_err(), "the newer plan does not reach so far");
}
