use super::drop_in::version;
use super::fill::fill;
use super::place::Place;
use super::tables::grouped;
use super::{Data, Swap};
use crate::app::ORCHESTRATOR;
use crate::plugin::outline;

#[test]
fn numbers_are_grouped() {
    for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (100_000, "100,000"), (1_000_000, "1,000,000")] {
        assert_eq!(grouped(number), text);
    }
}

#[test]
fn every_version_that_is_saved_is_a_plugin_of_its_own() {
    let (first, second) = (version(ORCHESTRATOR, 1), version(ORCHESTRATOR, 2));
    assert_ne!(first, second);
    assert!(outline(&first).is_ok() && outline(&second).is_ok());
}

#[test]
fn nothing_is_filled_in_that_no_version_has_served() {
    let place = Place::new().expect("there is room");
    let file = place.database();
    std::fs::create_dir_all(file.parent().expect("it is in a folder")).expect("it can be made");
    let problem = fill(&place.dir, &file, Data::Tasks(1)).expect_err("there are no tables yet");
    assert!(problem.to_string().contains("no version has served"), "{problem}");
}

#[test]
fn a_short_run_has_both_kinds_of_data_and_both_ways_to_commit() {
    let swap = Swap { swaps: None, memory_swaps: None, component: None, quick: true, json: false };
    assert_eq!(swap.settings().len(), 4);
}
