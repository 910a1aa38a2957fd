use tokio::sync::mpsc::Receiver;

use super::{Health, Verdict};
use crate::config::{Live, Settings};
use crate::model::Generation;
use crate::plugin::EntryError;
use crate::plugin::contract::{tools, types};
use crate::swap::SlotError;

fn health(change: impl FnOnce(&mut Settings)) -> (Health, Receiver<Verdict>) {
    let mut settings = Settings::default();
    change(&mut settings);
    Health::new(Generation(1), Live::new(settings))
}

fn call(arguments: &str) -> tools::Call {
    let caller = types::Caller {
        session: String::new(),
        client_name: String::new(),
        client_version: String::new(),
        protocol: String::new(),
        working_directory: None,
    };
    tools::Call { id: "1".to_owned(), tool: "t".to_owned(), arguments: arguments.to_owned(), caller }
}

fn trap() -> SlotError {
    SlotError::Entry(EntryError::Trapped { message: "unreachable".to_owned() })
}

#[test]
fn a_call_that_traps_twice_is_refused_and_others_are_not() {
    let (health, _judge) = health(|_| {});
    health.admit(&call("{}")).unwrap();
    health.failed(&call("{}"), 2, &trap());
    assert!(matches!(health.admit(&call("{}")), Err(SlotError::Poisoned(1..=60))));
    health.admit(&call("{\"a\":1}")).unwrap();
}

#[test]
fn the_same_call_again_is_charged_once() {
    let (health, mut judge) = health(|settings| settings.restart.burst = 2);
    for _ in 0..20 {
        health.failed(&call("{}"), 1, &trap());
    }
    assert!(judge.try_recv().is_err());
    health.failed(&call("1"), 1, &trap());
    assert!(judge.try_recv().is_err());
    health.failed(&call("2"), 1, &trap());
    assert!(matches!(judge.try_recv(), Ok(Verdict { why, .. }) if why.contains("3 calls")));
}

#[test]
fn too_many_over_a_longer_time_are_too_many_too() {
    let (health, mut judge) = health(|settings| (settings.restart.burst, settings.restart.sustained) = (1_000, 3));
    for number in 0..4 {
        assert!(judge.try_recv().is_err());
        health.failed(&call(&number.to_string()), 1, &trap());
    }
    assert!(matches!(judge.try_recv(), Ok(Verdict { .. })));
}

#[test]
fn on_probation_one_more_than_allowed_brings_the_version_before_back() {
    let (health, mut judge) = health(|settings| settings.probation.faults = 1);
    health.failed(&call("0"), 1, &trap());
    health.serve(Generation(2), true);
    health.failed(&call("1"), 2, &trap());
    assert!(judge.try_recv().is_err());
    health.failed(&call("2"), 2, &SlotError::Contract("odd".to_owned()));
    assert!(matches!(judge.try_recv(), Ok(Verdict { of: Generation(2), why, .. }) if why.contains("2 calls")));
    assert!(judge.try_recv().is_err());
}

#[test]
fn a_self_test_that_fails_on_probation_is_enough() {
    let (health, mut judge) = health(|_| {});
    health.serve(Generation(2), true);
    health.failed_probe("no table");
    assert_eq!(
        judge.try_recv(),
        Ok(Verdict { of: Generation(2), why: "its self-test failed: no table".to_owned(), corruption: None })
    );
}

#[test]
fn a_plugin_that_only_breaks_its_word_costs_no_instance_and_is_not_taken_out() {
    let (health, mut judge) = health(|settings| settings.restart.burst = 1);
    for number in 0..10 {
        health.failed(&call(&number.to_string()), 1, &SlotError::Contract("odd".to_owned()));
    }
    assert!(judge.try_recv().is_err());
}

#[test]
fn probation_lasts_for_its_time_and_its_calls() {
    let (health, _judge) = health(|settings| (settings.probation.seconds, settings.probation.calls) = (0, 2));
    assert!(health.is_proven(), "there is none");
    let (long, _judge_of_long) = self::health(|settings| settings.probation.calls = 0);
    long.serve(Generation(2), true);
    assert!(!long.is_proven(), "the time is not over");
    health.serve(Generation(2), true);
    health.answered();
    health.answered();
    assert!(health.is_proven());
}
